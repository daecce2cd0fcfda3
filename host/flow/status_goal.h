// Which status an order of the shop should have by what the books tell, and whether that is newer than the one it has
// (E7). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "entity/order_progress.h"
#include "settings/config.h"

namespace brygga::flow {

/// How far a canonical status of an order is from the first one; statuses of one rank are no progress from each other.
/// Nothing for one that is not known.
std::optional<int> rank_of(std::string_view status);
/// Delivered, completed or cancelled: the shop has the last word there.
bool is_final(std::string_view status);

/// What a document says of its order, of written, invoiced, shipped.
std::vector<std::string_view> stages_of(const entity::OrderProgress& status);
/// The number of the shop's order; empty when the document's reference has not the flow's prefix.
std::string_view order_number(const entity::OrderProgress& status, const settings::OrderStatus& settings);

/// A status of the shop.
struct ShopStatus {
    std::string id, label, meaning;  ///< meaning: canonical
    std::string stage;               ///< because of which it is wanted
};

/// Of the stages that have been reached and that the settings name a status for, the one whose status goes furthest;
/// nothing when the settings name none. options: kind order_status. Error status.option (rejected) with the
/// choices, when the shop has no such status, or one that may not be written.
Expected<std::optional<ShopStatus>> status_goal(const entity::OrderProgress& status,
                                                const settings::OrderStatus& settings, const Json& options);

/// Why a status is not written over the present one; nothing when it is newer.
std::optional<std::string> stale(const ShopStatus& goal, std::string_view present);

}  // namespace brygga::flow
