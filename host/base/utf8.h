// UTF-8: whether a text is, and its beginning as messages for people quote it. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace brygga {

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
constexpr bool is_utf8(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    for (std::size_t i = 0; i < text.size();) {
        const unsigned first = byte(i), second = byte(i + 1);
        const std::size_t length = first < 0x80                    ? 1
                                   : first >= 0xC2 && first < 0xE0 ? 2
                                   : (first & 0xF0u) == 0xE0       ? 3
                                   : first >= 0xF0 && first < 0xF5 ? 4
                                                                   : 0;
        const bool out_of_range = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                                  (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
        if (length == 0 || out_of_range) return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((byte(i + k) & 0xC0u) != 0x80u) return false;
        i += length;
    }
    return true;
}

/// At most so many bytes of the text, cut between characters.
constexpr std::string_view excerpt(std::string_view text, std::size_t most) noexcept {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0u) == 0x80u) --most;
    return text.substr(0, most);
}

}  // namespace brygga
