#include "flow/category_memory.h"

namespace brygga::flow {

namespace {

constexpr const char* newest_change = "changed";

}  // namespace

Expected<KnownCategory> CategoryMemory::known(const std::string& category) const {
    auto binding = store_.binding(flow_.to, "category", flow_.from, category);
    if (!binding) return std::move(binding).error();
    KnownCategory out;
    out.binding = std::move(*binding);
    if (!out.binding) return out;
    auto rows = catalog_.find("category", "id", out.binding->target_id);
    if (!rows) return std::move(rows).error();
    if (!rows->empty()) out.row = std::move(rows->front());
    return out;
}

Expected<void> CategoryMemory::changed(const std::string& category) {
    const auto before = store_.fact(scope(), newest_change);
    if (!before) return before.error();
    const std::int64_t count = *before ? (**before)["count"].integer(0) : 0;
    return store_.set_fact(scope(), newest_change, Json::object({{"count", count + 1}, {"category", category}}),
                           clock_.now());
}

Expected<std::string> CategoryMemory::stamp() const {
    const auto newest = store_.fact(scope(), newest_change);
    if (!newest) return newest.error();
    return *newest ? (**newest).dump() : std::string{};
}

Expected<Json> CategoryMemory::links(const std::string& product) const {
    auto made = store_.fact(scope(), "product:" + product);
    if (!made) return std::move(made).error();
    return *made ? std::move(**made) : Json::object();
}

Expected<void> CategoryMemory::set_links(const std::string& product, const Json& links) {
    return store_.set_fact(scope(), "product:" + product, links, clock_.now());
}

}  // namespace brygga::flow
