// Functions on texts.
#include <algorithm>
#include <cstring>

#include "mapping/functions.h"

namespace brygga::mapping {

namespace {

using Role = Parameter::Role;
constexpr Kinds text_kind{Kind::string}, number_kind{Kind::decimal}, list_kind{Kind::list};
constexpr int most_characters = 1'000'000;
/// Efforts of ICU, against comparing.
constexpr std::size_t by_character = 8, slow = 32;

/// As text.find(part, from), but never slower than the length of both.
std::size_t find_part(std::string_view text, std::string_view part, std::size_t from) {
    const void* hit = memmem(text.data() + from, text.size() - from, part.data(), part.size());
    return hit ? static_cast<std::size_t>(static_cast<const char*>(hit) - text.data()) : std::string_view::npos;
}

Value trim(Call& call) {
    if (!call.read(call[0].size())) return Call::stopped();
    return Call::part(call.unicode().trim(call.text(0)));
}

/// A function of one text to another.
template <std::string (Unicode::*change)(std::string_view), std::size_t effort = 1>
Value changed(Call& call) {
    if (!call.read(call[0].size(), effort) || !call.fits(call[0].size())) return Call::stopped();
    return call.make((call.unicode().*change)(call.text(0)));
}

Value truncate(Call& call) {
    const auto count = call.whole(1, 0, most_characters);
    if (!count || !call.read(call[0].size(), by_character)) return Call::stopped();
    return Call::part(call.text(0).substr(0, call.unicode().prefix(call.text(0), static_cast<std::size_t>(*count))));
}

Value length(Call& call) {
    const Value& v = call[0];
    if (!v.is(Kind::string)) return Decimal{static_cast<std::int64_t>(v.size())};
    if (!call.read(v.size(), by_character)) return Call::stopped();
    return Decimal{static_cast<std::int64_t>(call.unicode().length(v.text()))};
}

Value pad_left(Call& call) {
    const auto width = call.whole(1, 0, most_characters);
    if (!width || !call.read(call[0].size(), by_character)) return Call::stopped();
    const std::string_view fill = call.text(2, " ");
    if (call.unicode().length(fill) != 1) return call.error_at(2, "pad_left() fills with one character");
    const std::size_t length = call.unicode().length(call.text(0)), wanted = static_cast<std::size_t>(*width);
    if (length >= wanted) return call[0];
    const std::size_t padding = (wanted - length) * fill.size();
    if (!call.read(padding) || !call.fits(padding + call[0].size())) return Call::stopped();
    std::string out;
    out.reserve(padding + call[0].size());
    for (std::size_t i = length; i < wanted; ++i) out += fill;
    return call.make(out += call.text(0));
}

Value replace(Call& call) {
    const std::string_view text = call.text(0), from = call.text(1), to = call.text(2);
    if (from.empty()) return call.error_at(1, "replace() looks for a text that is not empty");
    std::string out;
    for (std::size_t at = 0;;) {
        const std::size_t hit = find_part(text, from, at);
        const std::string_view before = text.substr(at, hit - at);
        if (!call.read(before.size() + to.size()) || !call.fits(out.size() + before.size() + to.size()))
            return Call::stopped();
        out += before;
        if (hit == std::string_view::npos) return call.make(out);
        out += to;
        at = hit + from.size();
    }
}

Value split(Call& call) {
    const std::string_view text = call.text(0), separator = call.text(1);
    if (separator.empty()) return call.error_at(1, "split() takes a separator that is not empty");
    std::vector<Value> parts;
    for (std::size_t at = 0;;) {
        const std::size_t hit = find_part(text, separator, at);
        const std::string_view part = text.substr(at, hit - at);
        if (!call.read(part.size()) || !call.fits((parts.size() + 1) * sizeof(Value))) return Call::stopped();
        parts.push_back(Call::part(part));
        if (hit == std::string_view::npos) return call.make(parts);
        at = hit + separator.size();
    }
}

Value join(Call& call) {
    const std::string_view separator = call.text(1);
    std::string out;
    for (std::size_t i = 0; i < call[0].size(); ++i) {
        const Value item = call.item(call[0], i);
        if (item.is_stopped()) return item;
        if (!item.is(Kind::string))
            return call.error_at(0, "join() takes a list of texts", "make texts of its items: map(x => \"{x}\")");
        const std::size_t size = item.size() + separator.size();
        if (!call.read(size) || !call.fits(out.size() + size)) return Call::stopped();
        if (i > 0) out += separator;
        out += item.text();
    }
    return call.make(out);
}

Value contains(Call& call) {
    if (!call.read(call[0].size())) return Call::stopped();
    return find_part(call.text(0), call.text(1), 0) != std::string_view::npos;
}
Value starts_with(Call& call) { return call.text(0).starts_with(call.text(1)); }
Value ends_with(Call& call) { return call.text(0).ends_with(call.text(1)); }

Value digits(Call& call) {
    if (!call.read(call[0].size())) return Call::stopped();
    std::string out;
    std::ranges::copy_if(call.text(0), std::back_inserter(out), [](char c) { return c >= '0' && c <= '9'; });
    return call.make(out);
}

Value slug(Call& call) {
    if (!call.read(call[0].size(), slow) || !call.fits(call[0].size())) return Call::stopped();
    const std::string plain = call.unicode().lower(call.unicode().transliterate(call.text(0)));
    std::string out;
    for (const char c : plain) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out += c;
        else if (c != '\'' && !out.empty() && out.back() != '-')
            out += '-';
    }
    if (out.ends_with('-')) out.pop_back();
    return call.make(out);
}

Value format_number(Call& call) {
    if (!call.spend(16)) return Call::stopped();
    auto text = call.unicode().format_number(call[0].decimal().text(), call.text(1, "#,##0.00"), call.text(2, "en"));
    if (text) return call.make(*text);
    return call.error("this is no pattern of a number, or no locale",
                      "a pattern is written like '#,##0.00', a locale like 'sv'");
}

constexpr Parameter one_text[]{{"text", text_kind}};
constexpr Parameter two_texts[]{{"text", text_kind}, {"part", text_kind}};
constexpr Parameter truncate_parameters[]{{"text", text_kind}, {"length", number_kind}};
constexpr Parameter replace_parameters[]{{"text", text_kind}, {"from", text_kind}, {"to", text_kind}};
constexpr Parameter split_parameters[]{{"text", text_kind}, {"separator", text_kind}};
constexpr Parameter join_parameters[]{{"list", list_kind}, {"separator", text_kind, "\"\""}};
constexpr Parameter pad_parameters[]{{"text", text_kind}, {"width", number_kind}, {"fill", text_kind, "\" \""}};
constexpr Parameter length_parameters[]{{"x", {Kind::string, Kind::list, Kind::object}}};
constexpr Parameter format_parameters[]{
    {"x", number_kind}, {"pattern", text_kind, "\"#,##0.00\""}, {"locale", text_kind, "\"en\""}};

constexpr Function functions[]{
    {"trim", one_text, Gives::string, trim, "without white space at both ends"},
    {"upper", one_text, Gives::string, changed<&Unicode::upper>, "in capitals"},
    {"lower", one_text, Gives::string, changed<&Unicode::lower>, "in small letters"},
    {"capitalize", one_text, Gives::string, changed<&Unicode::capitalize>, "each word with a capital"},
    {"truncate", truncate_parameters, Gives::string, truncate, "its first characters, as people count them"},
    {"replace", replace_parameters, Gives::string, replace, "every `from` as `to`"},
    {"split", split_parameters, Gives::strings, split, "the parts between separators"},
    {"join", join_parameters, Gives::string, join, "the texts of a list as one"},
    {"contains", two_texts, Gives::boolean, contains, "whether the part stands in the text"},
    {"starts_with", two_texts, Gives::boolean, starts_with, "whether the text begins with the part"},
    {"ends_with", two_texts, Gives::boolean, ends_with, "whether the text ends with the part"},
    {"pad_left", pad_parameters, Gives::string, pad_left, "filled at the left up to a width"},
    {"length", length_parameters, Gives::decimal, length,
     "characters of a text, items of a list, members of an object"},
    {"transliterate", one_text, Gives::string, changed<&Unicode::transliterate, slow>, "in plain Latin letters"},
    {"strip_emoji", one_text, Gives::string, changed<&Unicode::without_emoji, by_character>, "without emoji"},
    {"digits", one_text, Gives::string, digits, "its digits only"},
    {"slug", one_text, Gives::string, slug, "for an address: small Latin letters, digits and -"},
    {"format_number", format_parameters, Gives::string, format_number, "a number by an LDML pattern, rounded half up"},
};

}  // namespace

std::span<const Function> families_of::text() noexcept { return functions; }

}  // namespace brygga::mapping
