// The canonical stock of one article, as a source tells it. A plain value; reading is strict, pure and bounded.
// Shape: plugin-api/schema/stock.schema.json.
#pragma once

#include <optional>
#include <string>

#include "base/expected.h"
#include "brygga/sdk/decimal.hpp"
#include "brygga/sdk/json.hpp"

namespace brygga::entity {

struct Stock {
    std::string sku, ean;
    Decimal quantity;                                      ///< on hand
    std::optional<Decimal> available, reserved, incoming;  ///< what the system itself calls available; by sales orders;
                                                           ///< ordered from suppliers
};

/// Error stock.invalid (rejected), which names the member.
Expected<Stock> parse_stock(const Json& document);

}  // namespace brygga::entity
