// Signing: expands ${secret} and {method} {target} {body} {date} in what a plugin declared, and computes or
// checks a keyed hash over the result. Pure but for the secret source; safe on any thread.
// Expanded text is a Secret: it is wiped and never reaches a message.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/expected.h"
#include "base/secret.h"
#include "brygga/sdk/json.hpp"

namespace brygga::http {

/// The value of ${name}.
using SecretLookup = std::function<Expected<Secret>(std::string_view name)>;

/// Replaces ${name}. Error: of the lookup; bug (http.request) for an unclosed ${.
Expected<Secret> expand(std::string_view text, const SecretLookup& secrets);

struct Signing {
    std::string algorithm, key, message, date_header, header, encoding;

    /// As declared (see brygga_service_http); bug (http.request) when a part is missing or unknown.
    static Expected<Signing> from(const Json& declared);
};

/// What the placeholders of a message stand for.
struct SignedParts {
    std::string_view method, target, body, date;
};

/// The text of the signature header.
Expected<std::string> signature(const Signing& signing, const SignedParts& parts, const SecretLookup& secrets);
/// Whether `given` is that signature; compared in constant time, hexadecimal in either case.
Expected<bool> signature_matches(const Signing& signing, const SignedParts& parts, const SecretLookup& secrets,
                                 std::string_view given);

/// "2022-11-26T00:45:54Z"
std::string signing_date(Instant now);

}  // namespace brygga::http
