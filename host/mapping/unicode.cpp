#include "mapping/unicode.h"

#include <algorithm>
#include <map>

#include <unicode/brkiter.h>
#include <unicode/casemap.h>
#include <unicode/decimfmt.h>
#include <unicode/gregocal.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/simpletz.h>
#include <unicode/smpdtfmt.h>
#include <unicode/stringoptions.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

namespace brygga::mapping {

namespace {

constexpr std::size_t longest_pattern = 200, longest_locale = 40, most_formats = 64;

bool is_ascii(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
/// Every byte is a character of its own; a line end of two bytes is one character.
bool is_plain(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80 && c != '\r'; });
}

icu::UnicodeString wide(std::string_view text) {
    return icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
}
std::string narrow(const icu::UnicodeString& text) {
    std::string out;
    text.toUTF8String(out);
    return out;
}

std::optional<icu::Locale> locale_of(std::string_view name) {
    if (name.empty() || name.size() > longest_locale || !is_ascii(name)) return std::nullopt;
    icu::Locale locale{std::string{name}.c_str()};
    if (locale.isBogus() || locale.getLanguage()[0] == '\0') return std::nullopt;
    return locale;
}

template <class Each>
void each_code_point(std::string_view text, Each each) {
    const auto length = static_cast<std::int32_t>(text.size());
    for (std::int32_t i = 0; i < length;) {
        UChar32 c = 0;
        U8_NEXT_UNSAFE(text.data(), i, c);
        each(c);
    }
}

/// Shown as a picture: by itself, as a flag or key cap, or because a selector asks for it.
bool is_emoji(std::string_view grapheme) {
    constexpr UChar32 picture_selector = 0xFE0F, key_cap = 0x20E3;
    bool picture = false, pictographic = false, selected = false;
    each_code_point(grapheme, [&](UChar32 c) {
        picture |= u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION) ||
                   u_hasBinaryProperty(c, UCHAR_REGIONAL_INDICATOR) || c == key_cap;
        pictographic |= u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) != 0;
        selected |= c == picture_selector;
    });
    return picture || (pictographic && selected);
}

}  // namespace

struct Unicode::Tools {
    std::unique_ptr<icu::BreakIterator> graphemes;
    std::unique_ptr<icu::Transliterator> latin_ascii, any_ascii;
    std::map<std::string, std::unique_ptr<icu::DecimalFormat>, std::less<>> numbers;
    std::map<std::string, std::unique_ptr<icu::SimpleDateFormat>, std::less<>> times;

    /// The ends of the graphemes, until `each` returns false.
    template <class Each>
    void each_grapheme(std::string_view text, Each each) {
        UErrorCode status = U_ZERO_ERROR;
        if (!graphemes) graphemes.reset(icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
        UText* utext = utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status);
        if (U_SUCCESS(status)) {
            graphemes->setText(utext, status);
            std::int32_t begin = graphemes->first();
            for (auto end = graphemes->next(); end != icu::BreakIterator::DONE; end = graphemes->next()) {
                if (!each(static_cast<std::size_t>(begin), static_cast<std::size_t>(end))) break;
                begin = end;
            }
        }
        utext_close(utext);
    }

    static std::unique_ptr<icu::Transliterator> transliterator(const char* id) {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::Transliterator> made{icu::Transliterator::createInstance(id, UTRANS_FORWARD, status)};
        return U_SUCCESS(status) ? std::move(made) : nullptr;
    }

    icu::DecimalFormat* number(std::string_view pattern, std::string_view locale) {
        const std::string key = std::string{locale} + '\n' + std::string{pattern};
        if (const auto found = numbers.find(key); found != numbers.end()) return found->second.get();
        const auto where = locale_of(locale);
        if (!where || pattern.size() > longest_pattern) return nullptr;
        UErrorCode status = U_ZERO_ERROR;
        const icu::DecimalFormatSymbols symbols{*where, status};
        auto made = std::make_unique<icu::DecimalFormat>(wide(pattern), symbols, status);
        if (U_FAILURE(status)) return nullptr;
        made->setRoundingMode(icu::DecimalFormat::kRoundHalfUp);
        if (numbers.size() >= most_formats) numbers.clear();
        return (numbers[key] = std::move(made)).get();
    }

