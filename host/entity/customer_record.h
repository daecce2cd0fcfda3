// The canonical customer: who is registered in a shop, whether or not they have ordered. A plain value; reading is
// strict, pure and bounded. Shape: plugin-api/schema/customer.schema.json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.h"
#include "brygga/sdk/json.hpp"
#include "entity/order.h"

namespace brygga::entity {

enum class CustomerState : std::uint8_t {
    active,
    inactive,  ///< cannot order
    pending,   ///< waits for the merchant's approval
};
std::string_view to_string(CustomerState state) noexcept;

struct CustomerRecord {
    std::string number;  ///< for people; no personal data
    CustomerState state = CustomerState::active;
    Customer customer;  ///< with its id
    std::string language, currency;
    Address billing, shipping;  ///< shipping is empty when it equals billing
};

/// Error customer.invalid (rejected), which names the member.
Expected<CustomerRecord> parse_customer(const Json& document);
/// Without what is empty.
Json to_json(const CustomerRecord& record);
/// The customer of an order in the same form, so that rules read both alike: without number and state.
Json customer_of(const Order& order);

}  // namespace brygga::entity
