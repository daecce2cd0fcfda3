#include "flow/plan.h"

#include <initializer_list>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brygga::flow {
namespace {

using entity::LineKind;
using entity::Order;
using entity::OrderLine;
using entity::TaxAmount;
using testing::HasSubstr;

Decimal d(std::string_view text) { return Decimal::parse(text).value(); }

OrderLine line(std::string_view quantity, std::string_view total, std::optional<int> rate, std::string sku = "A") {
    OrderLine l;
    l.sku = sku;
    l.name = "Name " + sku;
    l.quantity = d(quantity);
    l.total = d(total);
    l.unit_price = l.quantity.is_zero() ? l.total : l.total / l.quantity;
    if (rate) l.rate = Decimal{*rate};
    return l;
}

OrderLine line_of(LineKind kind, std::string_view total, std::optional<int> rate) {
    OrderLine l = line("1", total, rate, {});
    l.kind = kind;
    l.name = std::string{to_string(kind)};
    return l;
}

Order order(bool gross, std::initializer_list<OrderLine> lines, std::string_view stated = {}) {
    Order o;
    o.number = "1001";
    o.prices_include_tax = gross;
    o.lines = lines;
    if (!stated.empty()) o.stated_gross = d(stated);
    return o;
}

constexpr TargetArithmetic net{.prices_include_tax = false, .price_decimals = 2, .quantity_decimals = 4};
constexpr TargetArithmetic gross{.prices_include_tax = true, .price_decimals = 2, .quantity_decimals = 4};

Goal goal_of(const Order& o, const GoalSettings& settings = {}) {
    auto goal = order_goal(o, settings);
    EXPECT_TRUE(goal.ok()) << (goal.ok() ? "" : goal.error().message);
    return goal.ok() ? *std::move(goal) : Goal{};
}

Plan plan_of(const Order& o, const TargetArithmetic& target, const GoalSettings& settings = {}) {
    auto plan = plan_rows(goal_of(o, settings), target);
    EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : plan.error().message);
    return plan.ok() ? *std::move(plan) : Plan{};
}

std::string code_of(const Order& o, const GoalSettings& settings = {}) {
    const auto goal = order_goal(o, settings);
    return goal.ok() ? "" : goal.error().code;
}

/// "2 x 3.33 @25 A; ..."
std::string text(const Plan& plan) {
    std::string out;
    for (const PlannedRow& r : plan.rows)
        out += (out.empty() ? "" : "; ") + r.quantity.text() + " x " + r.unit_price.text(2) + " @" + r.rate.text() +
               " " + r.sku;
    return out;
}

std::string text(const entity::Totals& t) {
    std::string out = t.net.text(2) + " + " + t.tax.text(2) + " = " + t.gross.text(2);
    for (const TaxAmount& tax : t.taxes)
        out += "; " + tax.rate.text() + " %: " + tax.base.text(2) + "/" + tax.amount.text(2);
    return out;
}

std::string text(const Goal& goal) {
    std::string out;
    for (const GoalLine& l : goal.lines)
        out += (out.empty() ? "" : "; ") + l.amount.text(2) + " @" + l.rate.text() + " " + l.sku;
    return out;
}

TEST(Goal, TaxIsRoundedOncePerRate) {
    EXPECT_EQ(text(goal_of(order(true, {line("1", "0.07", 25), line("1", "0.07", 25), line("2", "10", 12)})).totals),
              "9.04 + 1.10 = 10.14; 12 %: 8.93/1.07; 25 %: 0.11/0.03");
    EXPECT_EQ(text(goal_of(order(false, {line("1", "0.02", 25), line("1", "0.02", 25), line("1", "5", 0)})).totals),
              "5.04 + 0.01 = 5.05; 0 %: 5.00/0.00; 25 %: 0.04/0.01");
}

TEST(Goal, DiscountsAreSpreadOverTheRates) {
    const Goal goal =
        goal_of(order(true, {line("1", "60", 25, "A"), line("1", "40", 12, "B"), line_of(LineKind::shipping, "49", 25),
                             line_of(LineKind::discount, "-10.01", std::nullopt)}));
    EXPECT_EQ(text(goal), "53.99 @25 A; 36.00 @12 B; 49.00 @25 SHIPPING-25");
}

TEST(Goal, ADiscountWithARateComesOffThatRateFirst) {
    const Order o =
        order(true, {line("1", "60", 25, "A"), line("1", "40", 12, "B"), line_of(LineKind::discount, "-50", 12)});
    EXPECT_EQ(text(goal_of(o)), "50.00 @25 A; 0.00 @12 B");
}

