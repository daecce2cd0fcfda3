// Order: the canonical sales order, typed. What a source connector hands over and everything later reads.
// A plain value; pure functions only: no I/O, no clock, no threads. Amounts are exact decimals in the
// order's currency; unit prices, discounts and totals of lines include tax exactly when prices_include_tax.
// Its JSON form is specified by plugin-api/schema/order.schema.json.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/expected.h"
#include "brygga/sdk/json.hpp"

namespace brygga::entity {

struct Address {
    std::string name, company, line1, line2, postal_code, city, province;
    std::string country;  ///< ISO 3166-1 alpha-2, upper case; empty when unknown
    std::string phone;
    bool empty() const noexcept;
};

enum class CustomerKind : std::uint8_t { person, company };

struct Customer {
    std::string id;  ///< in the source; empty for a guest
    CustomerKind kind = CustomerKind::person;
    std::string name, first_name, last_name, company, email, phone, vat_number, organisation_number, reference;
};

enum class OrderStatus : std::uint8_t {
    new_,
    processing,
    awaiting_payment,
    backorder,
    reserved,
    ready,
    shipped,
    delivered,
    completed,
    cancelled,
};
enum class PaymentState : std::uint8_t { unpaid, authorised, paid, partly_refunded, refunded };
enum class LineKind : std::uint8_t {
    product,
    shipping,
    payment_fee,
    extra_cost,
    discount,
    deposit,
    gift_card,
    rounding
};

struct OrderLine {
    std::string id;
    LineKind kind = LineKind::product;
    std::string sku, ean, name, unit, options;
    Decimal quantity{1};
    Decimal unit_price;           ///< before discount, with option surcharges
    Decimal discount;             ///< of the whole line, positive
    Decimal total;                ///< of the whole line after discount, to the cent; negative for kind discount
    std::optional<Decimal> rate;  ///< percent; absent when the source states none
};

struct TaxAmount {
    Decimal rate;    ///< percent
    Decimal base;    ///< without tax
    Decimal amount;  ///< tax
    friend bool operator==(const TaxAmount&, const TaxAmount&) = default;
};

/// Without tax, tax per rate (ascending), with tax; all to the cent.
struct Totals {
    Decimal net, tax, gross;
    std::vector<TaxAmount> taxes;
    friend bool operator==(const Totals&, const Totals&) = default;
};

struct Payment {
    PaymentState state = PaymentState::unpaid;
    std::string method_id, method_code, method_label, transaction_id;
};

struct Order {
    std::string id, number;
    OrderStatus status = OrderStatus::new_;
    Instant placed_at{}, modified_at{};
    std::string currency, language;
    bool prices_include_tax = true;
    bool platform = false;        ///< sold through an external platform
    bool reverse_charge = false;  ///< the source says: EU business, 0 %
    std::string note;
    Customer customer;
    Address billing, shipping;  ///< shipping is empty when it equals billing
    std::string shipping_method;
    Payment payment;
    std::vector<OrderLine> lines;
    std::optional<Decimal> stated_tax, stated_gross;  ///< the source's own sums

    const Address& delivery() const noexcept { return shipping.empty() ? billing : shipping; }
    /// Delivery country, else billing country.
    const std::string& tax_country() const noexcept;
};

/// Checks and types one canonical order. The error names the member, the order and what was expected.
Expected<Order> parse_order(const Json& document);
Json to_json(const Order& order);
Json to_json(const Totals& totals);
Expected<Totals> parse_totals(const Json& document);

std::string_view to_string(OrderStatus status) noexcept;
std::string_view to_string(PaymentState state) noexcept;
std::string_view to_string(LineKind kind) noexcept;
std::string_view to_string(CustomerKind kind) noexcept;

/// Hex SHA-256 of a document whose members were sorted; numbers by value. The same for equal documents.
std::string stable_hash(const Json& document);

/// E-mail for comparison: trimmed, lower case; empty when it cannot be one.
std::string normalise_email(std::string_view email);
/// VAT and organisation numbers: letters and digits only, upper case. Phone: digits and a leading +.
std::string normalise_number(std::string_view text);
std::string normalise_phone(std::string_view text);

}  // namespace brygga::entity
