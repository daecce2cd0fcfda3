#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "case_file.h"
#include "golden/case_files.h"
#include "paths.h"

namespace brygga::app {
namespace {

const std::filesystem::path folder = BRYGGA_SOURCE_DIR "/tests/golden/settings";

class SettingsCase : public testing::TestWithParam<std::string> {};

TEST_P(SettingsCase, IsToldAsItSays) {
    auto files = read_case(folder / "good.case").files;
    const Case c = read_case(folder / (GetParam() + ".case"));
    for (const auto& [name, text] : c.files) files[name] = text;
    EXPECT_EQ(problems_of(files), c.expected);
}

INSTANTIATE_TEST_SUITE_P(Golden, SettingsCase, testing::ValuesIn(case_files(folder)),
                         [](const auto& parameter) { return parameter.param; });

TEST(SettingsCases, AreManyAndEachTellsSomethingOnce) {
    EXPECT_GE(case_files(folder).size(), 61u);
    for (const std::string& name : case_files(folder)) {
        const std::string expected = read_case(folder / (name + ".case")).expected;
        EXPECT_EQ(expected.empty(), name == "good") << name;
        std::set<std::string> told;
        std::istringstream lines{expected};
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with("error: ") || line.starts_with("warning: ")) {
                EXPECT_TRUE(told.insert(line).second) << name << ": " << line;
            }
    }
}

}  // namespace
}  // namespace brygga::app
