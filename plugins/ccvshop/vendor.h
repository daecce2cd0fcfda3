// Reading what CCV Shop writes: wavering types, blank texts, tails of binary fractions.
// Pure functions over Json, safe on any thread; they never fail and never change a key.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "brygga/sdk/decimal.hpp"
#include "brygga/sdk/json.hpp"

namespace brygga::ccvshop {

inline constexpr std::size_t short_text = 200, long_text = 1000, longest_text = 16'000;  ///< bytes

/// A text (or a number as written), cut at `limit` bytes but never inside a character; empty when blank.
std::string text_of(const Json& value, std::size_t limit = long_text);
/// The same uncut: a key that is too long is for the host to refuse.
std::string key_of(const Json& value);
/// The first of these members that is not blank, uncut.
std::string first_key_of(const Json& object, std::initializer_list<const char*> names);
std::string first_text_of(const Json& object, std::initializer_list<const char*> names);
/// The parts that are not empty, with the separator between.
std::string join(std::initializer_list<std::string> parts, std::string_view separator = " ");
std::string upper(std::string text);
std::string lower(std::string text);

/// What HTML shows, in one line: without tags, scripts and styles, cut at `longest_text` bytes.
std::string shown_text(std::string_view html);

/// Sets a member unless there is nothing to set.
void put(Json& object, std::string_view name, std::string text);
void put(Json& object, std::string_view name, const std::optional<Decimal>& value);

/// A JSON number, or a string that holds one, rounded to 9 places (the shop's own arithmetic leaves tails such as
/// 56.299999999999997). Nothing when it is neither, or not below a billion.
std::optional<Decimal> amount(const Json& value);

/// The id as digits; empty when it is anything else, so that it is safe in a path.
std::string id_of(const Json& object);

/// 16 hex digits that change with anything in the document.
std::string revision_of(const Json& document);

}  // namespace brygga::ccvshop
