#include "ledger_call.hpp"

namespace brygga::sim {

Json Ledger::rate_json(int rate) const {
    return switches_.get(Switch::vat_rate_form) == 1 ? Json{Decimal::scaled(rate, 2)} : Json{Decimal::scaled(rate, 4)};
}

Reply Ledger::reference(const Call& call, const Json& items) const {
    if (call.id.empty()) return static_list(call, items);
    for (const Json& item : items.items())
        if (item["Id"].string() == lower(call.id) || (!item.has("Id") && item["Code"].string() == call.id))
            return {.body = item.dump()};
    return refuse(404, 3000, "The object does not exist.");
}

Reply Ledger::codings(const Call& call) const {
    Json items = Json::array();
    for (const Coding& c : company_.codings) {
        Json item = Json::object({{"Id", c.id},
                                  {"Name", c.name},
                                  {"NameEnglish", c.name_english},
                                  {"Type", c.service ? "Service" : "Goods"},
                                  {"VatRate", "VAT" + std::to_string(c.rate / 100)},
                                  {"IsActive", true},
                                  {"VatRatePercent", percent(c.rate)}});
        const int base = c.service ? 3040 : 3001;
        item.set("DomesticSalesSubjectToReversedConstructionVatAccountNumber", 3231);
        item.set("DomesticSalesSubjectToVatAccountNumber", c.rate == 0 ? Json{3004} : Json{base});
        item.set("DomesticSalesVatExemptAccountNumber", 3004);
        item.set("ForeignSalesSubjectToMossAccountNumber", 3109);
        item.set("ForeignSalesSubjectToThirdPartySalesAccountNumber", 3107);
        item.set("ForeignSalesSubjectToVatWithinEuAccountNumber", 3106);
        item.set("ForeignSalesVatExemptOutsideEuAccountNumber", 3105);
        item.set("ForeignSalesVatExemptWithinEuAccountNumber", 3108);
        item.set("DomesticSalesVatCodeExemptAccountNumber", 3004);
        item.set("ChangedUtc", "2026-01-02T08:00:00.000Z");
        items.push(std::move(item));
    }
    return reference(call, items);
}

Reply Ledger::terms(const Call& call) const {
    Json items = Json::array();
    for (const Term& term : company_.terms) items.push(Company::term_json(term));
    return reference(call, items);
}

Reply Ledger::vat_codes(const Call& call) const {
    Json items = Json::array();
    struct VatCode {
        std::string_view code, description;
        int rate;
    };
    static constexpr VatCode codes[] = {{"05", "Momspliktig försäljning 25 %", 2500},
                                        {"06", "Momspliktig försäljning 12 %", 1200},
                                        {"07", "Momspliktig försäljning 6 %", 600},
                                        {"35", "Varor till annat EU-land", 0},
                                        {"36", "Varor utanför EU", 0},
                                        {"42", "Övrig momsfri försäljning", 0}};
    std::uint64_t n = 0;
    for (const VatCode& c : codes)
        items.push(Json::object(
            {{"Id", guid(0x0000A7C0, ++n)},
             {"Code", c.code},
             {"Description", c.description},
             {"VatRate", rate_json(c.rate)},
             {"OssCodeType", 0},
             {"RelatedAccounts",
              Json::object({{"AccountNumber1", 2611}, {"AccountNumber2", Json{}}, {"AccountNumber3", Json{}}})}}));
    return reference(call, items);
}

Reply Ledger::company_settings(const Call& call) const {
    if (!call.id.empty()) return {.status = 404, .body = ""};
    static constexpr int variants[] = {1, 2, 3, 4, 5};
    Json modules = Json::array();
    if (switches_.get(Switch::activated_modules) != 1) modules.push("api_standard");
    if (switches_.get(Switch::activated_modules) != 2) modules.push("sales_standard");
    Json j = Json::object({{"Name", "Exempelbolaget AB"},
                           {"Email", "bolaget@example.com"},
                           {"Phone", Json{}},
                           {"MobilePhone", Json{}},
                           {"Address1", "Exempelgatan 1"},
                           {"Address2", Json{}},
                           {"CountryCode", "SE"},
                           {"PostalCode", "111 22"},
                           {"City", "Stockholm"},
                           {"Website", Json{}},
                           {"CurrencyCode", "SEK"},
                           {"TermsOfPaymentId", company_.terms[0].id},
                           {"CorporateIdentityNumber", "559000-0007"},
                           {"VatCode", "SE559000000701"}});
    j.set("ProductVariant", variants[switches_.get(Switch::product_variant)]);
    j.set("TypeOfBusiness", 1);
    j.set("ActivatedModules", std::move(modules));
    j.set("NextCustomerNumber", next_customer_);
    j.set("NextCustomerInvoiceNumber", next_invoice_);
    j.set("NextQuoteNumber", 1);
    j.set("NextOrderNumber", next_order_);
    j.set("NextArticleNumber", next_article_);
    j.set("ShowPricesExclVatPC", switches_.get(Switch::show_prices_excl_vat_pc) == 1);
    j.set("UsesCostCenter", false);
    j.set("UsesProject", false);
    j.set("UsesMoss", switches_.get(Switch::uses_moss) == 1);
    j.set("UsesPaymentReferenceNumber", true);
    j.set("DomesticCurrencyRounding", switches_.get(Switch::domestic_rounding));
    j.set("UsesReverseConstructionVat", false);
    j.set("UsesRotReducedInvoicing", false);
    j.set("UsesVatTriangulationRules", false);
    j.set("AccountingLockedTo", "2025-12-31T00:00:00Z");
    j.set("AccountingLockInterval", 0);
    j.set("CompanyStatus", 1);
    j.set("CompanyIdentifier", guid(0x0000C0A9, 1));
    j.set("KeepOriginalDraftDate", false);
    j.set("VismaWebshopStatus", 0);
    return {.body = j.dump()};
}

}  // namespace brygga::sim
