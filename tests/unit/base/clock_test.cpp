#include "base/clock.h"

#include <gtest/gtest.h>

namespace brygga {
namespace {

using std::chrono::milliseconds;

TEST(Clock, PrintsUtcWithMilliseconds) {
    EXPECT_EQ(to_rfc3339(from_unix_ms(1'768'395'922'000)), "2026-01-14T13:05:22.000Z");
    EXPECT_EQ(to_rfc3339(from_unix_ms(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_rfc3339(from_unix_ms(-1)), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(to_iso_date(from_unix_ms(-1)), "1969-12-31");
}

TEST(Clock, ReadsZonesAndFractions) {
    const auto ms = [](std::string_view text) { return to_unix_ms(from_rfc3339(text).value()); };
    EXPECT_EQ(ms("2026-01-14T13:05:22Z"), 1'768'395'922'000);
    EXPECT_EQ(ms("2026-01-14t13:05:22z"), 1'768'395'922'000);
    EXPECT_EQ(ms("2026-01-14T14:05:22+01:00"), 1'768'395'922'000);
    EXPECT_EQ(ms("2026-01-14T09:35:22-03:30"), 1'768'395'922'000);
    EXPECT_EQ(ms("2026-01-14T13:05:22.5Z"), 1'768'395'922'500);
    EXPECT_EQ(ms("2026-01-14T13:05:22.123999999Z"), 1'768'395'922'123);
    EXPECT_EQ(ms("2024-02-29T00:00:00Z"), 1'709'164'800'000);
}

TEST(Clock, RefusesWhatIsNotATime) {
    for (const std::string_view text :
         {"", "2026-01-14", "2026-01-14 13:05:22Z", "2026-01-14T13:05:22", "2026-01-14T13:05:22+0100",
          "2026-1-14T13:05:22Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-14T24:00:00Z",
          "2026-01-14T13:60:00Z", "2026-01-14T13:05:60Z", "2026-01-14T13:05:22.Z", "2026-01-14T13:05:22.1234567890Z",
          "2026-01-14T13:05:22Z ", "2026-01-14T13:05:22+24:00", "0000-01-01T00:00:00Z", "-026-01-14T13:05:22Z",
          "20260-01-14T13:05:22Z", "2026-01-14T13:05:22ZZ"})
        EXPECT_FALSE(from_rfc3339(text)) << text;
}

TEST(Clock, RoundTrips) {
    for (std::int64_t t = -62'135'596'800'000; t < 253'402'300'800'000; t += 86'400'000LL * 373 + 12'345)
        ASSERT_EQ(to_unix_ms(from_rfc3339(to_rfc3339(from_unix_ms(t))).value()), t);
}

TEST(Clock, ManualMovesOnlyWhenTold) {
    ManualClock clock{from_unix_ms(1000)};
    const MonoTime start = clock.mono();
    EXPECT_EQ(clock.now(), from_unix_ms(1000));
    clock.advance(milliseconds{250});
    EXPECT_EQ(clock.now(), from_unix_ms(1250));
    EXPECT_EQ(clock.mono() - start, milliseconds{250});
    clock.jump(milliseconds{-1000});
    EXPECT_EQ(clock.now(), from_unix_ms(250));
    EXPECT_EQ(clock.mono() - start, milliseconds{250});
}

TEST(Clock, SystemClockNeverGoesBackOnItsMonotonicSide) {
    const SystemClock clock;
    const MonoTime first = clock.mono();
    EXPECT_GE(clock.mono(), first);
    EXPECT_GT(clock.now(), from_unix_ms(1'700'000'000'000));
}

}  // namespace
}  // namespace brygga
