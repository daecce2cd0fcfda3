// Who takes part in an order, and where: reading and writing a Customer and an Address, which orders and customers have
// in common. Pure; used by the parse functions of the canonical documents.
#pragma once

#include <string_view>

#include "brygga/sdk/json.hpp"
#include "entity/document_reader.h"
#include "entity/order.h"

namespace brygga::entity {

/// at: the path of the part in its document, empty when it is the document itself.
Address read_address(Reader& in, const Json& from, std::string_view at);
Customer read_customer(Reader& in, const Json& from, std::string_view at);

/// Without what is empty.
Json address_json(const Address& address);
Json customer_json(const Customer& customer);

}  // namespace brygga::entity
