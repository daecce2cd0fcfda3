// Vendor documents of CCV Shop <-> canonical documents. Pure functions over Json: no I/O, no clock, no state;
// safe on any thread. They never fail: what the vendor left out or garbled is left out, and the host judges.
// Amounts are exact decimals; texts for people are cut at the host's lengths, keys never.
#pragma once

#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga::ccvshop {

/// A basket that the customer has not completed; it is no order.
bool is_basket(const Json& order);

/// Parts of the canonical order that other records share.
Json to_address(const Json& address);
Json to_customer(const Json& info, const Json& user);
Json to_delivery(const Json& address, const Json& billing);
Json to_stated(const Json& order);

/// The canonical order. rows: array of the order's rows.
Json to_order(const Json& order, const Json& rows);

/// The poll row: type, id, number, modified, revision, entity, raw (the order with its rows as "orderrows").
Json order_row(Json order, Json rows, std::string_view revision);

/// The canonical customer: who is registered in the shop.
Json to_registration(const Json& user);
/// The row of poll, and what find adds to its own: type, id, number, revision, entity, raw.
Json user_row(Json user);

/// Rows of find, without "n". A full order row also has entity and raw.
Json found_order(const Json& order);
Json found_user(const Json& user);
Json found_product(const Json& product);
/// A variant of a product; its id is "product id/variant id".
Json found_variant(const Json& product, const Json& variant);
Json found_category(const Json& category);
/// The id of the category above; empty at the top.
std::string parent_category(const Json& category);

/// The canonical product; of a variant, which is one of its own, when that is not null.
Json to_product(const Json& product, const Json& variant);
/// The row of poll, and what find adds to its own: type, id, number, modified, entity, raw (the product, with the
/// variant as "attributecombination").
Json polled_product(const Json& product, const Json& variant);

/// Body of the PATCH that sets the status of an order; what it says to the customer is always said explicitly.
Json order_status_body(const Json& fields);
/// What was written to the order of this id, as the result of deliver has it.
Json written_order_status(std::string_view id, const Json& fields);

/// Rows of options.
Json payment_method_option(const Json& paymethod);
Json order_status_option(const Json& status);
Json package_option(const Json& package);

/// 1..14 to the canonical status; any other text as it is, for the host to refuse by name.
std::string order_status(std::string_view status);

}  // namespace brygga::ccvshop
