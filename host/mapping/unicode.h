// Unicode: what needs the tables of ICU: graphemes, case, transliteration, emoji, names of countries, patterns of
// numbers and dates (LDML). ICU is touched on first use only, and its tools are kept. One for each thread that
// evaluates. Plain ASCII never reaches ICU. Takes valid UTF-8 only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace brygga::mapping {

class Unicode {
public:
    Unicode();
    ~Unicode();
    Unicode(const Unicode&) = delete;
    Unicode& operator=(const Unicode&) = delete;

    /// Characters as people count them.
    std::size_t length(std::string_view text);
    /// Bytes of the first `count` of them.
    std::size_t prefix(std::string_view text, std::size_t count);
    /// Bytes of the longest start of whole characters that takes at most so many UTF-16 code units.
    std::size_t prefix_of_units(std::string_view text, std::size_t units);
    /// Composed (NFC), and in place of every character that has a code point above `last` its letters without marks,
    /// as far as those are not above it; else nothing.
    std::string within(std::string_view text, char32_t last);
    std::string upper(std::string_view text);
    std::string lower(std::string_view text);
    /// The first letter of each word in upper case, the others as they are.
    std::string capitalize(std::string_view text);
    /// Latin letters without marks; what has no ASCII form is left as it is.
    std::string transliterate(std::string_view text);
    std::string without_emoji(std::string_view text);
    std::string_view trim(std::string_view text);

    /// Nothing when the locale, the code or the pattern is none.
    std::optional<std::string> country(std::string_view code, std::string_view locale);
    /// Rounded half up where the pattern has fewer places.
    std::optional<std::string> format_number(std::string_view digits, std::string_view pattern,
                                             std::string_view locale);
    std::optional<std::string> format_time(Instant t, std::chrono::milliseconds offset, std::string_view pattern,
                                           std::string_view locale);
    /// The wall clock reading as if it were UTC, or the instant when the pattern has an offset or a zone. Fields that
    /// the pattern lacks are those of 1970-01-01T00:00; years of two digits are 2000 to 2099.
    std::optional<Instant> parse_time(std::string_view text, std::string_view pattern, std::string_view locale);

private:
    struct Tools;
    Tools& tools();
    std::unique_ptr<Tools> tools_;
};

/// Whether an LDML pattern has one of these letters outside of its quotes.
bool pattern_has(std::string_view pattern, std::string_view letters) noexcept;

}  // namespace brygga::mapping
