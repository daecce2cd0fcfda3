// plain_text: text from a plugin made fit for logs and people: valid UTF-8, no control characters, bounded.
// Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace brygga::connector {

/// At most `most` bytes, cut between characters; control characters become blanks, invalid bytes '?'.
std::string plain_text(std::string_view text, std::size_t most);

/// At most 64 of [a-z0-9._-]: lower case, everything else becomes '_'.
std::string plain_code(std::string_view text);

}  // namespace brygga::connector
