// RandomOrders: orders with goods of several rates and quantities, shipping, fees and discounts, the same ones in each
// run; for tests of figures.
#pragma once

#include <array>
#include <random>

#include "entity/order.h"

namespace brygga::flow {

class RandomOrders {
public:
    entity::Order next() {
        entity::Order o;
        o.number = "R";
        o.prices_include_tax = chance(50);
        const int count = static_cast<int>(1 + below(7));
        for (int i = 0; i < count; ++i) o.lines.push_back(goods());
        if (chance(60)) o.lines.push_back(extra(entity::LineKind::shipping, o.lines.front().rate));
        if (chance(30)) o.lines.push_back(extra(entity::LineKind::payment_fee, std::nullopt));
        if (chance(40)) o.lines.push_back(discount(o));
        return o;
    }

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    bool chance(unsigned percent) { return below(100) < percent; }

private:
    entity::OrderLine goods() {
        static constexpr std::array rates{25, 12, 6, 0, 21, 9, 24};
        entity::OrderLine l;
        l.sku = "SKU";
        l.rate = Decimal{rates[below(chance(60) ? 2 : rates.size())]};
        const int places = chance(20) ? static_cast<int>(1 + below(3)) : 0;
        l.quantity = Decimal::scaled(static_cast<std::int64_t>(1 + below(places > 0 ? 9999 : 12)), places);
        const int price_places = chance(10) ? 6 : 2;
        l.unit_price =
            Decimal::scaled(static_cast<std::int64_t>(below(price_places > 2 ? 99'999'999 : 29'999)), price_places);
        l.total = (l.quantity * l.unit_price).round(2);
        if (chance(25)) {
            l.discount = (l.total * Decimal::scaled(static_cast<std::int64_t>(below(101)), 2)).round(2);
            l.total -= l.discount;
        }
        return l;
    }
    entity::OrderLine extra(entity::LineKind kind, std::optional<Decimal> rate) {
        entity::OrderLine l;
        l.kind = kind;
        l.rate = rate;
        l.unit_price = l.total = Decimal::scaled(static_cast<std::int64_t>(below(9'999)), 2);
        return l;
    }
    entity::OrderLine discount(const entity::Order& o) {
        entity::OrderLine l;
        l.kind = entity::LineKind::discount;
        Decimal sum;
        for (const entity::OrderLine& line : o.lines) sum += line.total;
        l.total = l.unit_price = -(sum * Decimal::scaled(static_cast<std::int64_t>(below(101)), 2)).round(2);
        return l;
    }

    std::mt19937_64 random_{20260114};
};

}  // namespace brygga::flow
