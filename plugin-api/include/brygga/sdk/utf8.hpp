// UTF-8, character by character: the one place that knows its rules, for the parser and the writer of JSON and for
// the host. Pure; nothing but the standard library.
#pragma once

#include <cstddef>
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

}  // namespace brygga
