#include "brygga/sdk/paths.hpp"

#include <gtest/gtest.h>

namespace brygga {
namespace {

Json object(const char* text) { return Json::parse(text).value(); }

TEST(Paths, FindWhatIsThere) {
    const Json order = object(R"({"address":{"city":"Lund"},"name":null})");
    ASSERT_TRUE(at_path(order, "address.city"));
    EXPECT_EQ(at_path(order, "address.city")->string(), "Lund");
    ASSERT_TRUE(at_path(order, "name"));
    for (const char* none : {"city", "address.city.part", "address.", ".address", "", "name.first"})
        EXPECT_FALSE(at_path(order, none)) << none;
}

TEST(Paths, SetMakesTheObjectsOnTheWay) {
    Json order = object(R"({"address":{"city":"Lund"}})");
    set_path(order, "address.country", "SE");
    set_path(order, "delivery.point.id", 7);
    set_path(order, "number", "1");
    EXPECT_EQ(order.dump(), R"({"address":{"city":"Lund","country":"SE"},"delivery":{"point":{"id":7}},"number":"1"})");
}

TEST(Paths, EraseLeavesTheRest) {
    Json order = object(R"({"address":{"city":"Lund"},"number":"1"})");
    erase_path(order, "address.none");
    erase_path(order, "none.city");
    erase_path(order, "address.city");
    EXPECT_EQ(order.dump(), R"({"address":{},"number":"1"})");
    erase_path(order, "number");
    EXPECT_EQ(order.dump(), R"({"address":{}})");
}

}  // namespace
}  // namespace brygga
