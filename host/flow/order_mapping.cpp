#include "flow/order_mapping.h"
#include "brygga/sdk/paths.hpp"
#include "flow/field_values.h"

namespace brygga::flow {

namespace {

using settings::Write;

MappedOrder with_order(Mapped fields, const entity::Order& order, const settings::Order& settings) {
    fields.customer.set("kind", entity::to_string(order.customer.kind));
    fields.document.set("currency", order.currency);
    return {settings.reference_prefix + order.number, std::move(fields)};
}

}  // namespace

MappedOrder map_order(const FieldRules& rules, Subject& subject, const entity::Order& order,
                      const settings::Order& settings) {
    return with_order(rules.map(subject), order, settings);
}

Json customer_changes(const FieldRules& rules, const Json& mapped, const Json& existing) {
    Json changes = Json::object();
    for (const FieldRule& rule : rules.rules()) {
        if (rule.root != "customer" || rule.write == Write::on_create) continue;
        const Json *wanted = at_path(mapped, rule.path), *now = at_path(existing, rule.path);
        if (is_empty(wanted) || (now && *now == *wanted)) continue;
        if (rule.write == Write::keep_existing && !is_empty(now)) continue;
        set_path(changes, rule.path, *wanted);
    }
    // A moved customer has no second line left over from the old address.
    if (changes.has("address") && !is_empty(at_path(existing, "address.line2")) &&
        is_empty(at_path(mapped, "address.line2")))
        set_path(changes, "address.line2", Json{""});
    return changes;
}

void leave_out(Json& fields, const FieldRules& rules, std::string_view root, Write write) {
    for (const FieldRule& rule : rules.rules())
        if (rule.root == root && rule.write == write) erase_path(fields, rule.path);
}

MappedOrder map_for_version(const FieldRules& rules, Subject& subject, const entity::Order& order,
                            const settings::Order& settings) {
    return with_order(rules.map_for_version(subject), order, settings);
}

std::string version_hash(const MappedOrder& mapped, const Json& order, const std::string& skip_code) {
    Json all = Json::object();
    all.set("reference", mapped.reference);
    all.set("customer", mapped.fields.customer);
    all.set("document", mapped.fields.document);
    Json lines = Json::array();
    for (const Json& fields : mapped.fields.lines) lines.push(fields);
    if (lines.size() > 0) all.set("fields", std::move(lines));
    if (mapped.fields.ending) all.set("ending", mapped.fields.ending->message);
    all.set("skip", skip_code);
    for (const char* name : {"lines", "stated", "prices_include_tax", "reverse_charge", "platform"})
        all.set(name, order[name]);
    return entity::stable_hash(all);
}

}  // namespace brygga::flow
