// Characters of ASCII, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace brygga {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

inline std::string lower_ascii(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

}  // namespace brygga
