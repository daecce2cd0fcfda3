#include "flow/category_goal.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "brygga/sdk/paths.hpp"
#include "entity/order.h"
#include "flow/field_values.h"
#include "flow/fit.h"
#include "flow/order_mapping.h"

namespace brygga::flow {

std::string name_of(const entity::Category& category) {
    return fmt::format("Category {}", excerpt(category.name.empty() ? category.id : category.name, 60));
}

void fit_category(Json& mapped, const schema::Capabilities& target, std::vector<std::string>& notices) {
    fit(mapped, "category", target, notices);
    leave_unwritable(mapped, "category", target, notices);
}

Json category_changes(const FieldRules& rules, const Json& fields, const Json& existing, bool also_unseen) {
    using settings::Write;
    Json changes = Json::object();
    for (const FieldRule& rule : rules.rules()) {
        const Json *wanted = at_path(fields, rule.path), *now = at_path(existing, rule.path);
        if (rule.write == Write::on_create || is_empty(wanted)) continue;
        if (rule.path.starts_with("x.") && !also_unseen) continue;
        if (now && same_value(*now, *wanted)) continue;
        if (rule.write == Write::keep_existing && !is_empty(now)) continue;
        set_path(changes, rule.path, *wanted);
    }
    return changes;
}

Json new_category(const FieldRules& rules, Json fields) {
    leave_out(fields, rules, "category", settings::Write::on_update);
    return fields;
}

std::vector<store::IndexRow> under(std::vector<store::IndexRow> rows, std::string_view parent) {
    std::erase_if(rows, [&](const store::IndexRow& row) { return row.fields[parent_field].text() != parent; });
    return rows;
}

std::string category_mark(const FieldRules& rules, const settings::Category& settings) {
    return entity::stable_hash(Json::array({settings.create, rules.mark()})).substr(0, 8);
}

std::string category_hash(const Mapped& mapped, const std::string& mark) {
    return entity::stable_hash(
        Json::array({mapped.category, mapped.ending ? mapped.ending->message : std::string{}, mark}));
}

}  // namespace brygga::flow
