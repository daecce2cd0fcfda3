// Api: the REST control API without its transport: a request in, a response out. Routes stand in one table.
// Owned by app; handle() is safe on any thread. It reads the store and asks the scheduler; it decides nothing.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "connector/catalog.h"
#include "connector/connection.h"
#include "control/guard.h"
#include "monitor/monitor.h"
#include "scheduler/scheduler.h"
#include "settings/config.h"
#include "settings/load.h"
#include "store/store.h"

namespace brygga::control {

struct Request {
    std::string method, path;                  ///< path without query, still encoded
    std::map<std::string, std::string> query;  ///< decoded
    std::string authorization, body;
    std::string idempotency_key, client;  ///< client: network address
    std::string if_match;
    std::string who{};                             ///< whose token it is; set by the Api for what acts
    std::map<std::string, std::string> headers{};  ///< of a vendor's call only; names in lower case
};

/// For the audit log; without secrets.
struct Change {
    std::string object;  ///< empty: what the path names
    Json before, after;
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::map<std::string, std::string> headers{};  ///< more of them
    Change change{};                               ///< not sent
};

/// Where vendors call; what follows is secret.
constexpr std::string_view hooks_path = "/hooks/";

/// How long an answer is kept for a request that comes again.
constexpr std::chrono::hours answers_kept{24};

/// application/problem+json (RFC 9457).
/// `pointer` (RFC 6901) names the member of the body that is meant.
Response problem(int status, std::string_view code, std::string_view detail, std::string_view remedy = {},
                 std::string_view pointer = {});

/// What became of a change of the configuration.
struct Changed {
    std::vector<settings::Problem> errors, warnings;  ///< with errors nothing has changed
    std::optional<Error> failed{};                    ///< it was right, but could not be done
};

/// What the API asks of the house as a whole. Flows and connections that are named exist. Safe on any thread.
class Actions {
public:
    virtual ~Actions() = default;

    /// A vendor's call; see hooks::Hooks::take.
    virtual bool take_hook(const std::string& connection, const std::string& key, const Request& request) = 0;
    /// See hooks::Hooks::view.
    virtual Json webhooks(const std::string& connection) const = 0;
    /// {connection: {status: count}}
    virtual Json http_counters() const = 0;
    /// The connectors of the plugin directories as they are now: {id, name, version, vendor, abi, file, state: "loaded"
    /// or "refused", error, connections}.
    virtual Json plugins() const = 0;
    /// What a flow would do with records; see flow/preview.h.
    virtual Expected<Json> preview(CallContext call, const std::string& flow, const flow::RunRequest& request,
                                   std::size_t most) = 0;
    /// Whether deliveries of a flow can be mapped by this version of it. Errors: version.not_found, version.refused,
    /// version.other_ends, those of the store.
    virtual Expected<void> check_version(const std::string& flow, std::int64_t number) = 0;
    /// What would go wrong with a flow's orders; see flow/preflight.h.
    virtual Json preflight(CallContext call, const std::string& flow) = 0;
    /// {"url": where a person gives consent, "redirect_uri", "returns_here": whether the answer comes by itself}.
    /// redirect_uri: empty for the host's own. Errors: unsupported, consent.no_need; misconfigured, consent.no_address.
    virtual Expected<Json> begin_consent(const std::string& connection, std::string redirect_uri) = 0;
    /// The connection whose consent it was. Errors of connector::OAuth::finish_consent.
    virtual Expected<std::string> finish_consent(std::string_view state, const std::string& code) = 0;
    /// Makes an older version of a flow active, in a house that takes the place of this one; what is active then.
    /// Errors: version.not_found, version.active, version.refused, those of the store.
    virtual Expected<settings::FlowNumber> roll_back(const std::string& flow, std::int64_t number) = 0;
    /// Documents that come, change or go (see store::Document); with them a house takes the place of this one, unless
    /// they are only to be checked.
    virtual Changed change(const std::vector<store::Document>& documents, bool only_check) = 0;
};

/// What the API shows and asks; all of it outlives the Api.
struct Parts {
    const settings::Configuration& configuration;
    store::Store& store;
    scheduler::Scheduler& scheduler;
    const std::map<std::string, connector::Connection*>& connections;
    const std::map<std::string, connector::Catalog*>& catalogs;
    monitor::Monitor& monitor;
    const Clock& clock;
    Log& log;
    std::string version;
    Actions& actions;
};

class Api {
public:
    Api(Parts parts, const Secret& admin_token)
        : parts_{std::move(parts)}, guard_{admin_token, parts_.store.access(), parts_.clock, parts_.log} {}

