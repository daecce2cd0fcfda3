// What a changed order takes back, in each form; and over random orders that invoice and credit notes leave the order.
#include "flow/credit.h"

#include <algorithm>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/flow/random_orders.h"

namespace brygga::flow {
namespace {

using entity::LineKind;
using entity::Order;
using entity::OrderLine;

class CreditTest : public ::testing::Test {
protected:
    static Decimal d(const char* text) { return *Decimal::parse(text); }

    static OrderLine line(const char* sku, const char* quantity, const char* price, const char* rate = "25") {
        OrderLine out;
        out.sku = out.name = sku;
        out.quantity = d(quantity);
        out.unit_price = d(price);
        out.total = out.quantity * out.unit_price;
        out.rate = d(rate);
        return out;
    }
    static OrderLine charge(LineKind kind, const char* amount, std::optional<Decimal> rate = std::nullopt) {
        OrderLine out;
        out.kind = kind;
        out.name = "charge";
        out.total = out.unit_price = d(amount);
        out.rate = rate;
        return out;
    }
    static Order order(std::vector<OrderLine> lines) {
        Order out;
        out.number = "A-1";
        out.currency = "SEK";
        out.lines = std::move(lines);
        return out;
    }
    static Billed of(const Order& order) { return billed(order, *order_goal(order, {})); }
    static Refund change(const Order& before, const Order& after) {
        return refund("A-1", of(before), of(after), RowNumbers{}).value();
    }
    static std::string rows_of(const Refund& refund) {
        std::string out;
        for (const GoalLine& line : refund.goal.lines)
            out += line.quantity.text() + " " + line.sku + " " + line.amount.text(2) + "; ";
        return out + "= " + refund.goal.totals.gross.text(2);
    }

    /// A later version of an order that is nowhere more.
    static Order less(RandomOrders& random, Order o) {
        for (OrderLine& l : o.lines) {
            if (l.total.is_negative() || !random.chance(40)) continue;
            if (random.chance(40) && l.quantity > Decimal{1})
                l.quantity = l.quantity - Decimal{1};
            else
                l.unit_price =
                    (l.unit_price * Decimal::scaled(static_cast<std::int64_t>(random.below(101)), 2)).round(2);
            l.discount = {};
            l.total = std::min(l.total, (l.quantity * l.unit_price).round(2));
        }
        if (o.lines.size() > 1 && random.chance(30)) o.lines.erase(o.lines.begin());
        Decimal sum;
        for (const OrderLine& l : o.lines) sum += l.total;
        if (random.chance(50) && sum > Decimal{}) {
            OrderLine reduction = charge(LineKind::discount, "0");
            reduction.total = reduction.unit_price =
                -(sum * Decimal::scaled(static_cast<std::int64_t>(random.below(101)), 2)).round(2);
            o.lines.push_back(reduction);
        }
        return o;
    }

