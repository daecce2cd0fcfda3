#include "query.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace brygga::economic {
namespace {

/// The vendor's codes for characters in keys of a path; the position is the code.
constexpr std::string_view coded = "<>*%:&/\\_ ?.#+";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

void append_encoded(std::string& out, char c) {
    static constexpr char hex[] = "0123456789ABCDEF";
    if (is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
        out += c;
        return;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += hex[byte >> 4];
    out += hex[byte & 15];
}

std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '$' || c == '(' || c == ')' || c == '*' || c == ',') out += '$';
        out += c;
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (text.size() < at + count) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (!is_digit(c)) return std::nullopt;
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
    std::string out;
    for (const char c : text) append_encoded(out, c);
    return out;
}

std::string path_key(std::string_view key) {
    std::string out;
    for (const char c : key) {
        if (const std::size_t code = coded.find(c); code != std::string_view::npos)
            out.append("_").append(std::to_string(code)).append("_");
        else
            append_encoded(out, c);
    }
    return out;
}

std::string equals(std::string_view property, std::string_view value) {
    return std::string{property} + "$eq:" + escaped(value);
}

std::string contains(std::string_view property, std::string_view value) {
    std::string out = std::string{property} + "$like:";
    for (const char c : escaped(value)) {
        if (c == '[')
            out += "[[]";
        else
            out += c;
    }
    return out;
}

std::optional<std::int64_t> instant_ms(std::string_view text) {
    const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    const std::int64_t ms = std::chrono::sys_days{date}.time_since_epoch().count() * std::int64_t{86'400'000};
    if (text.size() == 10) return ms;
    const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return ms + ((*hour * 60 + *minute) * 60 + *second) * std::int64_t{1000};
}

std::string instant_text(std::int64_t ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> at{milliseconds{ms}};
    const auto midnight = floor<days>(at);
    const year_month_day date{midnight};
    const auto seconds = static_cast<int>((at - midnight).count() / 1000);
    std::string out;
    append_padded(out, static_cast<int>(date.year()), 4);
    append_padded(out += '-', static_cast<int>(static_cast<unsigned>(date.month())), 2);
    append_padded(out += '-', static_cast<int>(static_cast<unsigned>(date.day())), 2);
    append_padded(out += 'T', seconds / 3600, 2);
    append_padded(out += ':', seconds / 60 % 60, 2);
    append_padded(out += ':', seconds % 60, 2);
    return out += 'Z';
}

bool same_text(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(trimmed(a), trimmed(b), {}, lower, lower);
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 9 && std::ranges::all_of(text, is_digit) &&
           text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace brygga::economic
