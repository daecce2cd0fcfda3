// Calendar: dates and instants in ISO 8601 and in zones, and counting with them. Pure; years 1 to 9999.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/zone.h"

namespace brygga::mapping {

using Day = std::chrono::sys_days;

/// "2026-01-14"
std::optional<Day> parse_iso_date(std::string_view text) noexcept;
/// RFC 3339; without offset ("2026-01-14T13:05", "2026-01-14") it is a wall clock reading in the zone.
std::optional<Instant> parse_iso_timestamp(std::string_view text, const std::optional<Zone>& zone);
/// Whether the ISO text says by itself which instant it is.
bool has_offset(std::string_view text) noexcept;

/// The instant of a wall clock reading, given as if it were UTC. In a gap it shifts forward by the gap's length, in an
/// overlap the earlier instant is taken.
Instant from_local(const Zone& zone, Instant wall_clock);
/// What the wall clock shows, as if it were UTC.
Instant to_local(const Zone& zone, Instant t);

std::optional<Day> add_days(Day day, std::int64_t days) noexcept;
/// The same day of the month, or the month's last.
std::optional<Day> add_months(Day day, std::int64_t months) noexcept;

/// In the years 1 to 9999.
bool in_range(Day day) noexcept;
Day day_of(Instant t) noexcept;

}  // namespace brygga::mapping
