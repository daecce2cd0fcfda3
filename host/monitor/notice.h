// What people read of a notice's payload. Pure.
#pragma once

#include <string>

#include "brygga/sdk/json.hpp"

namespace brygga::monitor {

/// "Brygga: connection books is failing".
std::string headline(const Json& payload);
/// All of it: "Brygga: connection books is failing, since …".
std::string notice_text(const Json& payload);

}  // namespace brygga::monitor
