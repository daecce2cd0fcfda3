#include "base/clock.h"

#include <fmt/format.h>

namespace brygga {

namespace {

using std::chrono::milliseconds;

/// Reads text from the left; every step says whether it fitted.
struct Reader {
    std::string_view text;

    bool digits(std::size_t count, int& value) noexcept {
        if (text.size() < count) return false;
        value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (text[i] < '0' || text[i] > '9') return false;
            value = value * 10 + (text[i] - '0');
        }
        text.remove_prefix(count);
        return true;
    }
    bool mark(char upper) noexcept {
        const char lower = upper >= 'A' && upper <= 'Z' ? static_cast<char>(upper + 32) : upper;
        if (text.empty() || (text[0] != upper && text[0] != lower)) return false;
        text.remove_prefix(1);
        return true;
    }
    /// ".123456789", cut to milliseconds; nothing to read is 0.
    bool fraction(int& ms) noexcept {
        ms = 0;
        if (!mark('.')) return true;
        std::size_t count = 0;
        for (int weight = 100; count < text.size() && text[count] >= '0' && text[count] <= '9'; ++count, weight /= 10)
            ms += (text[count] - '0') * weight;
        text.remove_prefix(count);
        return count >= 1 && count <= 9;
    }
    bool offset(int& minutes) noexcept {
        minutes = 0;
        if (mark('Z')) return true;
        const bool behind = !text.empty() && text[0] == '-';
        int hour = 0, minute = 0;
        if (!(mark('+') || mark('-')) || !digits(2, hour) || !mark(':') || !digits(2, minute)) return false;
        minutes = (hour * 60 + minute) * (behind ? -1 : 1);
        return hour <= 23 && minute <= 59;
    }
};

}  // namespace

Instant SystemClock::now() const {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

MonoTime SystemClock::mono() const { return std::chrono::steady_clock::now(); }

// The monotonic side does not start at zero, so that a test may look back.
ManualClock::ManualClock(Instant start) : wall_ms_{to_unix_ms(start)}, mono_ms_{1'000'000'000} {}

Instant ManualClock::now() const { return from_unix_ms(wall_ms_.load()); }

MonoTime ManualClock::mono() const { return MonoTime{milliseconds{mono_ms_.load()}}; }

void ManualClock::advance(milliseconds by) {
    wall_ms_ += by.count();
    mono_ms_ += by.count();
}

void ManualClock::jump(milliseconds by) { wall_ms_ += by.count(); }

std::string to_iso_date(Instant t) {
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(t)};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

std::string to_rfc3339(Instant t) {
    const std::chrono::hh_mm_ss time{t - std::chrono::floor<std::chrono::days>(t)};
    return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", to_iso_date(t), time.hours().count(), time.minutes().count(),
                       time.seconds().count(), time.subseconds().count());
}

std::optional<Instant> from_rfc3339(std::string_view text) noexcept {
    Reader in{text};
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0, offset = 0;
    const bool read = in.digits(4, year) && in.mark('-') && in.digits(2, month) && in.mark('-') && in.digits(2, day) &&
                      in.mark('T') && in.digits(2, hour) && in.mark(':') && in.digits(2, minute) && in.mark(':') &&
                      in.digits(2, second) && in.fraction(ms) && in.offset(offset) && in.text.empty();
    if (!read || year < 1 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok()) return std::nullopt;
    return Instant{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute - offset} +
           std::chrono::seconds{second} + milliseconds{ms};
}

}  // namespace brygga
