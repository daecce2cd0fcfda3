#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace brygga {

/// The names of the *.case files of a folder, without their ending, sorted.
inline std::vector<std::string> case_files(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator{folder})
        if (file.path().extension() == ".case") names.push_back(file.path().stem());
    std::ranges::sort(names);
    return names;
}

}  // namespace brygga
