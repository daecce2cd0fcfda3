// Addresses, filters and instants as e-conomic writes them.
// Pure functions, safe on any thread; they take any text and never fail.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace brygga::economic {

/// RFC 3986: everything but unreserved characters is percent-encoded.
std::string encoded(std::string_view text);
/// A text key as the vendor writes it in a path: "A.B_1 x" is "A_11_B_8_1_9_x"; the rest is percent-encoded.
std::string path_key(std::string_view key);

/// property$eq:value, the value escaped as the server wants it: brackets stay as they are. Not yet percent-encoded.
std::string equals(std::string_view property, std::string_view value);
/// property$like:value, found anywhere in the text.
std::string contains(std::string_view property, std::string_view value);

/// Milliseconds since 1970 of an RFC 3339 instant in UTC, or of a date; nothing when it is neither.
std::optional<std::int64_t> instant_ms(std::string_view text);
/// 2026-03-02T09:30:00Z
std::string instant_text(std::int64_t ms);

/// Equal but for the case of ASCII letters and for spaces at the ends.
bool same_text(std::string_view a, std::string_view b);
/// One to nine digits, not all zero: what the vendor numbers its records with.
bool is_number(std::string_view text);

}  // namespace brygga::economic
