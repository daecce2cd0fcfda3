#include "settings/difference.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace brygga::settings {
namespace {

TEST(Difference, ShowsEachChangeWithThreeLinesAround) {
    EXPECT_EQ(difference("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "a", "b"),
              "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
    EXPECT_EQ(difference("same\n", "same\n", "a", "b"), "");
}

TEST(Difference, AtTheEndsAndOfNothing) {
    EXPECT_EQ(difference("", "1\n", "a", "b"), "--- a\n+++ b\n@@ -0,0 +1 @@\n+1\n");
    EXPECT_EQ(difference("1\n", "", "a", "b"), "--- a\n+++ b\n@@ -1 +0,0 @@\n-1\n");
    EXPECT_EQ(difference("1\n2\n", "0\n1\n2\n3\n", "a", "b"), "--- a\n+++ b\n@@ -1,2 +1,4 @@\n+0\n 1\n 2\n+3\n");
}

TEST(Difference, ChangesFarApartStandAlone) {
    std::string a, b;
    for (int i = 1; i <= 20; ++i) {
        a += std::to_string(i) + "\n";
        b += (i == 2 || i == 19 ? "x" : "") + std::to_string(i) + "\n";
    }
    EXPECT_EQ(difference(a, b, "a", "b"),
              "--- a\n+++ b\n@@ -1,5 +1,5 @@\n 1\n-2\n+x2\n 3\n 4\n 5\n"
              "@@ -16,5 +16,5 @@\n 16\n 17\n 18\n-19\n+x19\n 20\n");
    // Six lines between two changes are shown once, seven are not.
    EXPECT_EQ(difference("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n", "a", "b"),
              "--- a\n+++ b\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
    EXPECT_EQ(difference("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n", "a", "b"),
              "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

TEST(Difference, OfTwoLargeTextsIsBounded) {
    std::string a = "head\n", b = "head\n";
    for (int i = 0; i < 20'000; ++i) {
        a += "a" + std::to_string(i) + "\n";
        b += "b" + std::to_string(i) + "\n";
    }
    const std::string all = difference(a + "tail\n", b + "tail\n", "a", "b");
    EXPECT_EQ(std::ranges::count(all, '\n'), 3 + 2 + 40'000);
    EXPECT_TRUE(all.ends_with("+b19999\n tail\n"));
}

}  // namespace
}  // namespace brygga::settings