    icu::SimpleDateFormat* time(std::string_view pattern, std::string_view locale) {
        const std::string key = std::string{locale} + '\n' + std::string{pattern};
        if (const auto found = times.find(key); found != times.end()) return found->second.get();
        const auto where = locale_of(locale);
        if (!where || pattern.size() > longest_pattern) return nullptr;
        UErrorCode status = U_ZERO_ERROR;
        auto made = std::make_unique<icu::SimpleDateFormat>(wide(pattern), *where, status);
        auto calendar = std::make_unique<icu::GregorianCalendar>(*icu::TimeZone::getGMT(), *where, status);
        if (U_FAILURE(status)) return nullptr;
        // One calendar for all of history, as ISO 8601 has it, and no century that depends on the day of the call.
        calendar->setGregorianChange(-std::numeric_limits<UDate>::max(), status);
        made->adoptCalendar(calendar.release());
        made->setLenient(false);
        made->set2DigitYearStart(946'684'800'000.0, status);  // 2000-01-01
        if (U_FAILURE(status)) return nullptr;
        if (times.size() >= most_formats) times.clear();
        return (times[key] = std::move(made)).get();
    }
};

Unicode::Unicode() = default;
Unicode::~Unicode() = default;

Unicode::Tools& Unicode::tools() {
    if (!tools_) tools_ = std::make_unique<Tools>();
    return *tools_;
}

std::size_t Unicode::length(std::string_view text) {
    if (is_plain(text)) return text.size();
    std::size_t count = 0;
    tools().each_grapheme(text, [&](std::size_t, std::size_t) { return ++count, true; });
    return count;
}

std::size_t Unicode::prefix(std::string_view text, std::size_t count) {
    if (is_plain(text)) return std::min(text.size(), count);
    if (count == 0) return 0;
    std::size_t bytes = 0;
    tools().each_grapheme(text, [&](std::size_t, std::size_t end) { return bytes = end, --count > 0; });
    return bytes;
}

std::size_t Unicode::prefix_of_units(std::string_view text, std::size_t units) {
    if (is_ascii(text)) return std::min(text.size(), units);
    std::size_t bytes = 0, taken = 0;
    tools().each_grapheme(text, [&](std::size_t begin, std::size_t end) {
        each_code_point(text.substr(begin, end - begin), [&](UChar32 c) { taken += U16_LENGTH(c); });
        if (taken > units) return false;
        bytes = end;
        return true;
    });
    return bytes;
}

std::string Unicode::within(std::string_view text, char32_t last) {
    const auto fits = [last](std::string_view part) {
        bool all = true;
        each_code_point(part, [&](UChar32 c) { all &= static_cast<char32_t>(c) <= last; });
        return all;
    };
    if (is_ascii(text) || fits(text)) return std::string{text};
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
    const std::string composed =
        nfc && U_SUCCESS(status) ? narrow(nfc->normalize(wide(text), status)) : std::string{text};
    std::string out;
    tools().each_grapheme(composed, [&](std::size_t begin, std::size_t end) {
        const std::string_view grapheme = std::string_view{composed}.substr(begin, end - begin);
        if (fits(grapheme)) return out += grapheme, true;
        icu::UnicodeString letters = wide(transliterate(grapheme));
        for (std::int32_t i = 0; i < letters.length(); i = letters.moveIndex32(i, 1))
            if (const UChar32 c = letters.char32At(i); static_cast<char32_t>(c) <= last)
                icu::UnicodeString{c}.toUTF8String(out);
        return true;
    });
    return out;
}

std::string Unicode::upper(std::string_view text) {
    std::string out{text};
    if (is_ascii(text)) {
        for (char& c : out)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        return out;
    }
    return narrow(wide(text).toUpper(icu::Locale::getRoot()));
}

std::string Unicode::lower(std::string_view text) {
    std::string out{text};
    if (is_ascii(text)) {
        for (char& c : out)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        return out;
    }
    return narrow(wide(text).toLower(icu::Locale::getRoot()));
}

std::string Unicode::capitalize(std::string_view text) {
    return narrow(wide(text).toTitle(nullptr, icu::Locale::getRoot(), U_TITLECASE_NO_LOWERCASE));
}

std::string Unicode::transliterate(std::string_view text) {
    if (is_ascii(text)) return std::string{text};
    Tools& t = tools();
    icu::UnicodeString work = wide(text);
    if (!t.latin_ascii) t.latin_ascii = Tools::transliterator("Latin-ASCII");
    if (t.latin_ascii) t.latin_ascii->transliterate(work);
    std::string out = narrow(work);
    if (is_ascii(out)) return out;
    // Other scripts are rare and their rules are large.
    if (!t.any_ascii) t.any_ascii = Tools::transliterator("Any-Latin; Latin-ASCII");
    if (t.any_ascii) t.any_ascii->transliterate(work);
    return narrow(work);
}

std::string Unicode::without_emoji(std::string_view text) {
    std::string out;
    if (is_ascii(text)) return std::string{text};
    tools().each_grapheme(text, [&](std::size_t begin, std::size_t end) {
        const std::string_view grapheme = text.substr(begin, end - begin);
        if (!is_emoji(grapheme)) out += grapheme;
        return true;
    });
    return out;
}

std::string_view Unicode::trim(std::string_view text) {
    const auto is_space = [](UChar32 c) {
        return c < 0x80 ? c == ' ' || (c >= 9 && c <= 13) : u_isUWhiteSpace(c) != 0;
    };
    std::size_t begin = text.size(), end = 0;
    std::int32_t at = 0;
    each_code_point(text, [&](UChar32 c) {
        const auto from = static_cast<std::size_t>(at);
        at += U8_LENGTH(c);
        if (is_space(c)) return;
        begin = std::min(begin, from);
        end = static_cast<std::size_t>(at);
    });
    return begin < end ? text.substr(begin, end - begin) : text.substr(0, 0);
}

std::optional<std::string> Unicode::country(std::string_view code, std::string_view locale) {
    const auto where = locale_of(locale);
    const bool form = code.size() == 2 && std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!where || !form) return std::nullopt;
    icu::UnicodeString name;
    icu::Locale{"", std::string{code}.c_str()}.getDisplayCountry(*where, name);
    std::string text = narrow(name);
    // A code without a name is shown as the code.
    if (text.empty() || text == code) return std::nullopt;
    return text;
}

