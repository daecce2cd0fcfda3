// nearest: the known name that a wrong one was probably meant to be, for messages to people.
// A pure function.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace brygga::schema {

/// The closest of `known` within a third of the name's length, or empty.
std::string nearest(std::string_view name, std::span<const std::string_view> known);

}  // namespace brygga::schema
