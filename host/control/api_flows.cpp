#include <algorithm>

#include <fmt/format.h>

#include "base/nearest.h"
#include "base/utf8.h"
#include "control/answers.h"
#include "control/documents.h"
#include "control/views.h"
#include "settings/difference.h"

namespace brygga::control {

Response Api::list_flows(const Request&, const Captures&) const {
    Json items = Json::array();
    for (const auto& flow : parts_.configuration.flows) {
        auto item = view(flow, parts_.store, parts_.clock.now());
        if (!item) return failed(item.error());
        items.push(std::move(*item));
    }
    return json(page(std::move(items)));
}

Response Api::show_flow(const Request&, const Captures& at) const {
    for (const auto& flow : parts_.configuration.flows) {
        if (flow.id != at[0]) continue;
        auto shown = view(flow, parts_.store, parts_.clock.now());
        if (!shown) return failed(shown.error());
        Response response = json(shown->set("document", flow.origin.document));
        response.headers["ETag"] = etag_of(flow.origin);
        return response;
    }
    return no_flow(at[0]);
}

Response Api::no_flow(const std::string& id) const {
    std::vector<std::string> known;
    for (const auto& flow : parts_.configuration.flows) known.push_back(flow.id);
    const auto near = nearest(id, known);
    return problem(404, "flow.not_found", fmt::format("There is no flow '{}'.", excerpt(id, 64)),
                   near ? fmt::format("Did you mean '{}'?", *near) : std::string{"See the list of flows."});
}

Response Api::set_flow(const Request& request, const Captures& at) const {
    if (const Response known = show_flow(request, at); known.status != 200) return known;
    const std::string_view verb = std::string_view{request.path}.substr(request.path.rfind('/') + 1);
    const std::string state = verb == "pause" ? "paused" : verb == "stop" ? "stopped" : "running";
    const auto before = parts_.store.flow(at[0], parts_.clock.now());
    if (!before) return failed(before.error());
    if (const auto set = parts_.scheduler.set_flow_state(at[0], state); !set) return failed(set.error());
    Response response = show_flow(request, at);
    response.change = {{}, Json::object({{"state", before->state}}), Json::object({{"state", state}})};
    return response;
}

Response Api::restart_flow(const Request& request, const Captures& at) const {
    if (const Response known = show_flow(request, at); known.status != 200) return known;
    const auto requeued = parts_.store.restart(at[0], parts_.clock.now());
    if (!requeued) return failed(requeued.error());
    parts_.scheduler.wake();
    Response response = json(Json::object({{"requeued", *requeued}}));
    response.change.after = Json::object({{"requeued", *requeued}});
    return response;
}

/// Reading many records within the vendors' budgets takes its time; whoever asks waits.
constexpr std::chrono::minutes answer_within{5};

Response Api::preview(const Request& request, const Captures& at) const {
    if (const Response known = show_flow(request, at); known.status != 200) return known;
    const auto body = object_of(request);
    if (!body) return body_invalid(R"({"records":["1042"]})");
    flow::RunRequest wanted;
    wanted.run_id = "preview";
    const Json& records = (*body)["records"];
    if ((!records.is_null() && !records.is_array()) || records.size() > 20)
        return problem(400, "preview.records", "records is a list of at most 20 numbers.",
                       R"(Send for example {"records":["1042"]}.)");
    for (const Json& record : records.items()) wanted.records.emplace_back(record.text());
    const auto limit = (*body)["limit"].is_null() ? std::optional<std::int64_t>{20} : (*body)["limit"].integer();
    if (!limit || *limit < 1 || *limit > 20)
        return problem(400, "preview.limit", "limit is a number from 1 to 20.",
                       R"(For more of them start a dry run: POST …/runs with {"mode":"dry_run"}.)");
    const auto shown = parts_.actions.preview({parts_.clock.mono() + answer_within, {}, "preview", true}, at[0], wanted,
                                              static_cast<std::size_t>(*limit));
    return shown ? json(*shown) : failed(shown.error());
}

Response Api::preflight(const Request& request, const Captures& at) const {
    if (const Response known = show_flow(request, at); known.status != 200) return known;
    return json(parts_.actions.preflight({parts_.clock.mono() + answer_within, {}, "preflight", true}, at[0]));
}

const settings::Flow* Api::flow(const std::string& id) const {
    const auto found = std::ranges::find(parts_.configuration.flows, id, &settings::Flow::id);
    return found == parts_.configuration.flows.end() ? nullptr : &*found;
}

Expected<store::FlowVersion> Api::version(const std::string& flow, const std::string& number) const {
    const auto wanted = id_of(number);
    auto found = wanted ? parts_.store.flow_version(flow, *wanted) : Expected<std::optional<store::FlowVersion>>{};
    if (!found) return found.error();
    if (*found) return std::move(**found);
    return Error{ErrorClass::rejected, "version.not_found",
                 fmt::format("The flow '{}' has no version '{}'.", flow, excerpt(number, 20)),
                 fmt::format("brygga flows versions {} lists them.", flow)};
}

Response Api::show_checkpoint(const Request& request, const Captures& at) const {
    if (!flow(at[0])) return show_flow(request, at);
    const auto state = parts_.store.flow(at[0], parts_.clock.now());
    if (!state) return failed(state.error());
    Response response = json(Json::object({{"checkpoint", state->checkpoint}}));
    response.headers["ETag"] = etag_of(state->checkpoint);
    return response;
}

Response Api::set_checkpoint(const Request& request, const Captures& at) const {
    if (!flow(at[0])) return show_flow(request, at);
    const auto state = parts_.store.flow(at[0], parts_.clock.now());
    if (!state) return failed(state.error());
    if (auto refused = stale(request, etag_of(state->checkpoint))) return std::move(*refused);
    if (state->state != "stopped")
        return problem(409, "flow.not_stopped", fmt::format("The flow {} is {}.", at[0], state->state),
                       fmt::format("Stop it first: brygga flows stop {}.", at[0]));
    std::string wanted;
    const bool reset = request.method == "DELETE";
    if (!reset) {
        const auto body = object_of(request, {1u << 16, 4});
        if (!body || !(*body)["checkpoint"].is_string()) return body_invalid(R"({"checkpoint":"…"})");
        wanted = (*body)["checkpoint"].string();
    }
    if (const auto set = parts_.store.set_checkpoint(at[0], wanted, parts_.clock.now()); !set)
        return failed(set.error());
    Response response = reset ? Response{204, "application/json", ""} : show_checkpoint(request, at);
    response.change = {{}, Json::object({{"checkpoint", state->checkpoint}}), Json::object({{"checkpoint", wanted}})};
    return response;
}

Response Api::list_versions(const Request& request, const Captures& at) const {
    const settings::Flow* flow = this->flow(at[0]);
    if (!flow) return show_flow(request, at);
    const auto limit = number(request, "limit", 50, 1, 500);
    const auto cursor = number(request, "cursor", 0, 0, INT64_MAX);
    if (!limit || !cursor)
        return problem(400, "query.limit", "limit is a number from 1 to 500, cursor what an answer gave as next.");
    const auto found = parts_.store.flow_versions(flow->id, *cursor, static_cast<int>(*limit));
    if (!found) return failed(found.error());
    Json items = Json::array();
    for (const auto& version : *found) items.push(view(version, *flow));
    const bool more = static_cast<std::int64_t>(found->size()) == *limit;
    return json(page(std::move(items), more ? Json{std::to_string(found->back().number)} : Json{}));
}

Response Api::show_version(const Request& request, const Captures& at) const {
    const settings::Flow* flow = this->flow(at[0]);
    if (!flow) return show_flow(request, at);
    const auto shown = version(flow->id, at[1]);
    if (!shown) return failed(shown.error());
    Json body = view(*shown, *flow);
    if (const std::string against = parameter(request, "against"); !against.empty()) {
        const auto other = version(flow->id, against);
        if (!other) return failed(other.error());
        const auto name = [](const store::FlowVersion& v) { return fmt::format("{}, version {}", v.flow, v.number); };
        body.set("difference", settings::difference(other->definition, shown->definition, name(*other), name(*shown)));
    }
    return json(body);
}

Response Api::roll_back(const Request& request, const Captures& at) const {
    const settings::Flow* flow = this->flow(at[0]);
    if (!flow) return show_flow(request, at);
    const auto body = object_of(request, {1u << 10, 4});
    const auto wanted = body ? (*body)["version"].integer() : std::nullopt;
    if (!wanted || *wanted < 1)
        return problem(400, "rollback.version", "The body names no version.", R"(Send for example {"version":1}.)");
    Json before = Json::object(), after = Json::object(), shown = Json::object({{"id", at[0]}});
    show(flow->version, before);
    const auto active = parts_.actions.roll_back(flow->id, *wanted);
    if (!active) return failed(active.error());
    show(*active, shown);
    show(*active, after);
    Response response = json(shown);
    response.change = {{}, std::move(before), std::move(after)};
    return response;
}

namespace {

/// All numbers from one to another that differ in their last digits only, as a shop counts them; nothing when they do
/// not, or when they are more than 1,000.
std::vector<std::string> numbers_between(std::string_view first, std::string_view last) {
    constexpr std::size_t most = 1000, most_digits = 15;
    const auto split = [](std::string_view number) {
        const auto digits = number.find_last_not_of("0123456789") + 1;  // npos + 1 is 0
        return std::pair{number.substr(0, digits), number.substr(digits)};
    };
    const auto [prefix, low] = split(first);
    const auto [other, high] = split(last);
    std::vector<std::string> out;
    if (prefix != other || low.empty() || high.empty() || std::max(low.size(), high.size()) > most_digits) return out;
    const std::uint64_t from = std::stoull(std::string{low}), to = std::stoull(std::string{high});
    if (from > to || to - from >= most) return out;
    for (std::uint64_t n = from; n <= to; ++n) out.push_back(fmt::format("{}{:0{}}", prefix, n, low.size()));
    return out;
}

}  // namespace

Response Api::start_run(const Request& request, const Captures& at) const {
    const auto body = object_of(request);
    if (!body) return body_invalid(R"({"mode":"live"})");
    const std::string_view mode = (*body)["mode"].string("live");
    if (mode != "live" && mode != "dry_run")
        return problem(400, "run.mode", "mode is live or dry_run.", "Leave it out for a live run.");
    flow::RunRequest run;
    run.dry = mode == "dry_run";
    run.from = (*body)["from"].string();
    run.to = (*body)["to"].string();
    for (const auto* date : {&run.from, &run.to})
        if (!date->empty() && !is_date(*date))
            return problem(400, "run.date", "from and to are dates.", "Write them as 2026-01-31.");
    if (run.from.empty() && !run.to.empty()) return problem(400, "run.date", "to needs from.");
    if (!run.to.empty() && run.to < run.from)
        return problem(400, "run.date", fmt::format("from, {}, is later than to, {}.", run.from, run.to),
                       "Write the earlier day as from.");
    for (const Json& record : (*body)["records"].items()) run.records.emplace_back(record.text());
    if (run.records.size() > 100) return problem(400, "run.records", "At most 100 records can be named in one run.");
    if (const Json& numbers = (*body)["numbers"]; !numbers.is_null()) {
        if (!run.records.empty() || !run.from.empty())
            return problem(400, "run.numbers",
                           "A run reads a range of numbers, named records or days, not several of these.");
        run.records = numbers_between(numbers["from"].text(), numbers["to"].text());
        run.range = true;
        if (run.records.empty())
            return problem(400, "run.numbers", "numbers are two order numbers of the same form, at most 1,000 apart.",
                           R"(Send for example {"numbers":{"from":"2026-0998","to":"2026-1040"}}.)");
    }
    Json change = Json::object({{"mode", mode},
                                {"records", (*body)["records"]},
                                {"numbers", (*body)["numbers"]},
                                {"from", run.from},
                                {"to", run.to}});
    const auto id = parts_.scheduler.run(at[0], std::move(run), "manual");
    if (!id) return id.error().code == "flow.not_found" ? no_flow(at[0]) : failed(id.error());
    Response response = json(Json::object({{"id", *id}, {"flow", at[0]}, {"state", "queued"}}), 202);
    response.headers["Location"] = "/v1/runs/" + *id;
    response.change.after = std::move(change.set("run", *id));
    return response;
}

}  // namespace brygga::control
