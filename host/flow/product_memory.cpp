#include "flow/product_memory.h"

#include "flow/field_values.h"

namespace brygga::flow {

Expected<void> ProductMemory::remember(const std::string& id, const Json& fields, bool made) const {
    if (is_alone()) return {};
    const auto known = store_.fact(scope(flow_.to), id);
    if (!known) return known.error();
    const bool ours = *known && (**known)["from"].string() == flow_.from;
    Json all = ours ? (**known)["fields"] : Json::object();
    for (const Json::Member& field : fields.members())
        if (!field.value.is_object()) all.set(field.name, field.value);
    return store_.set_fact(
        scope(flow_.to), id,
        Json::object({{"from", flow_.from}, {"made", made || (ours && (**known)["made"].boolean())}, {"fields", all}}),
        clock_.now());
}

Expected<Echo> ProductMemory::echo(const std::string& id, const entity::Product& product) const {
    Echo out;
    if (is_alone()) return out;
    const auto written = store_.fact(scope(flow_.from), id);
    if (!written) return written.error();
    if (!*written || (**written)["from"].string() != flow_.to) return out;
    out.made = (**written)["made"].boolean();
    const Json now = entity::to_json(product);
    for (const Json::Member& field : (**written)["fields"].members())
        if (same_value(field.value, now[field.name])) out.fields.emplace(field.name);
    return out;
}

}  // namespace brygga::flow
