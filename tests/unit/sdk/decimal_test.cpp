#include "brygga/sdk/decimal.hpp"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <random>

namespace brygga {
namespace {

using boost::multiprecision::cpp_int;

/// The reference: an exact fraction value x 10^-18, from the text.
cpp_int exact(const std::string& text, int places = 18) {
    std::string digits;
    int after = -1;
    for (const char c : text) {
        if (c == '.')
            after = 0;
        else if (c != '-') {
            digits += c;
            if (after >= 0) ++after;
        }
    }
    cpp_int value{digits.empty() ? "0" : digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1))};
    for (int i = std::max(after, 0); i < places; ++i) value *= 10;
    return text.starts_with('-') ? cpp_int{-value} : value;
}

cpp_int power(int n) { return boost::multiprecision::pow(cpp_int{10}, static_cast<unsigned>(n)); }

/// numerator / denominator to a whole number, ties to even.
cpp_int half_even(cpp_int numerator, const cpp_int& denominator) {
    const bool negative = (numerator < 0) != (denominator < 0);
    const cpp_int n = abs(numerator), d = abs(denominator);
    cpp_int q = n / d;
    const cpp_int twice = (n % d) * 2;
    if (twice > d || (twice == d && q % 2 != 0)) ++q;
    return negative ? cpp_int{-q} : q;
}

class RandomDecimals {
public:
    explicit RandomDecimals(unsigned seed) : random_{seed} {}
    Decimal next(int digits = 18) {
        std::string text;
        const int count = std::uniform_int_distribution<int>{1, digits}(random_);
        const int places = std::uniform_int_distribution<int>{0, std::min(count, 9)}(random_);
        for (int i = 0; i < count; ++i) {
            if (i == count - places) text += text.empty() ? "0." : ".";
            text += static_cast<char>('0' + std::uniform_int_distribution<int>{0, 9}(random_));
        }
        if (text.back() == '.') text += '0';
        return *Decimal::parse((random_() % 2 ? "-" : "") + text);
    }

private:
    std::mt19937 random_;
};

TEST(Decimal, ReadsJsonNumbers) {
    const auto text = [](std::string_view in) {
        const auto d = Decimal::parse(in);
        return d ? d->text() : std::string{"none"};
    };
    EXPECT_EQ(text("0"), "0");
    EXPECT_EQ(text("-0.0"), "0");
    EXPECT_EQ(text("19.990"), "19.99");
    EXPECT_EQ(text("+1"), "1");
    EXPECT_EQ(text("1e3"), "1000");
    EXPECT_EQ(text("12.5E-1"), "1.25");
    EXPECT_EQ(text("1e-9"), "0.000000001");
    EXPECT_EQ(text("0.1000000000000"), "0.1");
    EXPECT_EQ(text("9999999999999999999999999999"), "9999999999999999999999999999");
    EXPECT_EQ(text("0e999999999"), "0");
    for (const char* bad : {"", "-", ".", "1.", ".5", "1e", "1e+", "1.2.3", "0x1", " 1", "1 ", "1e-10",
                            "10000000000000000000000000000", "1e28", "0.0000000001", "nan", "inf", "1,5"})
        EXPECT_EQ(text(bad), "none") << bad;
}

TEST(Decimal, WritesWithAtLeastSoManyPlaces) {
    EXPECT_EQ(Decimal{5}.text(2), "5.00");
    EXPECT_EQ(Decimal::scaled(-5, 2).text(1), "-0.05");
    EXPECT_EQ(Decimal{}.text(2), "0.00");
    EXPECT_EQ(Decimal::scaled(123456789, 9).text(), "0.123456789");
}

TEST(Decimal, TextAndValueAgree) {
    RandomDecimals random{1};
    for (int i = 0; i < 3'000; ++i) {
        const Decimal d = random.next(28);
        EXPECT_EQ(*Decimal::parse(d.text()), d);
        EXPECT_EQ(*Decimal::parse(d.text(9)), d);
    }
}

