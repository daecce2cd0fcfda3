// The settings of a flow of customers, from YAML, and those that it shares with flows of orders.
#pragma once

#include "settings/config.h"
#include "settings/reader.h"

namespace brygga::settings {

/// Which customer of the target is meant, and whether it is updated.
void read_matching(Reader& settings, Order& order);

void read_customer(Reader& settings, Customer& customer, Order& order);

}  // namespace brygga::settings
