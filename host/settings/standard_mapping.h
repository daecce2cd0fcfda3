// standard_mapping(): the mapping that is there when a flow has none (M1), from config/mappings. Read once.
#pragma once

#include <string_view>

#include "settings/load.h"
#include "settings/mapping.h"

namespace brygga::settings {

/// Of "order", whose first rules are those of "customer", of "customer", "product" (into a shop),
/// "product_into_books" and "category"; empty for other entities.
const Mapping& standard_mapping(std::string_view name);

}  // namespace brygga::settings
