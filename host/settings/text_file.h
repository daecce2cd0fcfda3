// read_text_file(): a small file of the configuration, whole. Reads and nothing else.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "settings/read_mapping.h"

namespace brygga::settings {

/// Nothing when it is no regular file, cannot be read or has more than 1 MiB.
std::optional<std::string> read_text_file(const std::filesystem::path& path);

/// Whether people who are neither its owner nor in its group can read the file: by its own mode and those of the
/// directories above it.
bool is_open_to_everybody(const std::filesystem::path& path);

/// Reads files by their path relative to this directory.
ReadText files_beside(std::string directory);

}  // namespace brygga::settings
