// What a registration of the shop becomes in the books (E3): why it is left out, when two versions of it differ, and
// what of it a customer that exists still needs, as the target takes it (M5, M10). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "entity/customer_record.h"
#include "flow/field_rules.h"
#include "schema/capabilities.h"
#include "settings/config.h"

namespace brygga::flow {

/// Who is no customer of the books (yet): code, message and remedy.
std::optional<Error> left_out(const entity::CustomerRecord& record);

/// customer_changes() of order_mapping.h after the target's own limits: a shortened text is no change. What was
/// shortened goes into notices.
Json fitting_changes(const FieldRules& rules, Json mapped, const Json& existing, const schema::Capabilities& target,
                     std::vector<std::string>& notices);

/// The record as the order that they have not placed yet: rules of matching, kind and tax case are the same for both.
entity::Order order_of(const entity::CustomerRecord& record);

/// Of the settings and rules that decide what a record becomes.
std::string customer_mark(const FieldRules& rules, const settings::Flow& flow);
/// The hash of what an update could bring. mapped: of FieldRules::map_for_version.
std::string customer_content(const FieldRules& rules, const Mapped& mapped, const entity::CustomerRecord& record);
/// The hash of a version. mapped: the same.
std::string customer_hash(const Mapped& mapped, const entity::CustomerRecord& record, const std::string& mark);

}  // namespace brygga::flow
