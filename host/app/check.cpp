#include "app/check.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/nearest.h"
#include "scheduler/cron.h"
#include "schema/config.h"

namespace brygga::app {

namespace {

void check_connection(const settings::Connection& c, const schema::Manifest& manifest,
                      std::vector<settings::Problem>& errors) {
    for (const auto& finding : schema::check_config(manifest, c.config))
        errors.push_back(
            {c.position, fmt::format("connection '{}', config{}: {}", c.id, finding.pointer, finding.reason), ""});
    std::vector<std::string> known;
    for (const auto& secret : manifest.secrets) {
        if (secret.made_by_host) continue;
        known.push_back(secret.name);
        const auto given = c.secrets.find(secret.name);
        if (given == c.secrets.end() && secret.required)
            errors.push_back({c.position,
                              fmt::format("connection '{}' has no secret '{}' ({})", c.id, secret.name, secret.title),
                              fmt::format("add secrets: {{ {}: {{ env: NAME }} }}", secret.name)});
        else if (given != c.secrets.end() && given->second.empty() && secret.required)
            errors.push_back(
                {c.position, fmt::format("connection '{}': the secret '{}' is empty", c.id, secret.name), ""});
    }
    for (const auto& [name, value] : c.secrets) {
        if (std::ranges::find(known, name) != known.end()) continue;
        const auto near = nearest(name, known);
        errors.push_back({c.position, fmt::format("connection '{}' has an unknown secret '{}'", c.id, name),
                          near ? fmt::format("did you mean '{}'?", *near) : ""});
    }
}

/// How long open orders are read again is the source's work: a flow's `watch` is its connection's `watch_days`.
void apply_watch(const settings::Flow& flow, settings::Connection& source, const schema::Manifest& manifest,
                 std::vector<settings::Problem>& errors) {
    constexpr std::chrono::hours day{24};
    if (!manifest.config_schema["properties"].has("watch_days")) {
        errors.push_back({flow.position,
                          fmt::format("flow '{}': the connector {} of '{}' cannot be told how long to watch orders",
                                      flow.id, manifest.id, source.id),
                          "remove watch"});
        return;
    }
    const Json days{static_cast<std::int64_t>((*flow.order.watch + day - settings::Milliseconds{1}) / day)};
    const Json& set = source.config["watch_days"];
    if (!set.is_null() && !(set == days))
        errors.push_back({flow.position,
                          fmt::format("flow '{}' watches orders for {} days, but '{}' is set to {} days", flow.id,
                                      days.text(), source.id, set.text()),
                          "say it once: settings.watch of the flow, or watch_days of the connection"});
    source.config.set("watch_days", days);
}

void check_trigger(const settings::Flow& flow, std::vector<settings::Problem>& errors) {
    if (!flow.trigger.cron.empty() && !scheduler::Cron::parse(flow.trigger.cron, Zone::utc()))
        errors.push_back({flow.position,
                          fmt::format("flow '{}': '{}' is no time table", flow.id, flow.trigger.cron.substr(0, 60)),
                          "write the five fields of crontab(5), for example cron: \"*/5 6-22 * * *\""});
}

void check_ends(const settings::Flow& flow, const std::map<std::string, const schema::Manifest*>& manifests,
                std::vector<settings::Problem>& errors) {
    const auto from = manifests.find(flow.from), to = manifests.find(flow.to);
    if (from != manifests.end()) {
        const auto* operations = from->second->operations(flow.entity);
        if (!operations || !operations->poll)
            errors.push_back({flow.position,
                              fmt::format("flow '{}': the connector {} of '{}' has no {}s to read", flow.id,
                                          from->second->id, flow.from, flow.entity),
                              ""});
    }
    if (to != manifests.end()) {
        const auto* documents = to->second->operations("document");
        if (!documents || documents->create.empty())
            errors.push_back({flow.position,
                              fmt::format("flow '{}': the connector {} of '{}' takes no documents", flow.id,
                                          to->second->id, flow.to),
                              "swap from and to?"});
    }
}

}  // namespace

Checked check_configuration(const std::string& directory, const settings::Environment& environment, Log& log) {
    auto loaded = settings::load(directory, environment);
    Checked out{std::move(loaded.configuration), std::move(loaded.errors), std::move(loaded.warnings), {}};
    const std::vector<std::filesystem::path> dirs(out.configuration.host.plugin_dirs.begin(),
                                                  out.configuration.host.plugin_dirs.end());
    out.plugins = connector::PluginSet::scan(dirs, log);
    std::map<std::string, const schema::Manifest*> manifests;
    for (auto& c : out.configuration.connections) {
        if (c.connector.empty()) continue;
        const auto plugin = out.plugins.find(c.connector);
        if (!plugin) {
            out.errors.push_back(
                {c.position, fmt::format("connection '{}': {}", c.id, plugin.error().message), plugin.error().remedy});
            continue;
        }
        manifests[c.id] = &(*plugin)->manifest;
        for (const auto& flow : out.configuration.flows)
            if (flow.from == c.id && flow.order.watch) apply_watch(flow, c, (*plugin)->manifest, out.errors);
        check_connection(c, (*plugin)->manifest, out.errors);
    }
    for (const auto& flow : out.configuration.flows) {
        check_trigger(flow, out.errors);
        check_ends(flow, manifests, out.errors);
    }
    return out;
}

settings::Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>{value} : std::nullopt;
    };
}

}  // namespace brygga::app