TEST(Goal, ADiscountBeyondTheGoodsComesOffShippingAndNoFurther) {
    Order o = order(true, {line("1", "10", 25, "A"), line_of(LineKind::shipping, "5", 25),
                           line_of(LineKind::discount, "-12", std::nullopt)});
    EXPECT_EQ(text(goal_of(o)), "0.00 @25 A; 3.00 @25 SHIPPING-25");
    o.lines[2].total = d("-15.01");
    const auto refused = order_goal(o, {});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, "totals.discount_too_large");
    EXPECT_THAT(refused.error().message, HasSubstr("Order 1001, line 3: the reduction of 15.01 is 0.01 more"));
}

TEST(Goal, ARefundedLineIsSpreadToo) {
    EXPECT_EQ(text(goal_of(order(true, {line("1", "60", 25, "A"), line("-1", "-20", 25, "B")}))), "40.00 @25 A");
}

TEST(Goal, FeesTakeTheRateTheSettingSays) {
    const Order o = order(true, {line("1", "10", 25), line("1", "90", 12), line_of(LineKind::shipping, "5", 6),
                                 line_of(LineKind::payment_fee, "3", std::nullopt)});
    EXPECT_EQ(goal_of(o).lines[3].sku, "FEE-6");
    EXPECT_EQ(goal_of(o, {.fee_tax = FeeTax::highest}).lines[3].sku, "FEE-25");
    EXPECT_EQ(goal_of(o, {.fee_tax = FeeTax::fixed, .fee_rate = d("7.7")}).lines[3].sku, "FEE-7.7");
    const Order pickup = order(true, {line("1", "90", 12), line_of(LineKind::extra_cost, "3", std::nullopt)});
    EXPECT_EQ(goal_of(pickup).lines[1].sku, "FEE-12");
}

TEST(Goal, ARateTheShopDoesNotStateIsNotGuessed) {
    EXPECT_EQ(code_of(order(true, {line("1", "10", std::nullopt)})), "totals.rate_missing");
    EXPECT_EQ(code_of(order(true, {line("1", "1", 25), line_of(LineKind::shipping, "5", std::nullopt)})),
              "totals.rate_missing");
    EXPECT_EQ(code_of(order(true, {line("1", "1", 25), line_of(LineKind::shipping, "0", std::nullopt)})), "");
}

TEST(Goal, ShippingMayFollowTheGoods) {
    const Order o =
        order(true, {line("1", "75", 25, "A"), line("1", "25", 12, "B"), line_of(LineKind::shipping, "10", 25)});
    const Goal goal = goal_of(o, {.proportional_shipping = true});
    EXPECT_EQ(text(goal), "75.00 @25 A; 25.00 @12 B; 7.50 @25 SHIPPING-25; 2.50 @12 SHIPPING-12");
    EXPECT_EQ(goal.lines[3].source_line, 2u);
}

TEST(Goal, ReverseChargeAndPlatformSalesAreWithoutTax) {
    Order o = order(false, {line("1", "100", 0), line_of(LineKind::shipping, "10", 21)});
    o.reverse_charge = true;
    EXPECT_EQ(text(goal_of(o).totals), "110.00 + 0.00 = 110.00; 0 %: 110.00/0.00");
    o.reverse_charge = false;
    o.platform = true;
    EXPECT_EQ(goal_of(o).lines[1].sku, "SHIPPING-0");
}

TEST(Goal, GiftCardsAreSoldAsLiabilityAndRedeemedAsPayment) {
    Order o = order(true,
                    {line("1", "100", 25), line_of(LineKind::gift_card, "50", std::nullopt),
                     line_of(LineKind::gift_card, "-30", std::nullopt)},
                    "120");
    const Goal goal = goal_of(o);
    EXPECT_EQ(text(goal), "100.00 @25 A; 50.00 @0 GIFTCARD");
    EXPECT_EQ(goal.redeemed, Decimal{30});
    EXPECT_EQ(goal.totals.gross, Decimal{150});
}

