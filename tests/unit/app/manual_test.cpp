// The manual page of brygga: the table's words, and nothing that the table does not know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "app/commands.h"
#include "app/manual.h"
#include "paths.h"

namespace brygga::app {
namespace {

using ::testing::HasSubstr;

std::string pattern() {
    std::ifstream in{BRYGGA_SOURCE_DIR "/packaging/man/brygga.1.in"};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}
std::string without(std::string text, const std::string& part) { return text.erase(text.find(part), part.size()); }

TEST(Manual, HasEveryCommandWithTheTextOfTheHelp) {
    const auto page = manual(pattern());
    ASSERT_TRUE(page) << page.error().message;
    for (const Command& command : commands()) {
        const auto at = page->find(".It Cm " + std::string{command.words});
        ASSERT_NE(at, std::string::npos) << command.words;
        EXPECT_THAT(page->substr(at), HasSubstr(std::string{command.about.substr(1)} + ".\n")) << command.words;
    }
    EXPECT_THAT(*page, HasSubstr(".It Cm flows pause Ar FLOW\nBegin nothing more of it.\n"));
    EXPECT_THAT(*page, HasSubstr(".It Cm plan Ar DIR Oo Fl -prune Oc\nWhat apply would do.\n"));
    EXPECT_THAT(*page, HasSubstr(".It Cm token create Ar NAME Fl -scope Cm viewer | operator | admin Oo Fl -expires Ar "
                                 "DATE Oc\n"));
    EXPECT_THAT(*page, HasSubstr("Oo Fl -record Ar NUMBER Oc ...\n"));
}

TEST(Manual, ACommandThatIsMissingTwiceOrUnknownStopsTheBuild) {
    EXPECT_THAT(manual(without(pattern(), ".Command runs cancel\n")).error().message, HasSubstr("'runs cancel'"));
    EXPECT_THAT(manual(pattern() + ".Command runs\n").error().message, HasSubstr("twice"));
    EXPECT_THAT(manual(pattern() + ".Command dance\n").error().message, HasSubstr("'dance'"));
}

}  // namespace
}  // namespace brygga::app
