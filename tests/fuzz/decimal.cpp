// Decimal: text and value agree; sums and products undo each other; an overflow is said, never wrapped.
#include <cstdint>
#include <cstdlib>

#include "brygga/sdk/decimal.hpp"

using brygga::Decimal;

namespace {

void check(bool good) {
    if (!good) std::abort();
}

void calculate(const Decimal& a, const Decimal& b) {
    try {
        check((a + b) - b == a);
        check(a + b == b + a);
    } catch (const brygga::DecimalOverflow&) {
    }
    try {
        check(a * b == b * a);
        check((a * b).is_negative() == (a.is_negative() != b.is_negative()) || (a * b).is_zero());
    } catch (const brygga::DecimalOverflow&) {
    }
    try {
        const Decimal rest = a % b;
        check(rest.abs() < b.abs());
        check((a / b).places() <= Decimal::max_places);
    } catch (const brygga::DecimalDivisionByZero&) {
        check(b.is_zero());
    } catch (const brygga::DecimalOverflow&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const std::size_t cut = text.find(' ');
    const auto a = Decimal::parse(text.substr(0, cut));
    const auto b = cut == std::string_view::npos ? a : Decimal::parse(text.substr(cut + 1));
    for (const auto& d : {a, b}) {
        if (!d) continue;
        check(*Decimal::parse(d->text()) == *d);
        check(*Decimal::parse(d->text(9)) == *d);
        try {
            for (int places = 0; places <= 9; ++places) {
                const Decimal error = (d->round(places) - *d).abs();
                check(error + error <= Decimal::scaled(1, places));
            }
        } catch (const brygga::DecimalOverflow&) {
        }
    }
    if (a && b) calculate(*a, *b);
    return 0;
}
