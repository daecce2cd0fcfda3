// Random orders against every arithmetic: the plan's own ledger must give the shop's figures back.
#include <array>
#include <cstdlib>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "flow/plan.h"
#include "unit/flow/random_orders.h"

namespace brygga::flow {
namespace {

using entity::Order;
using entity::TaxAmount;

Decimal base_of(const entity::Totals& totals, const Decimal& rate, Decimal TaxAmount::*figure) {
    for (const TaxAmount& t : totals.taxes)
        if (t.rate == rate) return t.*figure;
    return {};
}

/// What is wrong with a plan; empty when it is equal in the sense of the rules.
std::string fault(const Plan& plan, const TargetArithmetic& target) {
    const entity::Totals ledger = ledger_totals(plan.rows, target);
    const Decimal cent = Decimal::scaled(1, 2);
    if (ledger != plan.expect) return "expect is not the ledger's answer";
    if (ledger.gross != plan.goal.gross) return "gross " + ledger.gross.text(2);
    if (plan.rounding > cent * Decimal{static_cast<std::int64_t>(plan.goal.taxes.size())}) return "rounding too large";
    for (const TaxAmount& goal : plan.goal.taxes) {
        const Decimal allowed = plan.rounding.is_zero() || goal.rate.is_zero() ? Decimal{} : cent;
        const Decimal extra = goal.rate.is_zero() ? plan.rounding : Decimal{};
        if ((base_of(ledger, goal.rate, &TaxAmount::base) - goal.base - extra).abs() > allowed) return "net per rate";
        if ((base_of(ledger, goal.rate, &TaxAmount::amount) - goal.amount).abs() > allowed) return "VAT per rate";
    }
    Decimal net;
    for (const PlannedRow& row : plan.rows) {
        if (row.unit_price.is_negative() || row.quantity <= Decimal{}) return "a negative row";
        if (row.unit_price.places() > target.price_decimals) return "too fine a price";
        if (row.quantity.places() > target.quantity_decimals) return "too fine a quantity";
        if ((row.quantity * row.unit_price).round(2) != row.amount) return "a row's amount";
        net += row.amount;
    }
    if (net != (target.prices_include_tax ? ledger.gross : ledger.net)) return "the rows' sum";
    if (const Equality equal = compare(plan, ledger); !equal.equal) return equal.difference;
    return {};
}

TEST(PlanProperty, RandomOrdersComeOutEqual) {
    const char* wanted = std::getenv("BRYGGA_RANDOM_ORDERS");
    const int count = wanted ? std::atoi(wanted) : 7'000;  // as much as a debug build does in some seconds
    constexpr auto document = TaxRounding::document_rate;
    const std::array<TargetArithmetic, 4> targets{{{false, 2, 4, false, document},
                                                   {true, 2, 2, false, document},
                                                   {false, 4, 4, false, document},
                                                   {false, 2, 2, false, TaxRounding::row}}};
    std::array<int, 4> refused{}, rounded{};
    RandomOrders orders;
    for (int i = 0; i < count; ++i) {
        const Order order = orders.next();
        const auto goal = order_goal(order, {});
        ASSERT_TRUE(goal.ok()) << goal.error().message;
        for (std::size_t t = 0; t < targets.size(); ++t) {
            const auto plan = plan_rows(*goal, targets[t]);
            if (!plan.ok()) {
                EXPECT_EQ(plan.error().code, "totals.not_plannable");
                ++refused[t];
                continue;
            }
            rounded[t] += !plan->rounding.is_zero();
            ASSERT_EQ(fault(*plan, targets[t]), "") << "order " << i << ", arithmetic " << t;
        }
    }
    for (std::size_t t = 0; t < targets.size(); ++t) {
        fmt::print("arithmetic {}: {} not plannable, {} with a rounding row\n", t, refused[t], rounded[t]);
        EXPECT_LT(refused[t], count / 200) << t;
        RecordProperty(fmt::format("refused_{}", t), refused[t]);
    }
    EXPECT_EQ(refused[0] + refused[1] + refused[2], 0);
}

}  // namespace
}  // namespace brygga::flow
