#include "orders.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace brygga::sim {
namespace {

constexpr Paymethod paymethod_table[] = {
    {17, "ExamplePsp", "card", "ExamplePsp_card", "Kort"},
    {18, "ExamplePsp", "swish", "ExamplePsp_swish", "Swish"},
    {21, "ExamplePay", "invoice", "ExamplePay_invoice", "Faktura"},
    {3, "", "BankTransfer", "BankTransfer", "Banköverföring"},
};

}  // namespace

const std::span<const Paymethod> paymethods{paymethod_table};

Decimal ShopRow::unit_to_bill() const {
    Decimal unit = price - discount;
    for (const ShopOption& option : options) unit += option.price;
    return unit;
}

Cents ShopRow::total() const { return row_amount(count, unit_to_bill(), Decimal{}); }

std::vector<Cents> spread(Cents amount, const std::vector<Cents>& weights) {
    const Cents sum = std::accumulate(weights.begin(), weights.end(), Cents{0});
    std::vector<Cents> parts(weights.size(), 0);
    if (sum <= 0 || amount == 0) return parts;
    std::vector<std::pair<Wide, std::size_t>> rest;
    Cents given = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const Wide exact = static_cast<Wide>(amount) * weights[i];
        parts[i] = static_cast<Cents>(exact / sum);
        given += parts[i];
        rest.emplace_back(exact % sum, i);
    }
    std::stable_sort(rest.begin(), rest.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (std::size_t i = 0; given < amount; ++i, ++given) ++parts[rest[i].second];
    return parts;
}

std::string ShopOrder::tax_country() const { return has_delivery ? delivery.country_code : buyer.address.country_code; }

void ShopOrder::settle() {
    std::map<int, Cents> sums;
    std::vector<Cents> totals;
    for (const ShopRow& row : rows) totals.push_back(row.total());
    goods = std::accumulate(totals.begin(), totals.end(), Cents{0});
    const std::vector<Cents> off = spread(discount, totals);
    for (std::size_t i = 0; i < rows.size(); ++i) sums[rows[i].rate] += totals[i] - off[i];
    const int cost_rate = shipping_taxed ? shipping_rate : 0;
    if (const Cents costs = shipping + fee + extra_costs; costs != 0) sums[cost_rate] += costs;

    taxes.clear();
    gross = tax = 0;
    for (const auto& [rate, sum] : sums) {
        TaxLine line{rate, sum, 0};
        line.tax = rows_include_tax ? vat_in_gross(sum, rate) : vat_on_net(sum, rate);
        if (rows_include_tax) line.net = sum - line.tax;
        gross += line.net + line.tax;
        tax += line.tax;
        taxes.push_back(line);
    }
}

}  // namespace brygga::sim
