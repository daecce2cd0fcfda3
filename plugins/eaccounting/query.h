// Addresses and filter expressions as Visma eAccounting writes them.
// Pure functions, safe on any thread; they take any text and never fail.
#pragma once

#include <string>
#include <string_view>

#include "brygga/sdk/text.hpp"

namespace brygga::eaccounting {

/// RFC 3986: everything but unreserved characters and the apostrophe is percent-encoded.
std::string encoded(std::string_view text);

/// Property eq 'value', an apostrophe in the value doubled as OData has it.
std::string equals(std::string_view property, std::string_view value);

bool is_ascii(std::string_view text);
/// Letters, digits and -_. only: no filter is refused because of such a value.
bool is_plain(std::string_view text);

}  // namespace brygga::eaccounting
