// What the file says before it is asked to do anything: entry function, manifest, configuration.
#include <dlfcn.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "brygga/plugin.h"
#include "checks.h"
#include "schema/config.h"
#include "schemas.h"
#include "trial.h"

namespace brygga::conformance {
namespace {

using schema::Manifest;

bool any(const Manifest& manifest, bool (*asks)(const schema::Operations&)) {
    return std::ranges::any_of(manifest.entities, [&](const auto& entity) { return asks(entity.second); });
}

/// Functions that nothing in the manifest leads to. What it promises and lacks, the loader has refused.
std::vector<std::string> unnamed_functions(const Manifest& manifest, const brygga_connector_api& api) {
    std::vector<std::string> out;
    if (api.poll && !any(manifest, [](const auto& o) { return o.poll; })) out.emplace_back("poll");
    if (api.list && !any(manifest, [](const auto& o) { return o.list; })) out.emplace_back("list");
    if (api.find && !any(manifest, [](const auto& o) { return !o.find.empty(); })) out.emplace_back("find");
    if (api.deliver && !any(manifest, [](const auto& o) { return !o.create.empty() || !o.update.empty(); }))
        out.emplace_back("deliver");
    if (api.options && manifest.options.empty()) out.emplace_back("options");
    return out;
}

void check_names(const Manifest& manifest, const Notes& notes) {
    const auto wrong = [&](const std::string& what) { notes.problem("manifest.consistent", what); };
    std::set<std::string> codes, secrets;
    for (const schema::ErrorRow& row : manifest.errors)
        if (!codes.insert(row.code).second) wrong("errors have the code " + row.code + " twice");
    for (const schema::SecretSpec& secret : manifest.secrets)
        if (!secrets.insert(secret.name).second) wrong("secrets have the name " + secret.name + " twice");
    const Json& keys = manifest.config_schema["properties"];
    const auto need_keys = [&](const std::string& text, const std::string& where) {
        for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
            const std::string name = text.substr(at + 1, text.find('}', at) - at - 1);
            if (!keys.has(name)) wrong(where + " needs the config key '" + name + "', which config does not have");
        }
    };
    for (const std::string& host : manifest.hosts) need_keys(host, "hosts");
    if (manifest.hosts.empty()) wrong("hosts is empty, so that no request can be sent");
    if (manifest.oauth) {
        need_keys(manifest.oauth->authorize_url, "auth.authorize_url");
        need_keys(manifest.oauth->token_url, "auth.token_url");
        for (const std::string* name : {&manifest.oauth->client_id, &manifest.oauth->client_secret,
                                        &manifest.oauth->refresh_token, &manifest.oauth->access_token})
            if (!manifest.secret(*name)) wrong("auth names the secret '" + *name + "', which secrets does not have");
    }
    for (const schema::BudgetSpec& budget : manifest.budgets) {
        if (!budget.config.empty() && !keys.has(budget.config))
            wrong("a budget names the config key '" + budget.config + "', which config does not have");
        for (const std::string& scope : budget.scope)
            if (!keys.has(scope) && !manifest.secret(scope))
                wrong("the scope of a budget is '" + scope + "', which is neither a config key nor a secret");
    }
    for (const auto& [type, fields] : manifest.fields)
        for (const schema::Field& field : fields)
            if (!field.option.empty() && std::ranges::find(manifest.options, field.option) == manifest.options.end())
                wrong("the field " + type + "." + field.path + " takes an option of kind '" + field.option +
                      "', which options does not have");
}

/// The given configuration with one key missing or of another kind.
std::vector<std::pair<std::string, Json>> wrong_configs(const Manifest& manifest, const Json& good) {
    std::vector<std::pair<std::string, Json>> out;
    const Json longest{std::string(1500, 'x')};
    for (const Json::Member& key : manifest.config_schema["properties"].members()) {
        Json less = good;
        less.erase(key.name);
        out.emplace_back("without " + key.name, std::move(less));
        for (const Json& value : {Json{}, Json{""}, Json{" "}, Json{"https://"}, Json{"://"}, Json{-1}, Json{true},
                                  Json::array(), Json::object(), longest}) {
            Json changed = good;
            changed.set(key.name, value);
            out.emplace_back("with " + key.name + " as " + value.dump().substr(0, 20), std::move(changed));
        }
    }
    return out;
}

}  // namespace

