#include "mapping/functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "evaluation.h"
#include "mapping/lexer.h"

namespace brygga::mapping {
namespace {

TEST(Functions, HaveDifferentNamesThatTheParserTakes) {
    std::set<std::string_view> names;
    for (const std::string_view name : function_names()) {
        EXPECT_TRUE(names.insert(name).second) << name;
        EXPECT_FALSE(is_keyword(name)) << name;
        EXPECT_EQ(find_function(name)->name, name);
    }
    EXPECT_EQ(find_function("no_such_function"), nullptr);
}

TEST(Functions, AreDescribed) {
    for (const Family& family : families()) {
        for (const Function& f : family.functions) {
            EXPECT_FALSE(f.about.empty()) << f.name;
            EXPECT_NE(f.run, nullptr) << f.name;
            EXPECT_FALSE(f.parameters.empty()) << f.name;
            bool optional = false;
            for (const Parameter& p : f.parameters) {
                EXPECT_FALSE(p.name.empty()) << f.name;
                EXPECT_TRUE(!optional || !p.standard.empty()) << f.name << ": what may be left out stands last";
                optional = !p.standard.empty();
                EXPECT_TRUE(p.role == Parameter::Role::word || !p.kinds.names().empty()) << f.name;
            }
        }
    }
}

TEST(Functions, SignaturesShowDefaults) {
    EXPECT_EQ(signature(*find_function("round")), "round(x, places = 0, mode = half_up)");
    EXPECT_EQ(signature(*find_function("merge")), "merge(object, other, …)");
}

TEST(Functions, RefuseAnyNumberOfWrongArguments) {
    for (const std::string_view name : function_names()) {
        for (const char* argument : {"1", "null", "x => 1", "'a'", "[]", "half_up"}) {
            for (const int count : {0, 1, 2, 3, 10}) {
                std::string arguments;
                for (int i = 0; i < count; ++i) arguments += (i > 0 ? ", " : "") + std::string{argument};
                const auto program = Program::compile({std::string{name} + "(" + arguments + ")"}, {});
                EXPECT_TRUE(program.ok() || !program.error().empty());
                EXPECT_TRUE(count > 0 || !program.ok()) << name;
            }
        }
    }
}

TEST(Functions, TakeManyArguments) {
    Evaluation evaluation;
    EXPECT_EQ(evaluation.text("max(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)"), "12");
}

// The first set of the language's contract.
TEST(Functions, AreAllThere) {
    std::istringstream contract{
        "trim upper lower capitalize truncate replace split join contains starts_with ends_with pad_left length "
        "transliterate strip_emoji strip_html digits matches extract replace_re format_number slug round abs min max "
        "floor ceil to_decimal to_text net gross tax_of_gross allocate map filter find any all sum count first last "
        "sort_by group_by unique flatten index_of keys values merge without get date timestamp format_date add_days "
        "add_months days_between in_zone table country_name is_eu vat_number_valid email_normalize split_name "
        "split_street fail skip hold"};
    std::vector<std::string> names;
    for (std::string name; contract >> name;) names.push_back(name);
    EXPECT_THAT(function_names(), testing::UnorderedElementsAreArray(names));
}

}  // namespace
}  // namespace brygga::mapping
