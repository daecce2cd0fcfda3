#include "control/api.h"

#include <algorithm>

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include "base/crypto.h"
#include "base/utf8.h"
#include "control/answers.h"
#include "control/known_names.h"
#include "control/metrics.h"
#include "control/views.h"
#include "openapi_json.h"

namespace brygga::control {

struct Api::Route {
    std::string_view method, pattern;  ///< {} captures one segment
    std::optional<Scope> scope;        ///< of the token; nothing: none is needed
    std::string_view action;           ///< its name in the audit log; empty: it changes nothing
    Response (Api::*handler)(const Request&, const Captures&) const;
};

const std::vector<Api::Route>& Api::routes() {
    constexpr std::nullopt_t anybody = std::nullopt;
    static const std::vector<Route> table{
        {"GET", "/health/live", anybody, "", &Api::live},
        {"GET", "/health/ready", anybody, "", &Api::ready},
        {"GET", "/openapi.json", anybody, "", &Api::describe},
        {"GET", "/oauth/callback", anybody, "", &Api::oauth_callback},
        {"POST", "/hooks/{}/{}", anybody, "", &Api::take_hook},
        {"GET", "/metrics", Scope::viewer, "", &Api::metrics},
        {"GET", "/v1/plugins", Scope::viewer, "", &Api::list_plugins},
        {"POST", "/v1/plugins", Scope::admin, "plugin.add", &Api::add_plugin},
        {"GET", "/v1/alerts", Scope::viewer, "", &Api::list_alerts},
        {"POST", "/v1/alerts/{}/acknowledge", Scope::operator_, "alert.acknowledge", &Api::acknowledge_alert},
        {"GET", "/v1/alert-channels", Scope::viewer, "", &Api::list_channels},
        {"POST", "/v1/alert-channels", Scope::admin, "channel.create", &Api::add_object},
        {"GET", "/v1/alert-channels/{}", Scope::viewer, "", &Api::show_channel},
        {"PUT", "/v1/alert-channels/{}", Scope::admin, "channel.change", &Api::set_object},
        {"PATCH", "/v1/alert-channels/{}", Scope::admin, "channel.change", &Api::set_object},
        {"DELETE", "/v1/alert-channels/{}", Scope::admin, "channel.remove", &Api::remove_object},
        {"POST", "/v1/alert-channels/{}/test", Scope::operator_, "channel.test", &Api::test_channel},
        {"GET", "/v1/tokens", Scope::admin, "", &Api::list_tokens},
        {"POST", "/v1/tokens", Scope::admin, "token.create", &Api::create_token},
        {"DELETE", "/v1/tokens/{}", Scope::admin, "token.remove", &Api::remove_token},
        {"GET", "/v1/audit", Scope::admin, "", &Api::list_audit},
        {"GET", "/v1/keys/rotate", Scope::admin, "", &Api::show_keys},
        {"POST", "/v1/keys/rotate", Scope::admin, "keys.rotate", &Api::rotate_keys},
        {"GET", "/v1/connectors", Scope::viewer, "", &Api::list_connectors},
        {"GET", "/v1/connectors/{}", Scope::viewer, "", &Api::show_connector},
        {"GET", "/v1/connections", Scope::viewer, "", &Api::list_connections},
        {"GET", "/v1/connections/{}", Scope::viewer, "", &Api::show_connection},
        {"POST", "/v1/connections", Scope::admin, "connection.create", &Api::add_object},
        {"PUT", "/v1/connections/{}", Scope::admin, "connection.change", &Api::set_object},
        {"PATCH", "/v1/connections/{}", Scope::admin, "connection.change", &Api::set_object},
        {"DELETE", "/v1/connections/{}", Scope::admin, "connection.remove", &Api::remove_object},
        {"POST", "/v1/connections/{}/check", Scope::operator_, "", &Api::check_connection},
        {"POST", "/v1/connections/{}/authorize", Scope::admin, "connection.authorize", &Api::authorize},
        {"GET", "/v1/connections/{}/options/{}", Scope::viewer, "", &Api::list_options},
        {"GET", "/v1/flows", Scope::viewer, "", &Api::list_flows},
        {"GET", "/v1/flows/{}", Scope::viewer, "", &Api::show_flow},
        {"POST", "/v1/flows", Scope::admin, "flow.create", &Api::add_object},
        {"PUT", "/v1/flows/{}", Scope::admin, "flow.change", &Api::set_object},
        {"PATCH", "/v1/flows/{}", Scope::admin, "flow.change", &Api::set_object},
        {"DELETE", "/v1/flows/{}", Scope::admin, "flow.remove", &Api::remove_object},
        {"POST", "/v1/flows/{}/validate", Scope::operator_, "", &Api::validate_flow},
        {"GET", "/v1/config/export", Scope::admin, "", &Api::export_configuration},
        {"POST", "/v1/config/plan", Scope::admin, "", &Api::plan_configuration},
        {"POST", "/v1/config/apply", Scope::admin, "configuration.apply", &Api::apply_configuration},
        {"POST", "/v1/flows/{}/pause", Scope::operator_, "flow.pause", &Api::set_flow},
        {"POST", "/v1/flows/{}/stop", Scope::operator_, "flow.stop", &Api::set_flow},
        {"POST", "/v1/flows/{}/resume", Scope::operator_, "flow.resume", &Api::set_flow},
        {"POST", "/v1/flows/{}/restart", Scope::operator_, "flow.restart", &Api::restart_flow},
        {"POST", "/v1/flows/{}/preview", Scope::operator_, "", &Api::preview},
        {"POST", "/v1/flows/{}/preflight", Scope::operator_, "", &Api::preflight},
        {"GET", "/v1/flows/{}/checkpoint", Scope::viewer, "", &Api::show_checkpoint},
        {"PUT", "/v1/flows/{}/checkpoint", Scope::admin, "checkpoint.set", &Api::set_checkpoint},
        {"DELETE", "/v1/flows/{}/checkpoint", Scope::admin, "checkpoint.reset", &Api::set_checkpoint},
        {"GET", "/v1/flows/{}/versions", Scope::viewer, "", &Api::list_versions},
        {"GET", "/v1/flows/{}/versions/{}", Scope::viewer, "", &Api::show_version},
        {"POST", "/v1/flows/{}/rollback", Scope::admin, "flow.rollback", &Api::roll_back},
        {"POST", "/v1/flows/{}/runs", Scope::operator_, "flow.run", &Api::start_run},
        {"GET", "/v1/flows/{}/runs", Scope::viewer, "", &Api::list_runs},
        {"GET", "/v1/runs", Scope::viewer, "", &Api::list_runs},
        {"GET", "/v1/runs/{}", Scope::viewer, "", &Api::show_run},
        {"GET", "/v1/runs/{}/plan", Scope::viewer, "", &Api::show_plan},
        {"POST", "/v1/runs/{}/cancel", Scope::operator_, "run.cancel", &Api::cancel_run},
        {"GET", "/v1/deliveries", Scope::viewer, "", &Api::list_deliveries},
        {"GET", "/v1/deliveries/{}", Scope::viewer, "", &Api::show_delivery},
        {"POST", "/v1/deliveries/{}/replay", Scope::operator_, "delivery.replay", &Api::replay_delivery},
        {"POST", "/v1/deliveries/{}/cancel", Scope::operator_, "delivery.cancel", &Api::cancel_delivery},
        {"POST", "/v1/deliveries/{}/resolve", Scope::operator_, "delivery.resolve", &Api::resolve_delivery},
        {"POST", "/v1/replays", Scope::operator_, "delivery.replay", &Api::replay},
        {"GET", "/v1/entities/{}/{}/{}", Scope::viewer, "", &Api::show_entity},
        {"GET", "/v1/activity", Scope::viewer, "", &Api::list_activity},
    };
    return table;
}

std::vector<Api::RouteInfo> Api::table() {
    std::vector<RouteInfo> out;
    for (const Route& route : routes()) out.push_back({route.method, route.pattern, route.scope});
    return out;
}

namespace {

/// A segment's text; as it is when it is no percent-encoding.
std::string decoded(std::string_view segment) {
    std::string out;
    try {
        Poco::URI::decode(std::string{segment}, out);
    } catch (const Poco::Exception&) {
        out = segment;
    }
    return out;
}

const KnownNames& known_names() {
    static const KnownNames names{
        Json::parse(openapi_json, nullptr, {.bytes = 1u << 20, .depth = 64}).value_or(Json{})};
    return names;
}

/// The captured segments when the path fits the pattern.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
    std::vector<std::string> captures;
    while (!pattern.empty() || !path.empty()) {
        if (pattern.empty() || path.empty() || pattern[0] != '/' || path[0] != '/') return std::nullopt;
        const std::string_view want = pattern.substr(1, pattern.find('/', 1) - 1),
                               have = path.substr(1, path.find('/', 1) - 1);
        if (want == "{}" && !have.empty())
            captures.push_back(decoded(have));
        else if (want != have)
            return std::nullopt;
        pattern.remove_prefix(std::min(pattern.size(), want.size() + 1));
        path.remove_prefix(std::min(path.size(), have.size() + 1));
    }
    return captures;
}

}  // namespace

