// The language's arithmetic against exact fractions of another library, on many random numbers.
#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <random>

#include "mapping/program.h"

namespace brygga::mapping {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

cpp_int power(int n) { return boost::multiprecision::pow(cpp_int{10}, static_cast<unsigned>(n)); }

/// A decimal's text as a fraction.
cpp_rational exact(const std::string& text) {
    std::string digits;
    int places = 0;
    bool point = false;
    for (const char c : text) {
        if (c == '.')
            point = true;
        else if (c != '-') {
            digits += c;
            places += point;
        }
    }
    const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    const cpp_rational value{cpp_int{digits.substr(first)}, power(places)};
    return text.starts_with('-') ? cpp_rational{-value} : value;
}

enum class Mode { half_up, half_even, up, down };

cpp_rational rounded(const cpp_rational& value, int places, Mode mode) {
    const cpp_int n = abs(numerator(value)) * power(places), d = denominator(value);
    cpp_int q = n / d;
    const cpp_int rest = n % d, twice = rest * 2;
    const bool step = mode == Mode::half_up     ? twice >= d
                      : mode == Mode::half_even ? twice > d || (twice == d && q % 2 != 0)
                      : mode == Mode::up        ? rest != 0
                                                : false;
    if (step) ++q;
    const cpp_rational out{q, power(places)};
    return value < 0 ? cpp_rational{-out} : out;
}

/// Its text when it fits a decimal: at most 28 digits, 9 of them behind the point.
std::string text_of(const cpp_rational& value) {
    const cpp_rational scaled = value * cpp_rational{power(9)};
    if (denominator(scaled) != 1) return "too fine";
    std::string digits = cpp_int{abs(numerator(scaled))}.str();
    if (digits.size() < 10) digits.insert(0, 10 - digits.size(), '0');
    std::string whole = digits.substr(0, digits.size() - 9), fraction = digits.substr(digits.size() - 9);
    while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
    const std::string significant = whole == "0" ? fraction : whole + fraction;
    const std::size_t first = significant.find_first_not_of('0');
    if (first != std::string::npos && significant.size() - first > 28) return "overflow";
    return (value < 0 ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
}

class Oracle : public testing::Test {
protected:
    Oracle() : environment_{{{"a"}, {"b"}}} {}

    std::string number(int most_digits) {
        const int digits = std::uniform_int_distribution<int>{1, most_digits}(random_);
        const int places = std::uniform_int_distribution<int>{0, 9}(random_);
        std::string text = random_() % 2 ? "-" : "";
        for (int i = 0; i < std::max(digits - places, 0); ++i) text += static_cast<char>('0' + random_() % 10);
        if (text.empty() || text == "-") text += '0';
        // A number of JSON has no zeros in front.
        const std::size_t sign = text[0] == '-' ? 1 : 0;
        while (text.size() > sign + 1 && text[sign] == '0') text.erase(sign, 1);
        for (int i = 0; i < std::min(places, digits); ++i) text += (i == 0 ? "." : "") + std::to_string(random_() % 10);
        return text;
    }
    Program compiled(const std::string& expression) {
        auto program = Program::compile({expression}, environment_);
        EXPECT_TRUE(program.ok()) << expression;
        return std::move(*program);
    }
    /// The value as text, "overflow", or what else went wrong.
    std::string run(const Program& program, const std::string& a, const std::string& b) {
        const Json x = *Json::parse(a), y = *Json::parse(b);
        Scope scope{environment_};
        scope.set(0, Value::view(x));
        scope.set(1, Value::view(y));
        workspace_.memory.clear();
        const Outcome outcome = program.evaluate(scope, workspace_);
        if (outcome.ok()) return to_json(outcome.value).dump();
        const bool overflow = outcome.diagnostic.message == "the result has more than 28 digits";
        return overflow ? "overflow" : outcome.diagnostic.message;
    }

    std::mt19937 random_{20261126};
    Environment environment_;
    Workspace workspace_;
};

TEST_F(Oracle, SumsDifferencesProductsQuotientsAndRemaindersAgree) {
    const Program sum = compiled("a + b"), difference = compiled("a - b"), product = compiled("a * b"),
                  quotient = compiled("a / b"), remainder = compiled("a % b");
    for (int i = 0; i < 4'000; ++i) {
        const int digits = i % 3 == 0 ? 28 : i % 3 == 1 ? 18 : 9;
        const std::string a = number(digits), b = number(digits);
        const cpp_rational x = exact(a), y = exact(b);
        ASSERT_EQ(run(sum, a, b), text_of(x + y)) << a << " + " << b;
        ASSERT_EQ(run(difference, a, b), text_of(x - y)) << a << " - " << b;
        ASSERT_EQ(run(product, a, b), text_of(rounded(x * y, 9, Mode::half_even))) << a << " * " << b;
        if (y == 0) continue;
        ASSERT_EQ(run(quotient, a, b), text_of(rounded(x / y, 9, Mode::half_even))) << a << " / " << b;
        const cpp_rational cut = rounded(x / y, 0, Mode::down);
        ASSERT_EQ(run(remainder, a, b), text_of(x - cut * y)) << a << " % " << b;
    }
}

TEST_F(Oracle, RoundingAgreesInEveryMode) {
    const char* modes[]{"half_up", "half_even", "up", "down"};
    for (int places = 0; places <= 9; ++places) {
        for (int mode = 0; mode < 4; ++mode) {
            const Program round = compiled("round(a, " + std::to_string(places) + ", " + modes[mode] + ")");
            for (int i = 0; i < 150; ++i) {
                const std::string a = number(i % 2 ? 28 : 12);
                ASSERT_EQ(run(round, a, "0"), text_of(rounded(exact(a), places, static_cast<Mode>(mode))))
                    << a << " to " << places << ' ' << modes[mode];
            }
        }
    }
}

TEST_F(Oracle, FloorCeilAndTaxAgree) {
    const Program floor = compiled("floor(a)"), ceil = compiled("ceil(a)"), net = compiled("net(a, b)"),
                  gross = compiled("gross(a, b)");
    for (int i = 0; i < 1'000; ++i) {
        const std::string a = number(20), rate = std::to_string(random_() % 30) + "." + std::to_string(random_() % 100);
        const cpp_rational x = exact(a), down = rounded(x, 0, Mode::down), factor = 1 + exact(rate) / 100;
        ASSERT_EQ(run(floor, a, "0"), text_of(down > x ? cpp_rational{down - 1} : down)) << a;
        ASSERT_EQ(run(ceil, a, "0"), text_of(down < x ? cpp_rational{down + 1} : down)) << a;
        ASSERT_EQ(run(net, a, rate), text_of(rounded(x / factor, 9, Mode::half_even))) << a << ' ' << rate;
        ASSERT_EQ(run(gross, a, rate), text_of(rounded(x * factor, 9, Mode::half_even))) << a << ' ' << rate;
    }
}

/// Largest remainder by its definition.
std::string allocated(const cpp_rational& total, const std::vector<cpp_rational>& weights, int places) {
    cpp_rational sum = 0;
    for (const auto& w : weights) sum += w;
    const cpp_rational units = abs(total) * cpp_rational{power(places)};
    std::vector<cpp_rational> whole, rest;
    cpp_rational left = units;
    for (const auto& w : weights) {
        const cpp_rational share = units * w / sum;
        whole.push_back(rounded(share, 0, Mode::down));
        rest.push_back(share - whole.back());
        left -= whole.back();
    }
    for (; left > 0; left -= 1) {
        std::size_t best = 0;
        for (std::size_t i = 1; i < rest.size(); ++i)
            if (rest[i] > rest[best]) best = i;
        whole[best] += 1;
        rest[best] = -1;
    }
    std::string out = "[";
    for (const auto& w : whole) {
        const cpp_rational part = w / cpp_rational{power(places)};
        const std::string text = text_of(total < 0 ? cpp_rational{-part} : part);
        if (text == "overflow") return text;
        out += (out.size() > 1 ? "," : "") + text;
    }
    return out + "]";
}

TEST_F(Oracle, AllocationAgrees) {
    for (int i = 0; i < 1'000; ++i) {
        const int places = static_cast<int>(random_() % 10), count = 1 + static_cast<int>(random_() % 12);
        const Program allocate =
            compiled("allocate(round(a, " + std::to_string(places) + ", down), b, " + std::to_string(places) + ")");
        const std::string a = number(i % 2 ? 27 : 10);
        std::string list = "[";
        std::vector<cpp_rational> weights;
        for (int w = 0; w < count; ++w) {
            std::string weight = number(i % 3 ? 6 : 28);
            if (weight[0] == '-') weight.erase(0, 1);
            if (random_() % 4 == 0) weight = "1";
            weights.push_back(exact(weight));
            list += (w > 0 ? "," : "") + weight;
        }
        if (std::ranges::all_of(weights, [](const cpp_rational& w) { return w == 0; })) continue;
        ASSERT_EQ(run(allocate, a, list + "]"), allocated(rounded(exact(a), places, Mode::down), weights, places))
            << a << ' ' << list << ' ' << places;
    }
}

}  // namespace
}  // namespace brygga::mapping
