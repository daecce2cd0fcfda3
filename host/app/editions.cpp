#include "app/editions.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/versions.h"

namespace brygga::app {

namespace {

constexpr std::size_t most_editions = 8;

}  // namespace

Expected<std::shared_ptr<const Edition>> Editions::make(const settings::Flow& now, std::int64_t number) const {
    auto chosen = choose_version(active_, now.id, number, store_);
    if (!chosen) {
        Error error = std::move(chosen).error();
        if (error.code == "version.active") return std::shared_ptr<const Edition>{};
        if (error.code == "version.refused") error.remedy = "Replay it with another version, or by the active one.";
        return error;
    }
    auto edition = std::make_shared<Edition>();
    edition->checked = std::move(chosen->checked);
    auto& flows = edition->checked.configuration.flows;
    settings::Flow& flow = *std::ranges::find(flows, now.id, &settings::Flow::id);
    if (flow.from != now.from || flow.to != now.to || flow.entity != now.entity)
        return Error{ErrorClass::rejected, "version.other_ends",
                     fmt::format("Version {} of the flow '{}' brings {} from {} to {}.", number, now.id, flow.entity,
                                 flow.from, flow.to),
                     fmt::format("Choose a version that goes from {} to {}.", now.from, now.to)};
    flow.version = {number, 0};
    edition->flow = &flow;
    edition->rules = edition->checked.rules.at(now.id);
    edition->pipeline = make_(flow, edition->rules);
    return std::shared_ptr<const Edition>{std::move(edition)};
}

Expected<std::shared_ptr<const Edition>> Editions::of(const std::string& flow, std::int64_t number) {
    const auto& flows = active_.configuration.flows;
    const auto now = std::ranges::find(flows, flow, &settings::Flow::id);
    if (now == flows.end())
        return Error{ErrorClass::rejected, "flow.not_found", fmt::format("There is no flow '{}' any more.", flow),
                     "Put it back, or cancel what waits for it."};
    if (now->version.number == number) return std::shared_ptr<const Edition>{};
    const std::scoped_lock lock{mutex_};
    if (const auto known = made_.find({flow, number}); known != made_.end()) return known->second;
    auto edition = make(*now, number);
    if (!edition) return edition;
    if (made_.size() >= most_editions) made_.clear();
    return made_[{flow, number}] = std::move(*edition);
}

flow::Processed EditionPipeline::process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                                         flow::Stored stored) {
    if (delivery.chosen_version == 0)
        return active_->process(call, std::move(delivery), connection_failing, std::move(stored));
    const auto edition = editions_.of(delivery.flow, delivery.chosen_version);
    if (edition && !*edition) return active_->process(call, std::move(delivery), connection_failing, std::move(stored));
    if (edition) return (*edition)->pipeline->process(call, std::move(delivery), connection_failing, std::move(stored));
    const Error& error = edition.error();
    using Kind = flow::Halt::Kind;
    const Kind kind = error.error_class == ErrorClass::rejected ? Kind::held : Kind::failed;
    return conclusion_.end(delivery, fmt::format("Record {}", delivery.source_number), Json::array(), {},
                           flow::Halt{kind, error, {}, {}}, connection_failing, std::move(stored));
}

}  // namespace brygga::app
