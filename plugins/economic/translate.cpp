#include "translate.h"

#include <algorithm>
#include <array>
#include <utility>

#include "brygga/sdk/paths.hpp"
#include "query.h"

namespace brygga::economic {
namespace {

constexpr std::array customer_names{
    FieldName{"name", "name"},
    FieldName{"email", "email"},
    FieldName{"phone", "telephoneAndFaxNumber"},
    FieldName{"mobile", "mobilePhone"},
    FieldName{"vat_number", "vatNumber"},
    FieldName{"organisation_number", "corporateIdentificationNumber"},
    FieldName{"address.street", "address"},
    FieldName{"address.postal_code", "zip"},
    FieldName{"address.city", "city"},
    FieldName{"address.country", "country"},
    FieldName{"currency", "currency"},
    FieldName{"payment_term", "paymentTerms.paymentTermsNumber", true},
    FieldName{"group", "customerGroup.customerGroupNumber", true},
    FieldName{"layout", "layout.layoutNumber", true},
    FieldName{"zone", "vatZone.vatZoneNumber", true},
};
constexpr std::array product_names{
    FieldName{"sku", "productNumber"},
    FieldName{"name", "name"},
    FieldName{"ean", "barCode"},
    FieldName{"long_text", "description"},
    FieldName{"price", "salesPrice"},
    FieldName{"treatment", "productGroup.productGroupNumber", true},
    FieldName{"unit", "unit.unitNumber", true},
};
constexpr std::array<std::string_view, 6> product_read_only{"self",     "metaData", "lastUpdated",
                                                            "invoices", "pricing",  "inventory"};
constexpr std::array<std::string_view, 9> customer_read_only{
    "self", "metaData", "lastUpdated", "balance", "dueAmount", "contacts", "deliveryLocations", "templates", "totals"};
constexpr std::array<std::string_view, 2> customer_reserved{"customerNumber", "self"};
constexpr std::array<std::string_view, 2> product_reserved{"productNumber", "self"};

struct Country {
    std::string_view code;
    std::array<std::string_view, 3> names;  ///< Danish, English, its own where that is a third one
};
constexpr std::array countries{
    Country{"DK", {"Danmark", "Denmark", ""}},
    Country{"SE", {"Sverige", "Sweden", ""}},
    Country{"NO", {"Norge", "Norway", ""}},
    Country{"FI", {"Finland", "Suomi", ""}},
    Country{"DE", {"Tyskland", "Germany", "Deutschland"}},
    Country{"NL", {"Holland", "Netherlands", "Nederland"}},
    Country{"BE", {"Belgien", "Belgium", "België"}},
    Country{"FR", {"Frankrig", "France", ""}},
    Country{"GB", {"Storbritannien", "United Kingdom", "UK"}},
    Country{"IE", {"Irland", "Ireland", ""}},
    Country{"AT", {"Østrig", "Austria", "Österreich"}},
    Country{"PL", {"Polen", "Poland", "Polska"}},
    Country{"ES", {"Spanien", "Spain", "España"}},
    Country{"IT", {"Italien", "Italy", "Italia"}},
    Country{"PT", {"Portugal", "", ""}},
    Country{"LU", {"Luxembourg", "Luxemburg", ""}},
    Country{"EE", {"Estland", "Estonia", ""}},
    Country{"LV", {"Letland", "Latvia", ""}},
    Country{"LT", {"Litauen", "Lithuania", ""}},
    Country{"IS", {"Island", "Iceland", ""}},
    Country{"CH", {"Schweiz", "Switzerland", ""}},
    Country{"US", {"USA", "United States", ""}},
    Country{"FO", {"Færøerne", "Faroe Islands", ""}},
    Country{"GL", {"Grønland", "Greenland", ""}},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> time_zones{{
    {"DK", "Europe/Copenhagen"},
    {"SE", "Europe/Stockholm"},
    {"NO", "Europe/Oslo"},
    {"FI", "Europe/Helsinki"},
    {"DE", "Europe/Berlin"},
    {"GB", "Europe/London"},
    {"NL", "Europe/Amsterdam"},
    {"PL", "Europe/Warsaw"},
}};

/// Agreements whose customers have a VAT number beside the company number.
constexpr std::array<std::string_view, 5> with_vat_number{"SE", "GB", "DE", "PL", "FI"};

bool is_empty(const Json& value) { return value.is_null() || (value.is_string() && value.string().empty()); }

/// With the objects that have nothing left.
void clear_path(Json& object, std::string_view path) {
    erase_path(object, path);
    const std::size_t dot = path.rfind('.');
    if (dot == std::string_view::npos) return;
    const std::string_view parent = path.substr(0, dot);
    if (const Json* left = at_path(object, parent); left && left->is_object() && left->size() == 0)
        clear_path(object, parent);
}

/// A reference is its number alone: what else the present one holds belongs to the old.
void set_reference(Json& vendor, std::string_view path, Json number) {
    const std::size_t dot = path.rfind('.');
    set_path(vendor, path.substr(0, dot), Json::object({{path.substr(dot + 1), std::move(number)}}));
}

bool same_value(const FieldName& name, const Json& sent, const Json& stored) {
    if (name.number) return sent.text() == stored.text();
    if (sent.decimal() && stored.decimal()) return *sent.decimal() == *stored.decimal();
    return sent == stored;
}

void set_text(Json& object, std::string_view name, const Json& value) {
    if (!value.text().empty()) object.set(name, value.text());
}

/// "a@example.com b@example.com": each of them.
Json addresses(std::string_view text) {
    Json list = Json::array();
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(" ;,\r\n"), text.size());
        if (end > 0) list.push(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return list;
}

Json option(const Json& id, const Json& label, bool active, Json attributes) {
    if (id.text().empty()) return {};
    return Json::object({{"id", id.text()},
                         {"label", label.text().empty() ? id.text() : label.text()},
                         {"active", active},
                         {"attributes", std::move(attributes)}});
}

std::string_view case_of_zone(std::int64_t zone) {
    // The vendor's fixed zones: 1 domestic, 2 EU, 3 abroad; the others are for special uses or single countries.
    return zone == 1 ? "domestic" : zone == 2 ? "reverse_charge" : zone == 3 ? "export" : "";
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

}  // namespace

std::span<const FieldName> customer_fields() { return customer_names; }
std::span<const FieldName> product_fields() { return product_names; }

void join_street(Json& fields, std::string_view root, std::span<const std::string_view> parts) {
    Json* address = fields.find(root);
    if (!address || !address->is_object()) return;
    std::string street;
    bool any = false;
    for (const std::string_view part : parts) {
        const Json* value = address->find(part);
        any = any || value;
        if (value && !value->string().empty()) street.append(street.empty() ? "" : "\n").append(value->string());
        address->erase(part);
    }
    if (any) address->set("street", street);
}

void split_street(Json& fields, std::string_view root, std::string_view street,
                  std::span<const std::string_view> parts) {
    for (std::size_t part = 0; part < parts.size() && !street.empty(); ++part) {
        const bool last = part + 1 == parts.size();
        const std::size_t end = last ? street.size() : std::min(street.find_first_of("\r\n"), street.size());
        std::string text{street.substr(0, end)};
        std::ranges::replace(text, '\n', ' ');
        std::erase(text, '\r');
        if (!text.empty()) set_path(fields, std::string{root}.append(".").append(parts[part]), text);
        street.remove_prefix(std::min(street.find_first_not_of("\r\n", end), street.size()));
    }
}

void write_fields(Json& vendor, const Json& fields, std::span<const FieldName> names,
                  std::span<const std::string_view> reserved) {
    for (const FieldName& name : names) {
        const Json* value = at_path(fields, name.path);
        if (!value) continue;
        if (is_empty(*value))
            clear_path(vendor, name.vendor);
        else if (!name.number)
            set_path(vendor, name.vendor, *value);
        else if (const auto number = Decimal::parse(value->text()))
            set_reference(vendor, name.vendor, *number);
    }
    for (const Json::Member& extra : fields["x"].members())
        if (std::ranges::find(reserved, extra.name) == reserved.end() && !extra.value.is_null())
            vendor.set(extra.name, extra.value);
}

void read_fields(Json& fields, const Json& vendor, std::span<const FieldName> names) {
    for (const FieldName& name : names) {
        const Json* value = at_path(vendor, name.vendor);
        if (!value || name.path.ends_with(".street")) continue;
        const std::string_view text = name.path.ends_with(".country") ? country_code(value->text()) : value->text();
        if (!text.empty()) set_path(fields, name.path, text);
    }
}

Json changed_fields(const Json& sent, const Json& vendor, std::span<const FieldName> names, Json& notices) {
    Json changed = Json::object();
    for (const FieldName& name : names) {
        const Json* value = at_path(sent, name.path);
        const Json* stored = at_path(vendor, name.vendor);
        if (!value || (is_empty(*value) && (!stored || is_empty(*stored)))) continue;
        if (stored && same_value(name, *value, *stored)) continue;
        changed.set(name.path, stored ? *stored : Json{});
        if (!stored) notices.push("e-conomic did not keep the field " + std::string{name.path} + ".");
    }
    for (const Json::Member& extra : sent["x"].members())
        if (!vendor.has(extra.name)) notices.push("e-conomic did not keep the field x." + extra.name + ".");
    return changed;
}

Json customer_row(const Json& vendor) {
    const std::string_view number = vendor["customerNumber"].text();
    if (number.empty()) return {};
    // e-conomic knows no persons; a company is known by a number that only companies have.
    const bool company = !vendor["corporateIdentificationNumber"].text().empty() ||
                         !vendor["vatNumber"].text().empty() || !vendor["ean"].text().empty();
    Json keys = Json::object({{"number", number}});
    if (Json mails = addresses(vendor["email"].string()); mails.size() > 0) keys.set("email", std::move(mails));
    set_text(keys, "organisation_number", vendor["corporateIdentificationNumber"]);
    set_text(keys, "vat_number", vendor["vatNumber"]);
    set_text(keys, "phone",
             vendor[vendor["telephoneAndFaxNumber"].text().empty() ? "mobilePhone" : "telephoneAndFaxNumber"]);
    Json fields = Json::object();
    read_fields(fields, vendor, customer_names);
    fields.erase("currency");  // documents have one of their own, whatever the customer's is
    split_street(fields, "address", vendor["address"].string(), address_lines);
    return Json::object({{"id", number},
                         {"number", number},
                         {"kind", company ? "company" : ""},
                         {"state", vendor["barred"].boolean() ? "closed" : "open"},
                         {"version", vendor["lastUpdated"].text()},
                         {"keys", std::move(keys)},
                         {"fields", std::move(fields)}});
}

Json product_row(const Json& vendor) {
    const std::string_view number = vendor["productNumber"].text();
    if (number.empty()) return {};
    Json keys = Json::object({{"sku", number}});
    set_text(keys, "ean", vendor["barCode"]);
    Json fields = Json::object({{"sku", number}, {"price_includes_tax", false}});
    set_text(fields, "name", vendor["name"]);
    set_text(fields, "ean", vendor["barCode"]);
    set_text(fields, "long_text", vendor["description"]);
    fields.set("active", !vendor["barred"].boolean());
    if (vendor["salesPrice"].is_number()) fields.set("price", vendor["salesPrice"]);
    set_text(fields, "treatment", vendor["productGroup"]["productGroupNumber"]);
    set_text(fields, "unit", vendor["unit"]["unitNumber"]);
    const Json& inventory = vendor["inventory"];
    for (const char* figure : {"inStock", "available"})  // the last one: what can still be sold
        if (inventory[figure].is_number()) fields.set("stock", inventory[figure]);
    return Json::object({{"id", number},
                         {"number", number},
                         {"kind", "article"},
                         {"state", vendor["barred"].boolean() ? "closed" : "open"},
                         {"version", vendor["lastUpdated"].text()},
                         {"keys", std::move(keys)},
                         {"fields", std::move(fields)}});
}

Json stock_row(const Json& vendor) {
    const std::string_view number = vendor["productNumber"].text();
    const Json& inventory = vendor["inventory"];
    if (number.empty() || !inventory["inStock"].is_number()) return {};
    Json entity = Json::object({{"id", number}, {"sku", number}});
    set_text(entity, "ean", vendor["barCode"]);
    std::string revision;
    for (const auto& [name, member] :
         {std::pair{"quantity", "inStock"}, std::pair{"available", "available"},
          std::pair{"reserved", "orderedByCustomers"}, std::pair{"incoming", "orderedFromSuppliers"}}) {
        if (inventory[member].is_number()) entity.set(name, inventory[member]);
        revision.append(inventory[member].text()).append("/");
    }
    return Json::object({{"type", "stock"},
                         {"id", number},
                         {"number", number},
                         {"modified", vendor["lastUpdated"].text()},
                         {"revision", revision},
                         {"entity", std::move(entity)}});
}

Json article_row(const Json& vendor) {
    const std::string_view number = vendor["productNumber"].text();
    if (number.empty()) return {};
    Json entity = Json::object({{"id", number}, {"sku", number}});
    set_text(entity, "ean", vendor["barCode"]);
    set_text(entity, "name", vendor["name"]);
    set_text(entity, "long_text", vendor["description"]);
    if (vendor["salesPrice"].is_number()) entity.set("price", vendor["salesPrice"]).set("price_includes_tax", false);
    set_text(entity, "unit", vendor["unit"]["name"]);
    set_text(entity, "treatment", vendor["productGroup"]["productGroupNumber"]);
    entity.set("active", !vendor["barred"].boolean());
    if (const std::string_view group = vendor["productGroup"]["productGroupNumber"].text(); !group.empty())
        entity.set("categories", Json::array({group}));
    return Json::object({{"type", "product"},
                         {"id", number},
                         {"number", number},
                         {"modified", vendor["lastUpdated"].text()},
                         {"entity", std::move(entity)},
                         {"raw", vendor}});
}

Json group_row(const Json& vendor) {
    const std::string_view number = vendor["productGroupNumber"].text();
    if (number.empty()) return {};
    Json entity = Json::object({{"id", number}});
    set_text(entity, "name", vendor["name"]);
    return Json::object({{"type", "category"},
                         {"id", number},
                         {"number", vendor["name"].text()},
                         {"revision", vendor["name"].text()},
                         {"entity", std::move(entity)},
                         {"raw", vendor}});
}

Json deleted_group(std::string_view number) {
    return Json::object({{"type", "category"},
                         {"id", number},
                         {"number", number},
                         {"revision", "deleted"},
                         {"entity", Json::object({{"id", number}, {"deleted", true}})},
                         {"raw", Json{}}});
}

Json customer_form(Json fields) {
    join_street(fields, "address", address_lines);
    return fields;
}

Json new_customer(const Json& fields) {
    Json body = Json::object();
    write_fields(body, customer_form(fields), customer_names, customer_reserved);
    return body;
}

Json changed_customer(const Json& fields, const Json& present) {
    Json form = fields;
    if (form["address"].has("line1") || form["address"].has("line2")) {
        // One text at the vendor: the line that does not change stays in it.
        const Json now = customer_row(present)["fields"]["address"];
        for (const std::string_view line : address_lines)
            if (!form["address"].has(line) && now.has(line)) form.member("address").set(line, now[line]);
    }
    Json body = Json::object();
    for (const Json::Member& member : present.members())
        if (!member.value.is_null() && std::ranges::find(customer_read_only, member.name) == customer_read_only.end())
            body.set(member.name, member.value);
    write_fields(body, customer_form(std::move(form)), customer_names, customer_reserved);
    return body;
}

Json contact_row(std::string_view customer, const Json& vendor) {
    const std::string_view number = vendor["customerContactNumber"].text();
    if (number.empty() || vendor["deleted"].boolean()) return {};
    Json keys = Json::object({{"customer", customer}}), fields = Json::object({{"customer", customer}});
    set_text(keys, "email", vendor["email"]);
    for (const char* name : {"name", "email", "phone"}) set_text(fields, name, vendor[name]);
    return Json::object({{"id", std::string{customer}.append("/").append(number)},
                         {"number", number},
                         {"kind", "contact"},
                         {"state", "open"},
                         {"version", ""},
                         {"keys", std::move(keys)},
                         {"fields", std::move(fields)}});
}

Json new_contact(const Json& fields) {
    Json body = Json::object();
    for (const char* name : {"name", "email", "phone"}) set_text(body, name, fields[name]);
    set_path(body, "customer.customerNumber", Json{Decimal::parse(fields["customer"].text()).value_or(Decimal{})});
    return body;
}

namespace {

void write_product(Json& body, const Json& fields) {
    write_fields(body, fields, product_names, product_reserved);
    if (fields["active"].is_boolean()) body.set("barred", !fields["active"].boolean());
}

}  // namespace

Json new_product(const Json& fields) {
    Json body = Json::object();
    write_product(body, fields);
    return body;
}

Json changed_product(const Json& fields, const Json& present) {
    Json body = Json::object();
    for (const Json::Member& member : present.members())
        if (!member.value.is_null() && std::ranges::find(product_read_only, member.name) == product_read_only.end())
            body.set(member.name, member.value);
    Json inventory = Json::object();
    for (const char* own : {"packageVolume", "recommendedCostPrice"})
        if (present["inventory"][own].is_number()) inventory.set(own, present["inventory"][own]);
    if (inventory.size() > 0) body.set("inventory", std::move(inventory));
    write_product(body, fields);
    return body;
}

std::string_view country_code(std::string_view name) {
    for (const Country& country : countries) {
        if (same_text(name, country.code)) return country.code;
        for (const std::string_view known : country.names)
            if (!known.empty() && same_text(name, known)) return country.code;
    }
    const bool code = name.size() == 2 && std::ranges::all_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
    return code ? name : std::string_view{};
}

Json option_row(std::string_view kind, const Json& vendor, const Json& self) {
    Json more = Json::object();
    if (kind == "payment_term") {
        if (vendor["daysOfCredit"].is_number()) more.set("days", vendor["daysOfCredit"]);
        set_text(more, "type", vendor["paymentTermsType"]);
        const Json& standard = self["settings"]["defaultPaymentTerm"];
        const std::string_view number = vendor["paymentTermsNumber"].text();
        if (!number.empty() && (standard.text() == number || standard["paymentTermsNumber"].text() == number))
            more.set("default", true);
        return option(vendor["paymentTermsNumber"], vendor["name"], true, std::move(more));
    }
    if (kind == "unit") return option(vendor["unitNumber"], vendor["name"], true, std::move(more));
    if (kind == "layout")
        return option(vendor["layoutNumber"], vendor["name"], !vendor["deleted"].boolean(), std::move(more));
    if (kind == "customer_group") return option(vendor["customerGroupNumber"], vendor["name"], true, std::move(more));
    if (kind == "bank_account") {
        // Of balance accounts alone money comes and goes.
        if (vendor["accountType"].string() != "status" || vendor["blockDirectEntries"].boolean()) return {};
        set_text(more, "code", vendor["accountNumber"]);
        return option(vendor["accountNumber"], vendor["name"], !vendor["barred"].boolean(), std::move(more));
    }
    if (kind == "vat_zone") {
        set_text(more, "case", Json{case_of_zone(vendor["vatZoneNumber"].integer(0))});
        return option(vendor["vatZoneNumber"], vendor["name"], vendor["enabledForCustomer"].boolean(true),
                      std::move(more));
    }
    if (kind == "vat_code") {
        if (vendor["ratePercentage"].is_number()) more.set("rate", vendor["ratePercentage"]);
        return option(vendor["vatCode"], vendor["name"], !vendor["barred"].boolean(), std::move(more));
    }
    if (kind == "currency") {
        if (vendor["code"].text() == self["settings"]["baseCurrency"].text()) more.set("default", true);
        return option(vendor["code"], vendor["name"], true, std::move(more));
    }
    return {};
}

Json treatment_row(const Json& group, const Json::Array& sales_accounts, const Json& rates) {
    Json more = Json::object(), by_case = Json::object(), by_zone = Json::object();
    for (const Json& row : sales_accounts) {
        const Json& zone = row["vatZone"]["vatZoneNumber"];
        const std::string_view name = case_of_zone(zone.integer(0));
        if (row["salesAccount"]["barred"].boolean()) continue;
        const std::string_view code = row["salesAccount"]["vatAccount"]["vatCode"].text();
        const Json* stated = rates.find(code);
        if (!code.empty() && !stated) continue;
        const Json rate = stated ? *stated : Json{0};
        // What the company has made itself, such as one for each country of the one-stop shop.
        if (name.empty()) {
            by_zone.set(zone.text(), rate);
            continue;
        }
        by_case.set(name, rate);
        if (name != "domestic") continue;
        // Consumers in the EU are charged as at home.
        by_case.set("eu_consumer", rate);
        more.set("rate", rate);
        set_text(more, "code", Json{code});
    }
    more.set("rates", std::move(by_case)).set("zones", std::move(by_zone));
    return option(group["productGroupNumber"], group["name"], true, std::move(more));
}

bool has_inventory(const Json& self) {
    return std::ranges::any_of(self["modules"].items(), [](const Json& module) {
        const std::string name = lower(module["name"].string());
        return name.find("inventory") != std::string::npos || name.find("lager") != std::string::npos;
    });
}

Json account(const Json& self, std::string_view country, const Json& fields) {
    const Json& company = self["company"];
    if (country.empty()) country = country_code(company["country"].string());
    Json limits = Json::array();
    const bool inventory = has_inventory(self);
    if (inventory)
        limits.push(
            "The agreement has the inventory module, with which orders and quotes cannot be written over the API: "
            "invoice "
            "drafts are used. They reserve no stock.");
    const Json& roles = self["application"]["requiredRoles"];
    const bool may_sell = std::ranges::any_of(roles.items(), [](const Json& role) {
        return role["name"].string() == "SuperUser" || role["name"].string() == "Sales";
    });
    if (roles.size() > 0 && !may_sell)
        limits.push("The app has neither the role Sales nor SuperUser: customers and documents may be refused.");

    Json described = Json::object({{"id", self["agreementNumber"].text()},
                                   {"name", company["name"].string()},
                                   {"country", country},
                                   {"currency", self["settings"]["baseCurrency"].string()}});
    for (const auto& [code, zone] : time_zones)
        if (code == country) described.set("time_zone", zone);
    Json result = Json::object({{"account", std::move(described)}, {"limits", std::move(limits)}});
    result.set(
        "operations",
        Json::object(
            {{"document", Json::object({{"create", inventory ? Json::array({"invoice_draft"})
                                                             : Json::array({"order", "quote", "invoice_draft"})}})}}));
    if (std::ranges::find(with_vat_number, country) == with_vat_number.end())
        for (Json field : fields["customer"].items())
            if (field["path"].string() == "vat_number") {
                field.set("writable", false);
                result.set("fields", Json::object({{"customer", Json::array({field})}}));
            }
    return result;
}

}  // namespace brygga::economic
