// PluginSet: the connectors of this installation by id, read once from the plugin directories at start.
// Owned by app; immutable after scan(), safe on any thread. A file that is refused is remembered with its
// reason and never hides another one.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "base/log.h"
#include "connector/plugin.h"
#include "connector/plugin_keys.h"

namespace brygga::connector {

/// What lies below `own` is loaded. Of everything else nothing runs in this process: it is inspected (runner.h), and
/// that only when a key of the directory `keys` has signed it, once there are keys (plugin_keys.h).
struct Trust {
    std::filesystem::path own, runner, keys{};
};

class PluginSet {
public:
    struct Refusal {
        std::filesystem::path file;
        Error error;
    };

    /// Every brygga_*.so of the directories, in their order and by name. Of two files with one connector id the
    /// second is refused (plugin.duplicate). Refusals are logged as warnings.
    static PluginSet scan(const std::vector<std::filesystem::path>& directories, Log& log, const Trust& trust);
    /// By what it was judged.
    const Trust& trust() const noexcept { return trust_; }

    /// Error: misconfigured: why the connector's file was refused, else plugin.not_found with the ids there are.
    Expected<std::shared_ptr<const Plugin>> find(std::string_view id) const;
    const std::map<std::string, std::shared_ptr<const Plugin>, std::less<>>& plugins() const noexcept {
        return plugins_;
    }
    const std::vector<Refusal>& refused() const noexcept { return refused_; }

private:
    void add(const std::filesystem::path& file, const std::vector<std::filesystem::path>& directories,
             const Expected<PluginKeys>& keys);
    Expected<std::shared_ptr<const Plugin>> inspect(const std::filesystem::path& file,
                                                    const std::vector<std::filesystem::path>& directories,
                                                    const Expected<PluginKeys>& keys) const;

    Trust trust_;
    std::map<std::string, std::shared_ptr<const Plugin>, std::less<>> plugins_;
    std::vector<Refusal> refused_;
};

}  // namespace brygga::connector
