#include "settings/text_file.h"

#include <fstream>
#include <sstream>

namespace brygga::settings {

namespace fs = std::filesystem;

std::optional<std::string> read_text_file(const fs::path& path) {
    constexpr std::uintmax_t largest = 1u << 20;
    std::error_code failed;
    if (!fs::is_regular_file(path, failed) || fs::file_size(path, failed) > largest || failed) return std::nullopt;
    std::ifstream in{path, std::ios::binary};
    std::ostringstream out;
    out << in.rdbuf();
    if (!in) return std::nullopt;
    return out.str();
}

bool is_open_to_everybody(const fs::path& path) {
    using fs::perms;
    std::error_code error;
    const auto whole = fs::canonical(path, error);
    const auto has = [&](const fs::path& at, perms right) {
        return (fs::status(at, error).permissions() & right) != perms::none && !error;
    };
    if (error || !has(whole, perms::others_read)) return false;
    for (auto at = whole.parent_path();; at = at.parent_path()) {
        if (!has(at, perms::others_exec)) return false;
        if (at == at.root_path()) return true;
    }
}

ReadText files_beside(std::string directory) {
    return [directory = std::move(directory)](const std::string& path) {
        return read_text_file((fs::path{directory} / path).lexically_normal());
    };
}

}  // namespace brygga::settings
