#include "query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace brygga::eaccounting {
namespace {

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (text.size() < at + count) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

void append_padded(std::string& out, int value, std::size_t width) {
    const std::string text = std::to_string(value);
    if (text.size() < width) out.append(width - text.size(), '0');
    out += text;
}

}  // namespace

std::string encoded(std::string_view text) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size() * 2);
    for (const char c : text) {
        if (is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~' || c == '\'') {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
    return out;
}

std::string equals(std::string_view property, std::string_view value) {
    std::string out{property};
    out += " eq '";
    for (const char c : value) {
        if (c == '\'') out += '\'';
        out += c;
    }
    out += '\'';
    return out;
}

std::optional<std::int64_t> instant_ms(std::string_view text) {
    const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    std::int64_t ms = std::chrono::sys_days{date}.time_since_epoch().count() * std::int64_t{86'400'000};
    if (text.size() == 10) return ms;
    const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    if (!hour || !minute || !second || *hour > 24 || *minute > 59 || *second > 60) return std::nullopt;
    ms += ((*hour * 60 + *minute) * 60 + *second) * std::int64_t{1000};
    if (text.size() > 20 && text[19] == '.')
        for (std::size_t i = 20, scale = 100; i < text.size() && scale > 0 && text[i] >= '0' && text[i] <= '9';
             ++i, scale /= 10)
            ms += (text[i] - '0') * static_cast<std::int64_t>(scale);
    return ms;
}

std::string instant_text(std::int64_t ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> at{milliseconds{ms}};
    const auto midnight = floor<days>(at);
    const year_month_day date{midnight};
    const auto rest = static_cast<int>((at - midnight).count());
    std::string out;
    append_padded(out, static_cast<int>(date.year()), 4);
    append_padded(out += '-', static_cast<int>(static_cast<unsigned>(date.month())), 2);
    append_padded(out += '-', static_cast<int>(static_cast<unsigned>(date.day())), 2);
    append_padded(out += 'T', rest / 3'600'000, 2);
    append_padded(out += ':', rest / 60'000 % 60, 2);
    append_padded(out += ':', rest / 1000 % 60, 2);
    append_padded(out += '.', rest % 1000, 3);
    return out += 'Z';
}

bool same_text(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(trimmed(a), trimmed(b), {}, lower, lower);
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace brygga::eaccounting
