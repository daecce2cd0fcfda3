#include "base/expected.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace brygga {
namespace {

Expected<int> half(int value) {
    if (value % 2 != 0) return Error{ErrorClass::rejected, "odd", "The number is odd.", "Take an even one."};
    return value / 2;
}

TEST(Expected, HoldsAValueOrAnError) {
    const Expected<int> good = half(8);
    ASSERT_TRUE(good.ok());
    EXPECT_TRUE(static_cast<bool>(good));
    EXPECT_EQ(*good, 4);
    const Expected<int> bad = half(7);
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().code, "odd");
}

TEST(Expected, MovesOut) {
    Expected<std::unique_ptr<int>> owner{std::make_unique<int>(5)};
    const std::unique_ptr<int> taken = *std::move(owner);
    EXPECT_EQ(*taken, 5);
    Expected<int> failed{Error{ErrorClass::bug, "x", std::string(100, 'm'), ""}};
    const Error error = std::move(failed).error();
    EXPECT_EQ(error.message.size(), 100u);
}

TEST(Expected, OfNothingIsOkByDefault) {
    EXPECT_TRUE(Expected<void>{}.ok());
    const Expected<void> failed{Error{}};
    EXPECT_FALSE(failed.ok());
}

TEST(Expected, ReachesMembers) {
    Expected<std::string> text{std::string{"abc"}};
    EXPECT_EQ(text->size(), 3u);
    *text += "d";
    EXPECT_EQ(text.value(), "abcd");
}

}  // namespace
}  // namespace brygga
