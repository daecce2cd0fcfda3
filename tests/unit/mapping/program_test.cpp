#include "mapping/program.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "evaluation.h"

namespace brygga::mapping {
namespace {

TEST(Program, IsCompiledOnceAndWorkedOutForEachRecord) {
    const Environment environment{{{"line"}}};
    const auto program = Program::compile({"line.quantity * line.price"}, environment);
    ASSERT_TRUE(program.ok());
    const Json lines = *Json::parse(R"([{"quantity":2,"price":1.50},{"quantity":3,"price":0.10}])");
    Workspace workspace;
    Scope scope{environment};
    std::string results;
    for (const Json& line : lines.items()) {
        ASSERT_TRUE(scope.set("line", Value::view(line)));
        results += to_json(program->evaluate(scope, workspace).value).dump() + " ";
    }
    EXPECT_EQ(results, "3 0.3 ");
}

TEST(Program, ViewsTheDocumentAndDoesNotCopyIt) {
    const Json document = *Json::parse(R"({"name":"Anna","lines":[{"sku":"A"}]})");
    const Environment environment{{{"order"}}};
    Workspace workspace;
    Scope scope{environment};
    scope.set(0, Value::view(document));
    const auto name = Program::compile({"order.name"}, environment);
    const Outcome found = name->evaluate(scope, workspace);
    EXPECT_EQ(found.value.text().data(), document["name"].string().data());
    const auto lines = Program::compile({"order.lines"}, environment);
    ASSERT_TRUE(lines->evaluate(scope, workspace).ok());
    EXPECT_EQ(workspace.memory.bytes(), 0u);
}

TEST(Program, ResultsOfManyRulesLiveUntilTheMemoryIsCleared) {
    const Environment environment;
    Workspace workspace;
    const Scope scope{environment};
    const auto first = Program::compile({R"("a" + "b")"}, environment),
               second = Program::compile({R"("c" + "d")"}, environment);
    const Value a = first->evaluate(scope, workspace).value, b = second->evaluate(scope, workspace).value;
    EXPECT_EQ(a.text(), "ab");
    EXPECT_EQ(b.text(), "cd");
    workspace.memory.clear();
    const Value c = first->evaluate(scope, workspace).value;
    EXPECT_EQ(c.text().data(), a.text().data());  // the same block again
}

TEST(Program, TellsWhichNamesItReads) {
    const Environment environment{{{"order"}, {"target"}, {"run"}}};
    const auto program = Program::compile({"[1].map(x => order.a) == run"}, environment);
    EXPECT_TRUE(program->reads(0));
    EXPECT_FALSE(program->reads(1));
    EXPECT_TRUE(program->reads(2));
}

TEST(Program, TellsWhatIsKnownOfItsValue) {
    const Environment environment{{{"order", &shapes::order()}, {"raw"}}};
    const auto kind = [&](const std::string& expression) {
        const auto program = Program::compile({expression}, environment);
        return program ? program->type()->kind : Kind::stopped;
    };
    EXPECT_EQ(kind("order.number"), Kind::string);
    EXPECT_EQ(kind("order.lines[0].total"), Kind::decimal);
    EXPECT_EQ(kind("order.lines.map(l => l.total).sum()"), Kind::decimal);
    EXPECT_EQ(kind("order.lines.find(l => l.total > 0).sku ?? null"), Kind::string);
    EXPECT_EQ(kind("order.placed_at.in_zone('UTC').add_days(30)"), Kind::date);
    EXPECT_EQ(kind("order.note ?? fail('no note')"), Kind::string);
    EXPECT_EQ(kind("if order.platform then 1 else 'a'"), Kind::any);
    EXPECT_EQ(kind("match order.status { 'new' => 1, _ => skip('old') }"), Kind::decimal);
    EXPECT_EQ(kind("order.lines.group_by(l => l.rate).map(g => g.key)[0]"), Kind::decimal);
    EXPECT_EQ(kind("raw.x"), Kind::any);
    EXPECT_EQ(kind("skip('always')"), Kind::never);
}

TEST(Program, NamesThePlaceInTheFileOfItsRule) {
    const auto program = Program::compile({"1 +\n  nme", "flows.d/shop.yaml", 12, 20}, {});
    ASSERT_FALSE(program.ok());
    EXPECT_EQ(to_text(program.error()[0]), "flows.d/shop.yaml:13:3: unknown name 'nme'\n    nme\n    ^^^");
    const auto first = Program::compile({"nme", "flows.d/shop.yaml", 12, 20}, {});
    EXPECT_EQ(first.error()[0].line, 12);
    EXPECT_EQ(first.error()[0].column, 20);
}

TEST(Program, EndsInTheSixWays) {
    Evaluation evaluation{R"({"a":{}})"};
    EXPECT_EQ(evaluation.run("1").kind, Outcome::Kind::value);
    EXPECT_EQ(evaluation.run("a.b").kind, Outcome::Kind::missing);
    EXPECT_EQ(evaluation.run("fail('x')").kind, Outcome::Kind::error);
    EXPECT_EQ(evaluation.run("skip('x')").kind, Outcome::Kind::skip);
    EXPECT_EQ(evaluation.run("hold('x')").kind, Outcome::Kind::hold);
    EXPECT_EQ(evaluation.run("[1].map(x => x)", {.steps = 2}).kind, Outcome::Kind::limit);
}

TEST(Program, ANameThatIsNotSetIsMissing) {
    const Environment environment{{{"target"}}};
    Workspace workspace;
    const Scope scope{environment};
    const auto program = Program::compile({"target.number ?? 'new'"}, environment);
    EXPECT_EQ(program->evaluate(scope, workspace).value.text(), "new");
    const auto used = Program::compile({"target == null"}, environment);
    EXPECT_EQ(used->evaluate(scope, workspace).diagnostic.message, "'target' is not there");
}

TEST(Program, IsSafeOnSeveralThreads) {
    const Environment environment{{{"n"}}};
    const auto program = Program::compile({R"("{n}".replace_re('(\d)', '\1 ').upper().length() * n)"}, environment);
    ASSERT_TRUE(program.ok());
    std::array<int, 4> wrong{};
    {
        std::vector<std::jthread> threads;
        for (int& count : wrong)
            threads.emplace_back([&] {
                Workspace workspace;
                Scope scope{environment};
                for (int n = 1; n <= 9; ++n) {
                    scope.set(0, Decimal{n});
                    workspace.memory.clear();
                    count += program->evaluate(scope, workspace).value.decimal() != Decimal{2 * n};
                }
            });
    }
    EXPECT_EQ(wrong, (std::array<int, 4>{}));
}

// What a message quotes of an expression is configuration; what a record holds stays out of it.
TEST(Program, ShowsNoValueOfARecord) {
    Evaluation evaluation{R"({"customer":{"name":"Secret Name","phone":"0701234567","list":["Secret Name"]}})"};
    for (const char* expression :
         {"customer.name + 1", "to_decimal(customer.name)", "date(customer.phone)", "customer.name.first",
          "customer.nam", "round(customer.name)", "customer.list.sum()",
          "matches(customer.name, 'S') and customer.phone", "country_name(customer.name)",
          "match customer.name { 'x' => 1 }", "customer[customer.name]", "customer.list.sort_by(x => customer)",
          "timestamp(customer.phone, 'UTC')", "customer.name < 1"}) {
        const Outcome outcome = evaluation.run(expression);
        EXPECT_FALSE(outcome.ok()) << expression;
        const std::string text = to_text(outcome.diagnostic);
        EXPECT_EQ(text.find("Secret"), std::string::npos) << text;
        EXPECT_EQ(text.find("0701234567"), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace brygga::mapping
