#include "translate.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "entity/order.h"
#include "paths.h"
#include "vendor.h"

namespace brygga::ccvshop {
namespace {

Json read_json(const std::filesystem::path& path) {
    std::ifstream file{path};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    auto parsed = Json::parse(text);
    EXPECT_TRUE(parsed.has_value()) << path;
    return parsed.value_or(Json{});
}

std::vector<std::filesystem::path> recordings() {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry :
         std::filesystem::directory_iterator{std::filesystem::path{BRYGGA_SOURCE_DIR} / "plugins/ccvshop/recordings"})
        if (entry.path().extension() == ".json") paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// Where `actual` differs from what is expected; members that are not expected are free, items of arrays are not.
std::string difference(const Json& expected, const Json& actual, const std::string& at) {
    if (expected.is_object() && actual.is_object() && expected.size() > 0) {
        std::string out;
        for (const Json::Member& member : expected.members())
            out += difference(member.value, actual[member.name], at + "." + member.name);
        return out;
    }
    if (expected == actual) return {};
    return at + ": expected " + expected.pretty() + "\n got " + actual.pretty() + "\n";
}

class Recording : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(Recording, BecomesTheExpectedOrder) {
    const Json recording = read_json(GetParam());
    const Json order = to_order(recording["order"], recording["rows"]);
    EXPECT_EQ(difference(recording["expect"], order, "order"), "");
}

TEST_P(Recording, IsAnOrderForTheHostAndKeepsTheArithmetic) {
    const Json recording = read_json(GetParam());
    const auto order = entity::parse_order(to_order(recording["order"], recording["rows"]));
    ASSERT_TRUE(order) << order.error().message;
    Decimal sum;
    for (const entity::OrderLine& line : order->lines) {
        sum += line.total;
        EXPECT_EQ((line.quantity * line.unit_price).round(2) - line.discount, line.total) << line.name;
        EXPECT_FALSE(line.discount.is_negative());
    }
    if (recording["lines_make_gross"].boolean()) {
        EXPECT_EQ(sum, order->stated_gross);
    }
}

INSTANTIATE_TEST_SUITE_P(All, Recording, ::testing::ValuesIn(recordings()),
                         [](const auto& param) { return param.param.stem().string(); });

TEST(Amount, IsExactAndRoundsTheTailsOfBinaryFractions) {
    const auto read = [](std::string_view text) { return amount(*Json::parse(text)); };
    EXPECT_EQ(read("12.345678"), Decimal::scaled(12'345'678, 6));
    EXPECT_EQ(read("56.299999999999997"), Decimal::scaled(563, 1));
    EXPECT_EQ(read("-0.30000000000000004"), Decimal::scaled(-3, 1));
    EXPECT_EQ(read("5.5511151231258e-17"), Decimal{});
    EXPECT_EQ(read("1.2345678901234e-3"), Decimal::scaled(1'234'568, 9));
    EXPECT_EQ(read("\"19.90\""), Decimal::scaled(199, 1));
    for (const char* text :
         {"null", "\"\"", "\"12,50\"", "true", "1e12", "1000000000", "\"1.2.3\"", "\"0x10\"", "[1]", "\"-\""})
        EXPECT_EQ(read(text), std::nullopt) << text;
    EXPECT_EQ(read("999999999"), Decimal{999'999'999});
}

TEST(Basket, IsNotCompletedOrHasNeitherStatusNorNumber) {
    EXPECT_TRUE(is_basket(*Json::parse(R"({"is_completed":false,"status":null})")));
    EXPECT_TRUE(is_basket(*Json::parse(R"({"status":null,"ordernumber_full":null})")));
    EXPECT_FALSE(is_basket(*Json::parse(R"({"is_completed":true,"status":null})")));
    EXPECT_FALSE(is_basket(*Json::parse(R"({"status":1})")));
}

TEST(Status, HasANameForEveryNumberAndNoneForOthers) {
    const std::vector<std::string> names{"new",       "processing", "backorder", "awaiting_payment", "shipped",
                                         "delivered", "completed",  "cancelled", "backorder",        "processing",
                                         "ready",     "processing", "backorder", "reserved"};
    for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(order_status(std::to_string(i + 1)), names[i]);
    EXPECT_EQ(order_status("15"), "15");
    EXPECT_EQ(order_status(""), "");
}

TEST(Revision, ChangesWithAnyMember) {
    const Json order = *Json::parse(R"({"id":1,"paid":false,"customer":{"email":"a@example.com"}})");
    Json other = order;
    other.set("paid", true);
    EXPECT_NE(revision_of(order), revision_of(other));
    other = order;
    other.member("customer").set("email", "b@example.com");
    EXPECT_NE(revision_of(order), revision_of(other));
    EXPECT_EQ(revision_of(order).size(), 16u);
    EXPECT_EQ(revision_of(order), revision_of(Json{order}));
}

TEST(Id, IsDigitsOnly) {
    EXPECT_EQ(id_of(*Json::parse(R"({"id":340000123})")), "340000123");
    EXPECT_EQ(id_of(*Json::parse(R"({"id":"24000111"})")), "24000111");
    for (const char* text : {R"({"id":"../users"})", R"({"id":-1})", R"({"id":1.5})", R"({"id":""})", "{}",
                             R"({"id":"12345678901234567890"})"})
        EXPECT_EQ(id_of(*Json::parse(text)), "") << text;
}

TEST(Html, IsReadAsWhatItShows) {
    for (const auto& [html, shown] : std::initializer_list<std::pair<const char*, const char*>>{
             {"", ""},
             {"5 < 6 & 7 > 3", "5 < 6 & 7 > 3"},
             {"<p>Een</p><p>twee<br/>drie</p>", "Een twee drie"},
             {"half<b>vet</b>", "halfvet"},
             {"<!-- not --> shown <!-", "shown"},
             {"a<script>if (a<b) {}</script>b", "a b"},
             {"&eacute;&#233;&#xE9;&amp;eacute;&nbsp;&unknown;&", "ééé&eacute; &unknown;&"},
             {"&#0;&#xD800;&#99999999999;&#x110000;.", "&#99999999999; ."},
             {"end <b", "end"},
             {"<", "<"},
             {" \t\r\n ", ""}})
        EXPECT_EQ(shown_text(html), shown) << html;
    EXPECT_LE(shown_text(std::string(100'000, 'a')).size(), longest_text);
    EXPECT_LE(shown_text(std::string(100'000, '<')).size(), longest_text);
}

TEST(Text, IsCutBetweenCharacters) {
    EXPECT_EQ(text_of(Json{"ab\xC3\xA5"}, 3), "ab");
    EXPECT_EQ(text_of(Json{"ab\xC3\xA5"}, 4), "ab\xC3\xA5");
    EXPECT_EQ(text_of(Json{" \t\n"}), "");
}

TEST(Order, OfHostileShapesStaysADocument) {
    for (const char* text :
         {"{}", "[]", "null", "7", R"({"customer":[],"user":"x","discountcoupon":3,"pickup_address":[1]})",
          R"({"total_shipping":"abc","status":{},"id":{},"customer":{"billingaddress":null}})"}) {
        const Json order =
            to_order(*Json::parse(text), *Json::parse(R"([null,[],{"count":0,"price":5,"total_price":1},"x"])"));
        EXPECT_TRUE(order.is_object());
        EXPECT_FALSE(entity::parse_order(order));
    }
}

TEST(Order, OfHugeNumbersDoesNotOverflow) {
    const Json rows = *Json::parse(
        R"([{"count":999999999.999999999,"price":999999999.999999999,"discount":0.000000001,"tax":21},
            {"count":0.000000001,"total_price_with_attributes":999999999,"tax":21},
            {"count":0,"total_price_with_attributes":5,"price":1,"tax":21}])");
    const Json lines = to_order(Json::object(), rows)["lines"];
    EXPECT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines.at(2)["quantity"].integer(0), 1);
    EXPECT_EQ(lines.at(2)["unit_price"].integer(0), 5);
}

}  // namespace
}  // namespace brygga::ccvshop
