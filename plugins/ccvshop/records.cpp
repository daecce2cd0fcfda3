#include <utility>

#include "translate.h"
#include "vendor.h"

namespace brygga::ccvshop {
namespace {

/// HTML that is nothing but plain text, as that; else as it is.
std::string plain(std::string html) {
    if (html.find('<') != std::string::npos) return html;
    for (const auto& [entity, c] :
         {std::pair{"&lt;", '<'}, std::pair{"&gt;", '>'}, std::pair{"&quot;", '"'}, std::pair{"&amp;", '&'}})
        for (std::size_t at = 0; (at = html.find(entity, at)) != std::string::npos; ++at)
            html.replace(at, std::string_view{entity}.size(), 1, c);
    return html;
}

/// The values that make a variant, behind their attributes' names when a separator is given.
std::string values_of(const Json& variant, const std::string& separator) {
    std::string out;
    for (const Json& part : variant["combination"].items()) {
        if (out.size() > short_text) break;
        const std::string value = text_of(part["attribute_value"]["name"], short_text);
        out = join(
            {out, separator.empty() ? value : join({text_of(part["attribute"]["name"], short_text), value}, separator)},
            ", ");
    }
    return out;
}

Json product_fields(const Json& product) {
    Json fields = Json::object();
    put(fields, "name", text_of(product["name"]));
    put(fields, "short_text", text_of(product["shortdescription"]));
    put(fields, "long_text", plain(text_of(product["description"])));
    put(fields, "price", amount(product["price"]));
    put(fields, "unit", text_of(product["unit"]));
    put(fields, "weight", amount(product["weight"]));
    put(fields, "treatment", text_of(product["taxtariff"]));
    fields.set("active", product["is_active"].boolean(true));
    if (product.has("productmainphoto")) {
        const std::string photo = text_of(product["productmainphoto"]);
        fields.set("images", photo.empty() ? Json::array() : Json::array({photo}));
    }
    return fields;
}

void put_stock(Json& fields, const Json& record, const Json& product) {
    put(fields, "stock", amount(record["stock"]));
    if (product["stockenabled"].is_boolean()) fields.set("manage_stock", product["stockenabled"]);
}

Json product_keys(std::string sku, std::string ean) {
    Json keys = Json::object();
    put(keys, "sku", std::move(sku));
    put(keys, "ean", std::move(ean));
    return keys;
}

}  // namespace

Json found_order(const Json& order) {
    const std::string status = order_status(key_of(order["status"]));
    Json keys = Json::object();
    put(keys, "reference", key_of(order["ordernumber_full"]));
    put(keys, "email", key_of(order["customer"]["email"]));
    Json row = Json::object();
    row.set("id", id_of(order));
    row.set("number", key_of(order["ordernumber_full"]));
    row.set("kind", "order");
    row.set("state", status == "cancelled" || status == "completed" ? "closed" : "open");
    row.set("version", revision_of(order));
    row.set("keys", std::move(keys));
    Json fields = Json::object({{"status", key_of(order["status"])}, {"meaning", status}});
    put(fields, "tracking_code", key_of(order["track_and_trace_code"]));
    put(fields, "tracking_carrier", text_of(order["track_and_trace_carrier"]));
    row.set("fields", std::move(fields));
    row.set("totals", to_stated(order));
    return row;
}

Json to_registration(const Json& user) {
    const Json& info = user["userinfo"];
    Json out = to_customer(info, user);
    put(out, "id", id_of(user));
    put(out, "number", id_of(user));
    // The login is an e-mail address in most shops.
    if (const std::string login = key_of(user["username"]); !out.has("email") && login.find('@') != std::string::npos)
        out.set("email", login);
    out.set("state", lower(key_of(user["approval_status"])) == "pending" ? "pending"
                     : user["status"].boolean(true)                      ? "active"
                                                                         : "inactive");
    Json billing = to_address(info["billingaddress"]);
    out.set("shipping", to_delivery(info["deliveryaddress"], billing));
    return std::move(out.set("billing", std::move(billing)));
}

Json user_row(Json user) {
    Json row = Json::object({{"type", "customer"},
                             {"id", id_of(user)},
                             {"number", id_of(user)},
                             {"revision", revision_of(user)},
                             {"entity", to_registration(user)}});
    return std::move(row.set("raw", std::move(user)));
}

Json found_user(const Json& user) {
    Json fields = to_customer(user["userinfo"], {});
    Json keys = Json::object();
    for (const char* name : {"email", "vat_number", "organisation_number", "phone"})
        put(keys, name, key_of(fields[name]));
    Json billing = to_address(user["userinfo"]["billingaddress"]);
    Json row = Json::object();
    row.set("id", id_of(user));
    row.set("number", key_of(user["username"]));
    row.set("kind", fields["kind"]);
    row.set("state", user["status"].boolean(true) ? "open" : "closed");
    row.set("version", revision_of(user));
    row.set("keys", std::move(keys));
    fields.set("address", std::move(billing));
    row.set("fields", std::move(fields));
    return row;
}

Json found_product(const Json& product) {
    const std::string sku = key_of(product["productnumber"]);
    Json fields = product_fields(product);
    put(fields, "sku", sku);
    put(fields, "ean", key_of(product["eannumber"]));
    put_stock(fields, product, product);
    Json row = Json::object();
    row.set("id", id_of(product));
    row.set("number", sku);
    row.set("kind", "article");
    row.set("state", product["is_active"].boolean(true) ? "open" : "closed");
    row.set("version", key_of(product["modifydate"]));
    row.set("keys", product_keys(sku, key_of(product["eannumber"])));
    row.set("fields", std::move(fields));
    return row;
}

Json found_variant(const Json& product, const Json& variant) {
    const std::string sku = first_key_of(variant, {"sku_number", "product_number"});
    Json fields = product_fields(product);
    put(fields, "sku", sku);
    const auto price = amount(product["price"]);
    if (price) fields.set("price", *price + amount(variant["netto_extra_price"]).value_or(0));
    put_stock(fields, variant, product);
    Json row = Json::object();
    row.set("id", id_of(product) + "/" + id_of(variant));
    row.set("number", sku);
    row.set("kind", "variant");
    row.set("state", product["is_active"].boolean(true) && variant["active"].boolean(true) ? "open" : "closed");
    row.set("version", key_of(product["modifydate"]));
    row.set("keys", product_keys(sku, key_of(variant["ean_number"])));
    row.set("fields", std::move(fields));
    return row;
}

Json to_product(const Json& product, const Json& variant) {
    const bool is_variant = !variant.is_null();
    Json out = Json::object();
    put(out, "id", is_variant ? id_of(product) + "/" + id_of(variant) : id_of(product));
    put(out, "sku",
        is_variant ? first_key_of(variant, {"sku_number", "product_number"}) : key_of(product["productnumber"]));
    put(out, "ean", key_of(is_variant ? variant["ean_number"] : product["eannumber"]));
    put(out, "name", join({text_of(product["name"], short_text), values_of(variant, {})}, ", "));
    put(out, "options", values_of(variant, ": "));
    put(out, "short_text", text_of(product["shortdescription"]));
    put(out, "long_text", shown_text(product["description"].string()));
    auto price = amount(product["price"]);
    if (price && is_variant) *price += amount(variant["netto_extra_price"]).value_or(0);
    put(out, "price", price);
    put(out, "unit", text_of(product["unit"], short_text));
    put(out, "weight", amount(product["weight"]));
    put(out, "treatment", text_of(product["taxtariff"]));
    out.set("active", product["is_active"].boolean(true) && (!is_variant || variant["active"].boolean(true)));
    return out;
}

Json polled_product(const Json& product, const Json& variant) {
    Json entity = to_product(product, variant);
    Json row = Json::object({{"type", "product"},
                             {"id", entity["id"]},
                             {"number", entity[entity.has("sku") ? "sku" : "id"]},
                             {"modified", key_of(product["modifydate"])}});
    Json raw = Json::object();
    for (const Json::Member& member : product.members())
        if (member.name != "attributecombinations") raw.set(member.name, member.value);
    if (!variant.is_null()) raw.set("attributecombination", variant);
    return std::move(row.set("entity", std::move(entity)).set("raw", std::move(raw)));
}

std::string parent_category(const Json& category) {
    std::string parent = id_of(category["parentcategory"]);
    return parent == "0" ? std::string{} : parent;
}

Json found_category(const Json& category) {
    const std::string id = id_of(category), name = text_of(category["name"]);
    Json fields = Json::object();
    put(fields, "name", name);
    put(fields, "description", plain(text_of(category["description"])));
    put(fields, "parent", parent_category(category));
    put(fields, "position", amount(category["position"]));
    if (category["show_on_website"].is_boolean()) fields.set("visible", category["show_on_website"]);
    Json row = Json::object({{"id", id}, {"number", id}, {"kind", "category"}, {"version", ""}});
    row.set("state", category["show_on_website"].boolean(true) ? "open" : "closed");
    row.set("keys", Json::object({{"id", id}, {"name", name}}));
    return std::move(row.set("fields", std::move(fields)));
}

Json payment_method_option(const Json& paymethod) {
    Json attributes = Json::object();
    put(attributes, "code", key_of(paymethod["combined_name"]));
    put(attributes, "provider", text_of(paymethod["psp"]));
    put(attributes, "method", text_of(paymethod["method"]));
    Json row = Json::object();
    row.set("id", key_of(paymethod["id"]));
    row.set("label", first_text_of(paymethod, {"label", "combined_name", "method"}));
    row.set("active", true);  // the shop lists active methods only
    row.set("attributes", std::move(attributes));
    return row;
}

Json package_option(const Json& package) {
    return Json::object({{"id", id_of(package)},
                         {"label", first_text_of(package, {"name", "id"})},
                         {"active", true},
                         {"attributes", Json::object()}});
}

Json order_status_body(const Json& fields) {
    Json body = Json::object();
    if (const auto status = Decimal::parse(fields["status"].text())) body.set("status", *status);
    for (const char* name : {"code", "carrier"})
        put(body, std::string{"track_and_trace_"} + name, key_of(fields[std::string{"tracking_"} + name]));
    return std::move(body.set("mail", fields["mail"].boolean(false)));
}

Json written_order_status(std::string_view id, const Json& fields) {
    return Json::object({{"id", id},
                         {"number", ""},
                         {"kind", "order"},
                         {"state", "open"},
                         {"version", ""},
                         {"keys", Json::object()},
                         {"fields", fields},
                         {"changed", Json::object()},
                         {"notices", Json::array()}});
}

Json order_status_option(const Json& status) {
    const std::string number = first_key_of(status, {"status", "id"});
    Json row = Json::object();
    row.set("id", number);
    row.set("label", first_text_of(status, {"status_name", "status"}));
    row.set("active", true);
    row.set("attributes", Json::object({{"status", order_status(number)}}));
    return row;
}

}  // namespace brygga::ccvshop
