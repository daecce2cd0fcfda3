// The answers of a preview and of a preflight as people read them. Pure.
#pragma once

#include <string>

#include "brygga/sdk/json.hpp"

namespace brygga::app {

/// For each record: what would become of it, the fields with their rules, the writes in order.
std::string preview_text(const Json& preview);

/// How many of them would be what; empty for none.
std::string preview_summary(const Json& preview);

/// What was found, what to do, and whether the flow is ready.
std::string preflight_text(const Json& preflight);

}  // namespace brygga::app
