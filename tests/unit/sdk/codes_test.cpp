#include "brygga/sdk/codes.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "paths.h"

namespace brygga {
namespace {

TEST(Codes, StandInTheGuideForAuthorsAndNoOthersDo) {
    std::ifstream guide{BRYGGA_SOURCE_DIR "/plugin-api/README.md"};
    std::set<std::string> told;
    bool in_table = false;
    for (std::string line; std::getline(guide, line);) {
        if (line.find("| code | answer to |") != std::string::npos) in_table = true;
        if (in_table && line.find('|') == std::string::npos) break;
        const auto begin = line.find("| `");
        if (in_table && begin != std::string::npos) told.insert(line.substr(begin + 3, line.find("` |") - begin - 3));
    }
    EXPECT_EQ(told, (std::set<std::string>{code::all.begin(), code::all.end()}));
}

}  // namespace
}  // namespace brygga
