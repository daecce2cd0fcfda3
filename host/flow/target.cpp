#include "flow/target.h"

#include <algorithm>

#include <fmt/format.h>

namespace brygga::flow {

Expected<store::IndexRow, Halt> write_indexed(Target& target, Work& work, const std::string& type,
                                              const delivery::Write& write, const std::string& claim) {
    auto written = target.writer.write(work.call, target.connection, work.delivery, write);
    if (!written) {
        const bool withdraw = delivery::withdrawable(written.error());
        return Halt::failed(std::move(written).error(), withdraw ? write.step : std::string{});
    }
    store::IndexRow row = connector::Catalog::row_of(type, written->row);
    store::Outcome outcome;
    outcome.delivery = work.delivery.id;
    outcome.fence = work.delivery.fence;
    outcome.now = target.clock.now();
    outcome.step = store::StepDone{write.step, written->row};
    outcome.index.emplace_back(type, row);
    if (!claim.empty()) outcome.released_claims.push_back(claim);
    if (const auto stored = target.store.finish(outcome); !stored) return Halt::failed(stored.error());
    return row;
}

Expected<Json, Halt> choose_option(Target& target, Work& work, const std::string& kind, const std::string& wanted,
                                   const std::string& setting) {
    auto options = target.catalog.options(work.call, kind, std::chrono::hours{24});
    if (!options) {
        if (options.error().error_class == ErrorClass::unsupported) return Json{};
        return Halt::failed(std::move(options).error());
    }
    std::vector<const Json*> active, matches;
    std::string labels;
    for (const Json& option : (*options)->items()) {
        if (!option["active"].boolean(true)) continue;
        active.push_back(&option);
        labels += (labels.empty() ? "" : ", ") + std::string{option["label"].string()};
        const bool chosen = wanted.empty() ? option["attributes"]["default"].boolean()
                                           : option["id"].text() == wanted || option["label"].string() == wanted;
        if (chosen) matches.push_back(&option);
    }
    if (wanted.empty() && matches.empty() && active.size() == 1) matches = active;
    if (matches.size() == 1) return Json{*matches.front()};
    if (wanted.empty() && matches.empty() && active.empty()) return Json{};
    return Halt::held("option." + kind,
                      wanted.empty() ? fmt::format("{}: {} has no default {} and several to choose from.", work.name(),
                                                   target.connection.id(), kind)
                                     : fmt::format("{}: {} has {} {} '{}'.", work.name(), target.connection.id(),
                                                   matches.empty() ? "no" : "more than one", kind, wanted),
                      fmt::format("Set settings.target.{} to one of: {}.", setting, labels.substr(0, 400)));
}

}  // namespace brygga::flow
