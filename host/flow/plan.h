// Plan: from the shop's figures to rows with which the target's own arithmetic gives the same totals.
// Pure functions over plain values: no I/O, no clock, safe on any thread. Amounts are exact decimals.
// The rules stand in the product's rules for totals: gross to the cent; VAT and net per rate to the cent, or
// within 0.01 where a rounding row was needed. Never a negative row unless the target takes them.
// Errors are of class rejected and mean: hold the order, nothing was written. Codes: totals.contradict,
// totals.not_plannable, totals.discount_too_large, totals.rate_missing, totals.out_of_range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/expected.h"
#include "entity/order.h"

namespace brygga::flow {

/// Article numbers of rows that have none of their own; "{rate}" is the rate without trailing zeros.
struct RowNumbers {
    std::string shipping = "SHIPPING-{rate}", payment_fee = "FEE-{rate}", discount = "DISCOUNT-{rate}";
    std::string rounding = "ROUNDING", gift_card = "GIFTCARD", refund = "REFUND-{rate}", deposit = "DEPOSIT-{rate}";
    std::string other = "OTHER-{rate}";  ///< goods without SKU and EAN
};

/// A number of RowNumbers with the rate in its place.
std::string with_rate(std::string number, const Decimal& rate);

enum class FeeTax : std::uint8_t { shipping, highest, fixed };

struct GoalSettings {
    FeeTax fee_tax = FeeTax::shipping;  ///< rate of fees whose rate the shop does not state
    Decimal fee_rate{};                 ///< with FeeTax::fixed, percent
    bool proportional_shipping = false;
    bool discounts_as_rows = false;  ///< only for targets that take negative rows
    Decimal tolerance{};             ///< largest difference to the stated gross that a rounding row may close
    std::string oss_country{};       ///< not empty: "-{country}" is appended to templated numbers of taxed rows
    RowNumbers rows{};
};

/// One line to bill: the order's line after all discounts, or a part of it with one rate.
struct GoalLine {
    std::size_t source_line = 0;  ///< index into the order's lines
    entity::LineKind kind = entity::LineKind::product;
    std::string sku;
    bool templated = false;  ///< sku comes from RowNumbers
    std::string text, unit;
    Decimal quantity{1};
    Decimal amount;  ///< whole line, to the cent, on the order's basis
    Decimal rate;    ///< percent
};

/// What the shop has really sold.
struct Goal {
    std::string number;  ///< the order's, for messages
    bool prices_include_tax = true;
    std::vector<GoalLine> lines;
    entity::Totals totals;  ///< gross includes `rounding`; `taxes` does not
    Decimal rounding;       ///< stated gross minus the lines' gross, never negative, at most the tolerance
    Decimal redeemed;       ///< gift cards given in payment: not a row, to be booked as a payment
    std::string rounding_sku = "ROUNDING";
    std::vector<std::string> notices;
};

Expected<Goal> order_goal(const entity::Order& order, const GoalSettings& settings);

enum class TaxRounding : std::uint8_t { document_rate, row };

struct TargetArithmetic {
    bool prices_include_tax = false;
    int price_decimals = 2;
    int quantity_decimals = 2;
    bool negative_rows = false;
    TaxRounding tax_rounding = TaxRounding::document_rate;
};

enum class RowKind : std::uint8_t { article, text };

struct PlannedRow {
    RowKind kind = RowKind::article;
    std::optional<std::size_t> source_line;  ///< none for the planner's own rounding row
    entity::LineKind role = entity::LineKind::product;
    std::string sku;
    bool templated = false;  ///< sku comes from RowNumbers: the article may be created as the row's role says
    std::string text;
    std::string quantity_text;  ///< "1.234 kg × ": text starts with it; kept when a rule rewrites the text
    Decimal quantity{1};
    Decimal unit_price;
    Decimal rate;
    Decimal amount;  ///< quantity x unit_price to the cent, on the target's basis
};

struct Plan {
    std::vector<PlannedRow> rows;
    entity::Totals goal;    ///< the shop's figures
    entity::Totals expect;  ///< what the target will answer for these rows
    Decimal rounding;       ///< amount of the rounding row the planner added; zero when there is none
    std::vector<std::string> notices;
};

Expected<Plan> plan_rows(const Goal& goal, const TargetArithmetic& arithmetic);

/// The target's own calculation, written apart from the planner: rows to the cent, tax by the target's rule.
entity::Totals ledger_totals(std::span<const PlannedRow> rows, const TargetArithmetic& arithmetic);

struct Equality {
    bool equal = true;
    std::string difference;  ///< "gross 125.00, ledger 124.99; VAT 25 %: 25.00, ledger 24.99"
};

/// An answer without `taxes` is compared by its sums.
Equality compare(const Plan& plan, const entity::Totals& answered);

}  // namespace brygga::flow
