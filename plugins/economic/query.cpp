#include "query.h"

#include <algorithm>

namespace brygga::economic {
namespace {

/// The vendor's codes for characters in keys of a path; the position is the code.
constexpr std::string_view coded = "<>*%:&/\\_ ?.#+";

std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '$' || c == '(' || c == ')' || c == '*' || c == ',') out += '$';
        out += c;
    }
    return out;
}

}  // namespace

std::string path_key(std::string_view key) {
    std::string out;
    for (const char c : key) {
        if (const std::size_t code = coded.find(c); code != std::string_view::npos)
            out.append("_").append(std::to_string(code)).append("_");
        else
            append_percent_encoded(out, {&c, 1});
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

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 9 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }) &&
           text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace brygga::economic
