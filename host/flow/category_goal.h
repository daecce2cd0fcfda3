// What a category of the books becomes in a shop: the fields of its mapping as the shop takes them, and what of that a
// category that is there still needs (E6, M2, M5). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "entity/category.h"
#include "flow/field_rules.h"
#include "schema/capabilities.h"
#include "settings/config.h"
#include "store/store.h"

namespace brygga::flow {

/// "Category T-shirts", for messages.
std::string name_of(const entity::Category& category);

/// The field that names the category above, an option.
inline constexpr std::string_view parent_field = "parent";

/// mapped: fields of the rules, options as ids.
void fit_category(Json& mapped, const schema::Capabilities& target, std::vector<std::string>& notices);
/// Those of them that an update would change in `existing`, a row's fields, or an empty object. also_unseen: also what
/// such a row never tells (fields of the vendor's own).
Json category_changes(const FieldRules& rules, const Json& fields, const Json& existing, bool also_unseen);
/// The fields of a new one.
Json new_category(const FieldRules& rules, Json fields);

/// Those of `rows`, which have the name, that are under this parent; empty: at the top.
std::vector<store::IndexRow> under(std::vector<store::IndexRow> rows, std::string_view parent);

/// Of the settings and rules that decide what a category becomes.
std::string category_mark(const FieldRules& rules, const settings::Category& settings);
/// The hash of a version. mapped: of FieldRules::map_for_version.
std::string category_hash(const Mapped& mapped, const std::string& mark);

}  // namespace brygga::flow
