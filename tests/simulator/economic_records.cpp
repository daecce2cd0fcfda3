// What the simulated e-conomic holds: master data of a Swedish agreement, and how records are made from bodies.
#include <algorithm>
#include <utility>

#include "brygga/sdk/paths.hpp"
#include "economic.hpp"
#include "economic_rules.hpp"

namespace brygga::sim {
namespace {

Json named(std::string_view member, int number, std::string_view name) {
    return Json::object({{member, number}, {"name", name}});
}

/// Percent in hundredths that a product group charges at home.
int group_rate(std::int64_t group) {
    switch (group) {
        case 1:
        case 5:
            return 2500;
        case 2:
            return 1200;
        case 3:
            return 600;
        default:
            return 0;
    }
}

/// The zone of the one-stop shop, for consumers in the Netherlands.
constexpr std::int64_t netherlands = 5;
int dutch_rate(std::int64_t group) {
    const int home = group_rate(group);
    return home == 2500 ? 2100 : home == 0 ? 0 : 900;
}

std::string vat_code(int rate) { return rate == 0 ? "" : "U" + std::to_string(rate / 100); }

}  // namespace

Economic::Economic(const SimClock& clock, const Switches& switches, Meter& meter)
    : clock_{clock}, switches_{switches}, meter_{meter} {
    const auto term = [](int number, std::string_view name, std::string_view type, int days) {
        return Json::object(
            {{"paymentTermsNumber", number}, {"name", name}, {"paymentTermsType", type}, {"daysOfCredit", days}});
    };
    payment_terms_ = Json::array({term(1, "30 dagar netto", "net", 30), term(2, "Kontant", "paidInCash", 0)});
    layouts_ = Json::array({Json::object({{"layoutNumber", 19}, {"name", "Standard"}, {"deleted", false}}),
                            Json::object({{"layoutNumber", 21}, {"name", "Old"}, {"deleted", true}})});
    customer_groups_ =
        Json::array({named("customerGroupNumber", 1, "Inhemska"), named("customerGroupNumber", 2, "Utland")});
    units_ = Json::array({named("unitNumber", 1, "st."), named("unitNumber", 2, "kg")});
    product_groups_ =
        Json::array({named("productGroupNumber", 1, "Varor 25"), named("productGroupNumber", 2, "Varor 12"),
                     named("productGroupNumber", 3, "Varor 6"), named("productGroupNumber", 4, "Varor 0"),
                     named("productGroupNumber", 5, "Tjänster 25")});
    vat_zones_ = Json::array();
    for (const auto& [number, name] :
         {std::pair{1, "Inrikes"}, std::pair{2, "EU"}, std::pair{3, "Utland"}, std::pair{4, "Inrikes utan moms"},
          std::pair{static_cast<int>(netherlands), "OSS Nederländerna"}}) {
        Json zone = named("vatZoneNumber", number, name);
        zone.set("enabledForCustomer", true);
        zone.set("enabledForSupplier", true);
        vat_zones_.push(std::move(zone));
    }
    vat_accounts_ = Json::array();
    for (const int rate : {25, 12, 6})
        vat_accounts_.push(Json::object({{"vatCode", "U" + std::to_string(rate)},
                                         {"name", "Utgående"},
                                         {"ratePercentage", rate},
                                         {"barred", false}}));
    for (const int rate : {21, 9})
        vat_accounts_.push(Json::object({{"vatCode", "NL" + std::to_string(rate)},
                                         {"name", "OSS Nederländerna"},
                                         {"ratePercentage", rate},
                                         {"barred", false}}));
    accounts_ = years_ = Json::array();
    for (const auto& [account, name, type] :
         {std::tuple{1930, "Bank", "status"}, std::tuple{1580, "Kortfordran", "status"},
          std::tuple{3001, "Försäljning", "profitAndLoss"}})
        accounts_.push(
            Json::object({{"accountNumber", account}, {"name", name}, {"accountType", type}, {"barred", false}}));
    for (int year = 2020; year < 2030; ++year)
        years_.push(Json::object({{"year", std::to_string(year)},
                                  {"fromDate", std::to_string(year) + "-01-01"},
                                  {"toDate", std::to_string(year) + "-12-31"},
                                  {"closed", false}}));
    currencies_ = Json::array();
    for (const char* code : {"SEK", "EUR", "DKK", "NOK", "USD", "GBP"})
        currencies_.push(Json::object({{"code", code}, {"name", code}}));
}

void Economic::seed(const std::vector<Product>& products, const std::vector<Buyer>& buyers) {
    const std::lock_guard lock{mutex_};
    for (const Product& product : products) {
        if (!product.known || product.number.empty() || product.number.size() > 25) continue;
        const int group = product.rate == 2500 ? 1 : product.rate == 1200 ? 2 : product.rate == 600 ? 3 : 4;
        Record made;
        const Json body = Json::object({{"productNumber", product.number},
                                        {"name", product.name},
                                        {"productGroup", Json::object({{"productGroupNumber", group}})},
                                        {"unit", Json::object({{"unitNumber", 1}})}});
        if (this->product(body, made.json)) continue;
        if (!product.ean.empty()) made.json.set("barCode", product.ean);
        made.json.set("self", link("/products", product.number));
        products_[lower(product.number)] = std::move(made);
    }
    for (const Buyer& buyer : buyers) {
        if (!buyer.known) continue;
        Json body = Json::object({{"name", buyer.is_company ? buyer.address.company : buyer.address.last_name},
                                  {"currency", "SEK"},
                                  {"email", buyer.email},
                                  {"customerGroup", Json::object({{"customerGroupNumber", 1}})},
                                  {"paymentTerms", Json::object({{"paymentTermsNumber", 1}})},
                                  {"vatZone", Json::object({{"vatZoneNumber", 1}})},
                                  {"zip", buyer.address.zipcode},
                                  {"city", buyer.address.city},
                                  {"country", buyer.address.country}});
        if (buyer.is_company && !buyer.organisation_number.empty())
            body.set("corporateIdentificationNumber", buyer.organisation_number);
        if (buyer.is_company && !buyer.vat_number.empty()) body.set("vatNumber", buyer.vat_number);
        Record made;
        const std::string number = next_number({&customers_});
        if (customer(body, number, made.json)) continue;
        made.json.set("self", link("/customers", number));
        customers_[std::string(12 - number.size(), '0') + number] = std::move(made);
    }
}

Reply Economic::self() const {
    Json modules = Json::array({named("moduleNumber", 1, "Invoicing")});
    if (switches_.get(Switch::economic_inventory) == 1) modules.push(named("moduleNumber", 2, "Inventory"));
    return {.body =
                Json::object({{"agreementNumber", 1'234'567},
                              {"company", Json::object({{"name", "Exempelbolaget AB"}, {"country", "Sverige"}})},
                              {"application",
                               Json::object({{"requiredRoles", Json::array({named("roleNumber", 1, "SuperUser")})}})},
                              {"settings", Json::object({{"baseCurrency", "SEK"}, {"defaultPaymentTerm", 1}})},
                              {"modules", std::move(modules)},
                              {"self", base_ + "/self"}})
                    .dump()};
}

Reply Economic::sales_accounts(const Request& request, std::string_view group) const {
    if (!has(product_groups_, "productGroupNumber", Decimal::parse(group).value_or(Decimal{})))
        return refuse(404, "E06000", "The product group does not exist.");
    Json rows = Json::array();
    const std::int64_t number = Decimal::parse(group)->units(0).value_or(0);
    for (const Json& zone : vat_zones_.items()) {
        const bool home = zone["vatZoneNumber"].integer(0) == 1, oss = zone["vatZoneNumber"].integer(0) == netherlands;
        Json account = Json::object({{"accountNumber", 1000 + 10 * number + zone["vatZoneNumber"].integer(0)},
                                     {"accountType", "profitAndLoss"},
                                     {"name", "Försäljning"}});
        const int abroad = oss ? dutch_rate(number) : 0;
        const std::string code =
            abroad > 0 ? "NL" + std::to_string(abroad / 100) : vat_code(home ? group_rate(number) : 0);
        if (!code.empty()) account.set("vatAccount", Json::object({{"vatCode", code}}));
        rows.push(Json::object({{"salesAccount", std::move(account)}, {"vatZone", zone}}));
    }
    return static_list(request, request.path(), rows);
}

bool Economic::has(const Json& list, std::string_view member, const Json& value) const {
    return std::ranges::any_of(list.items(), [&](const Json& row) { return row[member].text() == value.text(); });
}

const Json* Economic::term(const Json& number) const {
    for (const Json& row : payment_terms_.items())
        if (row["paymentTermsNumber"].text() == number.text()) return &row;
    return nullptr;
}

int Economic::rate_of(const Json& product, int zone) const {
    const std::int64_t group = product["productGroup"]["productGroupNumber"].integer(0);
    return zone == 1 ? group_rate(group) : zone == netherlands ? dutch_rate(group) : 0;
}

namespace {

void needs(Json& errors, bool there, std::string_view path, const Json& value) {
    if (!there && !value.is_null()) economic_error(errors, path, "E06000", "The entity does not exist.", value);
}

}  // namespace

Economic::Problem Economic::customer(const Json& body, std::optional<std::string> number, Json& out) const {
    Json errors = Json::object();
    out = economic_accept(economic_customer, body, errors);
    const Json &group = out["customerGroup"]["customerGroupNumber"], &terms = out["paymentTerms"]["paymentTermsNumber"],
               &zone = out["vatZone"]["vatZoneNumber"], &layout = out["layout"]["layoutNumber"];
    needs(errors, has(customer_groups_, "customerGroupNumber", group), "customerGroup", group);
    needs(errors, term(terms), "paymentTerms", terms);
    needs(errors, has(vat_zones_, "vatZoneNumber", zone), "vatZone", zone);
    needs(errors, has(layouts_, "layoutNumber", layout), "layout", layout);
    needs(errors, has(currencies_, "code", out["currency"]), "currency", out["currency"]);
    if (errors.size() > 0) return {400, "", "Validation error.", errors};
    out.set("customerNumber", *Decimal::parse(*number));
    out.set("balance", 0);
    out.set("lastUpdated", now());
    out.set("contacts", link("/customers", *number) + "/contacts");
    return {};
}

Economic::Problem Economic::product(const Json& body, Json& out) const {
    Json errors = Json::object();
    out = economic_accept(economic_product, body, errors);
    const Json &group = out["productGroup"]["productGroupNumber"], &unit = out["unit"]["unitNumber"];
    needs(errors, has(product_groups_, "productGroupNumber", group), "productGroup", group);
    needs(errors, has(units_, "unitNumber", unit), "unit", unit);
    if (errors.size() > 0) return {400, "", "Validation error.", errors};
    out.set("lastUpdated", now());
    return {};
}

Economic::Problem Economic::document(const List& list, const Json& body, const std::string& number, Record& out) const {
    Json errors = Json::object();
    Json& json = out.json;
    json = economic_accept(economic_document, body, errors);
    const Json &customer = json["customer"]["customerNumber"], &terms = json["paymentTerms"]["paymentTermsNumber"],
               &layout = json["layout"]["layoutNumber"], &zone = json["recipient"]["vatZone"]["vatZoneNumber"];
    const auto key =
        std::string(12 - std::min<std::size_t>(12, customer.text().size()), '0') + std::string{customer.text()};
    needs(errors, customers_.contains(key), "customer", customer);
    for (const char* path : {"references.customerContact", "recipient.attention"}) {
        const Json* contact = at_path(json, std::string{path} + ".customerContactNumber");
        if (!contact) continue;
        const auto own = key + "/" + std::string(12 - std::min<std::size_t>(12, contact->text().size()), '0') +
                         std::string{contact->text()};
        needs(errors, contacts_.contains(own), path, *contact);
    }
    needs(errors, term(terms), "paymentTerms", terms);
    needs(errors, has(layouts_, "layoutNumber", layout), "layout", layout);
    needs(errors, has(vat_zones_, "vatZoneNumber", zone), "recipient.vatZone", zone);
    needs(errors, has(currencies_, "code", json["currency"]), "currency", json["currency"]);
    Json lines = Json::array(), line_errors = Json::array();
    for (std::size_t i = 0; i < body["lines"].size(); ++i) {
        Json wrong = Json::object();
        Json line = economic_accept(economic_line, body["lines"].at(i), wrong);
        const Json& sku = line["product"]["productNumber"];
        const auto found = products_.find(lower(sku.text()));
        DocumentRow row;
        row.text_only = sku.is_null();
        if (row.text_only && (line.has("quantity") || line.has("unitNetPrice")))
            economic_error(wrong, "product", "E04042", "A product is needed.", {});
        if (!row.text_only && !body["lines"].at(i).has("quantity"))
            economic_error(wrong, "quantity", "E04730", "A quantity is needed.", {});
        // A negative price is not known to be taken, a negative quantity of invoices alone; the strict answer.
        const bool credits = list.records == &invoice_drafts_ && switches_.get(Switch::economic_credit_lines) == 0;
        for (const char* name : {"quantity", "unitNetPrice"})
            if (line[name].decimal() && line[name].decimal()->is_negative() &&
                !(credits && std::string_view{name} == "quantity"))
                economic_error(wrong, name, "", "The value is too small.", line[name]);
        needs(wrong, found != products_.end(), "product", sku);
        if (wrong.size() > 0) {
            wrong.set("arrayIndex", i);
            line_errors.push(std::move(wrong));
            continue;
        }
        row.text = line["description"].string();
        if (!row.text_only) {
            row.article_number = sku.text();
            row.rate = rate_of(found->second.json, static_cast<int>(zone.integer(0)));
            row.amount = row_amount(*line["quantity"].decimal(), line["unitNetPrice"].decimal().value_or(Decimal{}),
                                    line["discountPercentage"].decimal().value_or(Decimal{}) / Decimal{100});
            line.set("totalNetAmount", money(row.amount));
        }
        lines.push(std::move(line));
        out.totals.rows.push_back(std::move(row));
    }
    if (line_errors.size() > 0) errors.set("lines", std::move(line_errors));
    if (errors.size() > 0) return {400, "", "Validation error.", errors};
    out.totals.compute(false);
    // Which of them a mixture is, an invoice or a credit note, no source says.
    const bool credit = out.totals.gross < 0;
    for (const DocumentRow& row : out.totals.rows)
        if (row.amount != 0 && (row.amount < 0) != credit)
            economic_error(errors, "netAmount", "", "Lines of an invoice and of a credit note.", {});
    if (errors.size() > 0) return {400, "", "Validation error.", errors};

    const Json& chosen = *term(terms);
    json.set("paymentTerms", chosen);
    if (chosen["paymentTermsType"].string() != "dueDate") {
        const std::int64_t due = parse_time(json["date"].string()).seconds + chosen["daysOfCredit"].integer(0) * 86'400;
        json.set("dueDate", date_text(due));
    }
    json.set(list.number, *Decimal::parse(number));
    if (!json.has("exchangeRate")) json.set("exchangeRate", 100);
    json.set("netAmount", money(out.totals.net));
    json.set("vatAmount", money(out.totals.tax));
    json.set("grossAmount", money(out.totals.gross));
    json.set("roundingAmount", 0);
    json.set("lines", std::move(lines));
    json.set("lastUpdated", now());
    return {};
}

}  // namespace brygga::sim
