#include <algorithm>
#include <array>

#include "catalogue.hpp"

namespace brygga::sim {
namespace {

struct Kind {
    std::string_view name;
    int weight;
};
// Weights add up to 200, so a run of 200 orders meets every kind.
constexpr Kind kinds[] = {
    {"plain_person", 50},
    {"plain_company", 16},
    {"company_with_tax", 6},
    {"person_without_tax", 4},
    {"rate_12", 5},
    {"rate_6", 5},
    {"rate_0", 3},
    {"mixed_rates", 6},
    {"row_discount", 5},
    {"coupon_percent", 4},
    {"coupon_amount", 4},
    {"coupon_many_rates", 5},
    {"full_discount", 3},
    {"shipping_and_fee", 6},
    {"shipping_untaxed", 3},
    {"extra_costs", 3},
    {"gift", 3},
    {"fractional_quantity", 4},
    {"six_decimal_price", 4},
    {"options", 3},
    {"emoji", 3},
    {"control_characters", 2},
    {"long_name", 2},
    {"missing_email", 2},
    {"email_other_case", 3},
    {"known_customer_new_address", 4},
    {"delivery_address", 3},
    {"unknown_sku", 4},
    {"empty_sku", 2},
    {"free_text_row", 1},
    {"unpaid", 4},
    {"cancelled", 3},
    {"basket", 3},
    {"restarted_number", 3},
    {"reverse_charge", 4},
    {"export", 3},
    {"eu_person", 2},
    {"foreign_currency", 2},
    {"daylight_saving", 2},
    {"platform_sale", 1},
    {"stated_tax_off", 1},
    {"foreign_rate", 1},
    {"foreign_reduced_rate", 0},
    {"currency_unknown", 1},
    {"contradictory_totals", 1},
    {"reverse_charge_bad_vat", 1},
};

consteval int all_weights() {
    int sum = 0;
    for (const Kind& kind : kinds) sum += kind.weight;
    return sum;
}
static_assert(all_weights() == 200);

Cents without_tax(Cents gross, int rate) { return gross - vat_in_gross(gross, rate); }

}  // namespace

/// One order in the making: the plain order first, then what its kind adds.
struct Generator::Making {
    Generator& g;
    Random& random;
    ShopOrder order{};

    const Product& product(int rate) {
        for (;;) {
            const Product& p = random.pick(g.products_);
            if (p.rate == rate) return p;
        }
    }

    ShopRow& add_row(int rate, int count) {
        const Product& p = product(rate);
        ShopRow& row = order.rows.emplace_back();
        row.id = g.next_row_id_++;
        row.product_id = p.id;
        row.name = p.name;
        row.product_number = p.base_number.empty() ? p.number : p.base_number;
        if (!p.base_number.empty()) {
            row.sub_number = row.sub_sku = p.number;
            row.sub_ean = p.ean;
        }
        row.count = Decimal{count};
        row.rate = p.rate;
        row.price = money(order.rows_include_tax ? p.gross : without_tax(p.gross, p.rate));
        return row;
    }

    void rows(std::initializer_list<int> rates) {
        order.rows.clear();
        for (const int rate : rates) add_row(rate, random.between(1, 3));
    }

    void plain_rows() {
        order.rows.clear();
        const int n = random.between(1, 3);
        for (int i = 0; i < n; ++i) add_row(2500, random.between(1, 3));
    }

    void buyer(bool company) {
        for (int tries = 0;; ++tries) {
            const Buyer& b = random.pick(g.buyers_);
            if (b.is_company != company && tries < 100) continue;
            order.buyer = b;
            order.email = b.email;
            return;
        }
    }

    void prices_include_tax(bool yes) {
        order.rows_include_tax = yes;
        plain_rows();
        order.shipping = order.shipping == 0 ? 0 : yes ? 4900 : 3920;
    }

    void coupon(std::string code, std::string type, Decimal value, Cents amount) {
        order.coupon_code = std::move(code);
        order.coupon_type = std::move(type);
        order.coupon_value = value;
        order.discount = amount;
    }
    Cents goods_total() {
        order.settle();
        return order.goods;
    }

