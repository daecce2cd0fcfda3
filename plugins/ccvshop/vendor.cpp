#include "vendor.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <utility>

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

/// Tags that stand within a word.
constexpr std::array<std::string_view, 9> inline_tags{"a", "b", "em", "font", "i", "span", "strong", "sup", "u"};
/// Letters and signs that Dutch and Scandinavian texts have.
constexpr std::array<std::pair<std::string_view, std::string_view>, 36> named_characters{{
    {"amp", "&"},    {"lt", "<"},     {"gt", ">"},    {"quot", "\""},  {"apos", "'"},   {"nbsp", " "},
    {"aring", "å"},  {"auml", "ä"},   {"ouml", "ö"},  {"Aring", "Å"},  {"Auml", "Ä"},   {"Ouml", "Ö"},
    {"aelig", "æ"},  {"oslash", "ø"}, {"AElig", "Æ"}, {"Oslash", "Ø"}, {"eacute", "é"}, {"egrave", "è"},
    {"euml", "ë"},   {"ecirc", "ê"},  {"iuml", "ï"},  {"uuml", "ü"},   {"agrave", "à"}, {"aacute", "á"},
    {"ccedil", "ç"}, {"oacute", "ó"}, {"euro", "€"},  {"ndash", "–"},  {"mdash", "—"},  {"hellip", "…"},
    {"lsquo", "‘"},  {"rsquo", "’"},  {"ldquo", "“"}, {"rdquo", "”"},  {"deg", "°"},    {"times", "×"},
}};

std::string utf8(std::int64_t c) {
    if (c <= 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return " ";
    const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
    if (c < 0x80) return {static_cast<char>(c)};
    if (c < 0x800) return {static_cast<char>(0xC0 | (c >> 6)), tail(0)};
    if (c < 0x10000) return {static_cast<char>(0xE0 | (c >> 12)), tail(6), tail(0)};
    return {static_cast<char>(0xF0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

/// The character that "&name;" is; empty when it is none.
std::string character(std::string_view name) {
    if (name.starts_with('#')) {
        name.remove_prefix(1);
        const bool hex = name.starts_with('x') || name.starts_with('X');
        if (hex) name.remove_prefix(1);
        std::int64_t code = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
        return error == std::errc{} && end == name.data() + name.size() ? utf8(code) : std::string{};
    }
    const auto found = std::ranges::find(named_characters, name, &decltype(named_characters)::value_type::first);
    return found == named_characters.end() ? std::string{} : std::string{found->second};
}

/// The first of a text that begins with '&', and its size there.
std::pair<std::string, std::size_t> first_character(std::string_view text) {
    const std::size_t end = text.substr(0, 12).find(';');
    if (end != std::string_view::npos)
        if (std::string c = character(text.substr(1, end - 1)); !c.empty()) return {std::move(c), end + 1};
    return {"&", 1};
}

/// Behind the tag with which the text begins; out: what it stands for.
std::string_view behind_tag(std::string_view html, std::string& out) {
    if (html.starts_with("<!--")) return html.substr(std::min(html.find("-->"), html.size() - 3) + 3);
    const std::size_t close = std::min(html.find('>'), html.size() - 1);
    std::string_view tag = html.substr(1, close - 1);
    html.remove_prefix(close + 1);
    const bool ends = tag.starts_with('/');
    if (ends) tag.remove_prefix(1);
    const std::string name = lower(std::string{tag.substr(0, tag.find_first_of(" /\t\r\n"))});
    if (!ends && (name == "script" || name == "style")) html.remove_prefix(std::min(html.find("</"), html.size()));
    if (std::ranges::find(inline_tags, name) == inline_tags.end()) out += ' ';
    return html;
}

}  // namespace

std::string shown_text(std::string_view html) {
    std::string text;
    while (!html.empty() && text.size() < longest_text) {
        const auto next = html.size() > 1 ? static_cast<unsigned char>(html[1]) : 0;
        if (html[0] == '<' && (next == '/' || next == '!' || std::isalpha(next))) {
            html = behind_tag(html, text);
        } else if (html[0] == '&') {
            const auto [c, size] = first_character(html);
            text += c;
            html.remove_prefix(size);
        } else {
            text += html[0];
            html.remove_prefix(1);
        }
    }
    std::string out;
    for (const char c : text) {
        const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!space) out += c;
        if (space && !out.empty() && out.back() != ' ') out += ' ';
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return text_of(Json{out}, longest_text);
}

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