Response Api::handle(const Request& request) {
    std::string allowed;
    for (const Route& route : routes()) {
        const auto captures = match(route.pattern, request.path);
        if (!captures) continue;
        if (route.method != request.method) {
            allowed += (allowed.empty() ? "" : ", ") + std::string{route.method};
            continue;
        }
        if (!route.scope) return (this->*route.handler)(request, *captures);
        const auto caller = guard_.admit(request.authorization, request.client);
        if (!caller) return failed(caller.error());
        if (caller->scope < *route.scope)
            return problem(
                403, "token.scope",
                fmt::format("The token {} has scope {}; this needs {}.", caller->name, to_string(caller->scope),
                            to_string(*route.scope)),
                fmt::format("Use another one: brygga token create NAME --scope {}.", to_string(*route.scope)));
        if (auto unknown = known_names().refusal(route.method, route.pattern, request)) return std::move(*unknown);
        return route.action.empty() ? (this->*route.handler)(request, *captures)
                                    : act(route, request, *captures, caller->name);
    }
    if (allowed.empty()) return problem(404, "path.not_found", "There is nothing at this path.");
    Response refused =
        problem(405, "method.not_allowed", fmt::format("{} is not possible here.", excerpt(request.method, 16)),
                fmt::format("Use {}.", allowed));
    refused.headers["Allow"] = allowed;
    return refused;
}

