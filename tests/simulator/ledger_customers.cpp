#include "ledger_call.hpp"

namespace brygga::sim {
namespace {

bool looks_like_email(std::string_view text) {
    const auto at = text.find('@');
    return at != std::string_view::npos && at > 0 && text.find('@', at + 1) == std::string_view::npos &&
           text.find('.', at) != std::string_view::npos && text.find_first_of(" \t,;") == std::string_view::npos &&
           text.back() != '.';
}

bool vat_number_form(std::string_view number, std::string_view country) {
    if (number.size() < 10 || number.size() > 14) return false;
    const std::string_view prefix = country == "GR" ? "EL" : country;
    if (number.substr(0, 2) != prefix) return false;
    for (const char c : number.substr(2))
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))) return false;
    return true;
}

}  // namespace

Reply Ledger::customers(const Call& call) {
    if (call.id.empty()) {
        if (call.get()) return list(call, customers_);
        if (!call.post()) return refuse(405, 4002, "The method is not allowed.");
    }
    if (!call.action.empty()) return {.status = 404, .body = ""};
    Record* record = call.id.empty() ? nullptr : customers_.find(call.id);
    if (!call.id.empty() && !record) return refuse(404, 3000, "The customer does not exist.");
    if (call.get()) return {.body = record->text};
    if (call.erase()) {
        for (Table* table : {&quotes_, &orders_, &drafts_, &invoices_})
            for (const auto& document : table->records())
                if (document->alive && table->value(*document, "CustomerId").string() == record->id)
                    return refuse(400, 4001, "The customer has transactions and cannot be deleted.");
        customers_.erase(*record);
        return {.status = 200, .body = ""};
    }
    if (!call.put() && !call.post()) return refuse(405, 4002, "The method is not allowed.");
    const auto body = Json::parse(call.request.body);
    if (!body || !body->is_object()) return refuse(400, 2000, "The body is not a JSON object.");
    Values values;
    if (const Problem problem = read(customer_fields, *body, "", values)) return refuse(problem);
    if (const Problem problem = customer_rules(values, record)) return refuse(problem);
    const bool fresh = record == nullptr;
    if (fresh)
        record = &customers_.add(std::move(values));
    else
        customers_.replace(*record, std::move(values));
    customers_.render(*record);
    return {.status = fresh ? 201 : 200, .body = record->text};
}

Ledger::Problem Ledger::customer_addresses(const Values& values) const {
    const auto text = [&](std::string_view field) { return at(customer_fields, values, field).string(); };
    for (const std::string_view field : {"InvoiceCountryCode", "DeliveryCountryCode"})
        if (!text(field).empty() && !company_.has_country(text(field)))
            return field_problem(field, "InvalidCountry",
                                 "The field " + std::string{field} + " is not a known country code.");
    const std::string_view country = text("InvoiceCountryCode");
    if (const std::string_view vat = text("VatNumber"); !vat.empty()) {
        const bool right = vat_number_form(vat, country) &&
                           (switches_.get(Switch::vat_number_check) == 1 || vat_number_digits_right(vat));
        if (!right) return {400, 4025, "The VAT number is not valid.", {}};
    }
    if (at(customer_fields, values, "ForceBookkeepVat").boolean() && (country.empty() || Company::in_union(country)))
        return {400, 4035, "ForceBookkeepVat is not allowed for customers within the EU.", {}};
    if (at(customer_fields, values, "DeliveryBasedVat").boolean() &&
        (text("DeliveryCity").empty() || text("DeliveryCountryCode").empty() || text("DeliveryPostalCode").empty()))
        return field_problem("DeliveryBasedVat", "Required",
                             "DeliveryBasedVat needs delivery city, country and postal code.");
    return {};
}

