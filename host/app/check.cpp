#include "app/check.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/nearest.h"
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
    for (const auto& c : out.configuration.connections) {
        if (c.connector.empty()) continue;
        const auto plugin = out.plugins.find(c.connector);
        if (!plugin) {
            out.errors.push_back(
                {c.position, fmt::format("connection '{}': {}", c.id, plugin.error().message), plugin.error().remedy});
            continue;
        }
        manifests[c.id] = &(*plugin)->manifest;
        check_connection(c, (*plugin)->manifest, out.errors);
    }
    for (const auto& flow : out.configuration.flows) check_ends(flow, manifests, out.errors);
    return out;
}

settings::Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>{value} : std::nullopt;
    };
}

}  // namespace brygga::app
