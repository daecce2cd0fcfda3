// What only the whole configuration can tell: names that stand twice, flows that lead nowhere or to the same documents.
// Used by load(); pure.
#pragma once

#include "settings/load.h"

namespace brygga::settings {

/// Adds its findings; gives each flow the time zone of its source. all_connections: whether the names of all are known.
void check_together(Loaded& loaded, bool all_connections);

}  // namespace brygga::settings
