// sandbox: what a process takes from itself before it runs the code of a plugin. Called by brygga-runner alone, on its
// only thread; nothing of it can be given back. A forbidden system call ends the process with SIGSYS.
#pragma once

#include <cstddef>
#include <filesystem>

namespace brygga::connector {

/// Address space of a plugin's process: documents have up to 16 MiB, their trees a multiple of that.
constexpr std::size_t most_plugin_memory = std::size_t{512} << 20;

/// Memory, no core dump, no file that grows, few file descriptors.
void limit_resources() noexcept;

/// What `plugin` may do while it is loaded: read itself and the system's libraries, map code; no network, no process,
/// and nothing is written. On a kernel without Landlock (before 5.13) it can read what this user can. False when this
/// system has no seccomp.
bool confine_loading(const std::filesystem::path& plugin) noexcept;
/// What is left from then on: the socket that is open, memory, time, the end. False as above.
bool confine_serving() noexcept;

}  // namespace brygga::connector
