#include "flow/source_zone.h"

namespace brygga::flow {

namespace {

constexpr const char* fact_name = "time_zone";
std::string scope(const settings::Flow& flow) { return "flow:" + flow.id; }

}  // namespace

Expected<std::optional<Zone>> find_source_zone(const CallContext& call, const settings::Flow& flow,
                                               connector::Catalog& source, store::Store& store, Instant now) {
    if (!flow.time_zone.empty()) return Zone::find(flow.time_zone);
    const auto described = source.capabilities(call);
    if (!described) return described.error();
    const std::string& name = (*described)->account.time_zone;
    const auto known = store.fact(scope(flow), fact_name);
    if (!known) return known.error();
    if (!*known || (*known)->string() != name)
        if (auto stored = store.set_fact(scope(flow), fact_name, Json{name}, now); !stored) return stored.error();
    return name.empty() ? std::nullopt : Zone::find(name);
}

Expected<std::optional<Zone>> known_source_zone(const settings::Flow& flow, store::Store& store) {
    if (!flow.time_zone.empty()) return Zone::find(flow.time_zone);
    const auto name = store.fact(scope(flow), fact_name);
    if (!name) return name.error();
    return *name && !(*name)->string().empty() ? Zone::find((*name)->string()) : std::nullopt;
}

Zone days_of(const std::optional<Zone>& source, const schema::Account& books) {
    return source ? *source : Zone::find(books.time_zone).value_or(Zone::utc());
}

}  // namespace brygga::flow
