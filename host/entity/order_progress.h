// How far an order has come, as one document in the books tells it. A plain value; reading is strict, pure and
// bounded. Shape: plugin-api/schema/order_status.schema.json.
#pragma once

#include <optional>
#include <string>

#include "base/expected.h"
#include "brygga/sdk/decimal.hpp"
#include "brygga/sdk/json.hpp"

namespace brygga::entity {

struct OrderProgress {
    std::string id, number, kind;  ///< of the document
    std::string reference;         ///< may be empty
    bool invoiced = false, shipped = false;
    std::optional<Decimal> gross;
};

/// Error status.invalid (rejected), which names the member.
Expected<OrderProgress> parse_order_progress(const Json& document);

}  // namespace brygga::entity
