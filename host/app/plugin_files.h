// Plugin files: putting a connector's file into a plugin directory and taking it out again, as `brygga plugin install`
// and `remove` do. Runs as whoever may write there; the daemon itself may not.
#pragma once

#include <filesystem>
#include <string>

#include "base/expected.h"
#include "brygga/sdk/json.hpp"

namespace brygga::app {

/// Checks the file as the daemon would, copies it as brygga_ID.so, checks that again, and only then puts it in its
/// place: a daemon never meets half a file. A signature beside it goes along; once the directory `keys` has keys, one
/// of them must have made it. {"id", "version", "file", "replaced": version or null}. Errors: those of
/// load_plugin and PluginKeys, plugin.directory (it cannot be written).
Expected<Json> install_plugin(const std::filesystem::path& file, const std::filesystem::path& directory,
                              const std::filesystem::path& keys);

/// Error: plugin.not_found, plugin.directory.
Expected<void> remove_plugin(const std::string& id, const std::filesystem::path& directory);

}  // namespace brygga::app
