#include "catalogue.hpp"

namespace brygga::sim {
namespace {

constexpr std::string_view first_names[] = {"Anna",  "Björn", "Cecilia", "David", "Elin",  "Fredrik",
                                            "Göran", "Hanna", "Ingrid",  "Johan", "Karin", "Lars",
                                            "Märta", "Nils",  "Olof",    "Petra"};
constexpr std::string_view last_names[] = {"Andersson", "Bergström", "Carlsson", "Dahl",    "Ek",       "Forsberg",
                                           "Göransson", "Holm",      "Isaksson", "Jönsson", "Karlsson", "Lindqvist",
                                           "Månsson",   "Nyström",   "Öberg",    "Persson"};
constexpr std::string_view streets[] = {"Storgatan", "Kungsgatan", "Järnvägsgatan", "Skolgatan", "Ringvägen", "Ågatan"};
constexpr std::pair<std::string_view, std::string_view> cities[] = {{"111 22", "Stockholm"}, {"411 03", "Göteborg"},
                                                                    {"211 20", "Malmö"},     {"753 20", "Uppsala"},
                                                                    {"582 22", "Linköping"}, {"903 26", "Umeå"}};
constexpr std::string_view firms[] = {"Bygg",     "Handel",   "Kontor", "Design",
                                      "Verkstad", "Trädgård", "Bageri", "Konsult"};
constexpr std::string_view goods[] = {"Mugg", "Skål",  "Lampa", "Filt", "Kudde",
                                      "Vas",  "Tavla", "Hylla", "Krok", "Bricka"};
constexpr std::string_view colours[] = {"röd", "blå", "grön", "vit", "svart", "gul"};
constexpr Cents prices[] = {4900, 7990, 9950, 12900, 14900, 19900, 24950, 29900, 39900, 59900, 1995, 3495};

}  // namespace

std::string ascii_name(std::string_view text) {
    static constexpr std::pair<std::string_view, char> folds[] = {{"å", 'a'}, {"ä", 'a'}, {"ö", 'o'},
                                                                  {"Å", 'a'}, {"Ä", 'a'}, {"Ö", 'o'}};
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        bool folded = false;
        for (const auto& [from, to] : folds) {
            if (!text.substr(i).starts_with(from)) continue;
            out += to;
            i += from.size();
            folded = true;
            break;
        }
        if (!folded) out += text[i++];
    }
    return lower(out);
}

Address swedish_address(Random& random) {
    Address a;
    a.first_name = random.pick(first_names);
    a.last_name = random.pick(last_names);
    a.street = random.pick(streets);
    a.house_number = random.between(1, 120);
    if (random.chance(20)) a.suffix = std::string(1, static_cast<char>('A' + random.between(0, 3)));
    const auto& [zipcode, city] = random.pick(cities);
    a.zipcode = zipcode;
    a.city = city;
    a.country = "Sverige";
    a.country_code = "SE";
    a.telephone = "070" + std::to_string(random.between(1000000, 9999999));
    return a;
}

Buyer make_buyer(std::uint64_t seed, int index, int known_share) {
    Random random{seed * 1'000'003 + static_cast<std::uint64_t>(index)};
    Buyer b;
    b.is_company = index % 4 == 3;
    b.address = swedish_address(random);
    if (random.chance(70)) b.user_id = 24'000'000 + index;
    if (b.is_company) {
        b.address.company = std::string{b.address.last_name} + "s " + std::string{random.pick(firms)} + " AB";
        b.vat_number = make_vat_number("SE", static_cast<std::uint64_t>(random.between(0, 999'999)));
        b.organisation_number = b.vat_number.substr(2, 6) + "-" + b.vat_number.substr(8, 4);
        b.email = "inkop." + std::to_string(index) + "@" + ascii_name(b.address.last_name) + ".example";
    } else {
        b.email = ascii_name(b.address.first_name) + "." + ascii_name(b.address.last_name) + "." +
                  std::to_string(index) + "@example.com";
    }
    b.known = random.between(0, 99) < known_share;
    return b;
}

std::vector<Product> make_products(std::uint64_t seed, int known_share) {
    Random random{seed ^ 0x5EEDull};
    std::vector<Product> all;
    for (int i = 0; i < 96; ++i) {
        Product p;
        p.id = 845'000'001 + i;
        p.rate = i % 16 < 10 ? 2500 : i % 16 < 13 ? 1200 : i % 16 < 15 ? 600 : 0;
        const std::string serial = std::to_string(1000 + i);
        if (p.rate == 2500) {
            p.name = std::string{random.pick(goods)} + " " + std::string{random.pick(colours)};
            p.number = "VARA-" + serial;
            if (i % 5 == 0) p.base_number = "VARA-BAS-" + serial;
        } else if (p.rate == 1200) {
            p.name = "Kaffe nr " + serial;
            p.number = "MAT-" + serial;
        } else if (p.rate == 600) {
            p.name = "Bok nr " + serial;
            p.number = "BOK-" + serial;
        } else {
            p.name = "Presentkort " + serial;
            p.number = "KORT-" + serial;
        }
        p.ean = "73" + std::to_string(10'000'000'000 + i * 17);
        p.gross = random.pick(prices);
        p.known = random.between(0, 99) < known_share;
        all.push_back(std::move(p));
    }
    return all;
}

}  // namespace brygga::sim
