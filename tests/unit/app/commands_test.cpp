// The table of commands: what the help shows, what a line may have, and what a shell is told.
#include "app/commands.h"

#include "app/preview_text.h"
#include "app/table.h"

#include <set>

#include <gtest/gtest.h>

namespace brygga::app {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> out{{}};
    for (const char c : text)
        if (c == at)
            out.emplace_back();
        else
            out.back() += c;
    return out;
}

/// The words that are offered, without descriptions.
std::set<std::string> offered(const std::vector<std::string>& words) {
    std::set<std::string> out;
    for (const std::string& line : split(completions(words), '\n'))
        if (!line.empty()) {
            EXPECT_TRUE(out.insert(line.substr(0, line.find('\t'))).second) << line << " twice";
        }
    return out;
}

std::string wrong(const std::vector<std::string>& words) {
    const auto arguments = parse_arguments(words, option_specs());
    if (!arguments) return arguments.error().message;
    const auto error = misuse(*arguments);
    return error ? error->message + " " + error->remedy : "";
}

TEST(Commands, EveryOneIsInTheHelpAndOfferedWordByWordWithItsOptions) {
    for (const Command& command : commands()) {
        EXPECT_NE(help().find("  " + std::string{command.words}), std::string::npos) << command.words;
        std::vector<std::string> line{""};
        for (const std::string& word : split(command.words, ' ')) {
            EXPECT_TRUE(offered(line).contains(word)) << command.words;
            line.back() = word;
            line.emplace_back();
        }
        line.back() = "--";
        const auto options = offered(line);
        for (std::string word : split(command.synopsis, ' ')) {
            std::erase_if(word, [](char c) { return c == '[' || c == ']' || c == '.'; });
            if (word.starts_with("--")) {
                EXPECT_TRUE(options.contains(word)) << command.words << " " << word;
            }
        }
        EXPECT_TRUE(options.contains("--output")) << command.words;
    }
}

TEST(Commands, TheHelpOfOneHasExamplesThatItTakes) {
    EXPECT_NE(help({"run"}).find("\n  brygga run shop-orders --record 1042 --record 1043\n"), std::string::npos)
        << help({"run"});
    EXPECT_EQ(help({"run"}).find("  runs"), std::string::npos) << "of the others nothing";
    EXPECT_NE(help({"flows"}).find("flows rollback FLOW N"), std::string::npos);
    EXPECT_EQ(help({"flows"}).find("deliveries ["), std::string::npos);
    EXPECT_EQ(help({"nothing"}), help()) << "what is no command gets all of them";
    for (const Command& command : commands())
        for (const std::string& line : split(command.example, '\n'))
            if (!line.empty() && line.find('\'') == std::string::npos && line.find('>') == std::string::npos) {
                EXPECT_EQ(wrong(split(line, ' ')), "") << line;
                EXPECT_EQ(line.substr(0, command.words.size()), command.words);
            }
}

TEST(Commands, EveryOptionBelongsToACommand) {
    for (const OptionSpec& option : option_specs()) {
        bool known = offered({"--"}).contains("--" + option.name);
        for (const Command& command : commands())
            known = known || command.synopsis.find("--" + option.name) != std::string_view::npos;
        EXPECT_TRUE(known) << option.name;
    }
}

TEST(Commands, OnlyWhatMayStandThereIsOffered) {
    EXPECT_EQ(offered({"fl"}), (std::set<std::string>{"flows"}));
    EXPECT_EQ(offered({"flows", "re"}), (std::set<std::string>{"restart", "resume"}));
    EXPECT_EQ(offered({"--output", ""}), (std::set<std::string>{"table", "json"}));
    EXPECT_EQ(offered({"--url", "x", "alerts", "te"}), (std::set<std::string>{"test"}));
    EXPECT_EQ(offered({"runs", ""}), (std::set<std::string>{"cancel"}));
    EXPECT_EQ(offered({"resolve", "12", "d"}), (std::set<std::string>{"delivered"}));
    EXPECT_EQ(offered({"apply", ""}), (std::set<std::string>{":files"}));
    EXPECT_EQ(offered({"eval", "1", "--input", ""}), (std::set<std::string>{":files"}));
    EXPECT_EQ(offered({"deliveries", "--p"}), (std::set<std::string>{}));
    EXPECT_TRUE(offered({"--url", ""}).empty());
    EXPECT_TRUE(offered({"flows", "pause", ""}).empty());
    EXPECT_TRUE(completions({}).find("flows\n") != std::string::npos);
}

TEST(Commands, AnUnknownWordOrOptionIsNamedWithTheNearest) {
    EXPECT_EQ(wrong({"flows", "list"}), "");
    EXPECT_EQ(wrong({"runs"}), "");
    EXPECT_EQ(wrong({"flow", "list"}), "unknown command 'flow'. Did you mean flows?");
    EXPECT_TRUE(wrong({"alerts"}).starts_with("alerts needs one of: list, acknowledge"));
    EXPECT_TRUE(wrong({"alerts", "tset"}).starts_with("alerts needs one of:"));
    EXPECT_TRUE(wrong({"runs", "--wait"}).starts_with("runs takes no --wait."));
    EXPECT_EQ(wrong({"runs", "--flw", "x"}), "unknown option --flw");
    EXPECT_EQ(wrong({"keys", "rotate", "--wait", "--output", "json"}), "");
}

TEST(Table, AColumnMayHaveANameOfItsOwn) {
    const Json rows = Json::array({Json::object({{"id", 1}, {"target_ref", Json::object({{"number", "42"}})}})});
    EXPECT_EQ(table(rows, {"id", "document=target_ref.number", "target_ref.kind"}),
              "ID  DOCUMENT  KIND\n1   42        -\n");
}

TEST(Preview, EndsWithHowManyWouldBecomeWhat) {
    const auto record = [](const char* outcome) { return Json::object({{"outcome", outcome}}); };
    const Json preview =
        Json::object({{"records", Json::array({record("held"), record("delivered"), record("held")})}});
    EXPECT_EQ(preview_summary(preview), "\nOf 3 records would be: 1 delivered, 2 held. Nothing was written.\n");
    EXPECT_EQ(preview_summary(Json::object()), "");
}

TEST(Commands, EachShellHasAScript) {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        ASSERT_TRUE(completion_script(shell)) << shell;
        EXPECT_NE(completion_script(shell)->find("brygga completion words"), std::string_view::npos);
    }
    EXPECT_FALSE(completion_script("tcsh"));
}

}  // namespace
}  // namespace brygga::app
