#include "vendor.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace brygga::ccvshop {
namespace {

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

/// A number with more places than a Decimal has: "56.299999999999997", "5.55e-17".
std::optional<Decimal> parse_tail(std::string_view text) {
    const std::size_t e = std::min(text.find_first_of("eE"), text.size());
    std::int64_t tenths = 0;
    if (e < text.size()) {
        const auto exponent = Decimal::parse(text.substr(e + 1));
        if (!exponent || !exponent->is_negative() || !exponent->is_integer()) return std::nullopt;
        tenths = -exponent->units(0).value_or(-1);
    }
    const std::string_view mantissa = text.substr(0, e);
    const std::size_t kept = std::min(mantissa.find('.'), mantissa.size() - 1) + 1 + Decimal::max_places;
    const std::string_view rest = kept < mantissa.size() ? mantissa.substr(kept) : std::string_view{};
    if (mantissa.empty() || rest.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    auto parsed = Decimal::parse(mantissa.substr(0, kept));
    if (!parsed) return std::nullopt;
    if (!rest.empty() && rest[0] >= '5') *parsed += Decimal::scaled(mantissa[0] == '-' ? -1 : 1, Decimal::max_places);
    for (; tenths > 0 && !parsed->is_zero(); --tenths) *parsed = *parsed / 10;
    return parsed;
}

}  // namespace

std::string text_of(const Json& value, std::size_t limit) {
    std::string_view text = value.text();
    if (blank(text)) return {};
    if (text.size() > limit) {
        while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
        text = text.substr(0, limit);
    }
    return std::string{text};
}

std::string key_of(const Json& value) { return text_of(value, std::string_view::npos); }

std::string first_key_of(const Json& object, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (std::string text = key_of(object[name]); !text.empty()) return text;
    return {};
}

std::string first_text_of(const Json& object, std::initializer_list<const char*> names) {
    return text_of(first_key_of(object, names));
}

std::string join(std::initializer_list<std::string> parts, std::string_view separator) {
    std::string out;
    for (const std::string& part : parts) {
        if (part.empty()) continue;
        if (!out.empty()) out += separator;
        out += part;
    }
    return out;
}

std::string upper(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

void put(Json& object, std::string_view name, std::string text) {
    if (!text.empty()) object.set(name, std::move(text));
}

void put(Json& object, std::string_view name, const std::optional<Decimal>& value) {
    if (value) object.set(name, *value);
}

std::optional<Decimal> amount(const Json& value) {
    const std::string_view text = value.text();
    auto parsed = Decimal::parse(text);
    if (!parsed) parsed = parse_tail(text);
    return parsed && parsed->abs() < Decimal{1'000'000'000} ? parsed : std::nullopt;
}

std::string id_of(const Json& object) {
    const std::string_view id = object["id"].text();
    const bool digits = !id.empty() && id.size() <= 19 && id.find_first_not_of("0123456789") == std::string_view::npos;
    return digits ? std::string{id} : std::string{};
}

std::string revision_of(const Json& document) {
    // Words of eight bytes, multiplied and mixed downwards: every order of every poll passes here.
    const std::string text = document.dump();
    std::uint64_t hash = 0xcbf29ce484222325 ^ text.size();
    for (std::size_t at = 0; at < text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
        hash = (hash ^ word) * 0x9e3779b97f4a7c15;  // an odd number with bits all over
        hash ^= hash >> 29;
    }
    std::string out(16, '0');
    for (std::size_t i = 16; i-- > 0; hash >>= 4) out[i] = "0123456789abcdef"[hash & 15];
    return out;
}

}  // namespace brygga::ccvshop
