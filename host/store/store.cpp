#include "store/store.h"

#include <array>

namespace brygga::store {

namespace {
constexpr std::array<std::string_view, 10> state_names{"pending",  "in_flight", "delivered", "skipped",    "waiting",
                                                       "in_doubt", "held",      "dead",      "superseded", "cancelled"};
}

std::string_view to_string(DeliveryState state) noexcept {
    const auto index = static_cast<std::size_t>(state);
    return index < state_names.size() ? state_names[index] : std::string_view{"unknown"};
}

std::optional<DeliveryState> delivery_state_from(std::string_view name) noexcept {
    for (std::size_t i = 0; i < state_names.size(); ++i)
        if (state_names[i] == name) return static_cast<DeliveryState>(i);
    return std::nullopt;
}

}  // namespace brygga::store
