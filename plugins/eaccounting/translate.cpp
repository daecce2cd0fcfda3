#include "translate.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "brygga/sdk/paths.hpp"

namespace brygga::eaccounting {
namespace {

constexpr auto customer_names = joined(
    std::array{
        FieldName{"number", "CustomerNumber"},
        FieldName{"name", "Name"},
        FieldName{"email", "EmailAddress"},
        FieldName{"phone", "Telephone"},
        FieldName{"mobile", "MobilePhone"},
        FieldName{"vat_number", "VatNumber"},
        FieldName{"organisation_number", "CorporateIdentityNumber"},
        FieldName{"contact.name", "ContactPersonName"},
        FieldName{"contact.email", "ContactPersonEmail"},
        FieldName{"contact.phone", "ContactPersonPhone"},
        FieldName{"contact.mobile", "ContactPersonMobile"},
    },
    billing_address, delivery_address,
    std::array{
        FieldName{"currency", "CurrencyCode"},
        FieldName{"language", "SalesDocumentLanguage"},
        FieldName{"payment_term", "TermsOfPaymentId"},
        FieldName{"note", "Note"},
    });

// TermsOfPayment repeats TermsOfPaymentId in full and would contradict a new one.
constexpr std::array<std::string_view, 9> customer_read_only{"Id",
                                                             "PayToAccountId",
                                                             "LastInvoiceDate",
                                                             "ChangedUtc",
                                                             "MessageThreads",
                                                             "Notes",
                                                             "IsFutureInvoiceDateAllowed",
                                                             "UnpaidInvoicesAmount",
                                                             "TermsOfPayment"};

constexpr std::array<std::string_view, 17> article_read_only{// What a customer pays follows from the new price.
                                                             "NetPriceWithDiscount",
                                                             "Id",
                                                             "CodingName",
                                                             "UnitName",
                                                             "UnitAbbreviation",
                                                             "StockBalanceManuallyChangedUtc",
                                                             "StockBalanceReserved",
                                                             "StockBalanceAvailable",
                                                             "CreatedUtc",
                                                             "ChangedUtc",
                                                             "PurchasePriceManuallyChangedUtc",
                                                             "MessageThreads",
                                                             "Notes",
                                                             "ShowStockInformation",
                                                             "IsServiceArticle",
                                                             "FreightCostsManuallyChangedUtc",
                                                             "StockValue"};

void set_if(Json& object, std::string_view name, const Json& value) {
    if (!is_empty(value)) object.set(name, value);
}
void set_text(Json& object, std::string_view name, const Json& value) {
    if (!value.text().empty()) object.set(name, value.text());
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string_view goods_class(const Json& type) {
    const std::string text = lower(type.text());
    if (text == "2" || text.find("serv") != std::string::npos || text.find("tj") == 0) return "service";
    if (text == "1" || text.find("good") != std::string::npos || text.find("var") == 0) return "goods";
    return {};
}

/// The names of a product's fields, in a new article or in one that is there.
void write_article(Json& body, const Json& fields) {
    for (const auto& [name, property] : {std::pair{"name", "Name"}, std::pair{"treatment", "CodingId"},
                                         std::pair{"unit", "UnitId"}, std::pair{"active", "IsActive"}})
        set_if(body, property, fields[name]);
    const bool with_tax = fields["price_includes_tax"].boolean();
    if (fields["price"].is_number()) {
        // The other one would contradict it; where both are given, both are written.
        body.erase(with_tax ? "NetPrice" : "GrossPrice");
        body.set(with_tax ? "GrossPrice" : "NetPrice", fields["price"]);
    }
    if (!with_tax) set_if(body, "GrossPrice", fields["price_with_tax"]);
    if (const Json& ean = fields["ean"]; !is_empty(ean)) {
        Json others = Json::array({Json::object({{"Barcode", ean}, {"BarcodeType", 0}})});
        const Json present = body["Barcodes"];
        for (std::size_t i = 1; i < present.size(); ++i) others.push(present.at(i));
        body.set("Barcodes", std::move(others));
    }
    for (const Json::Member& extra : fields["x"].members()) body.set(extra.name, extra.value);
}

Json option(const Json& id, const Json& label, bool active, Json attributes) {
    if (id.text().empty()) return {};
    return Json::object({{"id", id.text()},
                         {"label", label.text().empty() ? id.text() : label.text()},
                         {"active", active},
                         {"attributes", std::move(attributes)}});
}

}  // namespace

bool is_empty(const Json& value) { return value.is_null() || (value.is_string() && value.string().empty()); }

std::span<const FieldName> customer_fields() { return customer_names; }

void write_fields(Json& vendor, const Json& fields, std::span<const FieldName> names, bool create) {
    for (const FieldName& name : names) {
        const Json* value = at_path(fields, name.path);
        if (!value || (create && is_empty(*value))) continue;
        set_path(vendor, name.vendor, is_empty(*value) ? Json{} : *value);
    }
    for (const Json::Member& extra : fields["x"].members()) vendor.set(extra.name, extra.value);
}

Json changed_fields(const Json& sent, const Json& vendor, std::span<const FieldName> names) {
    Json changed = Json::object();
    for (const FieldName& name : names) {
        const Json* value = at_path(sent, name.path);
        const Json* stored = at_path(vendor, name.vendor);
        if (!value || !stored || (is_empty(*value) && is_empty(*stored)) || *value == *stored) continue;
        if (is_date(name) && value->string().substr(0, 10) == stored->string().substr(0, 10)) continue;
        changed.set(name.path, *stored);
    }
    return changed;
}

Json customer_row(const Json& vendor) {
    const std::string_view kind = vendor["IsPrivatePerson"].boolean() ? "person" : "company";
    Json keys = Json::object();
    set_text(keys, "email", vendor["EmailAddress"]);
    set_text(keys, "number", vendor["CustomerNumber"]);
    set_text(keys, "organisation_number", vendor["CorporateIdentityNumber"]);
    set_text(keys, "vat_number", vendor["VatNumber"]);
    set_text(keys, "phone", vendor[vendor["Telephone"].text().empty() ? "MobilePhone" : "Telephone"]);
    Json fields = Json::object({{"kind", kind}});
    for (const FieldName& name : customer_names)
        if (name.path != "number" && !is_empty(vendor[name.vendor])) set_path(fields, name.path, vendor[name.vendor]);
    return Json::object({{"id", vendor["Id"].text()},
                         {"number", vendor["CustomerNumber"].text()},
                         {"kind", kind},
                         {"state", vendor["IsActive"].boolean(true) ? "open" : "closed"},
                         {"version", vendor["ChangedUtc"].text()},
                         {"keys", std::move(keys)},
                         {"fields", std::move(fields)}});
}

Json product_row(const Json& vendor) {
    Json keys = Json::object();
    set_text(keys, "sku", vendor["Number"]);
    set_text(keys, "ean", vendor["Barcodes"].at(0)["Barcode"]);
    Json fields = Json::object({{"sku", vendor["Number"].text()}, {"price_includes_tax", false}});
    set_if(fields, "name", vendor["Name"]);
    if (vendor["NetPrice"].is_number()) fields.set("price", vendor["NetPrice"]);
    if (vendor["GrossPrice"].is_number()) fields.set("price_with_tax", vendor["GrossPrice"]);
    set_text(fields, "ean", vendor["Barcodes"].at(0)["Barcode"]);
    fields.set("active", vendor["IsActive"].boolean(true));
    set_if(fields, "treatment", vendor["CodingId"]);
    set_if(fields, "unit", vendor["UnitId"]);
    if (vendor["IsServiceArticle"].is_boolean()) fields.set("service", vendor["IsServiceArticle"]);
    if (vendor["UsesMoss"].is_boolean()) fields.set("oss", vendor["UsesMoss"]);
    return Json::object({{"id", vendor["Id"].text()},
                         {"number", vendor["Number"].text()},
                         {"kind", "article"},
                         {"state", vendor["IsActive"].boolean(true) ? "open" : "closed"},
                         {"version", vendor["ChangedUtc"].text()},
                         {"keys", std::move(keys)},
                         {"fields", std::move(fields)}});
}

Json stock_row(const Json& vendor) {
    const Json& quantity = vendor["StockBalance"];
    const bool kept = vendor["ShowStockInformation"].boolean(!vendor["IsServiceArticle"].boolean());
    if (vendor["Id"].text().empty() || !kept || !quantity.is_number()) return {};
    Json entity = Json::object({{"id", vendor["Id"].text()}, {"sku", vendor["Number"].text()}});
    set_text(entity, "ean", vendor["Barcodes"].at(0)["Barcode"]);
    std::string revision;
    for (const auto& [name, property] :
         {std::pair{"quantity", "StockBalance"}, std::pair{"reserved", "StockBalanceReserved"},
          std::pair{"available", "StockBalanceAvailable"}}) {
        if (vendor[property].is_number()) entity.set(name, vendor[property]);
        revision.append(vendor[property].text()).append("/");
    }
    set_text(entity, "location", vendor["StockLocationReference"]);
    return Json::object({{"type", "stock"},
                         {"id", vendor["Id"].text()},
                         {"number", vendor["Number"].text()},
                         {"modified", vendor["ChangedUtc"].text()},
                         {"revision", revision},
                         {"entity", std::move(entity)}});
}

Json article_row(const Json& vendor) {
    const std::string_view id = vendor["Id"].text(), number = vendor["Number"].text();
    if (id.empty()) return {};
    Json entity = Json::object({{"id", id}, {"sku", number}});
    set_text(entity, "ean", vendor["Barcodes"].at(0)["Barcode"]);
    set_text(entity, "name", vendor["Name"]);
    if (vendor["NetPrice"].is_number()) entity.set("price", vendor["NetPrice"]).set("price_includes_tax", false);
    if (vendor["GrossPrice"].is_number()) entity.set("price_with_tax", vendor["GrossPrice"]);
    set_text(entity, "unit", vendor["UnitName"]);
    set_text(entity, "treatment", vendor["CodingId"]);
    if (vendor["IsServiceArticle"].is_boolean()) entity.set("service", vendor["IsServiceArticle"]);
    entity.set("active", vendor["IsActive"].boolean(true));
    Json labels = Json::array();
    for (const Json& label : vendor["ArticleLabels"].items())
        if (!label["Id"].text().empty()) labels.push(label["Id"].text());
    if (labels.size() > 0) entity.set("categories", std::move(labels));
    return Json::object({{"type", "product"},
                         {"id", id},
                         {"number", number},
                         {"modified", vendor["ChangedUtc"].text()},
                         {"entity", std::move(entity)},
                         {"raw", vendor}});
}

Json label_row(const Json& vendor) {
    const std::string_view id = vendor["Id"].text(), name = vendor["Name"].text();
    if (id.empty()) return {};
    Json entity = Json::object({{"id", id}});
    set_text(entity, "name", vendor["Name"]);
    set_text(entity, "description", vendor["Description"]);
    return Json::object({{"type", "category"},
                         {"id", id},
                         {"number", name},
                         {"revision", std::string{name}.append("/").append(vendor["Description"].text())},
                         {"entity", std::move(entity)},
                         {"raw", vendor}});
}

Json deleted_label(std::string_view id) {
    return Json::object({{"type", "category"},
                         {"id", id},
                         {"number", id},
                         {"revision", "deleted"},
                         {"entity", Json::object({{"id", id}, {"deleted", true}})},
                         {"raw", Json{}}});
}

Json new_customer(const Json& document) {
    const Json& fields = document["fields"];
    const std::string_view kind = document["kind"].string(fields["kind"].string());
    Json body = Json::object({{"IsPrivatePerson", kind == "person"}, {"IsActive", true}});
    write_fields(body, fields, customer_names, true);
    return body;
}

Json changed_customer(const Json& document, Json present) {
    for (const std::string_view name : customer_read_only) present.erase(name);
    write_fields(present, document["fields"], customer_names, false);
    return present;
}

Json new_article(const Json& document) {
    const Json& fields = document["fields"];
    Json body = Json::object({{"IsActive", true}, {"IsStock", false}});
    set_if(body, "Number", fields["sku"]);
    write_article(body, fields);
    if (fields["oss"].boolean()) body.set("UsesMoss", true);
    return body;
}

Json changed_article(const Json& document, Json present) {
    for (const std::string_view name : article_read_only) present.erase(name);
    write_article(present, document["fields"]);
    return present;
}

Json percent(const Json& rate) {
    const auto value = rate.decimal();
    if (!value || value->is_negative() || *value > Decimal{1000}) return {};
    return *value <= Decimal{1} ? Json{*value * Decimal{100}} : Json{*value};
}

Json option_row(std::string_view kind, const Json& vendor, const Json& settings) {
    Json more = Json::object();
    if (kind == "payment_term") {
        set_if(more, "days", vendor["NumberOfDays"]);
        set_if(more, "type", vendor["TermsOfPaymentTypeId"]);
        if (!vendor["Id"].text().empty() && vendor["Id"].text() == settings["TermsOfPaymentId"].text())
            more.set("default", true);
        return option(vendor["Id"], vendor["Name"], vendor["AvailableForSales"].boolean(true), std::move(more));
    }
    if (kind == "unit") {
        set_if(more, "code", vendor["Code"]);
        set_if(more, "abbreviation", vendor["Abbreviation"]);
        return option(vendor["Id"], vendor["Name"], true, std::move(more));
    }
    if (kind == "tax_treatment") {
        set_if(more, "rate", percent(vendor["VatRatePercent"]));
        set_if(more, "goods_class", goods_class(vendor["Type"]));
        set_if(more, "code", vendor["VatRate"]);
        return option(vendor["Id"], vendor["Name"], vendor["IsActive"].boolean(true), std::move(more));
    }
    if (kind == "vat_code") {
        set_if(more, "code", vendor["Code"]);
        set_if(more, "rate", percent(vendor["VatRate"]));
        set_if(more, "oss", vendor["OssCodeType"]);
        std::string label{vendor["Code"].text()};
        if (!vendor["Description"].text().empty())
            label.append(label.empty() ? "" : " ").append(vendor["Description"].text());
        return option(vendor["Id"], label, true, std::move(more));
    }
    if (kind == "delivery_method" || kind == "delivery_term") {
        // Documents take the name and not the id.
        set_if(more, "code", vendor["Code"]);
        set_if(more, "vendor_id", vendor["Id"]);
        return option(vendor["Name"], vendor["Name"], true, std::move(more));
    }
    if (kind == "bank_account") {
        set_if(more, "code", vendor["LedgerAccountNumber"]);
        set_if(more, "currency", vendor["CurrencyCode"]);
        if (vendor["IsDefaultChequeAccount"].boolean()) more.set("default", true);
        return option(vendor["Id"], vendor["Name"], vendor["IsActive"].boolean(true), std::move(more));
    }
    if (kind == "currency") {
        if (!vendor["Code"].text().empty() && vendor["Code"].text() == settings["CurrencyCode"].text())
            more.set("default", true);
        return option(vendor["Code"], vendor["Code"], true, std::move(more));
    }
    return {};
}

Json::Array setting_rows(const Json& settings) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> known{{
        {"CountryCode", "Country of the company"},
        {"CurrencyCode", "Currency of the company"},
        {"CompanyStatus", "Status: 0 inactive, 1 active, 2 read only"},
        {"ProductVariant", "Product variant"},
        {"ActivatedModules", "Activated modules"},
        {"TermsOfPaymentId", "Default term of payment"},
        {"ShowPricesExclVatPC", "Prices without VAT for private persons"},
        {"UsesMoss", "One-stop-shop for sales to consumers in the EU"},
        {"UsesVatTriangulationRules", "Triangular trade in the EU"},
        {"UsesReverseConstructionVat", "Reverse charge on construction services"},
        {"DomesticCurrencyRounding", "Totals are rounded to whole units: 0 no, 1 yes"},
        {"AccountingLockedTo", "Accounting is locked up to and with this date"},
        {"UsesProject", "Projects are used"},
        {"UsesCostCenter", "Cost centres are used"},
    }};
    Json::Array rows;
    for (const auto& [name, label] : known)
        if (!settings[name].is_null())
            rows.push_back(option(name, label, true, Json::object({{"value", settings[name]}})));
    return rows;
}

}  // namespace brygga::eaccounting
