// PluginFolder: a plugin directory of its own for one test, filled with copies of fixture plugins.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "paths.h"

namespace brygga::connector {

class PluginFolder {
public:
    PluginFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "brygga_plugins_XXXXXX").string();
        if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
        path_ = std::filesystem::canonical(name);
    }
    ~PluginFolder() { std::filesystem::remove_all(path_); }
    PluginFolder(const PluginFolder&) = delete;
    PluginFolder& operator=(const PluginFolder&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }
    std::vector<std::filesystem::path> dirs() const { return {path_}; }

    std::filesystem::path add(const std::string& fixture, const std::string& as = {}) const {
        const auto to = path_ / ("brygga_" + (as.empty() ? fixture : as) + ".so");
        std::filesystem::copy_file(std::filesystem::path{BRYGGA_FIXTURE_DIR} / ("brygga_" + fixture + ".so"), to);
        std::filesystem::permissions(to, std::filesystem::perms{0755});
        return to;
    }
    std::filesystem::path write(const std::string& name, const std::string& content) const {
        std::ofstream{path_ / name, std::ios::binary} << content;
        std::filesystem::permissions(path_ / name, std::filesystem::perms{0644});
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

}  // namespace brygga::connector
