// UTF-8: whether a text is, and its beginning as messages for people quote it. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "brygga/sdk/utf8.hpp"

namespace brygga {

constexpr bool is_utf8(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8_length(text, i);
        if (length == 0) return false;
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
