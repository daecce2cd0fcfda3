// The settings of a flow of order statuses, from YAML.
#pragma once

#include "settings/config.h"
#include "settings/reader.h"

namespace brygga::settings {

void read_order_status(Reader& settings, OrderStatus& status);

}  // namespace brygga::settings
