// Cron: when a schedule of five fields (minute hour day month weekday; crontab(5)) is due next, in a time zone.
// A cheap value; pure. At a daylight saving change a local time that does not exist is due at the end of the
// gap, and one that exists twice is due once.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "base/zone.h"

namespace brygga::scheduler {

class Cron {
public:
    /// Fields: *, numbers, ranges a-b, steps /n, lists with commas; 7 is Sunday too. Nothing when malformed.
    static std::optional<Cron> parse(std::string_view text, Zone zone);

    /// The first due instant after t; nothing when none comes within five years (31 February).
    std::optional<Instant> next_after(Instant t) const;

private:
    explicit Cron(Zone zone) : zone_{zone} {}
    bool day_matches(const LocalTime& l) const;

    Zone zone_;
    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;
    std::bitset<13> months_;
    std::bitset<8> weekdays_;
    bool any_day_ = false, any_weekday_ = false;
};

}  // namespace brygga::scheduler
