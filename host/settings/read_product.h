// The settings of a flow of products, from YAML.
#pragma once

#include "settings/config.h"
#include "settings/reader.h"

namespace brygga::settings {

void read_product(Reader& settings, Product& product);

}  // namespace brygga::settings
