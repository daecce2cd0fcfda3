#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "control/answers.h"
#include "control/views.h"
#include "flow/flow_parts.h"

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

/// 202: it is under way and ends at the next boundary of a page.
Response Api::cancel_run(const Request& request, const Captures& at) const {
    const auto before = parts_.store.run(at[0]);
    if (!before) return failed(before.error());
    if (!*before) return problem(404, "run.not_found", fmt::format("There is no run '{}'.", excerpt(at[0], 64)));
    const auto done = parts_.scheduler.cancel(at[0]);
    if (!done && done.error().code != "run.not_found") return failed(done.error());
    if (!done)
        return problem(409, "run.ended", fmt::format("The run {} has ended.", at[0]),
                       "What it brought are deliveries: cancel those one by one, or pause the flow.");
    const auto after = parts_.store.run(at[0]);
    if (!after) return failed(after.error());
    Response response = show_run(request, at);
    if (*after && !(*after)->ended_at) response.status = 202;
    response.change = {{},
                       Json::object({{"state", (*before)->state}}),
                       Json::object({{"state", "cancelled"}, {"flow", (*before)->flow}})};
    return response;
}

Response Api::list_deliveries(const Request& request, const Captures&) const {
    store::DeliveryQuery query;
    if (auto wrong = read_filter([&](const std::string& name) { return parameter(request, name); }, query))
        return std::move(*wrong);
    const auto limit = number(request, "limit", 50, 1, 500);
    const auto cursor = number(request, "cursor", 0, 0, INT64_MAX);
    if (!limit || !cursor)
        return problem(400, "query.limit", "limit is a number from 1 to 500, cursor what an answer gave as next.");
    query.limit = static_cast<int>(*limit);
    query.before_id = *cursor;
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

namespace {

/// What a person wants of another try.
struct Replay {
    bool from_start = false;
    std::int64_t flow_version = 0;

    store::Again again(std::string_view type) const {
        return {flow_version, from_start ? flow::steps_before_record(type) : std::vector<std::string>{}};
    }
};

std::optional<Response> read_replay(const Json& body, Replay& into) {
    const std::string_view from = body.has("from") ? body["from"].string() : "failed_step";
    if (from != "failed_step" && from != "start")
        return problem(422, "replay.from", "from is failed_step or start.",
                       "start: customer and articles are found anew, too.", "/from");
    into.from_start = from == "start";
    if (!body.has("flow_version")) return std::nullopt;
    into.flow_version = body["flow_version"].integer(0);
    if (into.flow_version < 1)
        return problem(422, "replay.flow_version", "flow_version is the number of a version of the flow.",
                       "Leave it out for the one that is active.", "/flow_version");
    return std::nullopt;
}

}  // namespace

Response Api::replay_delivery(const Request& request, const Captures& at) const {
    const auto id = id_of(at[0]);
    const auto before = id ? parts_.store.delivery(*id) : Expected<std::optional<store::Delivery>>{};
    if (!before) return failed(before.error());
    if (!*before)
        return problem(404, "delivery.not_found", fmt::format("There is no delivery '{}'.", excerpt(at[0], 20)));
    const auto body = request.body.empty() ? std::optional{Json::object()} : object_of(request, {1u << 12, 4});
    if (!body) return body_invalid(R"({"from":"start","flow_version":3})");
    Replay replay;
    if (auto wrong = read_replay(*body, replay)) return std::move(*wrong);
    if (replay.flow_version != 0)
        if (const auto fits = parts_.actions.check_version((*before)->flow, replay.flow_version); !fits)
            return failed(fits.error());
    const auto done = parts_.store.requeue(*id, parts_.clock.now(), replay.again((*before)->type));
    if (!done) return failed(done.error());
    parts_.scheduler.wake();
    Response response = show_delivery(request, at);
    response.change.before = Json::object({{"state", store::to_string((*before)->state)}});
    response.change.after = Json{*body}.set("state", "pending");
    return response;
}

Response Api::cancel_delivery(const Request& request, const Captures& at) const {
    const auto id = id_of(at[0]);
    if (!id) return problem(404, "delivery.not_found", "A delivery's id is a number.");
    const auto before = parts_.store.delivery(*id);
    if (!before) return failed(before.error());
    if (const auto done = parts_.store.cancel(*id, parts_.clock.now()); !done) return failed(done.error());
    parts_.scheduler.wake();
    Response response = show_delivery(request, at);
    if (*before) response.change.before = Json::object({{"state", store::to_string((*before)->state)}});
    response.change.after = Json::object({{"state", "cancelled"}});
    return response;
}

/// What the books say of the document that a person names: its id, or without one the document that the order is bound
/// to. Where they cannot be asked by id, as the person says.
Expected<store::IndexRow> Api::named_document(const store::Delivery& delivery, const Json& target) const {
    store::IndexRow named;
    named.id = target["id"].text();
    named.number = target["number"].text();
    if (named.id.empty()) {
        const auto bound = parts_.store.binding(delivery.target_connection, "document", delivery.source_connection,
                                                delivery.source_id);
        if (!bound) return bound.error();
        if (!*bound)
            return Error{ErrorClass::rejected, "resolve.target",
                         "It is not known which document this order has become.",
                         "Name the id that the document has in the books as target.id."};
        named.id = (*bound)->target_id;
    }
    const auto catalog = parts_.catalogs.find(delivery.target_connection);
    if (catalog == parts_.catalogs.end()) return named;
    const CallContext call{parts_.clock.mono() + std::chrono::seconds{45}, {}, "resolve", true};
    auto found = catalog->second->lookup(call, "document", "id", named.id, std::nullopt);
    if (found && found->empty())
        if (auto quotes = catalog->second->lookup(call, "quote", "id", named.id, std::nullopt))
            found = std::move(quotes);
    if (!found)
        return found.error().error_class == ErrorClass::unsupported ? Expected<store::IndexRow>{named}
                                                                    : Expected<store::IndexRow>{found.error()};
    if (found->size() != 1)
        return Error{
            ErrorClass::rejected, "document.gone",
            fmt::format("{} has no document with the id {}.", delivery.target_connection, excerpt(named.id, 60)),
            "Look up its id in the books; if the order is not there, resolve it as not_delivered."};
    if (!named.number.empty() && named.number != found->front().number)
        return Error{ErrorClass::rejected, "resolve.number",
                     fmt::format("The document with this id has the number {}, not {}.", found->front().number,
                                 excerpt(named.number, 60)),
                     "Look up the id of the right one in the books."};
    return std::move(found->front());
}

/// What a person has found in the books: see ARCHITECTURE.md, Exactly once.
Response Api::resolve_delivery(const Request& request, const Captures& at) const {
    const auto body = object_of(request, {1u << 12, 4});
    if (!body) return body_invalid(R"({"outcome":"delivered","target":{"id":"1042"}})");
    const std::string_view outcome = (*body)["outcome"].string();
    if (outcome != "delivered" && outcome != "not_delivered")
        return problem(422, "resolve.outcome", "outcome is delivered or not_delivered.",
                       "delivered: it is in the books, as target; not_delivered: it is not there.", "/outcome");
    const auto id = id_of(at[0]);
    const auto delivery = id ? parts_.store.delivery(*id) : Expected<std::optional<store::Delivery>>{};
    if (!delivery) return failed(delivery.error());
    if (!*delivery)
        return problem(404, "delivery.not_found", fmt::format("There is no delivery '{}'.", excerpt(at[0], 20)));
    Expected<void> done;
    if (outcome == "not_delivered") {
        done = parts_.store.deny(*id, request.who, parts_.clock.now());
    } else if ((*delivery)->type != "order") {
        return problem(409, "resolve.no_document",
                       fmt::format("Delivery {} is of type {}, which becomes no document.", *id, (*delivery)->type),
                       "Replay it: what is there already is found again.");
    } else {
        const auto document = named_document(**delivery, (*body)["target"]);
        if (!document) return failed(document.error());
        done = parts_.store.resolve(*id, *document, request.who, parts_.clock.now());
    }
    if (!done) return failed(done.error());
    parts_.scheduler.wake();
    Response response = show_delivery(request, at);
    response.change.before = Json::object({{"state", store::to_string((*delivery)->state)}});
    response.change.after = *body;
    return response;
}

namespace {

constexpr std::size_t most_replayed = 10'000, most_shown = 500, most_previewed = 20;

/// What waits for a person, oldest first.
Expected<std::vector<store::Delivery>> waiting_for_a_person(store::Store& store, store::DeliveryQuery query) {
    using enum store::DeliveryState;
    if (query.states.empty()) query.states = {held, dead, in_doubt};
    query.limit = 500;
    std::vector<store::Delivery> out;
    for (;;) {
        auto page = store.deliveries(query);
        if (!page) return page.error();
        for (auto& delivery : *page) out.push_back(std::move(delivery));
        if (static_cast<int>(page->size()) < query.limit || out.size() >= most_replayed) break;
        query.before_id = out.back().id;
    }
    std::ranges::reverse(out);
    return out;
}

}  // namespace

Response Api::replay(const Request& request, const Captures&) const {
    const auto body = object_of(request);
    if (!body || !(*body)["filter"].is_object())
        return body_invalid(R"({"filter":{"flow":"shop-orders","state":"dead"},"preview":true})");
    const Json& filter = (*body)["filter"];
    store::DeliveryQuery query;
    if (auto wrong = read_filter([&](const std::string& name) { return std::string{filter[name].string()}; }, query))
        return std::move(*wrong);
    if (!flow(query.flow))
        return problem(404, "flow.not_found", fmt::format("There is no flow '{}'.", excerpt(query.flow, 64)),
                       "Name one in filter.flow.", "/filter/flow");
    using enum store::DeliveryState;
    for (const auto state : query.states)
        if (state != held && state != dead && state != in_doubt)
            return problem(400, "query.state", "Only held, dead and in_doubt deliveries wait for a person.",
                           "Name these states, or none for all of them.", "/filter/state");
    const auto found = waiting_for_a_person(parts_.store, query);
    if (!found) return failed(found.error());
    Replay replay;
    if (auto wrong = read_replay(*body, replay)) return std::move(*wrong);
    if (replay.flow_version != 0)
        if (const auto fits = parts_.actions.check_version(query.flow, replay.flow_version); !fits)
            return failed(fits.error());
    const bool preview = (*body)["preview"].boolean();
    Json ids = Json::array(), refused = Json::array();
    std::int64_t count = 0;
    flow::RunRequest wanted;
    wanted.run_id = "preview";
    wanted.flow_version = replay.flow_version;
    for (const auto& delivery : *found) {
        const std::string id = std::to_string(delivery.id);
        if (!preview)
            if (const auto done = parts_.store.requeue(delivery.id, parts_.clock.now(), replay.again(delivery.type));
                !done) {
                if (refused.size() < most_shown)
                    refused.push(Json::object({{"id", id}, {"reason", done.error().message}}));
                continue;
            }
        ++count;
        if (ids.size() < most_shown) ids.push(id);
        if (wanted.records.size() < most_previewed) wanted.records.push_back(delivery.source_number);
    }
    Json out = Json::object({{"count", count}, {"deliveries", std::move(ids)}, {"refused", std::move(refused)}});
    if (preview) {
        Json records = Json::array();
        if (!wanted.records.empty()) {
            auto plan = parts_.actions.preview({parts_.clock.mono() + std::chrono::minutes{5}, {}, "preview", true},
                                               query.flow, wanted, most_previewed);
            if (!plan) return failed(plan.error());
            records = (*plan)["records"];
        }
        return json(out.set("records", std::move(records)));
    }
    parts_.scheduler.wake();
    Response response = json(out);
    response.change = {query.flow,
                       {},
                       Json::object({{"filter", filter},
                                     {"from", replay.from_start ? "start" : "failed_step"},
                                     {"flow_version", replay.flow_version},
                                     {"requeued", count}})};
    return response;
}

Response Api::list_activity(const Request& request, const Captures&) const {
    store::DeliveryQuery filter;
    if (auto wrong = read_filter([&](const std::string& name) { return parameter(request, name); }, filter))
        return std::move(*wrong);
    if (filter.states.size() > 1)
        return problem(400, "query.state", "state is one state: that into which something brought a delivery.");
    const auto limit = number(request, "limit", 50, 1, 500);
    const auto cursor = number(request, "cursor", 0, 0, INT64_MAX);
    if (!limit || !cursor)
        return problem(400, "query.limit", "limit is a number from 1 to 500, cursor what an answer gave as next.");
    store::ActivityQuery query;
    query.flow = filter.flow;
    if (!filter.states.empty()) query.state = filter.states.front();
    query.text = filter.text;
    query.since = filter.since;
    query.until = filter.until;
    query.before_id = *cursor;
    query.limit = static_cast<int>(*limit);
    const auto found = parts_.store.find_activity(query);
    if (!found) return failed(found.error());
    Json items = Json::array();
    for (const auto& row : *found) items.push(view(row));
    const bool more = std::ssize(*found) == query.limit;
    return json(page(std::move(items), more ? Json{std::to_string(found->back().id)} : Json{}));
}

Response Api::show_entity(const Request&, const Captures& at) const {
    store::DeliveryQuery query;
    query.type = at[0];
    query.source_connection = at[1];
    query.source_record = at[2];
    query.limit = static_cast<int>(most_shown);
    const auto found = parts_.store.deliveries(query);
    if (!found) return failed(found.error());
    Json deliveries = Json::array();
    for (const auto& listed : *found) {
        const auto delivery = parts_.store.delivery(listed.id);
        if (!delivery) return failed(delivery.error());
        auto story = parts_.store.activity(listed.id);
        if (!story) return failed(story.error());
        Json activity = Json::array();
        for (Json& row : *story) activity.push(std::move(row));
        if (*delivery) deliveries.push(view(**delivery).set("activity", std::move(activity)));
    }
    if (deliveries.size() == 0)
        return problem(
            404, "entity.not_found",
            fmt::format("Nothing is known of {} {} of {}.", excerpt(at[0], 32), excerpt(at[2], 64), excerpt(at[1], 64)),
            "Ask by its number or id in the system that it came from.");
    return json(Json::object({{"type", at[0]}, {"connection", at[1]}, {"id", at[2]}, {"deliveries", deliveries}}));
}

}  // namespace brygga::control
