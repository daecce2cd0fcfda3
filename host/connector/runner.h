// Runner: a plugin in processes of its own, behind the same table of functions as one that is loaded here: each
// instance is one brygga-runner, and the worker whose call it is reads its socket. It adds what the border alone
// cannot: a call that does not end is ended, a process that ended is started again, after a crash not before a wait.
// Owned by the connection, which it must outlive; safe on any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "brygga/plugin.h"
#include "connector/border_call.h"
#include "connector/plugin.h"
#include "connector/runner_process.h"

namespace brygga::connector {

class Runner {
public:
    /// How long a plugin may go on after its call was asked to end.
    static constexpr std::chrono::seconds patience{5};
    static constexpr std::chrono::seconds first_wait{1}, longest_wait{60};

    Runner(std::string connection, std::filesystem::path program, std::shared_ptr<const Plugin> plugin,
           const Clock& clock, Log& log);

    /// Every function but create, which needs to know whose instance it makes. They throw where the plugin did.
    static const brygga_connector_api& api() noexcept;
    brygga_status create(const brygga_host* host, const brygga_call* call, brygga_str config, void** self);

private:
    class Instance;

    Expected<std::unique_ptr<RunnerProcess>> start(BorderCall& call);
    /// Notes a crash and says so.
    Error crashed(std::string_view name, const RunnerProcess::End& end);
    void worked();

    const std::string connection_;
    const std::filesystem::path program_;
    const std::shared_ptr<const Plugin> plugin_;
    const Clock& clock_;
    Log& log_;
    std::mutex mutex_;
    int crashes_ = 0;  ///< in a row
    MonoTime not_before_{};
    std::string last_crash_;
};

/// What the file says of itself, asked in a process of its own: nothing of it runs here. `api` stays empty. Errors as
/// load_plugin, and runner.crashed, when it ends the process instead.
Expected<std::shared_ptr<const Plugin>> inspect_plugin(const std::filesystem::path& file,
                                                       const std::vector<std::filesystem::path>& plugin_dirs,
                                                       const std::filesystem::path& program);

}  // namespace brygga::connector
