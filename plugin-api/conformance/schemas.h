// Schemas: the JSON Schemas that are installed with the SDK, compiled in. Pure; one thread.
#pragma once

#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga::conformance {

bool has_schema(std::string_view name);  ///< manifest, order, customer, product, category, stock, order_status

/// The first place that does not fit, as "/lines/0/kind: why"; empty when the document fits or there is no such schema.
std::string misfit(std::string_view name, const Json& document);

}  // namespace brygga::conformance