Ledger::Problem Ledger::customer_rules(Values& values, const Record* existing) {
    const auto text = [&](std::string_view field) { return at(customer_fields, values, field).string(); };
    const auto put = [&](std::string_view field, Json value) { at(customer_fields, values, field) = std::move(value); };
    if (const Problem problem = customer_addresses(values)) return problem;
    const Term* term = company_.term(text("TermsOfPaymentId"));
    if (!term) return missing("The term of payment");
    if (text("CurrencyCode").empty()) put("CurrencyCode", "SEK");
    if (!company_.has_currency(text("CurrencyCode")))
        return field_problem("CurrencyCode", "InvalidCurrency", "The currency is not known.");
    if (!text("EmailAddress").empty() && switches_.is_default(Switch::email_format) &&
        !looks_like_email(text("EmailAddress")))
        return field_problem("EmailAddress", "InvalidEmail", "The field EmailAddress is not a valid e-mail address.");
    const Json& copies = at(customer_fields, values, "EmailAddresses");
    if (copies.size() > 5 || (copies.size() > 0 && text("EmailAddress").empty()))
        return field_problem("EmailAddresses", "Range",
                             "EmailAddresses takes at most 5 addresses and needs EmailAddress.");
    if (at(customer_fields, values, "ReverseChargeOnConstructionServices").boolean() && text("VatNumber").empty())
        return field_problem("VatNumber", "Required", "ReverseChargeOnConstructionServices needs VatNumber.");
    for (const std::string_view field : {"SalesPriceListId", "DiscountAgreementId"})
        if (!text(field).empty())
            return {403, 4009, std::string{field} + " is not available in this product variant.", {}};
    if (!text("DeliveryMethodId").empty() && !company_.by_id(company_.delivery_methods, text("DeliveryMethodId")))
        return missing("The delivery method");
    if (!text("DeliveryTermId").empty() && !company_.by_id(company_.delivery_terms, text("DeliveryTermId")))
        return missing("The delivery term");
    if (text("CustomerNumber").empty()) {
        while (!customers_.with(customer_fields.index("CustomerNumber"), std::to_string(next_customer_)).empty())
            ++next_customer_;
        put("CustomerNumber",
            existing ? customers_.value(*existing, "CustomerNumber") : Json{std::to_string(next_customer_++)});
    }
    for (const Record* other :
         customers_.with(customer_fields.index("CustomerNumber"), std::string{text("CustomerNumber")}))
        if (other != existing)
            return {switches_.get(Switch::duplicate_status) == 1 ? 400 : 409,
                    4000,
                    "The customer number is already in use.",
                    {}};
    put("TermsOfPayment", Company::term_json(*term));
    put("TermsOfPaymentId", term->id);
    put("ChangedUtc", utc_ms_text(clock_.now_ms()));
    return {};
}

Reply Ledger::articles(const Call& call) {
    if (call.id.empty()) {
        if (call.get()) return list(call, articles_);
        if (!call.post()) return refuse(405, 4002, "The method is not allowed.");
    }
    if (!call.action.empty()) return {.status = 404, .body = ""};
    Record* record = call.id.empty() ? nullptr : articles_.find(call.id);
    if (!call.id.empty() && !record) return refuse(404, 3000, "The article does not exist.");
    if (call.get()) return {.body = record->text};
    if (!call.put() && !call.post()) return refuse(405, 4002, "The method is not allowed.");
    const auto body = Json::parse(call.request.body);
    if (!body || !body->is_object()) return refuse(400, 2000, "The body is not a JSON object.");
    Values values;
    if (const Problem problem = read(article_fields, *body, "", values)) return refuse(problem);
    if (const Problem problem = article_rules(values, record)) return refuse(problem);
    const bool fresh = record == nullptr;
    if (fresh)
        record = &articles_.add(std::move(values));
    else
        articles_.replace(*record, std::move(values));
    articles_.render(*record);
    return {.status = fresh ? 201 : 200, .body = record->text};
}

Ledger::Problem Ledger::article_rules(Values& values, const Record* existing) {
    const auto get = [&](std::string_view field) -> const Json& { return at(article_fields, values, field); };
    const auto put = [&](std::string_view field, Json value) { at(article_fields, values, field) = std::move(value); };
    const Coding* coding = company_.coding(get("CodingId").string());
    if (!coding) return missing("The article account coding");
    const Json* unit = company_.by_id(company_.units, get("UnitId").string());
    if (!unit) return missing("The unit");
    if (get("SupplierId").is_string()) return missing("The supplier");
    if (!get("CurrencyCode").is_null() && !company_.has_currency(get("CurrencyCode").string()))
        return field_problem("CurrencyCode", "InvalidCurrency", "The currency is not known.");
    for (const Record* other : articles_.with(article_fields.index("Number"), std::string{get("Number").string()}))
        if (other != existing)
            return {switches_.get(Switch::duplicate_status) == 1 ? 400 : 409,
                    4000,
                    "The article number is already in use.",
                    {}};
    if (get("IsStock").boolean() && coding->service)
        return field_problem("IsStock", "Invalid", "A stock article needs a goods coding.");
    if (get("UsesMoss").boolean() && switches_.is_default(Switch::uses_moss))
        return field_problem("UsesMoss", "Invalid", "UsesMoss needs the company setting for OSS.");
    const Cents net = cents_of(get("NetPrice").decimal().value_or(0)),
                gross = cents_of(get("GrossPrice").decimal().value_or(0));
    if (net == 0 && gross != 0) put("NetPrice", money(gross - vat_in_gross(gross, coding->rate)));
    if (gross == 0 && net != 0) put("GrossPrice", money(net + vat_on_net(net, coding->rate)));
    put("NetPriceWithDiscount", get("NetPrice"));
    put("CodingId", coding->id);
    put("CodingName", coding->name);
    put("UnitName", (*unit)["Name"]);
    put("UnitAbbreviation", (*unit)["Abbreviation"]);
    put("IsServiceArticle", coding->service);
    put("StockBalanceAvailable", get("StockBalance"));
    put("ShowStockInformation", !coding->service);
    const std::string now = utc_ms_text(clock_.now_ms());
    put("CreatedUtc", existing ? articles_.value(*existing, "CreatedUtc") : Json{now});
    put("ChangedUtc", now);
    return {};
}

