// Functions on numbers. Exact decimals; what does not fit is an error.
#include <algorithm>
#include <numeric>

#include "mapping/functions.h"

namespace brygga::mapping {

namespace {

using Role = Parameter::Role;
constexpr Kinds number_kind{Kind::decimal}, text_kind{Kind::string}, list_kind{Kind::list};
constexpr Kinds comparable{Kind::decimal, Kind::string, Kind::date, Kind::timestamp, Kind::boolean};
constexpr Kinds comparable_or_list{Kind::decimal, Kind::string, Kind::date, Kind::timestamp, Kind::boolean, Kind::list};

constexpr std::array<std::string_view, 4> modes{"half_up", "half_even", "up", "down"};

/// Runs what may overflow or divide by zero.
template <class Work>
Value exact(Call& call, Work work) {
    try {
        return work();
    } catch (const DecimalOverflow&) {
        return call.error("the result has more than 28 digits");
    } catch (const DecimalDivisionByZero&) {
        return call.error("division by zero");
    }
}

Value round(Call& call) {
    const auto places = call.given(1) ? call.whole(1, 0, Decimal::max_places) : std::optional{0};
    if (!places) return Call::stopped();
    const auto mode = std::ranges::find(modes, call.text(2, modes[0])) - modes.begin();
    return exact(call, [&] { return call[0].decimal().round(*places, static_cast<Rounding>(mode)); });
}

Value abs(Call& call) { return call[0].decimal().abs(); }

Value whole_towards(Call& call, bool up) {
    const Decimal& x = call[0].decimal();
    const Decimal cut = x.round(0, Rounding::down);
    if (cut == x || x.is_negative() == up) return cut;
    return exact(call, [&] { return cut + Decimal{up ? 1 : -1}; });
}
Value floor(Call& call) { return whole_towards(call, false); }
Value ceil(Call& call) { return whole_towards(call, true); }

/// The least or greatest of a list, or of the arguments.
Value extreme(Call& call, bool greatest, std::string_view name) {
    const bool of_list = call.count() == 1 && call[0].is(Kind::list);
    const std::size_t count = of_list ? call[0].size() : call.count();
    const std::string called = std::string{name} + "()";
    if (count == 0) return call.error(called + " of an empty list", "write ??? and what to take then");
    Value best;
    for (std::size_t i = 0; i < count; ++i) {
        const Value item = of_list ? call.item(call[0], i) : call[i];
        if (item.is_stopped()) return item;
        if (!call.spend(1 + (item.is(Kind::string) ? item.size() / 256 : 0))) return Call::stopped();
        if (!comparable.has(item.kind()) || (i > 0 && item.kind() != best.kind()))
            return call.error(called + " takes numbers, texts or dates, all of one type");
        const auto order = i == 0 ? std::strong_ordering::equal : compare(item, best);
        if (i == 0 || (greatest ? order > 0 : order < 0)) best = item;
    }
    return best;
}
Value min(Call& call) { return extreme(call, false, "min"); }
Value max(Call& call) { return extreme(call, true, "max"); }

Value to_decimal(Call& call) {
    if (call[0].is(Kind::decimal)) return call[0];
    if (!call.read(call[0].size())) return Call::stopped();
    const auto value = Decimal::parse(call.unicode().trim(call.text(0)));
    return value ? Value{*value} : call.error_at(0, "this text is not a number like 1250 or 12.50");
}

Value to_text(Call& call) { return call[0].is(Kind::string) ? call[0] : call.make(mapping::to_text(call[0])); }

/// 1.25 for 25 percent.
Decimal factor(const Decimal& percent) { return Decimal{1} + percent / Decimal{100}; }

/// The rate is checked, so that no division by zero is left.
bool is_rate(Call& call) {
    if (call[1].decimal() >= Decimal{0}) return true;
    call.error_at(1, "a rate is a percentage of 0 or more");
    return false;
}
Value net(Call& call) {
    if (!is_rate(call)) return Call::stopped();
    return exact(call, [&] { return call[0].decimal() / factor(call[1].decimal()); });
}
Value gross(Call& call) {
    if (!is_rate(call)) return Call::stopped();
    return exact(call, [&] { return call[0].decimal() * factor(call[1].decimal()); });
}
Value tax_of_gross(Call& call) {
    if (!is_rate(call)) return Call::stopped();
    return exact(call, [&] { return call[0].decimal() - call[0].decimal() / factor(call[1].decimal()); });
}

__extension__ typedef unsigned __int128 Wide;

/// The digits of a value that is 0 or more, as a whole number of 10^-places; at most 37 of them.
Wide units(const Decimal& value, int places) {
    Wide units = 0;
    for (const char c : value.text(places))
        if (c != '.') units = units * 10 + static_cast<Wide>(c - '0');
    return units;
}

std::string text_of(Wide units) {
    std::string out;
    for (; units != 0; units /= 10) out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(units % 10)));
    return out.empty() ? "0" : out;
}

