#include "control/api.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/utf8.h"
#include "control/answers.h"
#include "control/metrics.h"
#include "control/views.h"

namespace brygga::control {

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
        {"GET", "/v1/runs/{}/plan", false, &Api::show_plan},
        {"GET", "/v1/deliveries", false, &Api::list_deliveries},
        {"GET", "/v1/deliveries/{}", false, &Api::show_delivery},
        {"POST", "/v1/deliveries/{}/replay", false, &Api::act_on_delivery},
        {"POST", "/v1/deliveries/{}/cancel", false, &Api::act_on_delivery},
    };
    return table;
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
    return {200, "text/plain; version=0.0.4",
            metrics_text(*counts, parts_.scheduler.connections(), parts_.actions.http_counters())};
}

}  // namespace brygga::control
