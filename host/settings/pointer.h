// pointer_to(): a place in a YAML or JSON text as a JSON Pointer (RFC 6901), for whoever sent the text as JSON. Pure.
#pragma once

#include <string>

namespace brygga::settings {

/// Of the innermost value at this place, from 1; empty (the whole) when there is none.
std::string pointer_to(const std::string& text, int line, int column);

}  // namespace brygga::settings