TEST(Goal, NumbersOfRowsWithoutTheirOwn) {
    Order o = order(true, {line("1", "1", 25, ""), line("1", "1", 0, ""), line_of(LineKind::deposit, "2", 25),
                           line_of(LineKind::shipping, "3", 21)});
    o.lines[1].ean = "7310000000000";
    EXPECT_EQ(text(goal_of(o)), "1.00 @25 OTHER-25; 1.00 @0 7310000000000; 2.00 @25 DEPOSIT-25; 3.00 @21 SHIPPING-21");
    const Goal oss = goal_of(o, {.oss_country = "NL"});
    EXPECT_EQ(oss.lines[3].sku, "SHIPPING-21-NL");
    EXPECT_EQ(oss.lines[1].sku, "7310000000000");
    EXPECT_TRUE(oss.lines[0].templated);
    EXPECT_FALSE(oss.lines[1].templated);
}

TEST(Goal, AContradictionOfTheShopIsHeldWithBothSums) {
    const Order o = order(true, {line("1", "100", 25)}, "100.05");
    const auto refused = order_goal(o, {});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, "totals.contradict");
    EXPECT_EQ(refused.error().error_class, ErrorClass::rejected);
    EXPECT_THAT(refused.error().message, HasSubstr("100.05"));
    EXPECT_THAT(refused.error().message, HasSubstr("100.00"));
    EXPECT_EQ(code_of(o, {.tolerance = d("0.04")}), "totals.contradict");
    EXPECT_EQ(code_of(o, {.tolerance = d("0.05")}), "");
}

TEST(Goal, StatedTaxMayDifferByACentPerRate) {
    Order o = order(true, {line("1", "100", 25), line("1", "100", 12), line("1", "7", 0)}, "207");
    o.stated_tax = d("30.73");
    EXPECT_EQ(code_of(o), "");
    EXPECT_EQ(goal_of(o).notices.size(), 1u);
    o.stated_tax = d("30.71");
    EXPECT_EQ(goal_of(o).notices.size(), 0u);
    o.stated_tax = d("30.74");
    const auto refused = order_goal(o, {});
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, HasSubstr("VAT of 30.74, but its lines add up to 30.71"));
}

TEST(Goal, TheLineTotalCounts) {
    Order o = order(true, {line("3", "10", 25)});
    o.lines[0].unit_price = d("4");
    const Goal goal = goal_of(o);
    EXPECT_EQ(goal.totals.gross, Decimal{10});
    ASSERT_EQ(goal.notices.size(), 1u);
    EXPECT_THAT(goal.notices[0], HasSubstr("line 1: the shop's line total 10.00 counts"));
}

TEST(Goal, RefusesWhatCannotBeCalculated) {
    EXPECT_EQ(code_of(order(true, {})), "totals.not_plannable");
    EXPECT_EQ(code_of(order(true, {line("1", "99999999999999999", 25)})), "totals.out_of_range");
    EXPECT_EQ(code_of(order(true, {line("1", "1", 101)})), "totals.out_of_range");
    Order o = order(true, {line("1", "1", 25)});
    o.lines[0].quantity = d("9999999999999999999");
    o.lines[0].unit_price = d("9999999999999999999");
    EXPECT_EQ(code_of(o), "totals.out_of_range");
}

TEST(Plan, SameBasisIsTakenOver) {
    const Plan plan = plan_of(order(true, {line("2", "250", 25), line("1.5", "4.50", 12, "B")}), gross);
    EXPECT_EQ(text(plan), "2 x 125.00 @25 A; 1.5 x 3.00 @12 B");
    EXPECT_EQ(plan.expect, plan.goal);
    EXPECT_EQ(text(plan_of(order(false, {line("4", "1", 25)}), net)), "4 x 0.25 @25 A");
}

TEST(Plan, GrossPricesBecomeNetRows) {
    const Plan plan = plan_of(order(true, {line("2", "250", 25), line("1", "49", 25, "B")}), net);
    EXPECT_EQ(text(plan), "2 x 100.00 @25 A; 1 x 39.20 @25 B");
    EXPECT_EQ(text(plan.expect), "239.20 + 59.80 = 299.00; 25 %: 239.20/59.80");
}

TEST(Plan, NetPricesBecomeGrossRows) {
    const Plan plan = plan_of(order(false, {line("3", "0.10", 25), line("1", "0.02", 25, "B")}), gross);
    EXPECT_EQ(text(plan), "2 x 0.04 @25 A; 1 x 0.05 @25 A; 1 x 0.02 @25 B");
    EXPECT_EQ(text(plan.expect), "0.12 + 0.03 = 0.15; 25 %: 0.12/0.03");
}

