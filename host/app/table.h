// table(): JSON rows as columns of plain text. Pure.
#pragma once

#include <string>
#include <vector>

#include "brygga/sdk/json.hpp"

namespace brygga::app {

/// Columns are paths ("error.message"); the header is their last part, in capitals.
std::string table(const Json& rows, const std::vector<std::string>& columns);

}  // namespace brygga::app
