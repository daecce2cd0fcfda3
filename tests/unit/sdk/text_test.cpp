#include "brygga/sdk/text.hpp"

#include <gtest/gtest.h>

namespace brygga {
namespace {

TEST(Text, PercentEncodingLeavesUnreservedCharacters) {
    EXPECT_EQ(percent_encoded("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(percent_encoded("a b&c=å/'"), "a%20b%26c%3D%C3%A5%2F%27");
    EXPECT_EQ(percent_encoded(std::string_view{"\0\xff", 2}), "%00%FF");
    EXPECT_EQ(percent_encoded("a,b'c", ",'"), "a,b'c");
    std::string out = "q=";
    append_percent_encoded(out, "å");
    EXPECT_EQ(out, "q=%C3%A5");
}

TEST(Text, ComparesAsPeopleDo) {
    EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
    EXPECT_EQ(trimmed(" \n"), "");
    EXPECT_TRUE(same_text(" Denmark", "dENMARK "));
    EXPECT_FALSE(same_text("Å", "å")) << "only ASCII";
    EXPECT_FALSE(same_text("a", "ab"));
}

TEST(Text, ReadsInstantsAndDates) {
    EXPECT_EQ(instant_ms("1970-01-01"), 0);
    EXPECT_EQ(instant_ms("1970-01-02T00:00:01Z"), 86'401'000);
    EXPECT_EQ(instant_ms("1970-01-01T00:00:00.25Z"), 250);
    EXPECT_EQ(instant_ms("1970-01-01T00:00:00.123456Z"), 123);
    EXPECT_EQ(instant_ms("2024-02-29").has_value(), true);
    for (const char* wrong : {"", "yesterday", "2026-02-29", "2026-13-01", "2026/01/01", "2026-09-14T24:00:00Z",
                              "2026-09-14T12:60:00Z", "2026-09-1", "2026-09-14T1"})
        EXPECT_FALSE(instant_ms(wrong)) << wrong;
}

TEST(Text, WritesThem) {
    EXPECT_EQ(date_text(-1), "1969-12-31");
    EXPECT_EQ(instant_text(86'401'250), "1970-01-02T00:00:01Z");
    EXPECT_EQ(instant_text(86'401'250, true), "1970-01-02T00:00:01.250Z");
    for (const std::int64_t ms : {std::int64_t{0}, std::int64_t{951'782'399'999}, std::int64_t{-62'135'596'800'000}})
        EXPECT_EQ(instant_ms(instant_text(ms, true)), ms);
}

}  // namespace
}  // namespace brygga
