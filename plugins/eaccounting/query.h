// Addresses, filter expressions and instants as Visma eAccounting writes them.
// Pure functions, safe on any thread; they take any text and never fail.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace brygga::eaccounting {

/// RFC 3986: everything but unreserved characters and the apostrophe is percent-encoded.
std::string encoded(std::string_view text);

/// Property eq 'value', an apostrophe in the value doubled as OData has it.
std::string equals(std::string_view property, std::string_view value);

/// Milliseconds since 1970 of an RFC 3339 instant in UTC, or of a date; nothing when it is neither.
std::optional<std::int64_t> instant_ms(std::string_view text);
/// 2026-03-02T09:30:00.000Z
std::string instant_text(std::int64_t ms);

/// Equal but for the case of ASCII letters and for spaces at the ends.
bool same_text(std::string_view a, std::string_view b);
bool is_ascii(std::string_view text);
/// Letters, digits and -_. only: no filter is refused because of such a value.
bool is_plain(std::string_view text);

}  // namespace brygga::eaccounting
