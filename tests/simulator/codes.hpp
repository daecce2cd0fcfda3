// Every refusal the simulated vendors can give: status, code and cause. A connector is complete when it has
// a rule for each row. Immutable. Codes marked own are the simulator's guess, because no sheet names one.
#pragma once

#include <string_view>

namespace brygga::sim {

struct Code {
    std::string_view vendor;  ///< ccvshop, eaccounting, economic, identity
    int status;
    std::string_view code;
    std::string_view cause;
};

inline constexpr Code emitted_codes[] = {
    {"ccvshop", 400, "400.10", "a parameter or body field is not valid (own)"},
    {"ccvshop", 401, "401.10", "key, hash or clock is wrong (own)"},
    {"ccvshop", 403, "403.10", "key, hash or clock is wrong, with switch bad_signature_status=403 (own)"},
    {"ccvshop", 404, "404.10", "unknown id (own)"},
    {"ccvshop", 404, "404.20", "unknown resource name"},
    {"ccvshop", 405, "405.10", "method not allowed"},
    {"ccvshop", 429, "429.10", "rate limit of this method on this resource"},
    {"ccvshop", 500, "500.10", "fault injected"},
    {"ccvshop", 501, "501.10", "method not implemented"},
    {"ccvshop", 501, "501.20", "resource not implemented"},
    {"eaccounting", 400, "2000", "data model validation"},
    {"eaccounting", 400, "3000", "a referenced object does not exist, with switch unknown_reference_status=400"},
    {"eaccounting", 404, "3000", "unknown id or referenced object"},
    {"eaccounting", 400, "4000", "number in use, with switch duplicate_status=400"},
    {"eaccounting", 409, "4000", "number in use"},
    {"eaccounting", 400, "4001", "cannot be deleted"},
    {"eaccounting", 400, "4002", "cannot be created or updated"},
    {"eaccounting", 403, "4002", "no access to module"},
    {"eaccounting", 401, "4005", "token missing, expired or revoked"},
    {"eaccounting", 403, "4006", "token lacks the scope"},
    {"eaccounting", 403, "4009", "endpoint not in this product variant"},
    {"eaccounting", 405, "4002", "method not allowed (own)"},
    {"eaccounting", 415, "2000", "content type is not JSON (own)"},
    {"eaccounting", 429, "4010", "too many requests"},
    {"eaccounting", 400, "4023", "payment date in the future"},
    {"eaccounting", 400, "4025", "VAT number not valid"},
    {"eaccounting", 400, "4027", "reverse charge on a row that is not eligible"},
    {"eaccounting", 400, "4035", "ForceBookkeepVat for an EU customer"},
    {"eaccounting", 400, "6000", "bad $filter, $orderby or $select"},
    {"eaccounting", 400, "6001", "bad date"},
    {"eaccounting", 500, "5000", "fault injected"},
    {"economic", 400, "E04042", "a value is missing, inside the tree of errors"},
    {"economic", 400, "E04730", "a line with a product and no quantity, inside the tree of errors"},
    {"economic", 400, "E04740", "more than two decimals, inside the tree of errors"},
    {"economic", 400, "E04810", "page size out of range"},
    {"economic", 400, "E06000", "a referenced record does not exist, inside the tree of errors"},
    {"economic", 400, "E06010", "number in use"},
    {"economic", 401, "E02250", "tokens wrong"},
    {"economic", 404, "E06000", "unknown number"},
    {"economic", 400, "WebhookAlreadyExistsForEventType", "the event type has a webhook"},
    {"economic", 400, "WebhookInvalidType", "unknown event type"},
    {"economic", 400, "WebhookInvalidUrlScheme", "the address is not https"},
    {"economic", 409, "ObjectVersionMismatch", "the webhook has changed since it was read (own)"},
    {"identity", 400, "invalid_grant", "refresh token or code unknown, used or revoked"},
    {"identity", 400, "invalid_client", "client authentication failed"},
    {"identity", 400, "invalid_request", "content type or field missing"},
    {"identity", 400, "unsupported_grant_type", "grant type not offered"},
};

}  // namespace brygga::sim
