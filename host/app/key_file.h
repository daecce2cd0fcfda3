// Key files: the master key and the admin token on disk, made on first use, readable for the service only; and the
// certificate of the API with its key, which others make.
// Called at start; no threads.
#pragma once

#include <string>

#include "base/expected.h"
#include "base/secret.h"
#include "control/tls.h"
#include "settings/config.h"

namespace brygga::app {

/// 32 bytes, in the file as 64 hexadecimal digits; a file with group or world bits is refused (key.permissions).
Expected<Secret> read_or_create_key(const std::string& path);
/// A new file with this key, which is there also after a power cut.
Expected<void> create_key(const std::string& path, const Secret& key);
/// What was made, renamed or removed there is so also after a power cut.
Expected<void> sync_directory(const std::string& path);
/// What the API shows; a key with group or world bits is refused, unless it is a credential. Errors: file.not_usable,
/// key.permissions, and those of server_identity() with the file's name.
Expected<control::ServerIdentity> read_server_identity(const settings::Tls& files);
/// 256 random bits as text.
Expected<Secret> read_or_create_token(const std::string& path);

}  // namespace brygga::app