void check_entry(const Subject& subject, const Notes& notes) {
    notes.doing("brygga_plugin_entry");
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): that is how a symbol is used
    const auto entry = reinterpret_cast<brygga_plugin_entry_fn>(
        ::dlsym(::dlopen(subject.file.c_str(), RTLD_NOW | RTLD_NOLOAD), BRYGGA_PLUGIN_ENTRY_NAME));
    if (!entry) return notes.skipped("entry", "the file could not be opened a second time");
    notes.ran("entry");
    const auto manifest_of = [](const brygga_plugin* plugin) {
        return std::string{plugin->manifest_json.data, plugin->manifest_json.size};
    };
    const brygga_plugin* first = entry();
    const brygga_plugin before = *first;
    const std::string manifest = manifest_of(first);
    const brygga_plugin* second = entry();
    if (first != second) return notes.problem("entry", "two calls gave two addresses");
    if (before.connector != second->connector || before.abi_minor != second->abi_minor ||
        manifest != manifest_of(second) || manifest != manifest_of(&before))
        notes.problem("entry", "two calls gave the same address with other content");
}

void check_manifest(const Subject& subject, const Notes& notes) {
    const Manifest& manifest = subject.plugin->manifest;
    notes.ran("manifest");
    if (const std::string where = misfit("manifest", manifest.document); !where.empty())
        notes.problem("manifest", where);
    notes.ran("manifest.consistent");
    for (const std::string& warning : manifest.warnings) notes.problem("manifest.consistent", warning);
    for (const std::string& function : unnamed_functions(manifest, *subject.plugin->api))
        notes.problem("manifest.consistent", "there is a function '" + function + "' that the manifest does not offer");
    check_names(manifest, notes);
}

void check_create(const Subject& subject, const Notes& notes) {
    const Manifest& manifest = subject.plugin->manifest;
    if (!subject.config) {
        notes.skipped("create", "no configuration could be made up; give one with --config FILE");
        return notes.skipped("create.bad", "no configuration could be made up; give one with --config FILE");
    }
    brygga_plugin entry{};
    entry.connector = subject.plugin->api;
    const auto create = [&](const Json& config, const std::string& what) -> std::string {
        notes.doing("create " + what);
        testing::FakeHost host;
        try {
            const testing::Instance instance{host, entry, config};
        } catch (const std::runtime_error& refused) {
            return refused.what();
        }
        if (!host.requests().empty()) notes.problem("create", "create " + what + " sent a request");
        return {};
    };
    notes.ran("create");
    for (const schema::ConfigFinding& finding : schema::check_config(manifest, *subject.config))
        notes.problem("create",
                      "the configuration does not fit the manifest: " + finding.pointer + " " + finding.reason);
    const Json whole = schema::with_defaults(manifest, *subject.config);
    for (int again = 0; again < 2; ++again)
        if (const std::string refused = create(whole, "with the configuration"); !refused.empty())
            notes.problem("create", refused);
    for (const auto& [what, config] : wrong_configs(manifest, whole)) {
        notes.ran("create.bad");
        const std::string refused = create(config, what);
        const std::string expected = "create: status " + std::to_string(BRYGGA_MISCONFIGURED) + " ";
        if (!refused.empty() && !refused.starts_with(expected))
            notes.problem("create.bad", "create " + what + " ended as '" + refused + "' instead of misconfigured");
        const Json& schema = manifest.config_schema;
        const std::string key = what.starts_with("without ") ? what.substr(8) : std::string{};
        const bool required =
            std::ranges::any_of(schema["required"].items(), [&](const Json& name) { return name.string() == key; });
        if (required && schema::check_config(manifest, config).empty())
            notes.problem("create.bad", "the config schema takes a configuration " + what);
    }
    if (manifest.config_schema["properties"].members().empty())
        notes.skipped("create.bad", "the connector has no configuration");
}

}  // namespace brygga::conformance
