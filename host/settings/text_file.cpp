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

ReadText files_beside(std::string directory) {
    return [directory = std::move(directory)](const std::string& path) {
        return read_text_file((fs::path{directory} / path).lexically_normal());
    };
}

}  // namespace brygga::settings
