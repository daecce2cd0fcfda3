// Functions on numbers. Exact decimals; what does not fit is an error.
#include <algorithm>
#include <limits>

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

__extension__ typedef __int128 Wide;

/// The weights as whole numbers of one scale; empty after an error.
std::vector<Wide> whole_weights(Call& call) {
    int places = 0;
    std::vector<Decimal> weights;
    for (std::size_t i = 0; i < call[1].size(); ++i) {
        const Value item = call.item(call[1], i);
        if (item.is_stopped() || !call.spend(1)) return {};
        if (!item.is(Kind::decimal) || item.decimal().is_negative())
            return call.error_at(1, "allocate() takes weights of 0 or more"), std::vector<Wide>{};
        weights.push_back(item.decimal());
        places = std::max(places, item.decimal().places());
    }
    std::vector<Wide> out;
    for (const Decimal& w : weights) {
        const auto units = w.units(places);
        if (!units) return call.error_at(1, "these weights have more than 18 digits"), std::vector<Wide>{};
        out.push_back(*units);
    }
    if (std::ranges::all_of(out, [](Wide w) { return w == 0; }))
        return call.error_at(1, "allocate() needs a weight above 0"), std::vector<Wide>{};
    return out;
}

/// By largest remainder; of equal remainders the earlier gets the unit.
std::vector<std::int64_t> shares(std::int64_t total, const std::vector<Wide>& weights) {
    Wide sum = 0;
    for (const Wide w : weights) sum += w;
    const Wide size = total < 0 ? -static_cast<Wide>(total) : total;
    std::vector<std::int64_t> out;
    std::vector<Wide> rests;
    Wide left = size;
    for (const Wide w : weights) {
        const Wide share = size * w / sum;
        out.push_back(static_cast<std::int64_t>(share));
        rests.push_back(size * w % sum);
        left -= share;
    }
    std::vector<std::size_t> order(weights.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) { return rests[i]; });
    for (std::size_t i = 0; i < static_cast<std::size_t>(left); ++i) ++out[order[i]];
    if (total < 0)
        for (std::int64_t& share : out) share = -share;
    return out;
}

Value allocate(Call& call) {
    const auto places = call.given(2) ? call.whole(2, 0, Decimal::max_places) : std::optional{2};
    if (!places) return Call::stopped();
    if (call[0].decimal().places() > *places)
        return call.error_at(0, "this total is finer than the parts may be", "round it first, or give more places");
    const auto total = call[0].decimal().units(*places);
    if (!total || *total == std::numeric_limits<std::int64_t>::min())
        return call.error_at(0, "this total has more than 18 digits");
    const std::vector<Wide> weights = whole_weights(call);
    if (weights.empty())
        return call[1].size() == 0 ? call.error_at(1, "allocate() needs a weight above 0") : Call::stopped();
    std::vector<Value> parts;
    for (const std::int64_t share : shares(*total, weights)) parts.push_back(Decimal::scaled(share, *places));
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
