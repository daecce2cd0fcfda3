#include "connector/open_connection.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/crypto.h"
#include "connector/border_connection.h"
#include "http/url.h"
#include "schema/config.h"

namespace brygga::connector {
namespace {

Error config_error(const std::string& connection, std::string what, std::string remedy) {
    return {.error_class = ErrorClass::misconfigured,
            .code = "connection.config",
            .message = fmt::format("The connection {} cannot be opened: {}.", connection, what),
            .remedy = std::move(remedy)};
}

/// Connections with equal values share the bucket; a secret's value goes in as a hash.
std::string budget_scope(const std::string& connection, const schema::Manifest& manifest,
                         const schema::BudgetSpec& spec, const Json& config, const http::SecretSource& secrets) {
    if (spec.scope.empty()) return {};
    std::string scope = manifest.id;
    for (const std::string& name : spec.scope) {
        std::string value{config[name].text()};
        if (value.empty() && secrets.get) {
            const auto secret = secrets.get(CallContext{}, name);
            value = secret ? crypto::hex(crypto::digest(crypto::Hash::sha256, secret->reveal())) : connection;
        }
        scope += fmt::format("|{}={}", name, value);
    }
    return scope;
}

http::Budget budget(const std::string& connection, const schema::Manifest& manifest, const schema::BudgetSpec& spec,
                    const Json& config, const http::SecretSource& secrets) {
    int n = spec.n;
    if (!spec.config.empty())
        n = static_cast<int>(std::clamp<std::int64_t>(config[spec.config].integer(n), 1, 1'000'000));
    return {.pattern = spec.pattern,
            .method = spec.method,
            .n = n,
            .per_s = spec.per_s,
            .per_url = spec.per_url,
            .scope = budget_scope(connection, manifest, spec, config, secrets),
            .cost_header = spec.cost_header,
            .state_header = spec.state_header};
}

}  // namespace

Expected<http::ClientOptions> client_options(const std::string& connection, const schema::Manifest& manifest,
                                             const Json& config, const http::SecretSource& secrets) {
    http::ClientOptions options;
    options.connection = connection;
    for (const std::string& host : manifest.hosts) {
        // An address that the config may leave out names no host then.
        if (host.starts_with('{') && host.ends_with('}') && config[host.substr(1, host.size() - 2)].text().empty())
            continue;
        const auto text = schema::expand(host, config);
        if (!text) return text.error();
        const bool bare = text->find("://") == std::string::npos;
        const auto url = http::parse_url(bare ? "https://" + *text : *text);
        if (!url)
            return config_error(connection, fmt::format("'{}', from {}, is not an address", *text, host),
                                "Give an address such as https://shop.example.");
        options.allowed_hosts.push_back(url->authority());
    }
    for (const schema::BudgetSpec& spec : manifest.budgets)
        options.budgets.push_back(budget(connection, manifest, spec, config, secrets));
    options.max_connections = manifest.max_concurrency;
    options.user_agent = fmt::format("Brygga {}/{}", manifest.id, manifest.version);
    return options;
}

Expected<std::unique_ptr<Connection>> open_connection(ConnectionSpec spec, const Clock& clock, Log& log,
                                                      CallWatch& watch) {
    const auto plugin = spec.plugin;
    const schema::Manifest& manifest = plugin->manifest;
    const Json config = schema::with_defaults(manifest, spec.config);
    if (const auto findings = schema::check_config(manifest, config); !findings.empty()) {
        std::vector<std::string> texts;
        for (const auto& finding : findings)
            texts.push_back(fmt::format("config{} {}", finding.pointer, finding.reason));
        return config_error(
            spec.id, fmt::format("{}", fmt::join(texts, "; ")),
            fmt::format("Correct the config of the connection; see the keys of the connector {}.", manifest.id));
    }
    if (spec.runner.empty() && !spec.plugin->api) {
        auto loaded = load_plugin(spec.plugin->file, {spec.plugin->file.parent_path()});
        if (!loaded) return loaded.error();
        spec.plugin = std::move(*loaded);
    }
    auto options = client_options(spec.id, manifest, config, spec.secrets);
    if (!options) return options.error();
    options->record = std::move(spec.record);
    options->extra_ca_file = std::move(spec.extra_ca_file);
    auto client = http::Client::create(std::move(*options), spec.secrets, std::move(spec.budgets), clock, log);
    if (!client) return client.error();
    return std::unique_ptr<Connection>{std::make_unique<BorderConnection>(std::move(spec.id), spec.plugin, config,
                                                                          std::move(*client), std::move(spec.secrets),
                                                                          clock, log, watch, spec.runner)};
}

}  // namespace brygga::connector