    void abroad(std::string_view code, bool company) {
        struct Place {
            std::string_view code, country, zipcode, city, street, company;
        };
        static constexpr Place places[] = {
            {"DE", "Tyskland", "10115", "Berlin", "Beispielstraße", "Muster GmbH"},
            {"DK", "Danmark", "1050", "København", "Eksempelvej", "Eksempel ApS"},
            {"FI", "Finland", "00100", "Helsinki", "Esimerkkikatu", "Esimerkki Oy"},
            {"NL", "Nederländerna", "1012AB", "Amsterdam", "Voorbeeldstraat", "Voorbeeld B.V."},
            {"NO", "Norge", "0150", "Oslo", "Eksempelgata", "Eksempel AS"},
            {"CH", "Schweiz", "8001", "Zürich", "Musterweg", "Muster AG"},
        };
        const Place* place = std::begin(places);
        for (const Place& p : places)
            if (p.code == code) place = &p;
        const int n = random.between(1, 99'999);
        Address& a = order.buyer.address;
        a.street = place->street;
        a.suffix.clear();
        a.zipcode = place->zipcode;
        a.city = place->city;
        a.country = place->country;
        a.country_code = place->code;
        a.company = company ? std::string{place->company} + " " + std::to_string(n) : "";
        order.buyer.known = false;
        order.buyer.is_company = company;
        order.buyer.user_id = 0;
        order.buyer.organisation_number.clear();
        order.buyer.vat_number =
            company ? make_vat_number(code, static_cast<std::uint64_t>(random.between(0, 999'999))) : "";
        order.email = order.buyer.email =
            (company ? "order." : ascii_name(a.first_name) + ".") + std::to_string(n) + "@" + lower(code) + ".example";
    }

    void without_any_tax() {
        order.rows_include_tax = false;
        plain_rows();
        for (ShopRow& row : order.rows) row.rate = 0;
        order.shipping_rate = 0;
        if (order.shipping != 0) order.shipping = 9900;
    }

    void base();
    void prices_and_rates(std::string_view kind);
    void discounts_and_costs(std::string_view kind);
    void texts_and_buyers(std::string_view kind);
    void states(std::string_view kind);
    void borders(std::string_view kind);
};

void Generator::Making::base() {
    buyer(random.chance(20));
    order.id = g.next_id_++;
    order.number = g.next_number_++;
    order.paymethod = random.between(0, 2);
    order.shipping = random.chance(60) ? 4900 : 0;
    static constexpr int usual[] = {1, 2, 5, 6, 7};
    order.status = random.pick(usual);
    plain_rows();
}

void Generator::Making::prices_and_rates(std::string_view kind) {
    if (kind == "plain_person") buyer(false);
    if (kind == "plain_company" || kind == "company_with_tax") {
        buyer(true);
        prices_include_tax(kind == "company_with_tax");
        if (random.chance(40)) order.reference = "PO-" + std::to_string(random.between(1000, 9999));
    }
    if (kind == "person_without_tax") {
        buyer(false);
        prices_include_tax(false);
    }
    const int only = kind == "rate_12" ? 1200 : kind == "rate_6" ? 600 : kind == "rate_0" ? 0 : -1;
    if (only >= 0) {
        rows({only, only});
        order.shipping_rate = only;
    }
    if (kind == "mixed_rates") {
        order.rows_include_tax = random.chance(60);
        rows({2500, 1200, 600, 0});
    }
    if (kind == "fractional_quantity") {
        plain_rows();
        order.rows[0].count = Decimal::scaled(random.between(101, 9999), 3);
        order.rows[0].name = "Tyg, metervara";
    }
    if (kind == "six_decimal_price") {
        prices_include_tax(false);
        order.rows[0].price = Decimal::scaled(random.between(1'000'001, 99'999'999), 6);
        order.rows[0].count = Decimal{random.between(2, 12)};
    }
    if (kind == "options") {
        order.rows[0].options = {{"Färg", "Blå", Decimal{}},
                                 {"Gravyr", "Ja", Decimal{order.rows_include_tax ? 25 : 20}}};
        order.rows[0].memo = "Gravyr: till Eva";
    }
    if (kind == "gift") {
        ShopRow& gift = add_row(2500, 1);
        gift.price = Decimal{};
        gift.name = "Gåva: " + gift.name;
    }
}

void Generator::Making::discounts_and_costs(std::string_view kind) {
    if (kind == "row_discount")
        for (ShopRow& row : order.rows) row.discount = money(cents_of(row.price) * random.between(5, 40) / 100);
    if (kind == "coupon_many_rates") {
        order.rows_include_tax = random.chance(60);
        rows({2500, 1200, 600});
    }
    if (kind == "coupon_percent" || kind == "coupon_many_rates") {
        const int share = random.between(1, 9) * 5;
        coupon("REA" + std::to_string(share), "Procent", Decimal{share},
               divide_rounded(static_cast<Wide>(goods_total()) * share, 100));
    }
    if (kind == "coupon_amount") {
        const Cents amount = std::min<Cents>(goods_total() - 100, 100 * random.between(5, 90) + 50);
        coupon("VINTER", "Price", money(amount), amount);
    }
    if (kind == "full_discount") {
        coupon("GRATIS", "Procent", Decimal{100}, goods_total());
        if (random.chance(50)) order.shipping = 0;
    }
    if (kind == "shipping_and_fee") {
        order.shipping = 4900;
        order.fee = random.chance(50) ? 1900 : 2995;
        order.paymethod = 2;
    }
    if (kind == "shipping_untaxed") {
        order.shipping = 5900;
        order.shipping_taxed = false;
    }
    if (kind == "extra_costs") {
        order.extra_costs = 1500;
        order.extra_costs_text = "Presentinslagning";
    }
}

void Generator::Making::texts_and_buyers(std::string_view kind) {
    Address& a = order.buyer.address;
    if (kind == "emoji") {
        order.rows[0].name += " \xF0\x9F\x8E\x81\xE2\x9D\xA4\xEF\xB8\x8F";
        a.comment = "Tack! \xF0\x9F\x98\x8A\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7";
    }
    if (kind == "control_characters") {
        order.rows[0].name = "Mugg\x01 med\x1F streck\tgul";
        a.comment = "rad ett\r\nrad tv\xC3\xA5\x07 \x0B slut";
        a.street += "\x02";
    }
    if (kind == "long_name") {
        std::string name = "Överlångt namn ";
        while (utf8_length(name) < 200) name += "å";
        order.rows[0].name = name;
        if (order.buyer.is_company)
            a.company = name;
        else
            a.last_name = name.substr(0, name.size());
    }
    if (kind == "missing_email") order.email.clear();
    if (kind == "email_other_case") {
        for (char& c : order.email)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    if (kind == "known_customer_new_address") {
        for (int tries = 0; tries < 200 && !order.buyer.known; ++tries) buyer(random.chance(20));
        const Address fresh = swedish_address(random);
        a.street = "Nya " + fresh.street;
        a.house_number = fresh.house_number;
        a.zipcode = fresh.zipcode;
        a.city = fresh.city;
    }
    if (kind == "delivery_address") {
        order.delivery = swedish_address(random);
        order.has_delivery = true;
    }
    if (kind == "unknown_sku" || kind == "empty_sku" || kind == "free_text_row") {
        ShopRow& row = order.rows[0];
        row.sub_number = row.sub_sku = row.sub_ean = "";
        row.product_number = kind == "unknown_sku" ? "UTG-" + std::to_string(row.id) : "";
        row.product_id = kind == "free_text_row" ? 0 : 846'000'000 + row.id % 1'000'000;
        if (kind == "empty_sku") row.sub_ean = "7399" + std::to_string(row.id);
        row.name = "Utgången vara";
    }
}

void Generator::Making::states(std::string_view kind) {
    if (kind == "unpaid") {
        order.paid = false;
        order.status = 4;
        order.paymethod = 3;
    }
    if (kind == "cancelled") order.status = 8;
    if (kind == "basket") {
        order.completed = order.paid = false;
        --g.next_number_;
        order.number = 0;
    }
    if (kind == "daylight_saving") {
        const int year = year_of(g.now_);
        std::int64_t change = daylight_change(year, false);
        if (change > g.now_) change = daylight_change(year, true);
        if (change > g.now_) change = daylight_change(year - 1, false);
        static constexpr int around[] = {-1, 0, -1800, 1800};
        order.created = std::min(change + around[static_cast<std::size_t>(order.id % 4)], g.now_);
    }
    if (kind == "stated_tax_off") order.stated_tax_error = random.chance(50) ? 1 : -1;
    if (kind == "contradictory_totals") order.stated_gross_error = 100 * random.between(2, 50);
}

void Generator::Making::borders(std::string_view kind) {
    static constexpr std::string_view union_countries[] = {"DE", "DK", "FI", "NL"};
    if (kind == "reverse_charge" || kind == "reverse_charge_bad_vat") {
        abroad(random.pick(union_countries), true);
        without_any_tax();
        order.intra_community = true;
        if (kind == "reverse_charge_bad_vat") order.buyer.vat_number = "DE12345";
        if (kind == "reverse_charge_bad_vat") order.buyer.address.country_code = "DE";
    }
    if (kind == "export") {
        abroad(random.chance(50) ? "NO" : "CH", random.chance(50));
        order.buyer.vat_number.clear();
        without_any_tax();
    }
    if (kind == "eu_person") abroad(random.pick(union_countries), false);
    if (kind == "foreign_rate" || kind == "foreign_reduced_rate") {
        abroad("NL", false);
        for (ShopRow& row : order.rows) row.rate = kind == "foreign_rate" ? 2100 : 900;
        order.shipping_rate = 2100;
    }
    if (kind == "foreign_currency" || kind == "currency_unknown") {
        order.currency = kind == "foreign_currency" ? "EUR" : "SRD";
        for (ShopRow& row : order.rows) row.price = money(std::max<Cents>(1, cents_of(row.price) / 11));
        order.shipping = order.shipping == 0 ? 0 : 495;
        if (order.currency == "EUR") abroad("FI", false);
    }
    if (kind == "platform_sale") {
        order.platform = true;
        for (ShopRow& row : order.rows) row.rate = 0;
        order.shipping_rate = 0;
    }
}

Generator::Generator(GeneratorOptions options, std::int64_t now) : options_{options}, now_{now}, random_{options.seed} {
    products_ = make_products(options.seed, options.known_share);
    const int buyers = std::max(8, options.orders / 2);
    for (int i = 0; i < buyers; ++i) buyers_.push_back(make_buyer(options.seed, i, options.known_share));
}

bool Generator::is_kind(std::string_view kind) {
    return std::any_of(std::begin(kinds), std::end(kinds), [&](const Kind& k) { return k.name == kind; });
}

std::string_view Generator::draw_kind() {
    if (options_.clean) return random_.chance(80) ? "plain_person" : "plain_company";
    if (deck_.empty()) {
        for (const Kind& kind : kinds)
            for (int i = 0; i < kind.weight; ++i) deck_.push_back(kind.name);
        for (std::size_t i = deck_.size() - 1; i > 0; --i)
            std::swap(deck_[i], deck_[static_cast<std::size_t>(random_.between(0, static_cast<int>(i)))]);
    }
    const std::string_view kind = deck_.back();
    deck_.pop_back();
    return kind == "daylight_saving" && !options_.dst_orders ? "plain_person" : kind;
}

ShopOrder Generator::next(std::int64_t now, std::string_view wanted) {
    const std::string_view kind = wanted.empty() ? draw_kind() : wanted;
    Making making{*this, random_};
    ShopOrder& order = making.order;
    order.kind = kind;
    order.created = now;
    making.base();
    making.prices_and_rates(kind);
    making.discounts_and_costs(kind);
    making.texts_and_buyers(kind);
    making.states(kind);
    making.borders(kind);

    const int year = year_of(now);
    order.prefix = "ORD" + std::to_string(kind == "restarted_number" ? year - 1 : year);
    if (kind == "restarted_number") order.number = next_restarted_++;
    if (order.completed) {
        std::string digits = std::to_string(order.number);
        order.number_full = order.prefix + "-" + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
    }
    order.settle();
    return order;
}

std::vector<ShopOrder> Generator::initial() {
    std::vector<ShopOrder> all;
    const std::int64_t hours = 6 * 3600;
    for (int i = 0; i < options_.orders; ++i) {
        std::int64_t at = now_ - hours + hours * i / std::max(1, options_.orders);
        if (i % 7 == 6) at = now_ - hours + hours * (i - 1) / std::max(1, options_.orders);
        all.push_back(next(at));
    }
    return all;
}

}  // namespace brygga::sim
