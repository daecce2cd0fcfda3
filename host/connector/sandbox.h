// sandbox: what a process takes from itself before it runs the code of a plugin. Called by brygga-runner alone, on its
// only thread; nothing of it can be given back. A forbidden system call ends the process with SIGSYS.
#pragma once

#include <cstddef>
#include <cstdint>

namespace brygga::connector {

/// Address space of a plugin's process: documents have up to 16 MiB, their trees a multiple of that.
constexpr std::size_t most_plugin_memory = std::size_t{512} << 20;

/// Memory, no core dump, no file that grows, few file descriptors.
void limit_resources() noexcept;

enum class Confinement : std::uint8_t {
    loading,  ///< files may be read, code may be mapped; no network, no process, nothing is written
    serving,  ///< what is left: the socket that is open, memory, time, the end
};
/// False when this system cannot do it (no seccomp).
bool confine(Confinement confinement) noexcept;

}  // namespace brygga::connector
