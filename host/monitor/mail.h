// Mail: a notice as a message (RFC 5322), ready to be sent. Pure. Whatever the notice says, its words add no header and
// no recipient.
#pragma once

#include <string>

#include "base/clock.h"
#include "brygga/sdk/json.hpp"
#include "settings/config.h"

namespace brygga::monitor {

/// Lines end with CR LF, none begins with a dot or has more than 998 bytes. The same notice through the same channel
/// has the same Message-ID, so that one which comes twice is known as such; the end of an alert answers its beginning.
std::string mail_message(const settings::Channel& channel, const Json& payload, Instant now);

}  // namespace brygga::monitor
