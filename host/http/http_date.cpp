#include "http/http_date.h"

#include <algorithm>
#include <charconv>

namespace brygga::http {

namespace {

using std::chrono::milliseconds;

bool number(std::string_view text, int& value) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value >= 0;
}

}  // namespace

std::optional<Instant> from_http_date(std::string_view text) noexcept {
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return std::nullopt;
    const auto month = months.find(text.substr(8, 3));
    int day = 0, year = 0, hour = 0, minute = 0, second = 0;
    const bool numbers = number(text.substr(5, 2), day) && number(text.substr(12, 4), year) &&
                         number(text.substr(17, 2), hour) && number(text.substr(20, 2), minute) &&
                         number(text.substr(23, 2), second);
    if (!numbers || month == std::string_view::npos || month % 3 != 0) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month / 3 + 1)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return Instant{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second};
}

std::optional<milliseconds> retry_after(const Response& response, Instant now) noexcept {
    const std::string_view text = response.header("retry-after");
    std::optional<milliseconds> wait;
    if (const auto at = from_http_date(text)) {
        wait = *at - now;
    } else if (!text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        int seconds = 3600;  // what is too long for an int is more than the cap
        if (text.size() < 9) number(text, seconds);
        wait = std::chrono::seconds{seconds};
    }
    if (!wait) return std::nullopt;
    return std::clamp<milliseconds>(*wait, std::chrono::seconds{1}, std::chrono::hours{1});
}

std::optional<milliseconds> clock_skew(const Response& response, std::string_view date_header, Instant now) noexcept {
    std::optional<Instant> theirs;
    if (!date_header.empty()) theirs = from_rfc3339(response.header(date_header));
    if (!theirs) theirs = from_http_date(response.header("date"));
    if (!theirs) return std::nullopt;
    return *theirs - now;
}

}  // namespace brygga::http
