// Texts and instants as most vendors write them. Pure functions; they take any text and never fail.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace brygga {

/// RFC 3986: every byte but unreserved characters, and those of `also`, becomes %XX.
inline void append_percent_encoded(std::string& out, std::string_view text, std::string_view also = {}) {
    static constexpr char hex[] = "0123456789ABCDEF";
    static constexpr std::string_view marks = "-._~";
    for (const char c : text) {
        const bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (letter || marks.find(c) != std::string_view::npos || also.find(c) != std::string_view::npos) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
}
inline std::string percent_encoded(std::string_view text, std::string_view also = {}) {
    std::string out;
    out.reserve(text.size() * 2);
    append_percent_encoded(out, text, also);
    return out;
}

/// Without blanks and line ends at its ends.
inline std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Equal but for the case of ASCII letters and for blanks at the ends.
inline bool same_text(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(trimmed(a), trimmed(b), {}, lower, lower);
}

namespace detail {

inline std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (text.size() < at + count) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

inline std::string padded(int value, std::size_t width) {
    const std::string text = std::to_string(value);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

}  // namespace detail

/// Milliseconds since 1970 of an RFC 3339 instant, whose zone is taken for UTC, or of a date; nothing when it is
/// neither.
inline std::optional<std::int64_t> instant_ms(std::string_view text) {
    using detail::digits;
    const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    std::int64_t ms = std::chrono::sys_days{date}.time_since_epoch().count() * std::int64_t{86'400'000};
    if (text.size() == 10) return ms;
    const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    ms += ((*hour * 60 + *minute) * 60 + *second) * std::int64_t{1000};
    if (text.size() > 20 && text[19] == '.')
        for (std::size_t i = 20, scale = 100; i < text.size() && scale > 0 && text[i] >= '0' && text[i] <= '9';
             ++i, scale /= 10)
            ms += (text[i] - '0') * static_cast<std::int64_t>(scale);
    return ms;
}

/// 2026-03-02
inline std::string date_text(std::int64_t ms) {
    using namespace std::chrono;
    const year_month_day date{floor<days>(sys_time<milliseconds>{milliseconds{ms}})};
    return detail::padded(static_cast<int>(date.year()), 4) + '-' +
           detail::padded(static_cast<int>(static_cast<unsigned>(date.month())), 2) + '-' +
           detail::padded(static_cast<int>(static_cast<unsigned>(date.day())), 2);
}

/// 2026-03-02T09:30:00Z, or 2026-03-02T09:30:00.000Z with fraction.
inline std::string instant_text(std::int64_t ms, bool fraction = false) {
    using namespace std::chrono;
    const sys_time<milliseconds> at{milliseconds{ms}};
    const auto rest = static_cast<int>((at - floor<days>(at)).count());
    std::string out = date_text(ms) + 'T' + detail::padded(rest / 3'600'000, 2) + ':' +
                      detail::padded(rest / 60'000 % 60, 2) + ':' + detail::padded(rest / 1000 % 60, 2);
    if (fraction) out += '.' + detail::padded(rest % 1000, 3);
    return out += 'Z';
}

}  // namespace brygga
