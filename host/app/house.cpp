#include "app/house.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/error_json.h"
#include "connector/open_connection.h"
#include "connector/own_files.h"
#include "flow/flow_parts.h"
#include "flow/preflight.h"
#include "flow/preview.h"
#include "monitor/channels.h"
#include "schema/config.h"

namespace brygga::app {

Json HttpCounters::snapshot() const {
    const std::scoped_lock lock{mutex_};
    Json out = Json::object();
    for (const auto& [connection, statuses] : counts_) {
        Json row = Json::object();
        for (const auto& [status, count] : statuses) row.set(std::to_string(status), count);
        out.set(connection, std::move(row));
    }
    return out;
}

/// One connection with what belongs to it alone; declared in the order of use.
struct House::Line {
    std::unique_ptr<http::Client> token_client;
    std::unique_ptr<connector::OAuth> oauth;
    std::unique_ptr<connector::Connection> connection;
    std::unique_ptr<connector::Catalog> catalog;
    std::chrono::milliseconds settle{};
};

struct House::Route {
    std::unique_ptr<flow::Intake> intake;
    std::unique_ptr<flow::Pipeline> pipeline;
};

House::House(Checked checked, const Ground& ground)
    : checked_{std::move(checked)}, ground_{ground}, watch_{ground.clock, ground.log} {}

House::~House() = default;

Expected<std::unique_ptr<House>> House::build(Checked checked, const Ground& ground, const Secret& admin_token) {
    std::unique_ptr<House> house{new House{std::move(checked), ground}};
    if (auto opened = house->open_connections(); !opened) return opened.error();
    house->lay_flows();
    house->hang_hooks();
    const settings::Configuration& configuration = house->checked_.configuration;
    house->monitor_ = std::make_unique<monitor::Monitor>(
        configuration.channels, configuration.host.public_url, [house = house.get()] { return house->view(); },
        monitor::send_by_kind(ground.clock, ground.log), ground.store, ground.clock, ground.log);
    control::Parts parts{configuration,    ground.store, *house->scheduler_, house->connections_, house->catalogs_,
                         *house->monitor_, ground.clock, ground.log,         ground.version,      *house};
    house->api_ = std::make_unique<control::Api>(std::move(parts), admin_token);
    return house;
}

Expected<void> House::open_connections() {
    for (const auto& settings : checked_.configuration.connections) {
        auto plugin = checked_.plugins.find(settings.connector);
        if (!plugin) return plugin.error();
        const schema::Manifest& manifest = (*plugin)->manifest;
        const Json config = schema::with_defaults(manifest, settings.config);
        auto line = std::make_unique<Line>();
        connector::Secrets secrets{settings.secrets.begin(), settings.secrets.end()};
        connector::ConnectionSpec spec;
        spec.id = settings.id;
        spec.plugin = *plugin;
        spec.config = config;
        spec.budgets = ground_.budgets;
        // What was only inspected is not trusted.
        const auto isolation = (*plugin)->api ? settings::Isolation::none : settings::Isolation::process;
        if (settings.isolation.value_or(isolation) == settings::Isolation::process)
            spec.runner = connector::own_runner();
        if (manifest.oauth) {
            const auto token_url = schema::expand(manifest.oauth->token_url, config);
            if (!token_url) return token_url.error();
            const auto authorize_url = schema::expand(manifest.oauth->authorize_url, config);
            if (!authorize_url) return authorize_url.error();
            connector::OAuthOptions options{settings.id,
                                            *token_url,
                                            *authorize_url,
                                            manifest.oauth->scopes,
                                            manifest.oauth->basic,
                                            manifest.oauth->client_id,
                                            manifest.oauth->client_secret,
                                            manifest.oauth->refresh_token,
                                            manifest.oauth->access_token};
            auto token_client = http::Client::create(connector::token_client_options(options),
                                                     connector::static_secrets(settings.id, secrets), ground_.budgets,
                                                     ground_.clock, ground_.log);
            if (!token_client) return token_client.error();
            line->token_client = std::move(*token_client);
            line->oauth = std::make_unique<connector::OAuth>(
                options, std::move(secrets), *line->token_client,
                connector::store_vault(ground_.store, settings.id, ground_.clock), ground_.clock, ground_.log);
            spec.secrets = line->oauth->source();
        } else {
            spec.secrets = connector::static_secrets(settings.id, std::move(secrets));
        }
        spec.secrets.get = [this, id = settings.id, own = spec.secrets.get](const CallContext& call,
                                                                            std::string_view name) {
            return name.starts_with("webhook.") ? hooks_->secret(id, name) : own(call, name);
        };
        spec.record = [&counters = ground_.counters, id = settings.id](
                          const CallContext&, const http::Exchange& exchange) { counters.count(id, exchange.status); };
        auto opened = connector::open_connection(std::move(spec), ground_.clock, ground_.log, watch_);
        if (!opened) return opened.error();
        line->connection = std::move(*opened);
        const auto* documents = manifest.operations("document");
        line->settle = settings.settle.value_or(documents ? documents->settle : std::chrono::milliseconds{90'000});
        line->catalog = std::make_unique<connector::Catalog>(*line->connection, ground_.store, ground_.clock,
                                                             ground_.log, line->settle);
        connections_[settings.id] = line->connection.get();
        catalogs_[settings.id] = line->catalog.get();
        lines_[settings.id] = std::move(line);
    }
    return {};
}

Expected<Json> House::preview(CallContext call, const std::string& flow, const flow::RunRequest& request,
                              std::size_t most) {
    std::stop_source either;
    const auto end = [&] { either.request_stop(); };
    const std::stop_callback drained{asked_.get_token(), end}, asked{call.stop, end};
    call.stop = either.get_token();
    const auto edition = request.flow_version == 0 ? Expected<std::shared_ptr<const Edition>>{nullptr}
                                                   : editions_->of(flow, request.flow_version);
    if (!edition) return edition.error();
    const settings::Flow& settings = *edition ? *(*edition)->flow : flow_settings(flow);
    return flow::preview(call, settings, *edition ? (*edition)->rules : checked_.rules.at(flow), ends_of(flow),
                         ground_.store, ground_.clock, ground_.log, request, most);
}

Expected<void> House::check_version(const std::string& flow, std::int64_t number) {
    if (const auto edition = editions_->of(flow, number); !edition) return edition.error();
    return {};
}

Json House::preflight(CallContext call, const std::string& flow) {
    call.stop = asked_.get_token();
    return flow::preflight(call, flow_settings(flow), checked_.rules.at(flow), ends_of(flow), ground_.store,
                           ground_.clock, ground_.log);
}

void House::number(const std::map<std::string, settings::FlowNumber>& versions) {
    for (auto& flow : checked_.configuration.flows) flow.version = versions.at(flow.id);
}

/// As they lie in the directories now: a new file is there without a reload. A library that is in use stays the one it
/// was until the daemon starts again.
Json House::plugins() const {
    NullLog quiet;
    const auto& dirs = checked_.configuration.host.plugin_dirs;
    const auto found = connector::PluginSet::scan({dirs.begin(), dirs.end()}, quiet, checked_.plugins.trust());
    Json out = Json::array();
    for (const auto& [id, plugin] : found.plugins()) {
        Json connections = Json::array();
        for (const auto& connection : checked_.configuration.connections)
            if (connection.connector == id) connections.push(connection.id);
        const schema::Manifest& m = plugin->manifest;
        out.push(Json::object({{"id", id},
                               {"name", m.name},
                               {"version", m.version},
                               {"vendor", m.vendor},
                               {"abi", fmt::format("{}.{}", plugin->abi_major, plugin->abi_minor)},
                               {"file", plugin->file.string()},
                               {"state", "loaded"},
                               {"connections", std::move(connections)}}));
    }
    for (const auto& refusal : found.refused())
        out.push(Json::object(
            {{"file", refusal.file.string()}, {"state", "refused"}, {"error", error_json(refusal.error)}}));
    return out;
}

Expected<Json> House::begin_consent(const std::string& connection, std::string redirect_uri) {
    const auto line = lines_.find(connection);
    if (line == lines_.end() || !line->second->oauth)
        return Error{ErrorClass::unsupported, "consent.no_need",
                     fmt::format("Connection {} needs no consent: its secrets are all there is.", connection),
                     "Check them with brygga connections check."};
    const std::string& own = checked_.configuration.host.public_url;
    if (redirect_uri.empty() && !own.empty()) redirect_uri = own + "/oauth/callback";
    if (redirect_uri.empty())
        return Error{ErrorClass::misconfigured, "consent.no_address",
                     "There is no address to which the vendor could lead the browser back.",
                     "Set public_url in brygga.yaml and register PUBLIC_URL/oauth/callback at the vendor; or name the "
                     "address that is registered there with --redirect-uri."};
    auto url = line->second->oauth->begin_consent(redirect_uri);
    if (!url) return url.error();
    return Json::object({{"url", std::move(*url)},
                         {"redirect_uri", redirect_uri},
                         {"returns_here", !own.empty() && redirect_uri == own + "/oauth/callback"}});
}

Expected<std::string> House::finish_consent(std::string_view state, const std::string& code) {
    for (const auto& [id, line] : lines_) {
        if (!line->oauth || !line->oauth->expects(state)) continue;
        if (const auto done = line->oauth->finish_consent(state, code); !done) return done.error();
        (void)scheduler_->check(id);  // its flows go on at once; what is still wrong shows in its state
        return id;
    }
    return Error{ErrorClass::rejected, "oauth.consent", "No consent is waited for with this answer.",
                 "Begin again, and answer within ten minutes: brygga connections authorize."};
}

const settings::Flow& House::flow_settings(const std::string& flow) const {
    return *std::ranges::find(checked_.configuration.flows, flow, &settings::Flow::id);
}

flow::FlowEnds House::ends_of(const std::string& flow) const {
    const settings::Flow& settings = flow_settings(flow);
    const Line &source = *lines_.at(settings.from), &target = *lines_.at(settings.to);
    return {*source.connection, *source.catalog, *target.connection, *target.catalog, target.settle};
}

void House::start() {
    scheduler_->start();
    hooks_->start();
    monitor_->start();
}

/// For the alerts: what has stopped, and what waits for a person.
Expected<monitor::View> House::view() const {
    monitor::View out;
    for (const auto& status : scheduler_->connections()) {
        monitor::ConnectionView c{status.id, status.state != "ok" && status.state != "paused", {}, {}, {}};
        c.since = status.since.value_or(ground_.clock.now());
        if (status.error) c.cause = status.error->message, c.remedy = status.error->remedy;
        out.connections.push_back(std::move(c));
    }
    for (const auto& failing : hooks_->failing())
        out.webhooks.push_back({failing.connection, true, failing.since,
                                failing.error.message + " What the vendor would tell is found by polling meanwhile.",
                                failing.error.remedy});
    const auto counts = ground_.store.counts();
    if (!counts) return counts.error();
    for (const auto& flow : checked_.configuration.flows) {
        using enum store::DeliveryState;
        monitor::FlowView f{flow.id, flow.to, 0, {}, {}};
        for (const auto& c : *counts)
            if (c.flow == flow.id && (c.state == held || c.state == dead || c.state == in_doubt))
                f.attention += c.count;
        if (f.attention > 0) {
            store::DeliveryQuery newest;
            newest.flow = flow.id;
            newest.states = {held, dead, in_doubt};
            newest.limit = 1;
            const auto found = ground_.store.deliveries(newest);
            if (!found) return found.error();
            if (!found->empty()) {
                f.cause = found->front().error["message"].string();
                f.remedy = found->front().error["remedy"].string();
            }
        }
        out.flows.push_back(std::move(f));
    }
    return out;
}

void House::drain(std::chrono::milliseconds patience) {
    asked_.request_stop();
    const std::scoped_lock one_at_a_time{draining_};
    monitor_->stop();
    hooks_->stop();
    scheduler_->drain(patience);
}

/// What flows with a webhook in their trigger wait for, by the manifests of their sources.
void House::hang_hooks() {
    hooks::Hooks::Wanted wanted;
    for (const auto& flow : checked_.configuration.flows) {
        const auto* operations = connections_.at(flow.from)->manifest().operations(flow.entity);
        if (!flow.trigger.webhook || !operations) continue;
        for (const std::string& event : operations->webhooks) {
            auto& entities = wanted[flow.from][event];
            if (std::ranges::find(entities, flow.entity) == entities.end()) entities.push_back(flow.entity);
        }
    }
    hooks_ = std::make_unique<hooks::Hooks>(
        checked_.configuration.host.public_url, std::move(wanted), connections_,
        [this](const std::string& connection, const std::string& entity) { scheduler_->hint(connection, entity); },
        ground_.store, ground_.clock, ground_.log);
}

bool House::take_hook(const std::string& connection, const std::string& key, const control::Request& request) {
    return hooks_->take(connection, key, hooks::Incoming{request.headers, request.body});
}

void House::leave_to(const House& next) {
    std::set<std::string> staying;
    for (const auto& [id, connection] : next.connections_) staying.insert(id);
    hooks_->release({ground_.clock.mono() + std::chrono::seconds{10}, {}, "webhook", false}, staying);
}

delivery::Policy House::policy_of(const Line& target) {
    delivery::Policy policy;
    policy.settle = target.settle;
    return policy;
}

void House::lay_flows() {
    std::vector<scheduler::FlowParts> flows;
    std::vector<scheduler::ConnectionParts> connections;
    const auto jitter = [] {
        const std::string bytes = crypto::random_bytes(2);
        return (static_cast<unsigned char>(bytes[0]) * 256 + static_cast<unsigned char>(bytes[1])) % 1000;
    };
    for (const auto& [id, line] : lines_)
        connections.push_back({line->connection.get(), line->connection->manifest().max_concurrency});
    const auto make_pipeline = [this, jitter](const settings::Flow& flow,
                                              std::shared_ptr<const flow::FieldRules> rules) {
        const Line& target = *lines_.at(flow.to);
        return flow::make_pipeline(flow, std::move(rules), *target.connection, *target.catalog, ground_.store,
                                   ground_.clock, ground_.log, policy_of(target), jitter);
    };
    editions_ = std::make_unique<Editions>(checked_, ground_.store, make_pipeline);
    for (const auto& settings : checked_.configuration.flows) {
        Line &source = *lines_.at(settings.from), &target = *lines_.at(settings.to);
        auto route = std::make_unique<Route>();
        const auto& rules = checked_.rules.at(settings.id);
        route->intake = std::make_unique<flow::Intake>(
            settings,
            flow::make_reception(settings, rules, *source.catalog, *target.catalog, ground_.store, ground_.clock),
            *source.connection, *source.catalog, ground_.store, ground_.clock);
        route->pipeline = std::make_unique<EditionPipeline>(
            make_pipeline(settings, rules), *editions_,
            flow::Conclusion{ground_.store, ground_.clock, ground_.log, policy_of(target), jitter});
        flows.push_back({&settings, route->intake.get(), route->pipeline.get(),
                         [this, flow = settings.id](const CallContext& call, const flow::RunRequest& request,
                                                    std::size_t most) { return preview(call, flow, request, most); }});
        routes_.push_back(std::move(route));
    }
    scheduler::Limits limits;
    limits.workers = checked_.configuration.host.workers;
    scheduler_ = std::make_unique<scheduler::Scheduler>(std::move(flows), std::move(connections), ground_.store,
                                                        ground_.clock, ground_.log, limits);
}

}  // namespace brygga::app
