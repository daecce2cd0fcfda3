#include "connector/plugin_set.h"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "base/nearest.h"
#include "connector/plugin_file.h"
#include "connector/runner.h"

namespace brygga::connector {
namespace {

namespace fs = std::filesystem;

bool is_plugin_name(const fs::path& file) {
    const std::string name = file.filename().string();
    return name.starts_with("brygga_") && file.extension() == ".so";
}

Expected<std::vector<fs::path>> plugin_files(const fs::path& directory) {
    std::vector<fs::path> files;
    std::error_code failed;
    for (fs::directory_iterator it{directory, failed}, end; !failed && it != end; it.increment(failed))
        if (is_plugin_name(it->path())) files.push_back(it->path());
    if (failed)
        return Error{
            .error_class = ErrorClass::misconfigured,
            .code = "plugin.directory",
            .message = fmt::format("The plugin directory {} cannot be read: {}.", directory.string(), failed.message()),
            .remedy = "Create it, or correct the plugin directories in the settings."};
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

PluginSet PluginSet::scan(const std::vector<fs::path>& directories, Log& log, const Trust& trust) {
    PluginSet set;
    set.trust_ = trust;
    const auto keys = PluginKeys::read(trust.keys);
    for (const fs::path& directory : directories) {
        const auto files = plugin_files(directory);
        if (!files) {
            set.refused_.push_back({directory, files.error()});
            continue;
        }
        for (const fs::path& file : *files) set.add(file, directories, keys);
    }
    for (const auto& [file, error] : set.refused_)
        log.warning(
            "plugin.refused",
            Json::object(
                {{"file", file.string()}, {"code", error.code}, {"message", error.message}, {"remedy", error.remedy}}));
    for (const auto& [id, plugin] : set.plugins_)
        for (const std::string& warning : plugin->manifest.warnings)
            log.warning("plugin.manifest", Json::object({{"plugin", id}, {"message", warning}}));
    return set;
}

Expected<std::shared_ptr<const Plugin>> PluginSet::inspect(const fs::path& file,
                                                           const std::vector<fs::path>& directories,
                                                           const Expected<PluginKeys>& keys) const {
    std::error_code failed;
    const fs::path real = fs::canonical(file, failed);
    if (is_below(real, fs::weakly_canonical(trust_.own, failed))) return load_plugin(file, directories);
    if (!keys) return keys.error();
    if (const auto signature = keys->check(real); !signature) return signature.error();
    return inspect_plugin(file, directories, trust_.runner);
}

void PluginSet::add(const fs::path& file, const std::vector<fs::path>& directories, const Expected<PluginKeys>& keys) {
    auto loaded = inspect(file, directories, keys);
    if (!loaded) return refused_.push_back({file, loaded.error()});
    const std::string& id = (*loaded)->manifest.id;
    const auto there = plugins_.find(id);
    if (there == plugins_.end()) {
        plugins_.emplace(id, std::move(*loaded));
    } else if (there->second->file != (*loaded)->file) {
        refused_.push_back(
            {file,
             {.error_class = ErrorClass::misconfigured,
              .code = "plugin.duplicate",
              .message = fmt::format("{} is a second connector '{}' (version {}); {} (version {}) is in use.",
                                     file.string(), id, (*loaded)->manifest.version, there->second->file.string(),
                                     there->second->manifest.version),
              .remedy = "Remove one of the two files and restart."}});
    }
}

Expected<std::shared_ptr<const Plugin>> PluginSet::find(std::string_view id) const {
    if (const auto found = plugins_.find(id); found != plugins_.end()) return found->second;
    for (const Refusal& refusal : refused_)
        if (refusal.file.filename() == fmt::format("brygga_{}.so", id)) return refusal.error;
    std::vector<std::string_view> known;
    for (const auto& [name, plugin] : plugins_) known.push_back(name);
    const auto meant = nearest(id, known);
    return Error{
        .error_class = ErrorClass::misconfigured,
        .code = "plugin.not_found",
        .message = fmt::format("There is no connector '{}'; installed are: {}.", id,
                               known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))),
        .remedy = !meant ? fmt::format("Install brygga_{}.so into a plugin directory.", id)
                         : fmt::format("Did you mean '{}'? Otherwise install brygga_{}.so into a plugin directory.",
                                       *meant, id)};
}

}  // namespace brygga::connector