std::optional<std::string> Unicode::format_number(std::string_view digits, std::string_view pattern,
                                                  std::string_view locale) {
    icu::DecimalFormat* format = tools().number(pattern, locale);
    if (!format) return std::nullopt;
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString out;
    format->format(icu::StringPiece{digits.data(), static_cast<std::int32_t>(digits.size())}, out, nullptr, status);
    if (U_FAILURE(status)) return std::nullopt;
    return narrow(out);
}

std::optional<std::string> Unicode::format_time(Instant t, std::chrono::milliseconds offset, std::string_view pattern,
                                                std::string_view locale) {
    icu::SimpleDateFormat* format = tools().time(pattern, locale);
    if (!format) return std::nullopt;
    const auto shift = static_cast<std::int32_t>(offset.count());
    format->adoptTimeZone(shift == 0 ? icu::TimeZone::getGMT()->clone() : new icu::SimpleTimeZone{shift, "GMT"});
    icu::UnicodeString out;
    format->format(static_cast<UDate>(to_unix_ms(t)), out);
    format->adoptTimeZone(icu::TimeZone::getGMT()->clone());
    return narrow(out);
}

std::optional<Instant> Unicode::parse_time(std::string_view text, std::string_view pattern, std::string_view locale) {
    icu::SimpleDateFormat* format = tools().time(pattern, locale);
    if (!format) return std::nullopt;
    const icu::UnicodeString input = wide(text);
    icu::ParsePosition position{0};
    const UDate parsed = format->parse(input, position);
    // Reading an offset leaves it in the format.
    format->adoptTimeZone(icu::TimeZone::getGMT()->clone());
    constexpr double least = -62'135'596'800'000.0, most = 253'402'300'799'999.0;  // years 1 to 9999
    if (position.getErrorIndex() >= 0 || position.getIndex() != input.length() || parsed < least || parsed > most)
        return std::nullopt;
    return from_unix_ms(static_cast<std::int64_t>(parsed));
}

bool pattern_has(std::string_view pattern, std::string_view letters) noexcept {
    bool quoted = false;
    for (const char c : pattern) {
        if (c == '\'')
            quoted = !quoted;
        else if (!quoted && letters.find(c) != std::string_view::npos)
            return true;
    }
    return false;
}

}  // namespace brygga::mapping
