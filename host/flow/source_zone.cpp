#include "flow/source_zone.h"

namespace brygga::flow {

Expected<std::optional<Zone>> source_zone(const CallContext& call, const settings::Flow& flow,
                                          connector::Catalog& source) {
    if (!flow.time_zone.empty()) return Zone::find(flow.time_zone);
    const auto known = source.capabilities(call);
    if (!known) return known.error();
    const std::string& described = (*known)->account.time_zone;
    return described.empty() ? std::nullopt : Zone::find(described);
}

}  // namespace brygga::flow
