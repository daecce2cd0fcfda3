#include "base/zone.h"

#include <date/tz.h>
#include <fmt/format.h>

namespace brygga {

std::optional<Zone> Zone::find(std::string_view name) {
    try {
        return Zone{date::locate_zone(std::string{name})};
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

Zone Zone::utc() { return Zone{date::locate_zone("Etc/UTC")}; }

std::string Zone::name() const { return zone_->name(); }

LocalTime Zone::local(Instant t) const {
    const auto local = zone_->to_local(t);
    const auto day = date::floor<date::days>(local);
    const date::year_month_day ymd{day};
    const date::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(local - day)};
    return {static_cast<int>(ymd.year()),
            static_cast<int>(static_cast<unsigned>(ymd.month())),
            static_cast<int>(static_cast<unsigned>(ymd.day())),
            static_cast<int>(time.hours().count()),
            static_cast<int>(time.minutes().count()),
            static_cast<int>(time.seconds().count()),
            static_cast<int>(date::weekday{day}.c_encoding())};
}

Instant Zone::instant(const LocalTime& l) const {
    const auto local = date::local_days{date::year{l.year} / l.month / l.day} + std::chrono::hours{l.hour} +
                       std::chrono::minutes{l.minute} + std::chrono::seconds{l.second};
    return std::chrono::time_point_cast<std::chrono::milliseconds>(zone_->to_sys(local, date::choose::earliest));
}

std::string Zone::iso_date(Instant t) const {
    const LocalTime l = local(t);
    return fmt::format("{:04}-{:02}-{:02}", l.year, l.month, l.day);
}

}  // namespace brygga
