#include "control/api.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/utf8.h"
#include "control/metrics.h"
#include "control/views.h"
#include "schema/manifest.h"
#include "settings/difference.h"

namespace brygga::control {

namespace {

Response json(const Json& body, int status = 200) { return {status, "application/json", body.dump()}; }

Response failed(const Error& error) {
    int status = 502;
    if (error.remote_status == 404 || error.remote_status == 409)
        status = error.remote_status;
    else if (error.code.ends_with("not_found"))
        status = 404;
    else if (error.error_class == ErrorClass::rejected)
        status = 409;
    else if (error.error_class == ErrorClass::unsupported)
        status = 404;
    else if (error.code.starts_with("store."))
        status = 503;
    return problem(status, error.code, error.message, error.remedy);
}

/// A query parameter as a number within bounds; the fallback when absent, nothing when malformed.
std::optional<std::int64_t> number(const Request& request, const std::string& name, std::int64_t fallback,
                                   std::int64_t low, std::int64_t high) {
    const auto found = request.query.find(name);
    if (found == request.query.end()) return fallback;
    std::int64_t value = 0;
    const std::string& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) return std::nullopt;
    return value;
}

std::optional<std::int64_t> id_of(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 1) return std::nullopt;
    return value;
}

std::string parameter(const Request& request, const std::string& name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string{} : found->second;
}

bool is_date(std::string_view text) {
    return text.size() == 10 && from_rfc3339(std::string{text} + "T00:00:00Z").has_value();
}

}  // namespace

struct Api::Route {
    std::string_view method, pattern;  ///< {} captures one segment
    bool open;                         ///< needs no token
    Response (Api::*handler)(const Request&, const Captures&) const;
};

const std::vector<Api::Route>& Api::routes() {
    static const std::vector<Route> table{
        {"GET", "/health/live", true, &Api::live},
        {"GET", "/health/ready", true, &Api::ready},
        {"GET", "/oauth/callback", true, &Api::oauth_callback},
        {"GET", "/metrics", false, &Api::metrics},
        {"GET", "/v1/plugins", false, &Api::list_plugins},
        {"POST", "/v1/plugins", false, &Api::add_plugin},
        {"GET", "/v1/alerts", false, &Api::list_alerts},
        {"GET", "/v1/alert-channels", false, &Api::list_channels},
        {"POST", "/v1/alert-channels/{}/test", false, &Api::test_channel},
        {"GET", "/v1/connectors", false, &Api::list_connectors},
        {"GET", "/v1/connections", false, &Api::list_connections},
        {"GET", "/v1/connections/{}", false, &Api::show_connection},
        {"POST", "/v1/connections/{}/check", false, &Api::check_connection},
        {"POST", "/v1/connections/{}/authorize", false, &Api::authorize},
        {"GET", "/v1/connections/{}/options/{}", false, &Api::list_options},
        {"GET", "/v1/flows", false, &Api::list_flows},
        {"GET", "/v1/flows/{}", false, &Api::show_flow},
        {"POST", "/v1/flows/{}/pause", false, &Api::set_flow},
        {"POST", "/v1/flows/{}/stop", false, &Api::set_flow},
        {"POST", "/v1/flows/{}/resume", false, &Api::set_flow},
        {"POST", "/v1/flows/{}/restart", false, &Api::restart_flow},
        {"POST", "/v1/flows/{}/preview", false, &Api::preview},
        {"POST", "/v1/flows/{}/preflight", false, &Api::preflight},
        {"GET", "/v1/flows/{}/versions", false, &Api::list_versions},
        {"GET", "/v1/flows/{}/versions/{}", false, &Api::show_version},
        {"POST", "/v1/flows/{}/rollback", false, &Api::roll_back},
        {"POST", "/v1/flows/{}/runs", false, &Api::start_run},
        {"GET", "/v1/flows/{}/runs", false, &Api::list_runs},
        {"GET", "/v1/runs", false, &Api::list_runs},
        {"GET", "/v1/runs/{}", false, &Api::show_run},
        {"GET", "/v1/deliveries", false, &Api::list_deliveries},
        {"GET", "/v1/deliveries/{}", false, &Api::show_delivery},
        {"POST", "/v1/deliveries/{}/replay", false, &Api::act_on_delivery},
        {"POST", "/v1/deliveries/{}/cancel", false, &Api::act_on_delivery},
    };
    return table;
}

