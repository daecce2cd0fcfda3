#include "report.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <set>

namespace brygga::sim {
namespace {

struct Found {
    std::string id, number, kind, reference, currency, customer_number;
    DocumentTotals totals;
    Json remaining;
    bool credit = false;  ///< its totals are what it credits, positive
};

/// e-conomic's credit notes are invoices with negative figures.
Found positive(Found found) {
    if (found.totals.gross >= 0) return found;
    found.credit = true;
    DocumentTotals& t = found.totals;
    for (Cents* sum : {&t.net, &t.tax, &t.gross, &t.rounding}) *sum = -*sum;
    for (TaxLine& line : t.taxes) line = {line.rate, -line.net, -line.tax};
    for (DocumentRow& row : t.rows) row.amount = -row.amount;
    return found;
}

/// "SE-1001/C2" is a credit note of SE-1001.
std::string credited_reference(const Found& found) {
    const auto mark = found.credit ? found.reference.rfind("/C") : std::string::npos;
    return found.reference.substr(0, mark);
}

bool is_rounding(const DocumentRow& row) {
    return !row.text_only && row.rate == 0 &&
           (lower(row.article_number).find("rounding") != std::string::npos || lower(row.text).starts_with("rounding"));
}

Json tax_lines(const std::vector<TaxLine>& taxes) {
    Json list = Json::array();
    for (const TaxLine& line : taxes)
        list.push(Json::object({{"rate", percent(line.rate)}, {"base", money(line.net)}, {"amount", money(line.tax)}}));
    return list;
}

Json document_json(const Found& found) {
    return Json::object({{"id", found.id},
                         {"number", found.number},
                         {"kind", found.kind},
                         {"net", money(found.totals.net)},
                         {"gross", money(found.totals.gross)},
                         {"tax", tax_lines(found.totals.taxes)},
                         {"rounding", money(rounding_rows(found.totals))},
                         {"currency", found.currency},
                         {"customer_number", found.customer_number},
                         {"remaining", found.remaining}});
}

struct Sums {
    Cents gross = 0;
    std::map<int, TaxLine> taxes;