TEST(Plan, AGrossThatNetRowsCannotReachIsClosedByARoundingRow) {
    const Plan plan = plan_of(order(true, {line("1", "0.07", 25)}), net);
    EXPECT_EQ(text(plan), "1 x 0.05 @25 A; 1 x 0.01 @0 ROUNDING");
    EXPECT_EQ(plan.expect.gross.text(), "0.07");
    EXPECT_EQ(plan.rounding.text(), "0.01");
    EXPECT_EQ(plan.rows[1].role, LineKind::rounding);
    EXPECT_EQ(plan.rows[1].source_line, std::nullopt);
    ASSERT_EQ(plan.notices.size(), 1u);
    EXPECT_THAT(plan.notices[0], HasSubstr("rounding row of 0.01 without VAT"));
}

TEST(Plan, RoundingOfSeveralRatesIsOneRow) {
    const Plan plan = plan_of(order(true, {line("1", "0.07", 25), line("1", "0.05", 12, "B")}), net);
    EXPECT_EQ(text(plan), "1 x 0.05 @25 A; 1 x 0.04 @12 B; 1 x 0.02 @0 ROUNDING");
}

TEST(Plan, AnIndivisibleTotalBecomesTwoRows) {
    const Plan plan = plan_of(order(true, {line("3", "10", 25)}), gross);
    EXPECT_EQ(text(plan), "2 x 3.33 @25 A; 1 x 3.34 @25 A");
    EXPECT_EQ(plan.rows[0].text, "Name A");
    EXPECT_EQ(plan.rows[1].source_line, 0u);
    TargetArithmetic fine = gross;
    fine.price_decimals = 4;
    EXPECT_EQ(text(plan_of(order(true, {line("3", "10", 25)}), fine)), "3 x 3.3333 @25 A");
}

TEST(Plan, AQuantityTheTargetCannotHoldGoesIntoTheText) {
    Order o = order(true, {line("1.234", "10", 25)});
    o.lines[0].unit = "kg";
    TargetArithmetic coarse = gross;
    coarse.quantity_decimals = 2;
    const Plan plan = plan_of(o, coarse);
    EXPECT_EQ(text(plan), "1 x 10.00 @25 A");
    EXPECT_EQ(plan.rows[0].text, "1.234 kg × Name A");
    EXPECT_EQ(plan.rows[0].quantity_text, "1.234 kg × ");
    // The quantity fits, but no price with two decimals hits the amount.
    EXPECT_EQ(plan_of(order(true, {line("7.5", "10.01", 25)}), gross).rows[0].text, "7.5 × Name A");
    EXPECT_EQ(text(plan_of(order(true, {line("2.5", "10", 25)}), gross)), "2.5 x 4.00 @25 A");
}

TEST(Plan, FreeLinesStay) {
    const Plan plan = plan_of(order(true, {line("2", "0", 25, "GIFT"), line("1", "10", 25)}), net);
    EXPECT_EQ(text(plan), "2 x 0.00 @25 GIFT; 1 x 8.00 @25 A");
    EXPECT_EQ(text(plan_of(order(true, {line("1", "10", 25), line_of(LineKind::discount, "-10", {})}), net)),
              "1 x 0.00 @25 A");
}

TEST(Plan, DifferencesWithinTheToleranceAreClosed) {
    const GoalSettings tolerant{.tolerance = d("0.05")};
    EXPECT_EQ(text(plan_of(order(true, {line("1", "100", 25)}, "100.03"), net, tolerant)),
              "1 x 80.00 @25 A; 1 x 0.03 @0 ROUNDING");
    const Plan down = plan_of(order(true, {line("1", "100", 25)}, "99.97"), net, tolerant);
    EXPECT_EQ(down.expect.gross, d("99.97"));
    EXPECT_LE(down.rounding, d("0.01"));
    const Plan net_down = plan_of(order(false, {line("1", "100", 25)}, "124.97"), net, tolerant);
    EXPECT_EQ(net_down.expect.gross, d("124.97"));
    EXPECT_LE(net_down.rounding, d("0.05"));
}

TEST(Plan, NegativeRowsOnlyWhereTheTargetTakesThem) {
    const Order o =
        order(true, {line("1", "60", 25), line("1", "40", 12, "B"), line_of(LineKind::discount, "-10", {})});
    const Goal goal = goal_of(o, {.discounts_as_rows = true});
    EXPECT_EQ(text(goal), "60.00 @25 A; 40.00 @12 B; -6.00 @25 DISCOUNT-25; -4.00 @12 DISCOUNT-12");
    const auto refused = plan_rows(goal, gross);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, "totals.not_plannable");
    EXPECT_THAT(refused.error().message, HasSubstr("DISCOUNT-25"));
    TargetArithmetic negative = net;
    negative.negative_rows = true;
    const auto plan = plan_rows(goal, negative);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_EQ(plan->expect.gross, Decimal{90});
}

