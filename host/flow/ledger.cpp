#include <algorithm>

#include <fmt/format.h>

#include "flow/plan.h"

namespace brygga::flow {

namespace {

using entity::TaxAmount;
using entity::Totals;

TaxAmount& of_rate(std::vector<TaxAmount>& taxes, const Decimal& rate) {
    for (TaxAmount& t : taxes)
        if (t.rate == rate) return t;
    return taxes.emplace_back(TaxAmount{rate, {}, {}});
}

Decimal tax_in(const Decimal& amount, const Decimal& rate, bool included) {
    if (rate.is_zero()) return {};
    return (amount * rate / (included ? Decimal{100} + rate : Decimal{100})).round(2);
}

TaxAmount find_rate(const Totals& totals, const Decimal& rate) {
    const auto found = std::ranges::find(totals.taxes, rate, &TaxAmount::rate);
    return found == totals.taxes.end() ? TaxAmount{rate, {}, {}} : *found;
}

/// Collects the figures that differ by more than they may.
struct Difference {
    std::string text;

    void check(std::string_view what, const Decimal& goal, const Decimal& answer, const Decimal& allowed) {
        if ((goal - answer).abs() <= allowed) return;
        text += fmt::format("{}{} {}, ledger {}", text.empty() ? "" : "; ", what, goal.text(2), answer.text(2));
    }
};

}  // namespace

Totals ledger_totals(std::span<const PlannedRow> rows, const TargetArithmetic& arithmetic) {
    const bool included = arithmetic.prices_include_tax;
    const bool by_row = arithmetic.tax_rounding == TaxRounding::row;
    Totals totals;
    for (const PlannedRow& row : rows) {
        if (row.kind == RowKind::text) continue;
        const Decimal amount = (row.quantity * row.unit_price).round(2);
        TaxAmount& sum = of_rate(totals.taxes, row.rate);
        sum.base += amount;
        if (by_row) sum.amount += tax_in(amount, row.rate, included);
    }
    for (TaxAmount& sum : totals.taxes) {
        if (!by_row) sum.amount = tax_in(sum.base, sum.rate, included);
        if (included) sum.base -= sum.amount;
        totals.net += sum.base;
        totals.tax += sum.amount;
    }
    totals.gross = totals.net + totals.tax;
    std::ranges::sort(totals.taxes, {}, &TaxAmount::rate);
    return totals;
}

Equality compare(const Plan& plan, const Totals& answered) {
    // What planning itself had to give way, a rounding row's cent at most, is what the answer may deviate.
    Difference difference;
    difference.check("gross", plan.goal.gross, answered.gross, {});
    if (answered.taxes.empty()) {
        Decimal allowed;
        for (const TaxAmount& t : plan.goal.taxes) allowed += (t.amount - find_rate(plan.expect, t.rate).amount).abs();
        difference.check("net", plan.goal.net, answered.net, allowed);
        difference.check("VAT", plan.goal.tax, answered.tax, allowed);
        return {difference.text.empty(), std::move(difference.text)};
    }
    std::vector<Decimal> rates;
    for (const Totals* totals : {&plan.goal, &answered})
        for (const TaxAmount& t : totals->taxes)
            if (std::ranges::find(rates, t.rate) == rates.end()) rates.push_back(t.rate);
    for (const Decimal& rate : rates) {
        const TaxAmount goal = find_rate(plan.goal, rate), answer = find_rate(answered, rate);
        const TaxAmount expect = find_rate(plan.expect, rate);
        difference.check(fmt::format("net at {} %:", rate.text()), goal.base, answer.base,
                         (goal.base - expect.base).abs());
        difference.check(fmt::format("VAT {} %:", rate.text()), goal.amount, answer.amount,
                         (goal.amount - expect.amount).abs());
    }
    return {difference.text.empty(), std::move(difference.text)};
}

}  // namespace brygga::flow
