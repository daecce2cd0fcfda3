// UTF-8, character by character: the one place that knows its rules, for the parser and the writer of JSON and for
// the host. Pure; nothing but the standard library.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace brygga {

/// Bytes of the character that stands at `at`; 0 when none does. RFC 3629: no overlong forms, no surrogates, nothing
/// above U+10FFFF.
constexpr std::size_t utf8_length(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
    };
    const unsigned a = byte(0), b = byte(1);
    if (a < 0x80) return at < text.size() ? 1 : 0;
    std::size_t length = 0;
    if (a >= 0xC2 && a <= 0xDF)
        length = 2;
    else if (a >= 0xE0 && a <= 0xEF && !(a == 0xE0 && b < 0xA0) && !(a == 0xED && b > 0x9F))
        length = 3;
    else if (a >= 0xF0 && a <= 0xF4 && !(a == 0xF0 && b < 0x90) && !(a == 0xF4 && b > 0x8F))
        length = 4;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0u) != 0x80u) return 0;
    return length;
}

/// Where the first byte from `at` on stands that a JSON string may not hold as it is, or that is not ASCII: a control
/// character, a quotation mark, a backslash, or any from 0x80. The size of the text when there is none.
inline std::size_t json_plain_end(std::string_view text, std::size_t at) noexcept {
    // Eight bytes at a time: a byte below n borrows into its highest bit when n is subtracted. Only bytes above a
    // true one can be hit by its borrow.
    constexpr std::uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
    for (; std::endian::native == std::endian::little && at + 8 <= text.size(); at += 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, text.data() + at, 8);
        const auto zero = [](std::uint64_t w) { return (w - ones) & ~w; };
        const std::uint64_t found =
            (eight | ((eight - 0x20 * ones) & ~eight) | zero(eight ^ ('"' * ones)) | zero(eight ^ ('\\' * ones))) &
            high;
        if (found) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
    for (; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') break;
    }
    return at;
}

}  // namespace brygga
