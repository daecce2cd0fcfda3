#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "settings/load.h"

namespace brygga::settings {

namespace fs = std::filesystem;

/// A configuration directory that lives as long as the test.
class Directory {
public:
    Directory() {
        std::string pattern = (fs::temp_directory_path() / "brygga-settings-XXXXXX").string();
        path_ = mkdtemp(pattern.data());
        fs::create_directories(path_ / "connections.d");
        fs::create_directories(path_ / "flows.d");
    }
    ~Directory() { fs::remove_all(path_); }
    Directory& write(const std::string& file, const std::string& text) {
        fs::create_directories((path_ / file).parent_path());
        std::ofstream{path_ / file} << text;
        return *this;
    }
    Loaded load(std::map<std::string, std::string> environment = {{"PUB", "public"}, {"SEC", "secret"}}) const {
        return settings::load(path_.string(), [environment](const std::string& name) -> std::optional<std::string> {
            const auto found = environment.find(name);
            return found == environment.end() ? std::nullopt : std::optional{found->second};
        });
    }
    std::string errors() const {
        std::string out;
        for (const auto& e : load().errors) out += to_text(e) + "\n";
        return out;
    }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

}  // namespace brygga::settings
