// Credit: what a change of an invoiced order takes back (E10), as the rows of a credit note. Pure functions over plain
// values: no I/O, safe on any thread. Amounts are exact decimals on the basis of the order's prices.
// What was billed is told after the invoice and after each credit note: the order as it stands in the books then. Lines
// are compared by article number and rate, since a shop may give them new ids when an order is edited.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flow/plan.h"

namespace brygga::flow {

/// What one article, or one kind of charge, was billed with at one rate.
struct BilledLine {
    std::string sku;
    bool templated = false;  ///< see GoalLine
    entity::LineKind kind = entity::LineKind::product;
    std::string text, unit;
    Decimal quantity, amount, rate;
    Decimal own;  ///< what the shop asked for it before reductions of the whole order were spread
};

struct Billed {
    std::string currency;
    bool prices_include_tax = true;
    std::vector<BilledLine> lines;
    std::map<Decimal, Decimal> by_rate;  ///< rate, amount; differs from the lines by cents that rounding has moved
    Decimal gross;
};

Billed billed(const entity::Order& order, const Goal& goal);
/// Of an order of which nothing is left.
Billed nothing_billed(const Billed& before);

Json to_json(const Billed& billed);
std::optional<Billed> parse_billed(const Json& document);

struct Refund {
    enum class Kind : std::uint8_t {
        none,    ///< the order is what was billed
        credit,  ///< it is less: `goal` is what to credit, `left` what is billed then
        more,    ///< it is more somewhere, so that no credit note makes them equal; `why` says where
    };
    Kind kind = Kind::none;
    Goal goal{};  ///< rows of a credit note are positive
    Billed left{};
    std::string why{};
};

/// `open`: what is billed, `wanted`: what should be. A line that was reduced or left out becomes a row of its article;
/// what the lines do not tell becomes one row for each rate, with the article `rows.refund`. The gross is exact; net
/// and tax of a rate are, or differ by a cent where the document's own rounding wants that. Error: class rejected, code
/// totals.out_of_range.
Expected<Refund> refund(const std::string& number, const Billed& open, const Billed& wanted, const RowNumbers& rows);

}  // namespace brygga::flow
