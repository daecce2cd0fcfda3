// Every snippet of the guide in config/README.md gives what stands behind it.
#include <gtest/gtest.h>

#include <fstream>

#include "entity/order.h"
#include "mapping/program.h"
#include "paths.h"

namespace brygga::mapping {
namespace {

struct Snippet {
    std::string expression, expected;
    int line = 0;
};

struct Guide {
    std::string order;
    std::vector<Snippet> snippets;
};

/// "expression   # = JSON" or "# ! message"; an expression may take several lines.
void read_line(Guide& guide, Snippet& open, const std::string& line, int number) {
    if (open.expression.empty()) open.line = number;
    const std::size_t mark = std::max(line.rfind("# = ") + 1, line.rfind("# ! ") + 1);
    open.expression += line.substr(0, mark == 0 ? line.size() : mark - 1) + "\n";
    if (mark == 0) return;
    open.expected = line.substr(mark + 1);
    guide.snippets.push_back(std::exchange(open, {}));
}

Guide read_guide() {
    std::ifstream file{BRYGGA_SOURCE_DIR "/config/README.md"};
    Guide guide;
    Snippet open;
    std::string block;
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.starts_with("```"))
            block = block.empty() ? line.substr(3) + " " : "";
        else if (block == "json ")
            guide.order += line + "\n";
        else if (block == "mapping ")
            read_line(guide, open, line, number);
    }
    EXPECT_EQ(open.expression, "") << "a snippet without its value";
    return guide;
}

std::string result(const std::string& expression, const Json& order) {
    const Environment environment{{{"order", &shapes::order()}}};
    const auto program = Program::compile({expression}, environment);
    if (!program) return "! " + program.error()[0].message;
    Scope scope{environment};
    scope.set("order", Value::view(order, &shapes::order()));
    Workspace workspace;
    const Outcome outcome = program->evaluate(scope, workspace);
    return outcome.ok() ? "= " + to_json(outcome.value).dump() : "! " + outcome.diagnostic.message;
}

TEST(Guide, ItsOrderIsOne) {
    const auto order = Json::parse(read_guide().order);
    ASSERT_TRUE(order.has_value());
    const auto parsed = entity::parse_order(*order);
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
}

TEST(Guide, EverySnippetGivesWhatItSays) {
    const Guide guide = read_guide();
    EXPECT_GE(guide.snippets.size(), 25u);
    const Json order = *Json::parse(guide.order);
    for (const Snippet& s : guide.snippets)
        EXPECT_EQ(result(s.expression, order), s.expected) << "config/README.md:" << s.line << ": " << s.expression;
}

}  // namespace
}  // namespace brygga::mapping
