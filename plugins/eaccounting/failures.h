// What a refusal of Visma eAccounting means: vendor code and HTTP status to a class, with cause and remedy.
// The table is the manifest's member "errors" and nothing else; immutable, safe on any thread.
// A message names fields and codes, never a value: the vendor's own words may hold personal data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "brygga/sdk/connector.hpp"
#include "brygga/sdk/error_table.hpp"
#include "brygga/sdk/json.hpp"

namespace brygga::eaccounting {

/// What was asked, for the message and for what a failure leaves open.
struct Attempt {
    std::string what;       ///< "create the order 100234"; goes on from "Visma eAccounting refused to "
    std::string_view root;  ///< customer, product, document or nothing: whose fields an answer may name
    bool write = false;
    bool collection = false;  ///< the address is that of a list, which exists always
    bool vat_number = false;  ///< the record brings one, which a service behind the vendor's checks
};

class Failures {
public:
    explicit Failures(const Json& manifest) : table_{manifest} {}

    /// The failure of an answer that is no success.
    sdk::Failure refused(const sdk::HttpResponse& answer, const Attempt& attempt) const;
    /// A success whose answer cannot be read.
    sdk::Failure unreadable(const sdk::HttpResponse& answer, const Attempt& attempt) const;
    /// A row of the table that no answer stands behind.
    sdk::Failure own(std::string_view code, const Attempt& attempt) const {
        return table_.failure(code, "Cannot " + attempt.what + ".");
    }

private:
    sdk::Failure failure(const sdk::ErrorTable::Row& row, const Attempt& attempt, const std::string& details) const;
    sdk::ErrorTable table_;
};

/// How long a 429 asks to wait: Retry-After in seconds, else "Try again in N seconds.", else 60 s; at most an hour.
std::int64_t wait_ms(std::string_view retry_after, std::string_view message);

/// The host's name of a vendor field: "InvoiceCity" of a customer is "customer.address.city", "Rows[1].Text" of a
/// document "line 2 text". The vendor's name where there is none; empty when it is no name at all.
std::string field_name(std::string_view root, std::string_view vendor);

}  // namespace brygga::eaccounting