Response problem(int status, std::string_view code, std::string_view detail, std::string_view remedy) {
    Json body = Json::object({{"type", "about:blank"}, {"title", code}, {"status", status}, {"detail", detail}});
    Json errors = Json::array();
    if (!remedy.empty()) errors.push(Json::object({{"pointer", ""}, {"reason", detail}, {"suggestion", remedy}}));
    body.set("errors", std::move(errors));
    return {status, "application/problem+json", body.dump()};
}

bool Api::authorized(const Request& request) const {
    constexpr std::string_view scheme = "Bearer ";
    if (!request.authorization.starts_with(scheme)) return false;
    // Compared as hashes: the time says nothing about the token.
    return crypto::equal_constant_time(
        crypto::digest(crypto::Hash::sha256, std::string_view{request.authorization}.substr(scheme.size())),
        crypto::digest(crypto::Hash::sha256, token_.reveal()));
}

namespace {

/// The captured segments when the path fits the pattern.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
    std::vector<std::string> captures;
    while (!pattern.empty() || !path.empty()) {
        if (pattern.empty() || path.empty() || pattern[0] != '/' || path[0] != '/') return std::nullopt;
        const std::string_view want = pattern.substr(1, pattern.find('/', 1) - 1),
                               have = path.substr(1, path.find('/', 1) - 1);
        if (want == "{}" && !have.empty())
            captures.emplace_back(have);
        else if (want != have)
            return std::nullopt;
        pattern.remove_prefix(std::min(pattern.size(), want.size() + 1));
        path.remove_prefix(std::min(path.size(), have.size() + 1));
    }
    return captures;
}

}  // namespace

Response Api::handle(const Request& request) const {
    bool known_path = false;
    for (const Route& route : routes()) {
        const auto captures = match(route.pattern, request.path);
        if (!captures) continue;
        known_path = true;
        if (route.method != request.method) continue;
        if (!route.open && !authorized(request))
            return problem(401, "token.refused", "This request carries no valid token.",
                           "Send Authorization: Bearer with the token of admin_token_file.");
        return (this->*route.handler)(request, *captures);
    }
    if (known_path)
        return problem(405, "method.not_allowed", fmt::format("{} is not possible here.", excerpt(request.method, 16)));
    return problem(404, "path.not_found", "There is nothing at this path.");
}

Response Api::live(const Request&, const Captures&) const {
    return json(Json::object({{"status", "live"}, {"version", house_.version}}));
}

Response Api::ready(const Request&, const Captures&) const {
    if (const auto alive = house_.store.ping(); !alive)
        return problem(503, alive.error().code, alive.error().message, alive.error().remedy);
    return json(Json::object({{"status", "ready"}}));
}

Response Api::metrics(const Request&, const Captures&) const {
    const auto counts = house_.store.counts();
    if (!counts) return failed(counts.error());
    return {200, "text/plain; version=0.0.4",
            metrics_text(*counts, house_.scheduler.connections(),
                         house_.http_counters ? house_.http_counters() : Json::object())};
}

Response Api::list_alerts(const Request&, const Captures&) const { return json(page(house_.monitor->open())); }

Response Api::list_channels(const Request&, const Captures&) const {
    Json items = Json::array();
    for (const auto& channel : house_.configuration.channels)
        items.push(Json::object({{"id", channel.id},
                                 {"kind", channel.kind},
                                 {"severity", channel.severity},
                                 {"signed", !channel.secret.empty()},
                                 {"managed_by", "file"}}));
    return json(page(std::move(items)));
}

Response Api::test_channel(const Request&, const Captures& at) const {
    const auto sent =
        house_.monitor->test({house_.clock.mono() + std::chrono::seconds{20}, {}, "alert test", false}, at[0]);
    if (sent) return json(Json::object({{"sent", true}}));
    return sent.error().code == "channel.not_found"
               ? problem(404, sent.error().code, sent.error().message, sent.error().remedy)
               : failed(sent.error());
}

Response Api::list_plugins(const Request&, const Captures&) const { return json(page(house_.plugins())); }

