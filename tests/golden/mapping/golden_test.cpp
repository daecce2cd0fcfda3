#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "case_file.h"
#include "golden/case_files.h"
#include "mapping/functions.h"
#include "paths.h"

namespace brygga::mapping {
namespace {

const std::filesystem::path folder = BRYGGA_SOURCE_DIR "/tests/golden/mapping";

std::vector<Case> all_cases() {
    std::vector<Case> all;
    for (const std::string& name : case_files(folder)) {
        auto cases = read_cases(folder / (name + ".case"));
        all.insert(all.end(), cases.begin(), cases.end());
    }
    return all;
}

class Mapping : public testing::TestWithParam<std::string> {};

TEST_P(Mapping, GivesWhatTheCasesSay) {
    const std::string name = GetParam() + ".case";
    for (const Case& c : read_cases(folder / name))
        EXPECT_EQ(run(c), c.expected) << name << ":" << c.line << ": " << c.title;
}

INSTANTIATE_TEST_SUITE_P(Golden, Mapping, testing::ValuesIn(case_files(folder)),
                         [](const auto& parameter) { return parameter.param; });

TEST(MappingCases, AreManyAndEachHasItsOwnTitle) {
    std::set<std::string> titles;
    for (const Case& c : all_cases()) EXPECT_TRUE(titles.insert(c.title).second) << c.title;
    EXPECT_GE(titles.size(), 300u);
}

TEST(MappingCases, CallEveryFunction) {
    std::string everything;
    for (const Case& c : all_cases())
        if (c.expected.starts_with("= ") || !c.expected.starts_with("! refused")) everything += c.expression + "\n";
    for (const std::string_view name : function_names())
        EXPECT_THAT(everything, testing::ContainsRegex("(^|[^a-z_])" + std::string{name} + "[(]")) << name;
}

TEST(MappingCases, ProveEveryClauseAndNoOther) {
    std::set<std::string> clauses, proven;
    std::ifstream file{folder / "clauses.txt"};
    for (std::string line; std::getline(file, line);)
        if (!line.empty() && !line.starts_with("#")) clauses.insert(line.substr(0, line.find(' ')));
    ASSERT_FALSE(clauses.empty());
    for (const Case& c : all_cases())
        for (const std::string& clause : c.clauses) {
            EXPECT_TRUE(clauses.contains(clause)) << c.title << ": " << clause;
            proven.insert(clause);
        }
    for (const std::string& clause : clauses) EXPECT_TRUE(proven.contains(clause)) << clause;
}

}  // namespace
}  // namespace brygga::mapping
