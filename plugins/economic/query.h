// Addresses and filters as e-conomic writes them.
// Pure functions, safe on any thread; they take any text and never fail.
#pragma once

#include <string>
#include <string_view>

#include "brygga/sdk/text.hpp"

namespace brygga::economic {

/// A text key as the vendor writes it in a path: "A.B_1 x" is "A_11_B_8_1_9_x"; the rest is percent-encoded.
std::string path_key(std::string_view key);

/// property$eq:value, the value escaped as the server wants it: brackets stay as they are. Not yet percent-encoded.
std::string equals(std::string_view property, std::string_view value);
/// property$like:value, found anywhere in the text.
std::string contains(std::string_view property, std::string_view value);

/// One to nine digits, not all zero: what the vendor numbers its records with.
bool is_number(std::string_view text);

}  // namespace brygga::economic
