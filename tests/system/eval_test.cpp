// `brygga eval` as people call it: value, mistakes, exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "process.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Eval : public ::testing::Test {
protected:
    Eval() : file_{::testing::TempDir() + "brygga-eval-" + std::to_string(getpid()) + ".json"} {}
    ~Eval() override { std::filesystem::remove(file_); }

    void write(const std::string& text) const { std::ofstream{file_} << text; }
    Ended eval(std::vector<std::string> words) const {
        words.insert(words.begin(), {program("brygga").string(), "eval"});
        return run_to_end(words);
    }
    const std::string file_;
};

constexpr const char* order =
    R"({"id":"1","number":1042,"status":"new","placed_at":"2026-01-14T23:30:00Z","currency":"EUR",)"
    R"("prices_include_tax":true,"customer":{"kind":"person","name":"Anna"},"billing":{"country":"NL"},)"
    R"("payment":{"state":"paid"},"lines":[{"kind":"product","quantity":2,"unit_price":6.25,"total":12.50}]})";

TEST_F(Eval, PrintsTheValueAsJson) {
    write(R"({"order":{"lines":[{"total":12.50},{"total":0.10}],"weight":1.5e3},"line":{"name":"Cup"}})");
    const Ended sum = eval({"{ \"sum\": order.lines.map(l => l.total).sum(), \"name\": line.name }", "--input", file_});
    EXPECT_EQ(sum.code, 0) << sum.err;
    EXPECT_EQ(sum.out, "{\"sum\":12.6,\"name\":\"Cup\"}\n");
    EXPECT_EQ(eval({"order.weight", "--input", file_}).out, "1500\n");
    EXPECT_EQ(eval({"1 / 3"}).out, "0.333333333\n");
}

TEST_F(Eval, ChecksAndTypesOneOrder) {
    write(order);
    const Ended day = eval({"order.placed_at.in_zone('Europe/Amsterdam')", "--input", file_, "--type", "order"});
    EXPECT_EQ(day.code, 0) << day.err;
    EXPECT_EQ(day.out, "\"2026-01-15\"\n");
    const Ended unknown = eval({"order.custmer", "--input", file_, "--type", "order"});
    EXPECT_EQ(unknown.code, 1);
    EXPECT_EQ(unknown.err,
              "expression:1:6: 'order' has no 'custmer'; did you mean 'customer'?\n  order.custmer\n       ^^^^^^^^\n");
    write(R"({"order":{}})");
    EXPECT_THAT(eval({"1", "--input", file_, "--type", "order"}).err, HasSubstr("id must be a text"));
}

TEST_F(Eval, TellsWhatWentWrongWithItsPosition) {
    write(R"({"order":{"number":"1042"}})");
    const Ended missing = eval({"1 +\n order.phone", "--input", file_});
    EXPECT_EQ(missing.code, 1);
    EXPECT_EQ(missing.out, "");
    EXPECT_THAT(missing.err, StartsWith("expression:2:2: 'order.phone' is not there"));
    EXPECT_THAT(eval({"hold(\"look at {order.number}\")", "--input", file_}).err,
                StartsWith("held: expression:1:1: look at 1042"));
    EXPECT_THAT(eval({"skip('x')"}).err, StartsWith("skipped: "));
    EXPECT_EQ(eval({"fail('x')"}).code, 1);
}

TEST_F(Eval, RefusesWhatIsNoDocument) {
    EXPECT_THAT(eval({"1", "--input", file_}).err, HasSubstr("cannot be read"));
    EXPECT_THAT(eval({"1", "--input", ::testing::TempDir()}).err, HasSubstr("cannot be read"));
    write("{");
    EXPECT_THAT(eval({"1", "--input", file_}).err, HasSubstr("is not JSON"));
    write("[]");
    EXPECT_THAT(eval({"1", "--input", file_}).err, HasSubstr("must hold an object"));
    write("{\"a\":\"" + std::string(17u << 20, 'a') + "\"}");
    EXPECT_THAT(eval({"1", "--input", file_}).err, HasSubstr("more than 16 MiB"));
    EXPECT_EQ(eval({"1", "--type", "order"}).code, 1);
    EXPECT_THAT(eval({"1", "--input", file_, "--type", "ordr"}).err, HasSubstr("there is order, product, customer"));
    EXPECT_EQ(eval({}).code, 2);
    EXPECT_EQ(eval({"1", "2"}).code, 2);
}

TEST_F(Eval, ListsTheFunctions) {
    const Ended list = eval({"--functions"});
    EXPECT_EQ(list.code, 0);
    EXPECT_THAT(list.out, HasSubstr("round(x, places = 0, mode = half_up)"));
}

}  // namespace
}  // namespace brygga::system_test
