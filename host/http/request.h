// Request checks and the bytes of a request. Pure but for the secret source; safe on any thread.
#pragma once

#include <optional>
#include <string>

#include "http/client.h"
#include "http/signing.h"
#include "http/url.h"

namespace brygga::http {

/// A request that has passed every check that needs no secret and no network.
struct CheckedRequest {
    const Request* request = nullptr;
    Url url;
    std::optional<Signing> sign, verify;
    bool uses_access_token = false;

    bool repeatable() const noexcept { return request->read || request->idempotent; }
    /// "POST https://host/path": for messages.
    std::string name() const { return request->method + " " + redacted(url); }
};

/// Errors: bug (http.request), misconfigured (http.host) for a host that is not allowed or http:// outside
/// of loopback.
Expected<CheckedRequest> check_request(const Request& request, const std::vector<std::string>& allowed_hosts);

/// Head and body as they go out, secrets expanded and signed with this date; to be wiped by the caller.
Expected<Secret> request_bytes(const CheckedRequest& checked, const SecretLookup& secrets, std::string_view user_agent,
                               std::string_view date);

}  // namespace brygga::http
