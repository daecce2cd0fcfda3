#include "scheduler/cron.h"

#include <gtest/gtest.h>

namespace brygga::scheduler {
namespace {

Instant at(std::string_view text) { return *from_rfc3339(text); }

std::string next(std::string_view cron, std::string_view zone, std::string_view after) {
    const auto c = Cron::parse(cron, *Zone::find(zone));
    if (!c) return "malformed";
    const auto due = c->next_after(at(after));
    return due ? to_rfc3339(*due) : "never";
}

TEST(Cron, FieldsListsRangesAndSteps) {
    EXPECT_EQ(next("*/5 6-22 * * *", "Etc/UTC", "2026-03-01T22:57:00Z"), "2026-03-02T06:00:00.000Z");
    EXPECT_EQ(next("*/5 6-22 * * *", "Etc/UTC", "2026-03-01T07:02:10Z"), "2026-03-01T07:05:00.000Z");
    EXPECT_EQ(next("0,30 8 * * 1-5", "Etc/UTC", "2026-03-06T08:30:00Z"), "2026-03-09T08:00:00.000Z");
    EXPECT_EQ(next("0 0 1 1 *", "Etc/UTC", "2026-01-01T00:00:00Z"), "2027-01-01T00:00:00.000Z");
    EXPECT_EQ(next("0 12 * * 7", "Etc/UTC", "2026-03-06T00:00:00Z"), "2026-03-08T12:00:00.000Z");
}

TEST(Cron, DayOrWeekdayWhenBothAreRestricted) {
    EXPECT_EQ(next("0 0 13 * 5", "Etc/UTC", "2026-03-01T00:00:00Z"), "2026-03-06T00:00:00.000Z");
    EXPECT_EQ(next("0 0 4 * 5", "Etc/UTC", "2026-03-01T00:00:00Z"), "2026-03-04T00:00:00.000Z");
}

TEST(Cron, FollowsTheZoneThroughSavingChanges) {
    EXPECT_EQ(next("0 6 * * *", "Europe/Stockholm", "2026-03-28T05:00:01Z"), "2026-03-29T04:00:00.000Z");
    EXPECT_EQ(next("0 6 * * *", "Europe/Stockholm", "2026-10-24T04:00:01Z"), "2026-10-25T05:00:00.000Z");
    // 02:30 does not exist on 29 March: due at the end of the gap.
    EXPECT_EQ(next("30 2 * * *", "Europe/Stockholm", "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00.000Z");
    // 02:30 exists twice on 25 October: due once.
    EXPECT_EQ(next("30 2 * * *", "Europe/Stockholm", "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00.000Z");
    EXPECT_EQ(next("30 2 * * *", "Europe/Stockholm", "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00.000Z");
}

TEST(Cron, RefusesWhatIsNoSchedule) {
    for (const char* text : {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
                             "* * * * 8", "a * * * *", "5-1 * * * *", "*/0 * * * *", "1,,2 * * * *"})
        EXPECT_EQ(next(text, "Etc/UTC", "2026-03-01T00:00:00Z"), "malformed") << text;
    EXPECT_EQ(next("0 0 31 2 *", "Etc/UTC", "2026-03-01T00:00:00Z"), "never");
}

}  // namespace
}  // namespace brygga::scheduler
