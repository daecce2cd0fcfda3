// The default mapping of an order: which target field gets what when a flow names no rule of its own (M1).
// Pure. Field names are those of mappings; limits are applied later, by fit().
#pragma once

#include <string>
#include <vector>

#include "base/zone.h"
#include "brygga/sdk/json.hpp"
#include "entity/order.h"
#include "settings/config.h"

namespace brygga::flow {

struct MappedOrder {
    std::string reference;  ///< the human order number in the target's searchable field
    Json customer;          ///< fields of customer.*, nested
    Json document;          ///< fields of document.*, nested, without lines
};

/// `days`: the time zone that makes a date of the moment when the order was placed.
MappedOrder map_order(const entity::Order& order, const settings::Order& settings, const Zone& days);

/// The field rules of a customer that exists: what of `mapped` an update would change in `existing`, or an
/// empty object. Addresses follow the order; numbers are only filled in, and the phone along with them; the name and
/// the e-mail stay.
Json customer_changes(const Json& mapped, const Json& existing);

/// What the version hash is made of: everything above, the lines, and the reason for skipping if there is one.
std::string version_hash(const entity::Order& order, const MappedOrder& mapped, const std::string& skip_code);

}  // namespace brygga::flow
