#include "connector/plain_text.h"

namespace brygga::connector {
namespace {

/// The length of the well-formed UTF-8 character at the start, 0 for none (RFC 3629).
std::size_t character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const unsigned a = byte(0), b = byte(1);
    std::size_t length = 0;
    if (a < 0x80) return 1;
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

}  // namespace

std::string plain_text(std::string_view text, std::size_t most) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = character(text);
        if (out.size() + (length == 0 ? 1 : length) > most) break;
        const auto first = static_cast<unsigned char>(text[0]);
        if (length == 0)
            out += '?';
        else if (first < 0x20 || first == 0x7F)
            out += ' ';
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string plain_code(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 64)) {
        if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else
            out += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ? c : '_';
    }
    return out;
}

}  // namespace brygga::connector