    static const entity::TaxAmount& at(const entity::Totals& totals, const Decimal& rate) {
        static const entity::TaxAmount none{};
        const auto found = std::ranges::find(totals.taxes, rate, &entity::TaxAmount::rate);
        return found == totals.taxes.end() ? none : *found;
    }
};

TEST_F(CreditTest, AQuantityThatWentDownIsItsDifference) {
    const Refund r = change(order({line("MUG", "3", "100")}), order({line("MUG", "1", "100")}));
    ASSERT_EQ(r.kind, Refund::Kind::credit) << r.why;
    EXPECT_EQ(rows_of(r), "2 MUG 200.00; = 200.00");
    EXPECT_EQ(r.goal.totals.tax, d("40"));
    EXPECT_FALSE(r.goal.lines[0].templated);
}

TEST_F(CreditTest, APriceThatWentDownIsOneRowOfTheDifference) {
    const Refund r = change(order({line("MUG", "2", "100")}), order({line("MUG", "2", "90")}));
    EXPECT_EQ(rows_of(r), "1 MUG 20.00; = 20.00");
}

TEST_F(CreditTest, ALineThatWasRemovedIsCreditedInWhole) {
    const Order before = order({line("MUG", "2", "100"), line("BOOK", "1", "53", "6"),
                                charge(LineKind::shipping, "49", d("25")), charge(LineKind::payment_fee, "19")});
    EXPECT_EQ(rows_of(change(before, order({line("MUG", "2", "100"), before.lines[2], before.lines[3]}))),
              "1 BOOK 53.00; = 53.00");
    EXPECT_EQ(rows_of(change(before, order({before.lines[0], before.lines[1], before.lines[3]}))),
              "1 SHIPPING-25 49.00; = 49.00");
    EXPECT_EQ(rows_of(change(before, order({before.lines[0], before.lines[1], before.lines[2]}))),
              "1 FEE-25 19.00; = 19.00");
}

TEST_F(CreditTest, AnAmountWithoutLinesIsARowForEachRate) {
    const Order before = order({line("MUG", "3", "100"), line("BOOK", "1", "100", "6")});
    Order after = before;
    after.lines.push_back(charge(LineKind::discount, "-40"));
    const Refund r = change(before, after);
    EXPECT_EQ(rows_of(r), "1 REFUND-6 10.00; 1 REFUND-25 30.00; = 40.00");
    EXPECT_TRUE(r.goal.lines[0].templated);
    RowNumbers own;
    own.refund = "KREDIT-{rate}";
    EXPECT_THAT(rows_of(refund("A-1", of(before), of(after), own).value()), ::testing::HasSubstr("KREDIT-25"));
}

TEST_F(CreditTest, ADiscountThatRestsOnFewerLinesNowIsTakenIntoAccount) {
    const Order before = order({line("MUG", "1", "100"), line("CUP", "1", "100"), charge(LineKind::discount, "-20")});
    EXPECT_EQ(rows_of(change(before, order({before.lines[0], before.lines[2]}))),
              "1 CUP 90.00; 1 REFUND-25 10.00; = 100.00");
    EXPECT_EQ(rows_of(change(before, order({before.lines[0], charge(LineKind::discount, "-5")}))),
              "1 CUP 85.00; = 85.00");
}

TEST_F(CreditTest, NewIdsOfTheSameLinesAreNoChange) {
    Order before = order({line("MUG", "1", "100"), line("CUP", "1", "50")}), after = before;
    std::ranges::reverse(after.lines);
    after.lines[0].id = "other";
    EXPECT_EQ(change(before, after).kind, Refund::Kind::none);
}

TEST_F(CreditTest, WhatIsMoreSomewhereIsNoCreditNote) {
    const Order before = order({line("MUG", "2", "100"), charge(LineKind::shipping, "49", d("25"))});
    const auto refused = [&](std::vector<OrderLine> lines) {
        const Refund r = change(before, order(std::move(lines)));
        EXPECT_EQ(r.kind, Refund::Kind::more);
        return r.why;
    };
    EXPECT_EQ(refused({line("MUG", "3", "100")}), "there are 3 of MUG now and 2 were billed");
    EXPECT_EQ(refused({line("MUG", "1", "100"), line("CUP", "1", "20")}), "there are 1 of CUP now and 0 were billed");
    EXPECT_EQ(refused({line("MUG", "2", "50"), charge(LineKind::shipping, "59", d("25"))}),
              "charge is 59.00 now and 49.00 was billed");
    EXPECT_EQ(refused({line("MUG", "1", "100", "12")}), "at 12 % VAT it is 100.00 more than was billed");
    Order euro = order({line("MUG", "1", "100")});
    euro.currency = "EUR";
    EXPECT_EQ(change(before, euro).why, "it is in EUR now and was in SEK");
    euro.currency = "SEK";
    euro.prices_include_tax = false;
    EXPECT_THAT(change(before, euro).why, ::testing::HasSubstr("with tax"));
}

TEST_F(CreditTest, SeveralOneAfterAnotherEndAtNothing) {
    const Order first = order({line("MUG", "3", "33.33"), line("CUP", "1", "50", "12")}),
                second = order({line("MUG", "2", "33.33"), line("CUP", "1", "50", "12")});
    const Refund one = change(first, second);
    EXPECT_EQ(rows_of(one), "1 MUG 33.33; = 33.33");
    const Refund two = refund("A-1", one.left, nothing_billed(one.left), RowNumbers{}).value();
    EXPECT_EQ(rows_of(two), "2 MUG 66.66; 1 CUP 50.00; = 116.66");
    EXPECT_TRUE(two.left.gross.is_zero());
    EXPECT_EQ(refund("A-1", two.left, nothing_billed(two.left), RowNumbers{}).value().kind, Refund::Kind::none);
    EXPECT_EQ(refund("A-1", two.left, of(second), RowNumbers{}).value().kind, Refund::Kind::more);
}

TEST_F(CreditTest, WhatIsKeptReadsAsItWas) {
    const Billed before = of(order({line("MUG", "1.5", "33.33"), charge(LineKind::shipping, "49", d("25"))}));
    const auto after = parse_billed(to_json(before));
    ASSERT_TRUE(after);
    EXPECT_EQ(to_json(*after), to_json(before));
    EXPECT_FALSE(parse_billed(Json{}));
    EXPECT_FALSE(parse_billed(*Json::parse(R"({"gross":1,"lines":[{"kind":"what"}]})")));
}

TEST_F(CreditTest, TooMuchIsRefused) {
    Billed open = of(order({line("MUG", "1", "100")}));
    open.by_rate[d("25")] = d("99999999999999999");
    EXPECT_EQ(refund("A-1", open, nothing_billed(open), RowNumbers{}).error().code, "totals.out_of_range");
}

TEST_F(CreditTest, InvoiceLessCreditNotesIsTheOrder) {
    const char* wanted = std::getenv("BRYGGA_RANDOM_ORDERS");
    const int count = wanted ? std::atoi(wanted) : 3'000;
    RandomOrders random;
    int notes = 0, refused = 0;
    for (int i = 0; i < count; ++i) {
        Order now = random.next();
        now.currency = "SEK";
        for (std::size_t l = 0; l < now.lines.size(); ++l) now.lines[l].sku += std::to_string(l);
        TargetArithmetic target;
        target.prices_include_tax = random.chance(50);
        const auto goal = order_goal(now, {});
        ASSERT_TRUE(goal.ok());
        const auto invoice = plan_rows(*goal, target);
        if (!invoice) continue;
        Billed open = billed(now, *goal);
        entity::Totals left = invoice->expect;
        Decimal rounding = invoice->rounding;
        std::int64_t documents = 1;
        for (int version = 0; version < 4; ++version) {
            now = less(random, now);
            const bool cancelled = now.lines.empty() || (version == 3 && random.chance(50));
            const auto next = order_goal(now, {});
            if (!cancelled && !next) break;  // a reduction of more than is left
            const Billed should = cancelled ? nothing_billed(open) : billed(now, *next);
            const auto r = refund("R", open, should, {});
            ASSERT_TRUE(r.ok()) << r.error().message;
            if (r->kind == Refund::Kind::more) {
                ++refused;  // a reduction of the whole order that became smaller
                break;
            }
            if (r->kind == Refund::Kind::none) continue;
            const auto note = plan_rows(r->goal, target);
            ASSERT_TRUE(note.ok()) << note.error().message;
            ++notes;
            ++documents;
            open = r->left;
            for (const GoalLine& row : r->goal.lines) ASSERT_GT(row.amount, Decimal{0});
            ASSERT_EQ(note->expect.gross, r->goal.totals.gross);
            left.gross = left.gross - note->expect.gross;
            rounding = rounding - note->rounding -
                       (r->goal.lines.front().kind == LineKind::rounding ? r->goal.totals.gross : Decimal{});
            for (const entity::TaxAmount& t : note->expect.taxes) {
                auto known = std::ranges::find(left.taxes, t.rate, &entity::TaxAmount::rate);
                if (known == left.taxes.end()) known = left.taxes.insert(known, {t.rate, {}, {}});
                known->base = known->base - t.base;
                known->amount = known->amount - t.amount;
            }
            const entity::Totals totals = cancelled ? entity::Totals{} : next->totals;
            ASSERT_EQ(left.gross, totals.gross) << "order " << i << ", version " << version;
            ASSERT_EQ(open.gross, totals.gross);
            for (const entity::TaxAmount& t : left.taxes) {
                const Decimal extra = t.rate.is_zero() ? rounding : Decimal{};
                const Decimal allowed = Decimal::scaled(documents, 2);
                ASSERT_LE((t.amount - at(totals, t.rate).amount).abs(), allowed) << "order " << i;
                ASSERT_LE((t.base - extra - at(totals, t.rate).base).abs(), allowed) << "order " << i;
            }
            if (cancelled) break;
        }
    }
    std::printf("%d credit notes, %d orders with something that became more\n", notes, refused);
    EXPECT_GT(notes, count);
    EXPECT_LT(refused, count / 2);
}

}  // namespace
}  // namespace brygga::flow
