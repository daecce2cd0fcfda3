#include <fmt/format.h>

#include "base/utf8.h"
#include "control/answers.h"
#include "control/views.h"

namespace brygga::control {

Response Api::list_runs(const Request& request, const Captures& at) const {
    const auto limit = number(request, "limit", 50, 1, 500);
    if (!limit) return problem(400, "query.limit", "limit is a number from 1 to 500.");
    const auto runs = parts_.store.runs(at.empty() ? parameter(request, "flow") : at[0], static_cast<int>(*limit));
    if (!runs) return failed(runs.error());
    Json items = Json::array();
    for (const auto& run : *runs) items.push(view(run));
    return json(page(std::move(items)));
}

Response Api::show_run(const Request&, const Captures& at) const {
    const auto run = parts_.store.run(at[0]);
    if (!run) return failed(run.error());
    if (!*run) return problem(404, "run.not_found", fmt::format("There is no run '{}'.", excerpt(at[0], 64)));
    const auto counts = parts_.store.run_counts(at[0]);
    if (!counts) return failed(counts.error());
    Json body = view(**run);
    Json states = Json::object();
    for (const auto& [state, count] : *counts) states.set(store::to_string(state), count);
    body.set("deliveries", std::move(states));
    return json(body);
}

Response Api::show_plan(const Request&, const Captures& at) const {
    const auto run = parts_.store.run(at[0]);
    if (!run) return failed(run.error());
    const auto plan = parts_.store.plan(at[0]);
    if (!plan) return failed(plan.error());
    if (*plan) return json(**plan);
    if (!*run) return problem(404, "run.not_found", fmt::format("There is no run '{}'.", excerpt(at[0], 64)));
    if ((*run)->mode != "dry_run")
        return problem(404, "run.no_plan", "Only a dry run has a plan.", "See what a live run did in its deliveries.");
    return problem(404, "run.no_plan", fmt::format("The dry run is {}.", (*run)->state),
                   (*run)->ended_at ? "See its error; start another." : "Ask again when it is done.");
}

Response Api::list_deliveries(const Request& request, const Captures&) const {
    store::DeliveryQuery query;
    query.flow = parameter(request, "flow");
    query.type = parameter(request, "entity");
    query.text = parameter(request, "q");
    const auto limit = number(request, "limit", 50, 1, 500);
    const auto cursor = number(request, "cursor", 0, 0, INT64_MAX);
    if (!limit || !cursor)
        return problem(400, "query.limit", "limit is a number from 1 to 500, cursor what an answer gave as next.");
    query.limit = static_cast<int>(*limit);
    query.before_id = *cursor;
    std::string_view states =
        request.query.contains("state") ? std::string_view{request.query.at("state")} : std::string_view{};
    while (!states.empty()) {
        const auto comma = std::min(states.find(','), states.size());
        const auto state = store::delivery_state_from(states.substr(0, comma));
        if (!state)
            return problem(
                400, "query.state",
                fmt::format("'{}' is no delivery state.", states.substr(0, std::min<std::size_t>(comma, 40))));
        query.states.push_back(*state);
        states.remove_prefix(std::min(states.size(), comma + 1));
    }
    for (const auto& [name, into] : {std::pair{"since", &query.since}, std::pair{"until", &query.until}}) {
        const std::string text = parameter(request, name);
        if (text.empty()) continue;
        *into = from_rfc3339(is_date(text) ? text + "T00:00:00Z" : text);
        if (!*into) return problem(400, "query.time", fmt::format("{} is an instant like 2026-01-31T00:00:00Z.", name));
    }
    const auto found = parts_.store.deliveries(query);
    if (!found) return failed(found.error());
    Json items = Json::array();
    for (const auto& delivery : *found) items.push(view(delivery));
    const bool more = static_cast<int>(found->size()) == query.limit;
    return json(page(std::move(items), more ? Json{std::to_string(found->back().id)} : Json{}));
}

Response Api::show_delivery(const Request&, const Captures& at) const {
    const auto id = id_of(at[0]);
    const auto delivery = id ? parts_.store.delivery(*id) : Expected<std::optional<store::Delivery>>{};
    if (!delivery) return failed(delivery.error());
    if (!*delivery)
        return problem(404, "delivery.not_found", fmt::format("There is no delivery '{}'.", excerpt(at[0], 20)));
    auto story = parts_.store.activity(*id);
    if (!story) return failed(story.error());
    Json body = view(**delivery);
    Json activity = Json::array();
    for (Json& row : *story) activity.push(std::move(row));
    body.set("activity", std::move(activity));
    return json(body);
}

Response Api::act_on_delivery(const Request& request, const Captures& at) const {
    const auto id = id_of(at[0]);
    if (!id) return problem(404, "delivery.not_found", "A delivery's id is a number.");
    const auto done = request.path.ends_with("/replay") ? parts_.store.requeue(*id, parts_.clock.now())
                                                        : parts_.store.cancel(*id, parts_.clock.now());
    if (!done) return failed(done.error());
    parts_.scheduler.wake();
    return show_delivery(request, at);
}

}  // namespace brygga::control