struct Share {
    Wide whole, rest;
};
/// total x weight / sum and what is left over, exactly: the product may have 256 bits. Bit by bit of the weight, so
/// that nothing ever passes twice the sum, which is below 2^127.
Share share(Wide total, Wide weight, Wide sum) {
    // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): who calls it has refused a sum of 0
    const Wide each = total / sum, rest = total % sum;
    Share out{0, 0};
    for (int bit = 126; bit >= 0; --bit) {
        out = {out.whole * 2, out.rest * 2};
        if ((weight >> bit & 1) != 0) out.rest += rest;
        for (; out.rest >= sum; out.rest -= sum) ++out.whole;
    }
    out.whole += each * weight;
    return out;
}

/// The weights as whole numbers of one scale; empty after an error.
std::vector<Wide> whole_weights(Call& call) {
    int places = 0;
    std::vector<Decimal> weights;
    for (std::size_t i = 0; i < call[1].size(); ++i) {
        const Value item = call.item(call[1], i);
        if (item.is_stopped() || !call.spend(4)) return {};
        if (!item.is(Kind::decimal) || item.decimal().is_negative())
            return call.error_at(1, "allocate() takes weights of 0 or more"), std::vector<Wide>{};
        weights.push_back(item.decimal());
        places = std::max(places, item.decimal().places());
    }
    constexpr Wide most = Wide{1} << 126;
    std::vector<Wide> out;
    Wide sum = 0;
    for (const Decimal& w : weights) {
        out.push_back(units(w, places));
        sum += out.back();
        if (sum > most) return call.error_at(1, "these weights are too large together"), std::vector<Wide>{};
    }
    if (sum == 0) return call.error_at(1, "allocate() needs a weight above 0"), std::vector<Wide>{};
    return out;
}

/// By largest remainder; of equal remainders the earlier gets the unit.
std::vector<Wide> shares(Wide total, const std::vector<Wide>& weights) {
    Wide sum = 0, left = total;
    for (const Wide w : weights) sum += w;
    std::vector<Share> found;
    for (const Wide w : weights) {
        found.push_back(share(total, w, sum));
        left -= found.back().whole;
    }
    std::vector<std::size_t> order(weights.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return found[i].rest; });
    for (std::size_t i = 0; i < static_cast<std::size_t>(left); ++i) ++found[order[i]].whole;
    std::vector<Wide> out;
    for (const Share& s : found) out.push_back(s.whole);
    return out;
}

Value allocate(Call& call) {
    const auto places = call.given(2) ? call.whole(2, 0, Decimal::max_places) : std::optional{2};
    if (!places) return Call::stopped();
    const Decimal& total = call[0].decimal();
    if (total.places() > *places)
        return call.error_at(0, "this total is finer than the parts may be", "round it first, or give more places");
    const std::vector<Wide> weights = whole_weights(call);
    if (weights.empty()) return Call::stopped();
    std::vector<Value> parts;
    for (const Wide part_units : shares(units(total.abs(), *places), weights)) {
        // The last digits are places: "7" with 2 places is 0.07, in the exponent's form.
        const auto part = Decimal::parse(text_of(part_units) + "e-" + std::to_string(*places));
        if (!part) return call.error("the result has more than 28 digits");
        parts.push_back(total.is_negative() ? -*part : *part);
    }
    return call.make(parts);
}

constexpr Parameter one_number[]{{"x", number_kind}};
constexpr Parameter round_parameters[]{
    {"x", number_kind}, {"places", number_kind, "0"}, {"mode", text_kind, "half_up", Role::word}};
constexpr Parameter extreme_parameters[]{{"x", comparable_or_list}};
constexpr Parameter decimal_parameters[]{{"x", {Kind::string, Kind::decimal}}};
constexpr Parameter text_parameters[]{{"x", comparable}};
constexpr Parameter net_parameters[]{{"gross", number_kind}, {"rate", number_kind}};
constexpr Parameter gross_parameters[]{{"net", number_kind}, {"rate", number_kind}};
constexpr Parameter allocate_parameters[]{{"total", number_kind}, {"weights", list_kind}, {"places", number_kind, "2"}};

constexpr Function functions[]{
    {"round", round_parameters, Gives::decimal, round, "rounded; modes: half_up, half_even, up, down"},
    {"abs", one_number, Gives::decimal, abs, "without its sign"},
    {"min", extreme_parameters, Gives::any, min, "the least of a list, or of its arguments", true},
    {"max", extreme_parameters, Gives::any, max, "the greatest of a list, or of its arguments", true},
    {"floor", one_number, Gives::decimal, floor, "the whole number at or below"},
    {"ceil", one_number, Gives::decimal, ceil, "the whole number at or above"},
    {"to_decimal", decimal_parameters, Gives::decimal, to_decimal, "the number that a text is"},
    {"to_text", text_parameters, Gives::string, to_text, "as a text; dates in ISO 8601"},
    {"net", net_parameters, Gives::decimal, net, "without tax, the rate in percent; not rounded"},
    {"gross", gross_parameters, Gives::decimal, gross, "with tax, the rate in percent; not rounded"},
    {"tax_of_gross", net_parameters, Gives::decimal, tax_of_gross,
     "the tax in an amount, the rate in percent; not rounded"},
    {"allocate", allocate_parameters, Gives::decimals, allocate, "a total in parts by weight that add up to it"},
};

}  // namespace

std::span<const std::string_view> words() noexcept { return modes; }
std::span<const Function> families_of::number() noexcept { return functions; }

}  // namespace brygga::mapping
