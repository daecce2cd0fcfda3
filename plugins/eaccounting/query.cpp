#include "query.h"

#include <algorithm>

namespace brygga::eaccounting {
namespace {

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

std::string encoded(std::string_view text) { return percent_encoded(text, "'"); }

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

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

}  // namespace brygga::eaccounting
