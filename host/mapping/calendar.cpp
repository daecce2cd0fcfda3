#include "mapping/calendar.h"

#include <algorithm>
#include <string>

namespace brygga::mapping {

namespace {

using std::chrono::days, std::chrono::months, std::chrono::year, std::chrono::year_month, std::chrono::year_month_day;

constexpr Day first_day{year{1} / 1 / 1}, last_day{year{9999} / 12 / 31};
constexpr std::int64_t most_days = 4'000'000, most_months = 120'000;

LocalTime fields(Instant wall_clock) {
    const Day day = day_of(wall_clock);
    const year_month_day date{day};
    const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(wall_clock - day)};
    return {static_cast<int>(date.year()),
            static_cast<int>(static_cast<unsigned>(date.month())),
            static_cast<int>(static_cast<unsigned>(date.day())),
            static_cast<int>(time.hours().count()),
            static_cast<int>(time.minutes().count()),
            static_cast<int>(time.seconds().count())};
}

Instant joined(const LocalTime& l) {
    return std::chrono::sys_days{year{l.year} / l.month / l.day} + std::chrono::hours{l.hour} +
           std::chrono::minutes{l.minute} + std::chrono::seconds{l.second};
}

}  // namespace

bool in_range(Day day) noexcept { return day >= first_day && day <= last_day; }
Day day_of(Instant t) noexcept { return std::chrono::floor<days>(t); }

std::optional<Day> parse_iso_date(std::string_view text) noexcept {
    constexpr std::string_view form = "dddd-dd-dd";
    if (text.size() != form.size()) return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t count) {
        int n = 0;
        for (const char c : text.substr(at, count)) n = n * 10 + (c - '0');
        return n;
    };
    const year_month_day date{year{number(0, 4)}, std::chrono::month{static_cast<unsigned>(number(5, 2))},
                              std::chrono::day{static_cast<unsigned>(number(8, 2))}};
    if (!date.ok() || !in_range(Day{date})) return std::nullopt;
    return Day{date};
}

bool has_offset(std::string_view text) noexcept {
    const std::size_t time = text.find_first_of("Tt ");
    return time != std::string_view::npos && text.find_first_of("Zz+-", time) != std::string_view::npos;
}

std::optional<Instant> parse_iso_timestamp(std::string_view text, const std::optional<Zone>& zone) {
    constexpr std::size_t date_length = 10, to_minutes = 16, longest = 40;
    if (text.size() > longest) return std::nullopt;
    std::string full{text};
    if (full.size() == date_length) full += "T00:00:00";
    if (full.size() > date_length && full[date_length] == ' ') full[date_length] = 'T';
    if (full.size() == to_minutes || (full.size() > to_minutes && full[to_minutes] != ':'))
        full.insert(to_minutes, ":00");
    if (has_offset(full)) return from_rfc3339(full);
    const auto wall_clock = from_rfc3339(full + "Z");
    if (!wall_clock || !zone) return std::nullopt;
    return from_local(*zone, *wall_clock);
}

Instant to_local(const Zone& zone, Instant t) {
    const auto fraction = t - std::chrono::floor<std::chrono::seconds>(t);
    return joined(zone.local(t)) + fraction;
}

Instant from_local(const Zone& zone, Instant wall_clock) {
    const auto fraction = wall_clock - std::chrono::floor<std::chrono::seconds>(wall_clock);
    const Instant found = zone.instant(fields(wall_clock));
    if (to_local(zone, found) + fraction == wall_clock) return found + fraction;
    // In a gap the zone answers with its end; the clock just before it shows where the gap began.
    const Instant gap_begin = to_local(zone, found - std::chrono::seconds{1}) + std::chrono::seconds{1};
    return found + (wall_clock - gap_begin);
}

std::optional<Day> add_days(Day day, std::int64_t count) noexcept {
    if (count > most_days || count < -most_days) return std::nullopt;
    const Day moved = day + days{count};
    return in_range(moved) ? std::optional{moved} : std::nullopt;
}

std::optional<Day> add_months(Day day, std::int64_t count) noexcept {
    if (count > most_months || count < -most_months) return std::nullopt;
    const year_month_day date{day};
    const year_month month = year_month{date.year(), date.month()} + months{count};
    const auto last = (month / std::chrono::last).day();
    const Day moved{month / std::min(date.day(), last)};
    return in_range(moved) ? std::optional{moved} : std::nullopt;
}

}  // namespace brygga::mapping