TEST(Decimal, AddsAndComparesAsTheReference) {
    RandomDecimals random{2};
    for (int i = 0; i < 3'000; ++i) {
        const Decimal x = random.next(), y = random.next();
        EXPECT_EQ(exact((x + y).text()), exact(x.text()) + exact(y.text()));
        EXPECT_EQ(exact((x - y).text()), exact(x.text()) - exact(y.text()));
        const Decimal a = random.next(28), b = random.next(28);
        EXPECT_EQ(a < b, exact(a.text()) < exact(b.text()));
        EXPECT_EQ(a == b, exact(a.text()) == exact(b.text()));
    }
}

TEST(Decimal, MultipliesAndDividesAsTheReference) {
    RandomDecimals random{3};
    for (int i = 0; i < 3'000; ++i) {
        const Decimal a = random.next(), b = random.next();
        const cpp_int product = half_even(exact(a.text(), 9) * exact(b.text(), 9), power(9));
        if (abs(product) < power(28)) {
            EXPECT_EQ(exact((a * b).text(), 9), product) << a.text() << " * " << b.text();
        }
        if (b.is_zero()) continue;
        const cpp_int quotient = half_even(exact(a.text(), 9) * power(9), exact(b.text(), 9));
        if (abs(quotient) < power(28)) {
            EXPECT_EQ(exact((a / b).text(), 9), quotient) << a.text() << " / " << b.text();
        }
        EXPECT_EQ(exact((a % b).text()), exact(a.text()) % exact(b.text()));
    }
}

TEST(Decimal, RoundsAsTheReference) {
    RandomDecimals random{4};
    for (int i = 0; i < 3'000; ++i) {
        const Decimal d = random.next();
        for (int places = 0; places < 9; ++places) {
            const cpp_int value = exact(d.text(), 9), unit = power(9 - places);
            const cpp_int down = value / unit * unit, step = value < 0 ? -unit : unit;
            const cpp_int rest = abs(value % unit);
            EXPECT_EQ(exact(d.round(places, Rounding::down).text(), 9), down);
            EXPECT_EQ(exact(d.round(places, Rounding::up).text(), 9), rest == 0 ? down : cpp_int{down + step});
            EXPECT_EQ(exact(d.round(places).text(), 9), rest * 2 >= unit ? cpp_int{down + step} : down);
            EXPECT_EQ(exact(d.round(places, Rounding::half_even).text(), 9), half_even(value, unit) * unit);
        }
    }
}

TEST(Decimal, RoundsTheTiesOfInvoices) {
    EXPECT_EQ(Decimal::parse("0.005")->round(2).text(), "0.01");
    EXPECT_EQ(Decimal::parse("-0.005")->round(2).text(), "-0.01");
    EXPECT_EQ(Decimal::parse("0.025")->round(2, Rounding::half_even).text(), "0.02");
    EXPECT_EQ(Decimal::parse("1.4999999")->round(0).text(), "1");
}

TEST(Decimal, SaysWhenItDoesNotFit) {
    const Decimal large = *Decimal::parse("9999999999999999999999999999");
    EXPECT_THROW(large + Decimal{1}, DecimalOverflow);
    EXPECT_THROW(large * large, DecimalOverflow);
    EXPECT_THROW(large / Decimal::scaled(1, 9), DecimalOverflow);
    EXPECT_THROW(large.round(0) * Decimal{10}, DecimalOverflow);
    EXPECT_THROW(Decimal{1} / Decimal{}, DecimalDivisionByZero);
    EXPECT_THROW(Decimal{1} % Decimal{}, DecimalDivisionByZero);
}

TEST(Decimal, CountsInUnits) {
    EXPECT_EQ(Decimal::parse("19.99")->units(2), 1999);
    EXPECT_EQ(Decimal::parse("19.99")->units(1), std::nullopt);
    EXPECT_EQ(Decimal{-7}.units(0), -7);
    EXPECT_EQ(Decimal::parse("9223372036854775807")->units(0), INT64_MAX);
    EXPECT_EQ(Decimal::parse("9223372036854775808")->units(0), std::nullopt);
}

}  // namespace
}  // namespace brygga
