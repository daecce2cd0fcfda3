// Cents: whole-cent arithmetic of the planner. Rates are whole billionths of a percent, so every product is exact
// in 128 bits. Pure functions; internal to flow.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "brygga/sdk/decimal.hpp"

namespace brygga::flow {

using Cents = std::int64_t;
using Rate = std::int64_t;

constexpr Rate hundred_percent = 100'000'000'000;
/// Sums of the largest order stay below this; anything above is refused.
constexpr Cents max_cents = 1'000'000'000'000'000;

__extension__ typedef __int128 Wide;

/// Ties away from zero.
constexpr Cents divide_half_up(Wide dividend, Wide divisor) noexcept {
    const Wide twice = 2 * (dividend < 0 ? -dividend : dividend);
    const Wide quotient = (twice + divisor) / (2 * divisor);
    return static_cast<Cents>(dividend < 0 ? -quotient : quotient);
}
constexpr Cents tax_of_net(Cents net, Rate rate) noexcept { return divide_half_up(Wide{net} * rate, hundred_percent); }
constexpr Cents tax_of_gross(Cents gross, Rate rate) noexcept {
    return divide_half_up(Wide{gross} * rate, Wide{hundred_percent} + rate);
}

/// The largest net whose gross is not above `gross`. Net to gross grows by 1 or 2 cents a step, so the gross that is
/// reached is `gross` or one cent less.
constexpr Cents net_not_above(Cents gross, Rate rate) noexcept {
    Cents net = gross - tax_of_gross(gross, rate);
    while (net + tax_of_net(net, rate) > gross) --net;
    while (net + 1 + tax_of_net(net + 1, rate) <= gross) ++net;
    return net;
}

/// Nothing when it does not fit; finer amounts are rounded half up.
inline std::optional<Cents> to_cents(const Decimal& amount) {
    const auto cents = amount.round(2).units(2);
    return cents && *cents<max_cents&& * cents> - max_cents ? cents : std::nullopt;
}
inline std::optional<Rate> to_rate(const Decimal& percent) noexcept {
    const auto rate = percent.units(9);
    return rate && *rate >= 0 && *rate <= hundred_percent ? rate : std::nullopt;
}
inline Decimal percent(Rate rate) { return Decimal::scaled(rate, 9); }
inline Decimal from_cents(Cents cents) { return Decimal::scaled(cents, 2); }

struct RateSum {
    Rate rate;
    Cents amount = 0;
};
/// The sum of this rate, which may be new.
inline RateSum& sum_of(std::vector<RateSum>& sums, Rate rate) {
    for (RateSum& s : sums)
        if (s.rate == rate) return s;
    return sums.emplace_back(RateSum{rate});
}

struct NetAndTax {
    Cents net = 0, tax = 0;
    Cents gross() const noexcept { return net + tax; }
};
/// An amount of one rate, with tax or without.
constexpr NetAndTax split(const RateSum& s, bool includes_tax) noexcept {
    if (!includes_tax) return {s.amount, tax_of_net(s.amount, s.rate)};
    const Cents tax = tax_of_gross(s.amount, s.rate);
    return {s.amount - tax, tax};
}

/// `total` in parts proportional to `weights`, by largest remainder, ties to the earlier. The weights' sum is not 0.
inline std::vector<Cents> allocate(Cents total, std::span<const Cents> weights) {
    const Wide sum = std::accumulate(weights.begin(), weights.end(), Wide{0});
    std::vector<Cents> parts(weights.size());
    std::vector<std::pair<Wide, std::size_t>> rests(weights.size());
    Cents left = total;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const Wide product = Wide{total} * weights[i] * (sum < 0 ? -1 : 1), divisor = sum < 0 ? -sum : sum;
        // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): that the sum is not 0 is the caller's part
        const Wide rest = ((product % divisor) + divisor) % divisor;
        parts[i] = static_cast<Cents>((product - rest) / divisor);
        rests[i] = {-rest, i};
        left -= parts[i];
    }
    if (left > 0) {
        std::partial_sort(rests.begin(), rests.begin() + left, rests.end());
        for (Cents k = 0; k < left; ++k) ++parts[rests[static_cast<std::size_t>(k)].second];
    }
    return parts;
}

}  // namespace brygga::flow
