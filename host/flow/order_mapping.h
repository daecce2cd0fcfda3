// What the rules of a flow make of one order, and what of it a customer that exists still needs (M2, M5). Pure.
// Field names are those of mappings; limits are applied later, by fit().
#pragma once

#include <string>
#include <string_view>

#include "flow/field_rules.h"

namespace brygga::flow {

struct MappedOrder {
    std::string reference;  ///< the human order number in the target's searchable field
    Mapped fields;          ///< customer with its kind, document with its currency: both follow the order

    Json& customer() noexcept { return fields.customer; }
    const Json& customer() const noexcept { return fields.customer; }
    const Json& document() const noexcept { return fields.document; }
};

MappedOrder map_order(const FieldRules& rules, Subject& subject, const entity::Order& order,
                      const settings::Order& settings);

/// What of `mapped` an update would change in `existing`, or an empty object.
Json customer_changes(const FieldRules& rules, const Json& mapped, const Json& existing);

/// Takes away what is not written when a record is made, or when it is changed.
void leave_out(Json& fields, const FieldRules& rules, std::string_view root, settings::Write write);

/// The same of everything that two versions can differ in; see FieldRules.
MappedOrder map_for_version(const FieldRules& rules, Subject& subject, const entity::Order& order,
                            const settings::Order& settings);
/// The hash of a version: of the mapped fields, the lines, and the reason for skipping if there is one.
std::string version_hash(const MappedOrder& mapped, const Json& order, const std::string& skip_code);
/// Follows the hash of a paid order whose payment is to be registered: such a version differs from the one before in
/// that alone.
inline constexpr std::string_view paid_mark = "+paid";

}  // namespace brygga::flow
