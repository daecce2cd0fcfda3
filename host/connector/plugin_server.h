// plugin_server: brygga-runner's side of a Runner: one instance of one plugin, whose host is at the other end of the
// socket. Runs on the process's only thread. When the host is gone, the process ends at once, whatever the plugin does.
#pragma once

#include <filesystem>
#include <string_view>

#include "connector/frame.h"

namespace brygga::connector {

/// Confines this process, loads the plugin and serves it. Returns when the host has closed the socket.
void serve_plugin(const std::filesystem::path& file, std::string_view revision, Channel& host);

}  // namespace brygga::connector