/// A file that was put into a plugin directory: whether it can be used. The API never takes its bytes.
Response Api::add_plugin(const Request& request, const Captures&) const {
    const auto body = Json::parse(request.body, nullptr, {1u << 12, 4});
    const std::string_view file = body ? (*body)["file"].string() : std::string_view{};
    if (file.empty() || file.find('/') != std::string_view::npos)
        return problem(400, "plugin.file", "file is the name of a file in a plugin directory.",
                       R"(Send for example {"file":"brygga_notes.so"}.)");
    const Json plugins = house_.plugins();
    for (const Json& plugin : plugins.items()) {
        if (std::string_view{plugin["file"].string()}.ends_with("/" + std::string{file}))
            return plugin["state"].string() == "loaded"
                       ? json(plugin)
                       : problem(422, plugin["error"]["code"].string(), plugin["error"]["message"].string(),
                                 plugin["error"]["remedy"].string());
    }
    return problem(404, "plugin.not_found", fmt::format("No plugin directory has a file '{}'.", excerpt(file, 64)),
                   "Put it there with brygga plugin install.");
}

Response Api::list_connectors(const Request&, const Captures&) const {
    std::map<std::string, Json> by_id;
    for (const auto& [id, connection] : house_.connections) {
        const auto& m = connection->manifest();
        by_id.emplace(m.id,
                      Json::object({{"id", m.id}, {"name", m.name}, {"version", m.version}, {"vendor", m.vendor}}));
    }
    Json items = Json::array();
    for (auto& [id, item] : by_id) items.push(std::move(item));
    return json(page(std::move(items)));
}

Response Api::list_connections(const Request&, const Captures&) const {
    Json items = Json::array();
    for (const auto& status : house_.scheduler.connections()) items.push(view(status, house_.configuration));
    return json(page(std::move(items)));
}

Response Api::show_connection(const Request&, const Captures& at) const {
    for (const auto& status : house_.scheduler.connections())
        if (status.id == at[0]) return json(view(status, house_.configuration));
    return problem(404, "connection.not_found", fmt::format("There is no connection '{}'.", excerpt(at[0], 64)));
}

Response Api::check_connection(const Request& request, const Captures& at) const {
    if (const auto checked = house_.scheduler.check(at[0]); !checked) return failed(checked.error());
    return show_connection(request, at);
}