bool Ledger::add_customer(const Json& fields) {
    const std::lock_guard lock{mutex_};
    Json body = Json::object({{"Name", "Kund i bokföringen"},
                              {"IsPrivatePerson", true},
                              {"IsActive", true},
                              {"InvoicePostalCode", "11122"},
                              {"InvoiceCity", "Stockholm"},
                              {"InvoiceCountryCode", "SE"},
                              {"CurrencyCode", "SEK"},
                              {"TermsOfPaymentId", company_.terms[0].id}});
    for (const Json::Member& field : fields.members()) body.set(field.name, field.value);
    Values values;
    if (read(customer_fields, body, "", values) || customer_rules(values, nullptr)) return false;
    customers_.render(customers_.add(std::move(values)));
    return true;
}

void Ledger::seed(const std::vector<Product>& products, const std::vector<Buyer>& buyers) {
    const std::lock_guard lock{mutex_};
    const auto coding_of = [&](bool service, int rate) -> std::string {
        for (const Coding& c : company_.codings)
            if (c.service == service && c.rate == rate) return c.id;
        return {};
    };
    const auto article = [&](const std::string& number, const std::string& name, bool service, int rate, Cents gross) {
        Values values;
        const Json body = Json::object({{"Number", number},
                                        {"Name", name},
                                        {"IsActive", true},
                                        {"CodingId", coding_of(service, rate)},
                                        {"UnitId", company_.units.at(0)["Id"]},
                                        {"GrossPrice", money(gross)}});
        if (read(article_fields, body, "", values) || article_rules(values, nullptr)) return;
        articles_.render(articles_.add(std::move(values)));
    };
    for (const int rate : {2500, 1200, 600, 0}) {
        const std::string suffix = "-" + std::to_string(rate / 100);
        article("FRAKT" + suffix, "Frakt " + std::to_string(rate / 100) + " %", true, rate, 0);
        article("AVGIFT" + suffix, "Avgift " + std::to_string(rate / 100) + " %", true, rate, 0);
        article("DIVERSE" + suffix, "Diverse " + std::to_string(rate / 100) + " %", false, rate, 0);
    }
    article("ROUNDING", "Öresutjämning", true, 0, 0);
    for (const Product& p : products)
        if (p.known) article(p.number, p.name, false, p.rate, p.gross);
    for (const Buyer& b : buyers) {
        if (!b.known) continue;
        Json body = Json::object(
            {{"Name", b.is_company ? b.address.company : b.address.first_name + " " + b.address.last_name},
             {"IsPrivatePerson", !b.is_company},
             {"IsActive", true},
             {"EmailAddress", b.email},
             {"InvoiceAddress1", b.address.street + " " + std::to_string(b.address.house_number) + b.address.suffix},
             {"InvoicePostalCode", b.address.zipcode},
             {"InvoiceCity", b.address.city},
             {"InvoiceCountryCode", b.address.country_code},
             {"CurrencyCode", "SEK"},
             {"TermsOfPaymentId", company_.terms[0].id}});
        if (b.is_company) {
            body.set("CorporateIdentityNumber", b.organisation_number);
            body.set("VatNumber", b.vat_number);
        }
        Values values;
        if (read(customer_fields, body, "", values) || customer_rules(values, nullptr)) continue;
        customers_.render(customers_.add(std::move(values)));
    }
}

}  // namespace brygga::sim
