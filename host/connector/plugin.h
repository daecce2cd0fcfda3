// Plugin: one loaded connector: its file, its manifest and its table of functions.
// Shared by the connections that use it; immutable, safe on any thread. A library is never unloaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/expected.h"
#include "schema/manifest.h"

struct brygga_connector_api;
struct brygga_extension_webhook;

namespace brygga::connector {

struct Plugin {
    std::filesystem::path file;
    std::uint32_t abi_major = 0, abi_minor = 0;
    schema::Manifest manifest;
    const brygga_connector_api* api = nullptr;  ///< none: it was inspected, not loaded (runner.h)
};

/// Admits, loads and checks. Errors of plugin_file.h, and plugin.not_loadable (a library that it needs is
/// missing), plugin.abi (another major, a short struct, a function that the manifest promises), plugin.manifest.
Expected<std::shared_ptr<const Plugin>> load_plugin(const std::filesystem::path& file,
                                                    const std::vector<std::filesystem::path>& plugin_dirs);

/// What this instance offers of brygga.webhook/1; null when that is nothing, or not the whole of it.
const brygga_extension_webhook* webhook_of(const brygga_connector_api& api, void* self);

/// The manifest of any file that is safe to load, wherever it lies; for people who ask what a file is.
Expected<Json> describe_plugin(const std::filesystem::path& file);

}  // namespace brygga::connector
