#include "scheduler/cron.h"

#include <array>
#include <charconv>
#include <chrono>

namespace brygga::scheduler {

namespace {

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// One comma-separated part: "*", "5", "1-5", "*/15", "8-18/2".
template <std::size_t N>
bool add_part(std::string_view part, int low, int high, std::bitset<N>& out) {
    int step = 1;
    if (const auto slash = part.find('/'); slash != std::string_view::npos) {
        const auto n = number(part.substr(slash + 1));
        if (!n || *n < 1) return false;
        step = *n;
        part = part.substr(0, slash);
    }
    int from = low, to = high;
    if (part != "*") {
        const auto dash = part.find('-');
        const auto first = number(part.substr(0, dash));
        if (!first) return false;
        from = *first;
        to = step > 1 ? high : from;
        if (dash != std::string_view::npos) {
            const auto last = number(part.substr(dash + 1));
            if (!last) return false;
            to = *last;
        }
    }
    if (from < low || to > high || from > to) return false;
    for (int i = from; i <= to; i += step) out.set(static_cast<std::size_t>(i));
    return true;
}

template <std::size_t N>
bool parse_field(std::string_view field, int low, int high, std::bitset<N>& out) {
    for (;;) {
        const auto comma = field.find(',');
        if (!add_part(field.substr(0, comma), low, high, out)) return false;
        if (comma == std::string_view::npos) return true;
        field = field.substr(comma + 1);
    }
}

}  // namespace

std::optional<Cron> Cron::parse(std::string_view text, Zone zone) {
    std::array<std::string_view, 5> fields;
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto start = text.find_first_not_of(" \t", at);
        if (start == std::string_view::npos) break;
        const auto end = std::min(text.find_first_of(" \t", start), text.size());
        if (count == fields.size()) return std::nullopt;
        fields[count++] = text.substr(start, end - start);
        at = end;
    }
    if (count != fields.size()) return std::nullopt;

    Cron c{zone};
    if (!parse_field(fields[0], 0, 59, c.minutes_) || !parse_field(fields[1], 0, 23, c.hours_) ||
        !parse_field(fields[2], 1, 31, c.days_) || !parse_field(fields[3], 1, 12, c.months_) ||
        !parse_field(fields[4], 0, 7, c.weekdays_))
        return std::nullopt;
    if (c.weekdays_[7]) c.weekdays_.set(0);
    c.any_day_ = fields[2] == "*";
    c.any_weekday_ = fields[4] == "*";
    return c;
}

// crontab(5): with both fields restricted, either may match.
bool Cron::day_matches(const LocalTime& l) const {
    const bool day = days_[static_cast<std::size_t>(l.day)], weekday = weekdays_[static_cast<std::size_t>(l.weekday)];
    if (any_day_ || any_weekday_) return day && weekday;
    return day || weekday;
}

std::optional<Instant> Cron::next_after(Instant t) const {
    using namespace std::chrono;
    const LocalTime start = zone_.local(t);
    // Noon of each day from today on: a day step in local time that no saving change can upset.
    Instant noon = zone_.instant({start.year, start.month, start.day, 12, 0, 0, 0});
    for (int day = 0; day < 5 * 366; ++day, noon += hours{24}) {
        const LocalTime l = zone_.local(noon);
        if (!months_[static_cast<std::size_t>(l.month)] || !day_matches(l)) continue;
        for (int hour = 0; hour < 24; ++hour) {
            if (!hours_[static_cast<std::size_t>(hour)]) continue;
            for (int minute = 0; minute < 60; ++minute) {
                if (!minutes_[static_cast<std::size_t>(minute)]) continue;
                const Instant due = zone_.instant({l.year, l.month, l.day, hour, minute, 0, 0});
                if (due > t) return due;
            }
        }
    }
    return std::nullopt;
}

}  // namespace brygga::scheduler
