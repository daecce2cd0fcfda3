// RunnerProcess: one running brygga-runner, seen from bryggad: its socket and its end. Owned by an instance of a
// connection, used by one thread at a time. The destructor kills: a plugin has nothing to put in order.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/expected.h"
#include "connector/frame.h"

namespace brygga::connector {

class RunnerProcess {
public:
    static constexpr int slice_ms = 20;  ///< of the channel

    /// With an empty environment, nothing but the socket open, and every signal as it is by default. Error: transient,
    /// runner.start.
    static Expected<std::unique_ptr<RunnerProcess>> start(const std::filesystem::path& program,
                                                          const std::filesystem::path& plugin);
    ~RunnerProcess() { (void)end(); }
    RunnerProcess(const RunnerProcess&) = delete;
    RunnerProcess& operator=(const RunnerProcess&) = delete;

    Channel& channel() noexcept { return channel_; }
    struct End {
        std::string how;      ///< for people: "it crashed (Segmentation fault)"
        bool killed = false;  ///< from outside: by an administrator, for want of memory, or by this
    };
    /// Kills what still runs.
    End end();

private:
    RunnerProcess(pid_t pid, int fd) : pid_{pid}, channel_{fd, slice_ms} {}

    pid_t pid_;
    Channel channel_;
};

}  // namespace brygga::connector
