// The keys accept, mapping, unset, tables and tests of a flow: from a document to a Mapping, with what is wrong told at
// its place. What the expressions mean is not looked at. Used by load().
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "settings/mapping.h"
#include "settings/reader.h"

namespace brygga::settings {

/// The text of a file beside the configuration; nothing when it cannot be read.
using ReadText = std::function<std::optional<std::string>(const std::string& path)>;

/// entity: "order"; a test may give one in the file itself.
void read_mapping(Reader& flow, const std::string& entity, const ReadText& read_text, Mapping& mapping);

}  // namespace brygga::settings