    void add(Cents amount, const std::vector<TaxLine>& lines, Cents sign = 1) {
        gross += sign * amount;
        for (const TaxLine& line : lines) {
            TaxLine& sum = taxes[line.rate];
            sum.rate = line.rate;
            sum.net += sign * line.net;
            sum.tax += sign * line.tax;
        }
    }
    Json json() const {
        std::vector<TaxLine> lines;
        for (const auto& [rate, line] : taxes) lines.push_back(line);
        return Json::object({{"gross", money(gross)}, {"tax", tax_lines(lines)}});
    }
};

/// Whether an invoice and its credit notes leave what the shop has now: nothing of a cancelled order. VAT is rounded
/// once for each document, so of each rate they may be apart by a cent for each note.
bool credited_to_the_cent(const ShopOrder& order, const Found& invoice, const std::vector<Found>& credits) {
    Sums apart;
    apart.add(invoice.totals.gross, invoice.totals.taxes);
    Cents rounding = rounding_rows(invoice.totals);
    for (const Found& credit : credits) {
        apart.add(credit.totals.gross, credit.totals.taxes, -1);
        rounding -= rounding_rows(credit.totals);
    }
    if (order.status != 8) apart.add(order.gross, order.taxes, -1);
    if (apart.gross != 0) return false;
    apart.taxes[0].net -= rounding;
    const Cents allowed = std::ssize(credits) + (rounding != 0);
    return std::ranges::all_of(apart.taxes, [&](const auto& rate) {
        return std::abs(rate.second.net) <= allowed && std::abs(rate.second.tax) <= allowed;
    });
}

Json duplicate_customers(const Ledger& ledger, const Economic& economic) {
    std::map<std::string, std::vector<std::string>> seen;
    ledger.each_customer([&](std::string_view email, bool person, std::string_view number) {
        if (!trimmed(email).empty())
            seen[lower(trimmed(email)) + (person ? " person" : " company")].emplace_back(number);
    });
    // e-conomic tells no persons from companies.
    economic.each_customer([&](std::string_view email, bool company, std::string_view number) {
        if (!trimmed(email).empty())
            seen[lower(trimmed(email)) + (company ? " company of e-conomic" : " of e-conomic")].emplace_back(number);
    });
    Json list = Json::array();
    for (const auto& [key, numbers] : seen) {
        if (numbers.size() < 2) continue;
        Json all = Json::array();
        for (const std::string& number : numbers) all.push(number);
        list.push(Json::object({{"customer", key}, {"numbers", all}}));
    }
    return list;
}

Json duplicate_articles(const Ledger& ledger) {
    std::map<std::string, int> seen;
    ledger.each_article([&](std::string_view number) { ++seen[lower(trimmed(number))]; });
    Json list = Json::array();
    for (const auto& [number, n] : seen)
        if (n > 1) list.push(number);
    return list;
}

}  // namespace

bool eligible(const ShopOrder& order) { return order.completed && order.paid && order.status != 8; }

bool enterable(const ShopOrder& order, const Company& company, const Switches& switches) {
    if (!order.completed || order.stated_gross_error != 0) return false;
    const int variant = switches.get(Switch::product_variant);
    if (variant == 2) return false;
    if (!company.has_currency(order.currency) || (variant == 3 && order.currency != "SEK")) return false;
    bool zero_only = true, domestic_rates = true, oss_rates = true;
    const std::string country = order.tax_country();
    for (const TaxLine& line : order.taxes) {
        if (line.rate != 0) zero_only = false;
        const bool domestic = line.rate == 2500 || line.rate == 1200 || line.rate == 600 || line.rate == 0;
        domestic_rates = domestic_rates && domestic;
        oss_rates = oss_rates &&
                    (line.rate == 0 || line.rate == Company::oss_rate(country, 2500) ||
                     line.rate == Company::oss_rate(country, 1200) || line.rate == Company::oss_rate(country, 600));
    }
    if (order.intra_community)
        return zero_only && Company::in_union(country) && vat_number_digits_right(order.buyer.vat_number) &&
               order.buyer.vat_number.size() >= 10;
    if (!company.has_country(country)) return false;
    if (zero_only || domestic_rates) return true;
    return Company::in_union(country) && country != "SE" && switches.get(Switch::uses_moss) == 1 && oss_rates;
}

Cents rounding_rows(const DocumentTotals& totals) {
    Cents sum = 0;
    for (const DocumentRow& row : totals.rows)
        if (is_rounding(row)) sum += row.amount;
    return sum;
}

bool equal_to_the_cent(const ShopOrder& order, const DocumentTotals& totals) {
    if (order.gross != totals.gross) return false;
    const Cents rounding = rounding_rows(totals);
    std::map<int, std::pair<TaxLine, TaxLine>> rates;
    for (const TaxLine& line : order.taxes) rates[line.rate].first = line;
    for (const TaxLine& line : totals.taxes) rates[line.rate].second = line;
    if (rounding != 0) rates[0].second.net -= rounding;
    Cents explained = 0;
    for (const auto& [rate, pair] : rates) {
        const auto& [shop, ledger] = pair;
        const Cents net = std::abs(shop.net - ledger.net), tax = std::abs(shop.tax - ledger.tax);
        if (net == 0 && tax == 0) continue;
        if (rounding == 0 || net > 1 || tax > 1) return false;
        ++explained;
    }
    return std::abs(rounding) <= explained;
}

Json make_report(const Shop& shop, const Ledger& ledger, const Economic& economic, const Meter& meter,
                 const Switches& switches, Books books) {
    std::map<std::string, std::vector<Found>> documents, credits;
    const auto add = [&](Found found) {
        (found.credit ? credits : documents)[credited_reference(found)].push_back(std::move(found));
    };
    ledger.each_document([&](const Ledger::Document& d) {
        if (books == Books::economic) return;
        add({d.id, d.number, d.kind, d.reference, d.currency, d.customer_number, *d.totals, d.remaining, d.credit});
    });
    economic.each_document([&](const Economic::Document& d) {
        if (books == Books::eaccounting) return;
        add(positive({d.id, d.number, d.kind, d.reference, d.currency, d.customer_number, *d.totals, Json{}}));
    });
    Json orders = Json::array(), duplicates = Json::array(), unmatched = Json::array();
    std::set<std::string> references;
    Sums shop_sums, ledger_sums;
    int baskets = 0, count = 0, delivered = 0, equal_count = 0, wanted = 0, wanted_delivered = 0;
    shop.each_order([&](const ShopOrder& order) {
        ++count;
        if (!order.completed) ++baskets;
        const std::string number = order.report_number();
        references.insert(number);
        const auto found = documents.find(number);
        Json list = Json::array(), credit_list = Json::array();
        const auto credited = credits.find(number);
        bool equal = false;
        if (found != documents.end()) {
            for (const Found& f : found->second) list.push(document_json(f));
            const Found& first = found->second.front();
            equal =
                found->second.size() == 1 && equal_to_the_cent(order, first.totals) && first.currency == order.currency;
            if (credited != credits.end()) {
                equal = found->second.size() == 1 && credited_to_the_cent(order, first, credited->second);
                for (const Found& f : credited->second) {
                    credit_list.push(document_json(f));
                    ledger_sums.add(f.totals.gross, f.totals.taxes, -1);
                }
            }
            if (credited == credits.end() || order.status != 8) shop_sums.add(order.gross, order.taxes);
            for (const Found& f : found->second) ledger_sums.add(f.totals.gross, f.totals.taxes);
            if (found->second.size() > 1) duplicates.push(number);
            ++delivered;
            equal_count += equal ? 1 : 0;
        }
        const bool possible = enterable(order, ledger.company(), switches);
        if (possible && eligible(order)) {
            ++wanted;
            wanted_delivered += equal ? 1 : 0;
        }
        orders.push(Json::object({{"number", number},
                                  {"id", order.id},
                                  {"kind", order.kind},
                                  {"status", order.completed ? Json{order.status} : Json{}},
                                  {"paid", order.paid},
                                  {"enterable", possible},
                                  {"eligible", eligible(order)},
                                  {"currency", order.currency},
                                  {"gross", money(order.gross)},
                                  {"net", money(order.gross - order.tax)},
                                  {"tax", tax_lines(order.taxes)},
                                  {"documents", std::move(list)},
                                  {"credits", std::move(credit_list)},
                                  {"equal", equal}}));
    });
    for (const auto* all : {&documents, &credits})
        for (const auto& [reference, list] : *all) {
            if (references.contains(reference)) continue;
            for (const Found& f : list) {
                Json one = document_json(f);
                one.set("reference", reference);
                unmatched.push(std::move(one));
            }
        }
    return Json::object({{"shop", Json::object({{"orders", count}, {"baskets", baskets}})},
                         {"summary", Json::object({{"delivered", delivered},
                                                   {"equal", equal_count},
                                                   {"enterable_and_eligible", wanted},
                                                   {"enterable_delivered_equal", wanted_delivered}})},
                         {"orders", std::move(orders)},
                         {"duplicates", Json::object({{"customers", duplicate_customers(ledger, economic)},
                                                      {"documents", std::move(duplicates)},
                                                      {"articles", duplicate_articles(ledger)}})},
                         {"totals", Json::object({{"shop", shop_sums.json()}, {"ledger", ledger_sums.json()}})},
                         {"unmatched_documents", std::move(unmatched)},
                         {"calls", meter.calls()}});
}

}  // namespace brygga::sim
