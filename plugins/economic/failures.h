// What a refusal of e-conomic means: vendor code and HTTP status to a class, with cause and remedy.
// The table is the manifest's member "errors" and nothing else; immutable, safe on any thread.
// A message names fields and codes, never a value: the vendor's own words may hold personal data.
#pragma once

#include <string>
#include <string_view>

#include "brygga/sdk/connector.hpp"
#include "brygga/sdk/error_table.hpp"
#include "brygga/sdk/json.hpp"

namespace brygga::economic {

/// What was asked, for the message and for what a failure leaves open.
struct Attempt {
    std::string what;       ///< "create the order 100234"; goes on from "e-conomic refused to "
    std::string_view root;  ///< customer, product, document or nothing: whose fields an answer may name
    bool write = false;
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
    sdk::ErrorTable table_;
};

/// The wrong fields of a refusal by the host's names where there are such, with the vendor's code of each:
/// "currency (E06000), line 2 unit_price (E04740)".
std::string wrong_fields(const Json& errors, std::string_view root);

}  // namespace brygga::economic
