// Words of HTTP messages (RFC 9110, 9112), for both sides that read them. Pure.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace brygga::http_grammar {

constexpr std::string_view line_end = "\r\n", blank_line = "\r\n\r\n";

constexpr bool is_token_char(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}
inline bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

constexpr bool is_value_char(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

constexpr std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Digits only: no sign, no blank, no list.
template <class Number = std::uint64_t>
std::optional<Number> whole_number(std::string_view text, int base = 10) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Whether what `mark` ends is longer than `most`. Before the mark has come its first bytes may be there already: a
/// message is refused or taken alike however it comes in pieces.
constexpr bool is_longer(std::string_view text, std::size_t end, std::string_view mark, std::size_t most) noexcept {
    return (end == std::string_view::npos ? text.size() - std::min(text.size(), mark.size() - 1) : end) > most;
}

}  // namespace brygga::http_grammar
