// own_files: where the files of this program's own installation, or build tree, are: beside its executable.
#pragma once

#include <filesystem>

#include "connector/plugin_set.h"

namespace brygga::connector {

/// brygga-runner; BRYGGA_RUNNER in the environment names another one.
std::filesystem::path own_runner();

/// The product's own connectors are trusted, those of all other directories get a process of their own. `configuration`
/// is the directory of brygga.yaml, where trusted-plugin-keys.d may be.
Trust trust_own_plugins(const std::filesystem::path& configuration);

}  // namespace brygga::connector