/// Begins a consent, or, with state and code, ends one whose answer a person has brought.
Response Api::authorize(const Request& request, const Captures& at) const {
    if (const Response known = show_connection(request, at); known.status != 200) return known;
    const auto body =
        request.body.empty() ? std::optional{Json::object()} : Json::parse(request.body, nullptr, {1u << 16, 4});
    if (!body || !body->is_object())
        return problem(400, "body.invalid", "The body is no JSON object.",
                       R"(Send {"redirect_uri":"https://…"}, or {"state":"…","code":"…"}.)");
    if (!(*body)["state"].is_null()) {
        const auto done = house_.finish_consent((*body)["state"].string(), std::string{(*body)["code"].string()});
        return done ? show_connection(request, {*done}) : failed(done.error());
    }
    const auto begun = house_.begin_consent(at[0], std::string{(*body)["redirect_uri"].string()});
    return begun ? json(*begun) : failed(begun.error());
}

namespace {

/// For the browser of whoever gave consent. `text` is the host's own, never the caller's.
Response browser_page(int status, std::string_view text) {
    std::string escaped;
    for (const char c : text) escaped += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
    return {
        status, "text/html; charset=utf-8",
        fmt::format("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Brygga</title><p>{}</p></html>\n",
                    escaped)};
}

}  // namespace

Response Api::oauth_callback(const Request& request, const Captures&) const {
    if (const std::string code = parameter(request, "code"); !code.empty()) {
        const auto done = house_.finish_consent(parameter(request, "state"), code);
        if (!done) return browser_page(400, done.error().message + " " + done.error().remedy);
        return browser_page(200, fmt::format("Connection {} is authorised. You can close this window.", *done));
    }
    return browser_page(400, "Consent was not given. Begin again: brygga connections authorize.");
}

Response Api::list_options(const Request& request, const Captures& at) const {
    const auto catalog = house_.catalogs.find(at[0]);
    if (catalog == house_.catalogs.end())
        return problem(404, "connection.not_found", fmt::format("There is no connection '{}'.", excerpt(at[0], 64)));
    const auto age = parameter(request, "fresh") == "true" ? std::chrono::hours{0} : std::chrono::hours{24};
    const auto options =
        catalog->second->options({house_.clock.mono() + std::chrono::seconds{60}, {}, "options", false}, at[1], age);
    if (!options) return failed(options.error());
    return json(page(**options));
}

Response Api::list_flows(const Request&, const Captures&) const {
    Json items = Json::array();
    for (const auto& flow : house_.configuration.flows) {
        auto item = view(flow, house_.store, house_.clock.now());
        if (!item) return failed(item.error());
        items.push(std::move(*item));
    }
    return json(page(std::move(items)));
}

Response Api::show_flow(const Request&, const Captures& at) const {
    for (const auto& flow : house_.configuration.flows) {
        if (flow.id != at[0]) continue;
        const auto shown = view(flow, house_.store, house_.clock.now());
        return shown ? json(*shown) : failed(shown.error());
    }
    return problem(404, "flow.not_found", fmt::format("There is no flow '{}'.", excerpt(at[0], 64)));
}

Response Api::set_flow(const Request& request, const Captures& at) const {
    if (const Response known = show_flow(request, at); known.status != 200) return known;
    const std::string_view verb = std::string_view{request.path}.substr(request.path.rfind('/') + 1);
    const std::string state = verb == "pause" ? "paused" : verb == "stop" ? "stopped" : "running";
    if (const auto set = house_.scheduler.set_flow_state(at[0], state); !set) return failed(set.error());
    return show_flow(request, at);
}

Response Api::restart_flow(const Request& request, const Captures& at) const {
    if (const Response known = show_flow(request, at); known.status != 200) return known;
    const auto requeued = house_.store.restart(at[0], house_.clock.now());
    if (!requeued) return failed(requeued.error());
    house_.scheduler.wake();
    return json(Json::object({{"requeued", *requeued}}));
}

/// Reading many records within the vendors' budgets takes its time; whoever asks waits.
constexpr std::chrono::minutes answer_within{5};

Response Api::preview(const Request& request, const Captures& at) const {
    if (const Response known = show_flow(request, at); known.status != 200) return known;
    const auto body =
        request.body.empty() ? std::optional{Json::object()} : Json::parse(request.body, nullptr, {1u << 20, 8});
    if (!body || !body->is_object())
        return problem(400, "body.invalid", "The body is no JSON object.", R"(Send for example {"records":["1042"]}.)");
    flow::RunRequest wanted;
    wanted.run_id = "preview";
    const Json& records = (*body)["records"];
    if ((!records.is_null() && !records.is_array()) || records.size() > 20)
        return problem(400, "preview.records", "records is a list of at most 20 numbers.",
                       R"(Send for example {"records":["1042"]}.)");
    for (const Json& record : records.items()) wanted.records.emplace_back(record.text());
    const auto limit = (*body)["limit"].is_null() ? std::optional<std::int64_t>{20} : (*body)["limit"].integer();
    if (!limit || *limit < 1 || *limit > 500)
        return problem(400, "preview.limit", "limit is a number from 1 to 500.", "Leave it out for 20 records.");
    const auto shown = house_.preview({house_.clock.mono() + answer_within, {}, "preview", true}, at[0], wanted,
                                      static_cast<std::size_t>(*limit));
    return shown ? json(*shown) : failed(shown.error());
}

Response Api::preflight(const Request& request, const Captures& at) const {
    if (const Response known = show_flow(request, at); known.status != 200) return known;
    return json(house_.preflight({house_.clock.mono() + answer_within, {}, "preflight", true}, at[0]));
}

const settings::Flow* Api::flow(const std::string& id) const {
    const auto found = std::ranges::find(house_.configuration.flows, id, &settings::Flow::id);
    return found == house_.configuration.flows.end() ? nullptr : &*found;
}

Expected<store::FlowVersion> Api::version(const std::string& flow, const std::string& number) const {
    const auto wanted = id_of(number);
    auto found = wanted ? house_.store.flow_version(flow, *wanted) : Expected<std::optional<store::FlowVersion>>{};
    if (!found) return found.error();
    if (*found) return std::move(**found);
    return Error{ErrorClass::rejected, "version.not_found",
                 fmt::format("The flow '{}' has no version '{}'.", flow, excerpt(number, 20)),
                 fmt::format("brygga flows versions {} lists them.", flow)};
}

Response Api::list_versions(const Request& request, const Captures& at) const {
    const settings::Flow* flow = this->flow(at[0]);
    if (!flow) return show_flow(request, at);
    const auto limit = number(request, "limit", 50, 1, 500);
    const auto cursor = number(request, "cursor", 0, 0, INT64_MAX);
    if (!limit || !cursor)
        return problem(400, "query.limit", "limit is a number from 1 to 500, cursor what an answer gave as next.");
    const auto found = house_.store.flow_versions(flow->id, *cursor, static_cast<int>(*limit));
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
    const auto body = Json::parse(request.body, nullptr, {1u << 10, 4});
    const auto wanted = body ? (*body)["version"].integer() : std::nullopt;
    if (!wanted || *wanted < 1)
        return problem(400, "rollback.version", "The body names no version.", R"(Send for example {"version":1}.)");
    const auto active = house_.roll_back(flow->id, *wanted);
    if (!active) return failed(active.error());
    Json shown = Json::object({{"id", at[0]}});
    show(*active, shown);
    return json(shown);
}

Response Api::start_run(const Request& request, const Captures& at) const {
    const auto body =
        request.body.empty() ? std::optional{Json::object()} : Json::parse(request.body, nullptr, {1u << 20, 8});
    if (!body || !body->is_object())
        return problem(400, "body.invalid", "The body is no JSON object.", R"(Send for example {"mode":"live"}.)");
    if ((*body)["mode"].string("live") != "live")
        return problem(400, "run.mode", "The only mode is live.", "Leave mode out.");
    flow::RunRequest run;
    run.from = (*body)["from"].string();
    run.to = (*body)["to"].string();
    for (const auto* date : {&run.from, &run.to})
        if (!date->empty() && !is_date(*date))
            return problem(400, "run.date", "from and to are dates.", "Write them as 2026-01-31.");
    if (run.from.empty() && !run.to.empty()) return problem(400, "run.date", "to needs from.");
    for (const Json& record : (*body)["records"].items()) run.records.emplace_back(record.text());
    if (run.records.size() > 100) return problem(400, "run.records", "At most 100 records can be named in one run.");
    const auto id = house_.scheduler.run(at[0], std::move(run), "manual");
    if (!id) return failed(id.error());
    return json(Json::object({{"id", *id}, {"flow", at[0]}, {"state", "queued"}}), 202);
}

Response Api::list_runs(const Request& request, const Captures& at) const {
    const auto limit = number(request, "limit", 50, 1, 500);
    if (!limit) return problem(400, "query.limit", "limit is a number from 1 to 500.");
    const auto runs = house_.store.runs(at.empty() ? parameter(request, "flow") : at[0], static_cast<int>(*limit));
    if (!runs) return failed(runs.error());
    Json items = Json::array();
    for (const auto& run : *runs) items.push(view(run));
    return json(page(std::move(items)));
}

Response Api::show_run(const Request&, const Captures& at) const {
    const auto run = house_.store.run(at[0]);
    if (!run) return failed(run.error());
    if (!*run) return problem(404, "run.not_found", fmt::format("There is no run '{}'.", excerpt(at[0], 64)));
    const auto counts = house_.store.run_counts(at[0]);
    if (!counts) return failed(counts.error());
    Json body = view(**run);
    Json states = Json::object();
    for (const auto& [state, count] : *counts) states.set(store::to_string(state), count);
    body.set("deliveries", std::move(states));
    return json(body);
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
    const auto found = house_.store.deliveries(query);
    if (!found) return failed(found.error());
    Json items = Json::array();
    for (const auto& delivery : *found) items.push(view(delivery));
    const bool more = static_cast<int>(found->size()) == query.limit;
    return json(page(std::move(items), more ? Json{std::to_string(found->back().id)} : Json{}));
}

Response Api::show_delivery(const Request&, const Captures& at) const {
    const auto id = id_of(at[0]);
    const auto delivery = id ? house_.store.delivery(*id) : Expected<std::optional<store::Delivery>>{};
    if (!delivery) return failed(delivery.error());
    if (!*delivery)
        return problem(404, "delivery.not_found", fmt::format("There is no delivery '{}'.", excerpt(at[0], 20)));
    auto story = house_.store.activity(*id);
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
    const auto done = request.path.ends_with("/replay") ? house_.store.requeue(*id, house_.clock.now())
                                                        : house_.store.cancel(*id, house_.clock.now());
    if (!done) return failed(done.error());
    house_.scheduler.wake();
    return show_delivery(request, at);
}

}  // namespace brygga::control
