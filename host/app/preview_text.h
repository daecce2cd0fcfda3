// preview_text(): the answer of a preview as people read it. Pure.
#pragma once

#include <string>

#include "brygga/sdk/json.hpp"

namespace brygga::app {

/// For each record: what would become of it, the fields with their rules, the writes in order.
std::string preview_text(const Json& preview);

}  // namespace brygga::app
