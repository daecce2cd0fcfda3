#include <map>
#include <numeric>
#include <set>

#include "support.hpp"

namespace brygga::sim::test {
namespace {

ShopRow sold(int price, int rate) {
    ShopRow row;
    row.price = Decimal{price};
    row.rate = rate;
    return row;
}

GeneratorOptions options(int orders, std::uint64_t seed) {
    GeneratorOptions o;
    o.orders = orders;
    o.seed = seed;
    return o;
}

std::string texts(std::uint64_t seed) {
    const Switches switches;
    Generator generator{options(50, seed), fixed_now};
    std::string all;
    for (const ShopOrder& order : generator.initial()) {
        all += order_text(order, "http://shop.example/api/rest/v1", switches);
        for (const ShopRow& row : order.rows) all += row_json(order, row, "http://shop.example/api/rest/v1").dump();
    }
    return all;
}

TEST(GeneratorTest, SameSeedSameText) {
    EXPECT_EQ(texts(7), texts(7));
    EXPECT_NE(texts(7), texts(8));
}

TEST(GeneratorTest, TwoHundredOrdersMeetEveryKind) {
    Generator generator{options(200, 1), fixed_now};
    std::map<std::string, int> kinds;
    std::set<std::string> numbers;
    std::set<std::int64_t> seconds;
    std::map<std::int64_t, int> number_parts;
    for (const ShopOrder& order : generator.initial()) {
        ++kinds[order.kind];
        EXPECT_LE(order.created, fixed_now);
        seconds.insert(order.created);
        if (!order.completed) continue;
        EXPECT_TRUE(numbers.insert(order.number_full).second) << order.number_full;
        ++number_parts[order.number];
    }
    EXPECT_EQ(kinds.size(), 45u);
    EXPECT_LT(seconds.size(), 200u);
    EXPECT_TRUE(std::any_of(number_parts.begin(), number_parts.end(), [](const auto& p) { return p.second > 1; }));
}

TEST(GeneratorTest, CleanOrdersArePlainAndKnown) {
    GeneratorOptions o = options(100, 3);
    o.clean = true;
    o.known_share = 100;
    Generator generator{o, fixed_now};
    for (const Product& p : generator.products()) EXPECT_TRUE(p.known);
    for (const ShopOrder& order : generator.initial()) {
        EXPECT_TRUE(order.kind == "plain_person" || order.kind == "plain_company") << order.kind;
        EXPECT_TRUE(order.completed && order.paid && order.buyer.known);
    }
}

TEST(GeneratorTest, TotalsAddUpForAThousandSeeds) {
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        Generator generator{options(10, seed), fixed_now};
        for (const ShopOrder& order : generator.initial()) {
            Cents rows = 0, net = 0, tax = 0;
            for (const ShopRow& row : order.rows) rows += row.total();
            for (const TaxLine& line : order.taxes) {
                net += line.net;
                tax += line.tax;
                EXPECT_LE(std::abs(line.tax * 10'000 - line.net * line.rate), 10'000 + line.rate) << order.kind;
            }
            const Cents sum = rows - order.discount + order.shipping + order.fee + order.extra_costs;
            EXPECT_EQ(order.gross, order.rows_include_tax ? sum : sum + tax) << order.kind << " seed " << seed;
            EXPECT_EQ(order.gross, net + tax);
            EXPECT_EQ(order.tax, tax);
            EXPECT_GE(order.gross, 0);
            EXPECT_EQ(order.completed, !order.number_full.empty());
        }
    }
}

TEST(Spread, PartsAddUpByLargestRemainder) {
    EXPECT_EQ(spread(100, {1, 1, 1}), (std::vector<Cents>{34, 33, 33}));
    EXPECT_EQ(spread(5, {100, 200, 0}), (std::vector<Cents>{2, 3, 0}));
    EXPECT_EQ(spread(0, {3, 4}), (std::vector<Cents>{0, 0}));
    EXPECT_EQ(spread(7, {7}), (std::vector<Cents>{7}));
}

TEST(Settle, SpreadsACouponOverRates) {
    ShopOrder order;
    order.rows = {sold(100, 2500), sold(50, 1200), sold(50, 600)};
    order.discount = 1001;  // 10.01 over 200.00: 5.005, 2.5025, 2.5025
    order.shipping = 4900;
    order.settle();
    ASSERT_EQ(order.taxes.size(), 3u);
    EXPECT_EQ(order.gross, 20'000 - 1001 + 4900);
    EXPECT_EQ(order.taxes[2].net + order.taxes[2].tax, 10'000 - 501 + 4900);
    EXPECT_EQ(order.taxes[1].net + order.taxes[1].tax, 5000 - 250);
    EXPECT_EQ(order.taxes[0].net + order.taxes[0].tax, 5000 - 250);
    EXPECT_EQ(order.taxes[2].tax, 2880);  // 143.99 x 25 / 125 = 28.798
}

TEST(Arithmetic, RoundsHalfAwayFromZero) {
    EXPECT_EQ(vat_on_net(2, 2500), 1);  // 0.5
    EXPECT_EQ(vat_on_net(-2, 2500), -1);
    EXPECT_EQ(vat_in_gross(7, 2500), 1);
    EXPECT_EQ(row_amount(*Decimal::parse("1.375"), *Decimal::parse("19.99"), Decimal{}), 2749);
    EXPECT_EQ(row_amount(Decimal{3}, *Decimal::parse("12.345678"), Decimal{}), 3704);
    EXPECT_EQ(row_amount(Decimal{1}, *Decimal::parse("0.01"), *Decimal::parse("0.5")), 1);
    EXPECT_EQ(row_amount(Decimal{1}, *Decimal::parse("0.01"), *Decimal::parse("0.5001")), 0);
}

TEST(VatNumbers, HaveRightCheckDigits) {
    for (const char* country : {"SE", "DE", "DK", "FI", "NL"})
        for (std::uint64_t n = 0; n < 200; ++n)
            EXPECT_TRUE(vat_number_digits_right(make_vat_number(country, n * 997))) << country << n;
    EXPECT_TRUE(vat_number_digits_right("DE136695976"));
    EXPECT_TRUE(vat_number_digits_right("DK13585628"));
    EXPECT_TRUE(vat_number_digits_right("FI20774740"));
    EXPECT_TRUE(vat_number_digits_right("NL004495445B01"));
    EXPECT_FALSE(vat_number_digits_right("DE136695977"));
    EXPECT_FALSE(vat_number_digits_right("SE12"));
}

}  // namespace
}  // namespace brygga::sim::test
