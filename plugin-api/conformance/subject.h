// Subject: the connector that is examined: what the host's loader made of the file, the configuration to create
// instances with, the calls that its manifest offers, and the recordings. A plain value, one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "brygga/sdk/json.hpp"
#include "connector/plugin.h"

namespace brygga::conformance {

/// One call with its arguments.
struct Operation {
    std::string call;  ///< check, describe, poll, list, find, deliver, options
    std::string what;  ///< entity type or option kind
    Json input{};      ///< request of find, document of deliver
    std::string from = "2026-01-01";
    bool pages() const noexcept { return call == "poll" || call == "list"; }
    std::string label() const;
};

/// A call and the exchanges that it leads to, as an author recorded them; brygga-conformance(1) tells the form.
struct Recording {
    std::string name;
    Operation operation;
    Json::Array exchanges;
    Json expected;  ///< {"status","code","result","rows"}
};

struct Subject {
    std::filesystem::path file;
    std::shared_ptr<const connector::Plugin> plugin;
    std::optional<Json> config;  ///< nothing when none was given and none can be made up
    std::vector<Operation> operations;
    std::vector<Recording> recordings;
};

/// The calls that the manifest offers, with arguments made up.
std::vector<Operation> operations_of(const connector::Plugin& plugin);

/// Whether the connector has the function at all.
bool has_function(const connector::Plugin& plugin, std::string_view call);

/// A configuration out of the schema's defaults and https://vendor.example where an address is needed.
std::optional<Json> made_up_config(const schema::Manifest& manifest);

/// Every *.json of the directory that has exchanges. Error: with the file and the reason.
Expected<std::vector<Recording>> read_recordings(const std::filesystem::path& directory);

Expected<Json> read_json(const std::filesystem::path& file);

}  // namespace brygga::conformance
