// The settings of an order flow, as the table in config/README.md has them: from a document's section to an Order, with
// what contradicts itself told at its place. Used by load(); it reads no file.
#pragma once

#include "settings/config.h"
#include "settings/reader.h"

namespace brygga::settings {

void read_order(Reader& settings, Order& order);

}  // namespace brygga::settings
