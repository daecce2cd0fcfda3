#include "flow/product_memory.h"

#include "flow/field_values.h"

namespace brygga::flow {

/// What this flow has written into the record.
Expected<Json> ProductMemory::known(const std::string& id) const {
    const auto fact = store_.fact(scope(flow_.to), id);
    if (!fact) return fact.error();
    if (*fact && (**fact)["from"].string() == flow_.from) return **fact;
    return Json::object({{"from", flow_.from}, {"made", false}, {"fields", Json::object()}});
}

Expected<void> ProductMemory::intend(const std::string& id, const Json& fields) const {
    if (is_alone()) return {};
    auto all = known(id);
    if (!all) return all.error();
    all->set("intended", fields);
    return store_.set_fact(scope(flow_.to), id, *all, clock_.now());
}

Expected<void> ProductMemory::wrote(const std::string& id, const Json& fields, bool made) const {
    if (is_alone()) return {};
    auto all = known(id);
    if (!all) return all.error();
    all->erase("intended");
    if (made) all->set("made", true);
    for (const Json::Member& field : fields.members())
        if (!field.value.is_object()) all->member("fields").set(field.name, field.value);
    return store_.set_fact(scope(flow_.to), id, *all, clock_.now());
}

Expected<Echo> ProductMemory::echo(const std::string& id, const entity::Product& product) const {
    Echo out;
    if (is_alone()) return out;
    const auto written = store_.fact(scope(flow_.from), id);
    if (!written) return written.error();
    if (!*written || (**written)["from"].string() != flow_.to) return out;
    out.made = (**written)["made"].boolean();
    const Json now = entity::to_json(product);
    for (const char* when : {"fields", "intended"})
        for (const Json::Member& field : (**written)[when].members())
            if (same_value(field.value, now[field.name])) out.fields.emplace(field.name);
    return out;
}

}  // namespace brygga::flow
