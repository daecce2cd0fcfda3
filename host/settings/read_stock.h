// The settings of a stock flow, from YAML.
#pragma once

#include "settings/config.h"
#include "settings/reader.h"

namespace brygga::settings {

void read_stock(Reader& settings, Stock& stock);

}  // namespace brygga::settings
