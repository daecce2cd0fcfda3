#include "mapping/shape.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "brygga/sdk/json.hpp"
#include "paths.h"

namespace brygga::mapping {
namespace {

Json schema() {
    std::ifstream file{BRYGGA_SOURCE_DIR "/plugin-api/schema/order.schema.json"};
    std::ostringstream text;
    text << file.rdbuf();
    return *Json::parse(text.str());
}

/// Follows a reference into the schema's definitions.
const Json& resolved(const Json& root, const Json& part) {
    const std::string_view reference = part["$ref"].string();
    if (reference.empty()) return part;
    return root["definitions"][reference.substr(reference.rfind('/') + 1)];
}

const std::set<std::string_view> computed{"totals", "delivery", "tax_country"};

void expect_same(const Json& root, const Json& part, const Shape& shape, const std::string& at) {
    const Json& s = resolved(root, part);
    if (s.has("properties")) {
        ASSERT_EQ(shape.kind, Kind::object) << at;
        for (const auto& [name, member] : s["properties"].members()) {
            const Shape* inner = shape.member(name);
            ASSERT_NE(inner, nullptr) << at << '.' << name;
            expect_same(root, member, *inner, at + "." + name);
        }
        for (const Member& m : shape.members)
            EXPECT_TRUE(s["properties"].has(m.name) || computed.contains(m.name)) << at << '.' << m.name;
    } else if (s["type"].string() == "array") {
        ASSERT_EQ(shape.kind, Kind::list) << at;
        expect_same(root, s["items"], *shape.item, at + "[]");
    } else if (s["type"].string() == "boolean") {
        EXPECT_EQ(shape.kind, Kind::boolean) << at;
    } else if (part["$ref"].string().ends_with("/decimal")) {
        EXPECT_EQ(shape.kind, Kind::decimal) << at;
    } else if (part["$ref"].string().ends_with("/instant")) {
        EXPECT_EQ(shape.kind, Kind::timestamp) << at;
    } else if (s["type"].string() == "string" || s.has("enum")) {
        EXPECT_EQ(shape.kind, Kind::string) << at;
    } else {
        EXPECT_EQ(shape.kind, Kind::any) << at;
    }
}

TEST(Shape, OfTheOrderIsThatOfItsSchema) {
    const Json root = schema();
    expect_same(root, root, shapes::order(), "order");
}

TEST(Shape, OfTheOrderHasComputedTotals) {
    const Shape* totals = shapes::order().member("totals");
    ASSERT_NE(totals, nullptr);
    EXPECT_EQ(totals->member("gross")->kind, Kind::decimal);
    EXPECT_EQ(totals->member("taxes")->item->member("rate")->kind, Kind::decimal);
}

TEST(Shape, JoinedKeepsWhatBothAre) {
    EXPECT_EQ(join(&shapes::string, &shapes::string), &shapes::string);
    EXPECT_EQ(join(&shapes::string, &shapes::decimal), &shapes::any);
    EXPECT_EQ(join(&shapes::null, &shapes::decimal), &shapes::decimal);
    EXPECT_EQ(join(&shapes::decimal, &shapes::never), &shapes::decimal);
    EXPECT_EQ(join(&shapes::never, &shapes::string), &shapes::string);
    EXPECT_EQ(join(&shapes::texts, &shapes::decimals), &shapes::list);
    EXPECT_EQ(join(&shapes::order(), &shapes::object), &shapes::object);
}

}  // namespace
}  // namespace brygga::mapping
