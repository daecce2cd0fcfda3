#include "case_file.h"

#include <cstdlib>
#include <fstream>

#include "app/check.h"
#include "paths.h"

namespace brygga::app {

namespace fs = std::filesystem;

namespace {

/// A directory that lives as long as its check.
class Directory {
public:
    Directory() {
        std::string pattern = (fs::temp_directory_path() / "brygga-case-XXXXXX").string();
        path_ = mkdtemp(pattern.data());
    }
    ~Directory() { fs::remove_all(path_); }
    void write(const std::string& file, const std::string& text) const {
        fs::create_directories((path_ / file).parent_path());
        std::ofstream{path_ / file} << text;
    }
    std::string path() const { return path_.string(); }

private:
    fs::path path_;
};

std::optional<std::string> environment(const std::string& name) {
    if (name == "PLUGINS") return BRYGGA_BUILT_PLUGIN_DIR;
    for (const char* secret : {"PUBLIC_KEY", "SECRET_KEY", "CLIENT_ID", "CLIENT_SECRET"})
        if (name == secret) return "not a real one";
    return std::nullopt;
}

}  // namespace

Case read_case(const fs::path& file) {
    constexpr std::string_view heading = "=== ";
    std::ifstream in{file};
    Case out;
    std::string comment, *text = &comment;
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with(heading))
            *text += line + "\n";
        else if (const std::string name = line.substr(heading.size()); name == "problems")
            text = &out.expected;
        else
            text = &out.files[name];
    }
    return out;
}

std::string problems_of(const std::map<std::string, std::string>& files) {
    const Directory directory;
    for (const auto& [name, text] : files) directory.write(name, text);
    NullLog log;
    const Checked checked =
        check_configuration(directory.path(), environment, log, {}, connector::Trust{BRYGGA_BUILT_PLUGIN_DIR, {}});
    std::string out;
    for (const auto& problem : checked.warnings) out += "warning: " + settings::to_text(problem) + "\n";
    for (const auto& problem : checked.errors) out += "error: " + settings::to_text(problem) + "\n";
    const std::string path = directory.path() + "/";
    for (std::size_t at = 0; (at = out.find(path, at)) != std::string::npos;) out.erase(at, path.size());
    return out;
}

}  // namespace brygga::app