TEST(Plan, SaysWhyNot) {
    Goal goal = goal_of(order(true, {line("1", "10", 25)}));
    TargetArithmetic whole_units = net;
    whole_units.price_decimals = 0;
    EXPECT_THAT(plan_rows(goal, whole_units).error().message, HasSubstr("Order 1001"));
    EXPECT_EQ(plan_rows(Goal{}, net).error().code, "totals.not_plannable");
    goal.totals.gross = d("10.01");
    EXPECT_THAT(plan_rows(goal, net).error().message, HasSubstr("10.01: the nearest rows give 10.00"));
}

TEST(Ledger, CalculatesAsTheTargetSays) {
    std::vector<PlannedRow> rows(3);
    rows[0].quantity = d("3");
    rows[0].unit_price = d("0.333");
    rows[0].rate = Decimal{25};
    rows[1].unit_price = d("0.02");
    rows[1].rate = Decimal{25};
    rows[2].kind = RowKind::text;
    rows[2].unit_price = d("5");
    EXPECT_EQ(text(ledger_totals(rows, net)), "1.02 + 0.26 = 1.28; 25 %: 1.02/0.26");
    EXPECT_EQ(text(ledger_totals(rows, gross)), "0.82 + 0.20 = 1.02; 25 %: 0.82/0.20");
    TargetArithmetic by_row = net;
    by_row.tax_rounding = TaxRounding::row;
    rows[0].unit_price = d("0.02");
    rows[0].quantity = Decimal{1};
    EXPECT_EQ(text(ledger_totals(rows, by_row)), "0.04 + 0.02 = 0.06; 25 %: 0.04/0.02");
}

TEST(Compare, AcceptsOnlyWhatPlanningHadToGiveWay) {
    const Plan exact = plan_of(order(true, {line("1", "125", 25)}), net);
    EXPECT_TRUE(compare(exact, exact.expect).equal);
    entity::Totals answer = exact.expect;
    answer.gross = d("124.99");
    answer.tax = answer.taxes[0].amount = d("24.99");
    const Equality unequal = compare(exact, answer);
    EXPECT_FALSE(unequal.equal);
    EXPECT_EQ(unequal.difference, "gross 125.00, ledger 124.99; VAT 25 %: 25.00, ledger 24.99");

    const Plan rounded = plan_of(order(true, {line("1", "0.07", 25), line("1", "11.20", 12)}), net);
    EXPECT_EQ(text(rounded.expect), "10.06 + 1.21 = 11.27; 0 %: 0.01/0.00; 12 %: 10.00/1.20; 25 %: 0.05/0.01");
    EXPECT_TRUE(compare(rounded, rounded.expect).equal);
    EXPECT_TRUE(compare(rounded, rounded.goal).equal);
    answer = rounded.expect;
    answer.taxes[1].amount += d("0.01");
    answer.taxes[1].base -= d("0.01");
    EXPECT_EQ(compare(rounded, answer).difference, "net at 12 %: 10.00, ledger 9.99; VAT 12 %: 1.20, ledger 1.21");
}

TEST(Compare, AnswersWithSumsOnlyAndStrangeRates) {
    const Plan plan = plan_of(order(true, {line("1", "125", 25)}), net);
    entity::Totals answer = plan.expect;
    answer.taxes.clear();
    EXPECT_TRUE(compare(plan, answer).equal);
    answer.net = d("99.99");
    answer.tax = d("25.01");
    EXPECT_EQ(compare(plan, answer).difference, "net 100.00, ledger 99.99; VAT 25.00, ledger 25.01");
    answer = plan.expect;
    answer.taxes[0].rate = Decimal{12};
    EXPECT_THAT(compare(plan, answer).difference, HasSubstr("VAT 12 %: 0.00, ledger 25.00"));
    answer = plan.expect;
    answer.taxes.insert(answer.taxes.begin(), TaxAmount{Decimal{0}, {}, {}});
    EXPECT_TRUE(compare(plan, answer).equal);
}

}  // namespace
}  // namespace brygga::flow