/// Once for each Idempotency-Key of a caller (draft-ietf-httpapi-idempotency-key-header).
Response Api::act(const Route& route, const Request& request, const Captures& at, const std::string& who) const {
    if (request.idempotency_key.empty()) return audited(route, request, at, who);
    if (request.idempotency_key.size() > 255)
        return problem(400, "idempotency_key.too_long", "The Idempotency-Key is longer than 255 characters.");
    const store::Repeatable asked{
        who, request.idempotency_key,
        crypto::hex(crypto::digest(crypto::Hash::sha256, request.method + " " + request.path + "\n" + request.body))};
    const auto before = parts_.store.access().begin_answer(asked, parts_.clock.now());
    if (!before) return failed(before.error());
    if (*before) {
        if (!(*before)->same_request)
            return problem(422, "idempotency_key.used", "Another request came with this Idempotency-Key before.",
                           "Take a new key for each thing to do.");
        if (!(*before)->status)
            return problem(409, "idempotency_key.unknown",
                           "This request is being answered, or the host ended before its answer was known.",
                           "Look whether it was done; to do it again, take another Idempotency-Key.");
        Response again{*(*before)->status, "application/json", (*before)->content};
        if (again.status >= 400) again.content_type = "application/problem+json";
        again.headers["Idempotency-Replayed"] = "true";
        return again;
    }
    Response response = audited(route, request, at, who);
    if (const auto kept = parts_.store.access().end_answer(asked, response.status, response.body); !kept)
        return failed(kept.error());
    return response;
}

/// The entry is there before anything happens, so that no crash can hide what somebody did.
Response Api::audited(const Route& route, const Request& request, const Captures& at, const std::string& who) const {
    store::AuditEntry entry{
        0, parts_.clock.now(), who, request.client, std::string{route.action}, at.empty() ? "" : at[0]};
    const auto id = parts_.store.access().begin_audit(entry);
    if (!id) return failed(id.error());
    Request named = request;
    named.who = who;
    Response response = (this->*route.handler)(named, at);
    entry.id = *id;
    entry.outcome = response.status < 400 ? "done" : response.status < 500 ? "refused" : "failed";
    entry.before = std::move(response.change.before);
    entry.after = std::move(response.change.after);
    if (!response.change.object.empty()) entry.object = response.change.object;
    (void)parts_.store.access().end_audit(entry);  // the store itself says when it cannot write
    return response;
}

Response Api::describe(const Request&, const Captures&) const {
    return {200, "application/json", std::string{openapi_json}};
}

Response Api::live(const Request&, const Captures&) const {
    return json(Json::object({{"status", "live"}, {"version", parts_.version}}));
}

Response Api::ready(const Request&, const Captures&) const {
    if (const auto alive = parts_.store.ping(); !alive)
        return problem(503, alive.error().code, alive.error().message, alive.error().remedy);
    return json(Json::object({{"status", "ready"}}));
}

Response Api::metrics(const Request&, const Captures&) const {
    const auto counts = parts_.store.counts();
    if (!counts) return failed(counts.error());
    Json webhooks = Json::object();
    for (const auto& [id, connection] : parts_.connections) webhooks.set(id, parts_.actions.webhooks(id));
    return {200, "text/plain; version=0.0.4",
            metrics_text(*counts, parts_.scheduler.connections(), parts_.actions.http_counters(), webhooks)};
}

}  // namespace brygga::control
