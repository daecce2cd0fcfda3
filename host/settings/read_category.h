// The settings of a flow of categories, from YAML.
#pragma once

#include "settings/config.h"
#include "settings/reader.h"

namespace brygga::settings {

void read_category(Reader& settings, Category& category);

}  // namespace brygga::settings
