// open_connection: from a loaded plugin and a connection's settings to a Connection with its own HTTP client.
// Called by app, also to try settings out; it sends nothing.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "connector/call_watch.h"
#include "connector/connection.h"
#include "connector/plugin.h"
#include "http/client.h"

namespace brygga::connector {

struct ConnectionSpec {
    std::string id;
    std::shared_ptr<const Plugin> plugin;
    Json config;  ///< as in the settings; the schema's defaults are added
    http::SecretSource secrets;
    std::shared_ptr<http::BudgetBook> budgets;
    std::function<void(const CallContext&, const http::Exchange&)> record;  ///< may be empty
    std::string extra_ca_file;       ///< PEM, trusted besides the system's; may be empty
    std::filesystem::path runner{};  ///< the plugin runs in processes of this program; empty: in this one
};

/// A plugin that was only inspected is loaded here when it is to run here. Errors: misconfigured, connection.config:
/// every wrong key with its pointer, the reason and what was meant; those of load_plugin.
Expected<std::unique_ptr<Connection>> open_connection(ConnectionSpec spec, const Clock& clock, Log& log,
                                                      CallWatch& watch);

/// The HTTP client's options as manifest and config (defaults added) give them; in `options.allowed_hosts` the
/// hosts of the manifest.
Expected<http::ClientOptions> client_options(const std::string& connection, const schema::Manifest& manifest,
                                             const Json& config, const http::SecretSource& secrets);

}  // namespace brygga::connector
