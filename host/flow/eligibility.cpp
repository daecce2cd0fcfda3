#include "flow/eligibility.h"

#include <algorithm>

#include <fmt/format.h>

namespace brygga::flow {

namespace {

bool payment_suffices(entity::PaymentState state, const std::string& wanted) {
    if (wanted == "any") return true;
    if (state == entity::PaymentState::authorised) return wanted == "authorised";
    return state != entity::PaymentState::unpaid;
}

}  // namespace

std::optional<Skip> skip_reason(const entity::Order& order, const settings::Order& settings,
                                const std::string& from_date, const Zone& days) {
    if (const std::string placed = days.iso_date(order.placed_at); placed < from_date) {
        return Skip{
            "order.before_start",
            fmt::format("Order {} was placed on {}, before this flow's from_date {}.", order.number, placed, from_date),
            "Set an earlier from_date if it belongs into the books."};
    }
    if (order.status == entity::OrderStatus::cancelled) {
        return Skip{"order.cancelled", fmt::format("Order {} is cancelled in the shop.", order.number), ""};
    }
    const std::string status{entity::to_string(order.status)};
    if (!settings.statuses.empty() && std::ranges::find(settings.statuses, status) == settings.statuses.end()) {
        return Skip{"order.status",
                    fmt::format("Order {} has the status {}, which this flow does not take.", order.number, status),
                    "It is read again; or add the status to the setting statuses."};
    }
    if (!payment_suffices(order.payment.state, settings.payment)) {
        return Skip{"order.unpaid",
                    fmt::format("Order {} is {} and this flow takes orders once they are {}.", order.number,
                                entity::to_string(order.payment.state), settings.payment),
                    "It is read again until it is paid or cancelled."};
    }
    return std::nullopt;
}

}  // namespace brygga::flow
