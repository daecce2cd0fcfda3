// Capabilities: what one account can do: the connector's manifest with the answer of describe() laid over it.
// A plain value for flow and delivery; pure, safe on any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schema/manifest.h"

namespace brygga::schema {

struct Account {
    std::string id, name;
    std::string country;   ///< upper-case alpha-2, may be empty
    std::string currency;  ///< ISO 4217, may be empty
    std::string time_zone;
    std::string locked_until;  ///< ISO date: nothing of that day or before can be booked; may be empty
    bool uses_oss = false;     ///< charges consumers in other EU countries those countries' VAT (one-stop shop)
};

struct Capabilities {
    Account account;
    std::map<std::string, Operations, std::less<>> entities;
    FieldsByType fields;
    Arithmetic arithmetic;
    std::vector<std::string> limits;  ///< texts for people

    const Operations* operations(std::string_view type) const noexcept;
    bool can_create(std::string_view type, std::string_view kind) const noexcept;
    bool can_update(std::string_view type, std::string_view state) const noexcept;
    bool can_cancel(std::string_view type, std::string_view state) const noexcept;
    bool can_book(std::string_view type, std::string_view kind) const noexcept;
    bool can_credit(std::string_view type, std::string_view kind) const noexcept;
    /// The rule for "address.line1" of type "customer"; null when the target does not name the field.
    const Field* field(std::string_view type, std::string_view path) const noexcept;
};

/// What the manifest alone says; true while no account was reached.
Capabilities capabilities(const Manifest& manifest);
/// With the answer of describe(): members left out keep the manifest's values, a field replaces the one of the
/// same path. Error: bug, plugin.describe, with pointer and reason.
Expected<Capabilities> capabilities(const Manifest& manifest, const Json& described);

}  // namespace brygga::schema
