// The master key of a host: its file, and another key in its place. The next key lies in FILE.next until the store has
// it. Used at start and by `bryggad --rotate-master-key`; no threads.
#pragma once

#include "base/expected.h"
#include "base/log.h"
#include "base/secret.h"
#include "settings/config.h"

namespace brygga::app {

/// The key of the file, made when it is missing; a change that was cut is finished or undone first. Errors: those of
/// read_or_create_key() and settle_master_key().
Expected<Secret> master_key(const settings::Host& host, Log& log);

/// Another key, while no host runs. Whenever it is cut, the next start opens the store. Errors: key.credential; those
/// of master_key() and change_master_key().
Expected<void> rotate_master_key(const settings::Host& host, Log& log);

}  // namespace brygga::app