    Response handle(const Request& request);

    struct RouteInfo {
        std::string_view method, pattern;  ///< {} captures one segment
        std::optional<Scope> scope;        ///< of the token; nothing: none is needed
    };
    /// What there is, for the contract's tests.
    static std::vector<RouteInfo> table();

private:
    using Captures = std::vector<std::string>;
    struct Route;
    static const std::vector<Route>& routes();
    Response act(const Route& route, const Request& request, const Captures& at, const std::string& who) const;
    Response audited(const Route& route, const Request& request, const Captures& at, const std::string& who) const;
    /// Null when there is none.
    const settings::Flow* flow(const std::string& id) const;
    Expected<store::FlowVersion> version(const std::string& flow, const std::string& number) const;

    Response describe(const Request&, const Captures&) const;
    Response live(const Request&, const Captures&) const;
    Response ready(const Request&, const Captures&) const;
    Response metrics(const Request&, const Captures&) const;
    Response list_connectors(const Request&, const Captures&) const;
    Response show_connector(const Request&, const Captures&) const;
    Response list_connections(const Request&, const Captures&) const;
    Response show_connection(const Request&, const Captures&) const;
    Response check_connection(const Request&, const Captures&) const;
    Response list_options(const Request&, const Captures&) const;
    Response list_flows(const Request&, const Captures&) const;
    Response show_flow(const Request&, const Captures&) const;
    Response no_flow(const std::string& id) const;
    Response set_flow(const Request&, const Captures&) const;
    Response restart_flow(const Request&, const Captures&) const;
    Response preview(const Request&, const Captures&) const;
    Response preflight(const Request&, const Captures&) const;
    Response list_alerts(const Request&, const Captures&) const;
    Response acknowledge_alert(const Request&, const Captures&) const;
    Response list_channels(const Request&, const Captures&) const;
    Response test_channel(const Request&, const Captures&) const;
    Response authorize(const Request&, const Captures&) const;
    Response oauth_callback(const Request&, const Captures&) const;
    Response take_hook(const Request&, const Captures&) const;
    Response list_plugins(const Request&, const Captures&) const;
    Response add_plugin(const Request&, const Captures&) const;
    Response show_checkpoint(const Request&, const Captures&) const;
    Response set_checkpoint(const Request&, const Captures&) const;
    Response list_versions(const Request&, const Captures&) const;
    Response show_version(const Request&, const Captures&) const;
    Response roll_back(const Request&, const Captures&) const;
    Response add_object(const Request&, const Captures&) const;
    Response set_object(const Request&, const Captures&) const;
    Response remove_object(const Request&, const Captures&) const;
    Response validate_flow(const Request&, const Captures&) const;
    Response show_channel(const Request&, const Captures&) const;
    Response export_configuration(const Request&, const Captures&) const;
    Response plan_configuration(const Request&, const Captures&) const;
    Response apply_configuration(const Request&, const Captures&) const;
    Response list_tokens(const Request&, const Captures&) const;
    Response create_token(const Request&, const Captures&) const;
    Response remove_token(const Request&, const Captures&) const;
    Response list_audit(const Request&, const Captures&) const;
    Response start_run(const Request&, const Captures&) const;
    Response list_runs(const Request&, const Captures&) const;
    Response show_run(const Request&, const Captures&) const;
    Response show_plan(const Request&, const Captures&) const;
    Response cancel_run(const Request&, const Captures&) const;
    Response list_deliveries(const Request&, const Captures&) const;
    Response show_delivery(const Request&, const Captures&) const;
    Response replay_delivery(const Request&, const Captures&) const;
    Response cancel_delivery(const Request&, const Captures&) const;
    Response resolve_delivery(const Request&, const Captures&) const;
    Expected<store::IndexRow> named_document(const store::Delivery& delivery, const Json& target) const;
    Response replay(const Request&, const Captures&) const;
    Response show_entity(const Request&, const Captures&) const;
    Response list_activity(const Request&, const Captures&) const;
    Response show_keys(const Request&, const Captures&) const;
    Response rotate_keys(const Request&, const Captures&) const;

    Parts parts_;
    Guard guard_;
};

}  // namespace brygga::control
