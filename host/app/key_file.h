// Key files: the master key and the admin token on disk, made on first use, readable for the service only.
// Called at start; no threads.
#pragma once

#include <string>

#include "base/expected.h"
#include "base/secret.h"

namespace brygga::app {

/// 32 bytes, in the file as 64 hexadecimal digits; a file with group or world bits is refused (key.permissions).
Expected<Secret> read_or_create_key(const std::string& path);
/// 256 random bits as text.
Expected<Secret> read_or_create_token(const std::string& path);

}  // namespace brygga::app
