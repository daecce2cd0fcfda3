// Zone: an IANA time zone, for local dates and for schedules. Reads the system's time zone database once.
// A cheap value; safe on any thread. Local times in a gap move to its end, in an overlap the earlier is taken.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace date {
class time_zone;
}

namespace brygga {

/// A wall clock reading; weekday counts from Sunday = 0.
struct LocalTime {
    int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, weekday = 4;
};

class Zone {
public:
    /// Nothing when the database has no zone of this name.
    static std::optional<Zone> find(std::string_view name);
    static Zone utc();

    std::string name() const;
    LocalTime local(Instant t) const;
    Instant instant(const LocalTime& local) const;
    /// "2026-01-14"
    std::string iso_date(Instant t) const;

private:
    explicit Zone(const date::time_zone* zone) : zone_{zone} {}
    const date::time_zone* zone_;
};

}  // namespace brygga
