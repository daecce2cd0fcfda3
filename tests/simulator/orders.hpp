// The simulated shop's data: catalogue, buyers, orders with every awkward kind, and their true VAT arithmetic.
// Built by Generator from a seed (the same text for the same seed); held by Shop, which guards it.
// It knows nothing of the ledger beyond whether an article or customer was seeded there.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "basics.hpp"

namespace brygga::sim {

struct Product {
    std::int64_t id = 0;
    std::string number;       ///< SKU
    std::string base_number;  ///< number of the main product when this is a variant
    std::string name;
    std::string ean;
    int rate = 2500;  ///< VAT in hundredths of a percent
    Cents gross = 0;
    bool known = false;  ///< seeded as an article of the ledger
};

struct Address {
    std::string first_name, last_name, company, street, suffix, zipcode, city, country, country_code, telephone;
    int house_number = 0;
    std::string comment;
};

struct Buyer {
    std::int64_t user_id = 0;  ///< 0 for a guest
    bool is_company = false;
    std::string email, vat_number, organisation_number;
    Address address;
    bool known = false;  ///< seeded as a customer of the ledger
};

struct ShopOption {
    std::string name, value;
    Decimal price;
};

struct ShopRow {
    std::int64_t id = 0;
    std::int64_t product_id = 0;  ///< 0: free-text row
    std::string name, product_number, sub_number, sub_sku, sub_ean, memo;
    Decimal count{1}, price, discount;
    int rate = 2500;
    std::vector<ShopOption> options;

    Decimal unit_to_bill() const;
    Cents total() const;  ///< row total to bill, to the cent
};

struct TaxLine {
    int rate = 0;
    Cents net = 0;
    Cents tax = 0;
};

struct ShopOrder {
    std::int64_t id = 0;
    std::string kind;
    std::string prefix, number_full;
    std::int64_t number = 0;
    std::int64_t created = 0;
    int status = 1;
    bool completed = true, paid = true, platform = false, intra_community = false;
    int paymethod = 0;  ///< position in paymethods
    bool rows_include_tax = true, shipping_taxed = true;
    int shipping_rate = 2500;
    Cents shipping = 0, fee = 0, extra_costs = 0, discount = 0;
    std::string extra_costs_text;
    std::string coupon_code, coupon_type;
    Decimal coupon_value;
    std::string currency = "SEK";
    Buyer buyer;
    std::string email;  ///< as written on this order
    Address delivery;
    bool has_delivery = false;
    std::string reference;
    std::vector<ShopRow> rows;
    Cents stated_gross_error = 0, stated_tax_error = 0;
    std::string tracking_code, tracking_carrier, reservation;
    int mails = 0;  ///< that its customer got about changes

    // Computed by settle().
    std::vector<TaxLine> taxes;
    Cents goods = 0, gross = 0, tax = 0;

    void settle();
    std::string tax_country() const;
    std::string report_number() const { return number_full.empty() ? std::to_string(id) : number_full; }
};

struct Paymethod {
    int id;
    std::string_view psp, method, combined, label;
};
extern const std::span<const Paymethod> paymethods;

struct GeneratorOptions {
    int orders = 200;
    std::uint64_t seed = 1;
    bool clean = false;
    int known_share = 50;
    bool dst_orders = true;
};

class Generator {
public:
    Generator(GeneratorOptions options, std::int64_t now);

    const std::vector<Product>& products() const { return products_; }
    const std::vector<Buyer>& buyers() const { return buyers_; }
    /// The orders of the start, spread over the hours before `now`.
    std::vector<ShopOrder> initial();
    /// One more order, placed at `now`; kind empty for the next of the deck.
    ShopOrder next(std::int64_t now, std::string_view kind = {});

    static bool is_kind(std::string_view kind);

private:
    struct Making;
    friend struct Making;

    std::string_view draw_kind();

    GeneratorOptions options_;
    std::int64_t now_;
    Random random_;
    std::vector<Product> products_;
    std::vector<Buyer> buyers_;
    std::vector<std::string_view> deck_;
    std::int64_t next_id_ = 340'000'123;
    std::int64_t next_row_id_ = 648'000'001;
    std::int64_t next_number_ = 1;
    std::int64_t next_restarted_ = 1;  ///< number parts used again under the prefix of the year before
};

/// Spreads an amount over weights by largest remainder; the parts add up to the amount exactly.
std::vector<Cents> spread(Cents amount, const std::vector<Cents>& weights);

/// VAT numbers with right check digits, as companies have them.
std::string make_vat_number(std::string_view country, std::uint64_t number);
bool vat_number_digits_right(std::string_view vat_number);

}  // namespace brygga::sim
