// Eligibility: which orders a flow takes. Pure; decided once when a version comes in.
#pragma once

#include <optional>
#include <string>

#include "base/zone.h"
#include "entity/order.h"
#include "settings/config.h"

namespace brygga::flow {

/// Why an order is left out for the time being, in words for people.
struct Skip {
    std::string code;  ///< "order.unpaid", "order.cancelled", "order.status", "order.before_start"
    std::string message;
    std::string remedy;
};

/// Nothing when the flow takes the order. `from_date`: ISO date, inclusive, a day of the source's zone.
std::optional<Skip> skip_reason(const entity::Order& order, const settings::Order& settings,
                                const std::string& from_date, const Zone& days);

}  // namespace brygga::flow
