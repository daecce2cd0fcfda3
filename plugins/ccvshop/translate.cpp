#include "translate.h"

#include <array>

#include "vendor.h"

namespace brygga::ccvshop {
namespace {

std::string country_of(const Json& value) {
    const std::string code = upper(key_of(value));
    const bool letters = code.size() == 2 && code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
    return letters ? code : std::string{};
}

std::string person_name(const Json& address) {
    std::string full = text_of(address["full_name"]);
    return full.empty() ? join({first_text_of(address, {"first_name", "initials"}), text_of(address["last_name"])})
                        : full;
}

std::string street_of(const Json& address) {
    std::string line = text_of(address["address_line_1"]);
    if (!line.empty()) return line;
    return join({text_of(address["street"]),
                 join({text_of(address["housenumber"]), text_of(address["housenumber_suffix"])}, "")});
}

bool names_a_place(const Json& address) {
    for (const char* name : {"name", "company", "line1", "postal_code", "city"})
        if (address.has(name)) return true;
    return false;
}

/// Where the goods go when not to the billing address: the chosen pickup point, else the delivery address when any
/// of it is filled. Empty when equal to billing.
Json to_shipping(const Json& order, const Json& billing) {
    Json shipping = to_delivery(order["customer"]["deliveryaddress"], billing);
    const std::string country = key_of(shipping["country"]);
    Json pickup = to_address(order["pickup_address"]);
    if (pickup.has("line1") || pickup.has("city") || pickup.has("postal_code")) {
        // The point has no country code of its own; its country may be a name in the shop's language.
        std::string code = country_of(order["pickup_address"]["country"]);
        if (code.empty()) code = country.empty() ? text_of(billing["country"]) : country;
        put(pickup, "country", code);
        put(pickup, "name", text_of(shipping.has("name") ? shipping["name"] : billing["name"]));
        shipping = std::move(pickup);
    }
    return shipping == billing ? Json::object() : shipping;
}

std::string option_text(const Json& attributes) {
    std::string out;
    for (const Json& attribute : attributes.items()) {
        if (out.size() > longest_text) break;
        out = join({out, join({text_of(attribute["option_name"]), text_of(attribute["value_name"])}, ": ")}, ", ");
    }
    return out;
}

/// Unit price before discount with option surcharges.
std::optional<Decimal> unit_price_of(const Json& row) {
    if (const auto stated = amount(row["price_without_discount_with_attributes"])) return stated;
    const Decimal discount = amount(row["discount"]).value_or(0);
    if (const auto reduced = amount(row["price_with_attributes"])) return *reduced + discount;
    auto price = amount(row["price"]);
    if (price)
        for (const Json& attribute : row["attributes"].items()) *price += amount(attribute["price"]).value_or(0);
    return price;
}

std::optional<Decimal> row_total_of(const Json& row, const Decimal& quantity,
                                    const std::optional<Decimal>& unit_price) {
    if (const auto stated = amount(row["total_price_with_attributes"])) return stated->round(2);
    if (const auto reduced = amount(row["price_with_attributes"])) return (*reduced * quantity).round(2);
    if (!unit_price) return std::nullopt;
    return ((*unit_price - amount(row["discount"]).value_or(0)) * quantity).round(2);
}

/// The row total is what the customer pays and is never changed. The discount is what lies between it and quantity
/// x unit price; where that is not a discount but rounding or a contradiction, the unit price follows the total.
void put_amounts(Json& line, const Json& row) {
    Decimal quantity = amount(row["count"]).value_or(1);
    std::optional<Decimal> unit_price = unit_price_of(row);
    const std::optional<Decimal> total = row_total_of(row, quantity, unit_price);
    Decimal discount;
    if (total) {
        if (quantity.is_zero() && !total->is_zero()) quantity = 1;
        const Decimal gap = unit_price ? (*unit_price * quantity).round(2) - *total : Decimal{-1};
        const bool reduced = gap > Decimal::scaled(1, 2) || !amount(row["discount"]).value_or(0).is_zero();
        if (!gap.is_negative() && reduced) {
            discount = gap;
        } else if (!gap.is_zero() && !quantity.is_zero()) {
            unit_price = (*total / quantity).round(6);
            if ((*unit_price * quantity).round(2) != *total) unit_price = *total / quantity;
        }
    }
    line.set("quantity", quantity);
    put(line, "unit_price", unit_price);
    line.set("discount", discount);
    put(line, "total", total);
}

Json goods_line(const Json& row) {
    std::string sku = first_key_of(row, {"sub_sku_number", "sub_product_number", "product_number", "sub_ean_number"});
    std::string id = key_of(row["id"]);
    if (sku.empty()) id = join({id, key_of(row["product_id"])}, "/");
    const std::optional<Decimal> rate = amount(row["tax"]);
    const std::string type = lower(key_of(row["product_type"]));
    // Deposit types are not spelled out by the vendor; what is known is that they are another type and bear no tax.
    const bool deposit = !type.empty() && type != "product" && (!rate || rate->is_zero());

    Json line = Json::object();
    put(line, "id", std::move(id));
    line.set("kind", deposit ? "deposit" : "product");
    put(line, "sku", std::move(sku));
    put(line, "ean", key_of(row["sub_ean_number"]));
    put(line, "name", text_of(row["product_name"]));
    put_amounts(line, row);
    put(line, "unit", text_of(row["unit"], short_text));
    line.set("rate", deposit ? Json{0} : rate ? Json{*rate} : Json{});
    put(line, "options", option_text(row["attributes"]));
    return line;
}

/// A line for an amount of the order itself; none for zero. What is negative reduces the order: a discount, whose
/// rate the shop does not state.
void add_charge(Json& lines, std::string_view id, std::string_view kind, std::string name,
                const std::optional<Decimal>& value, const std::optional<Decimal>& rate = {}) {
    if (!value || value->is_zero()) return;
    const bool discount = value->is_negative();
    Json line = Json::object();
    line.set("id", id);
    line.set("kind", discount ? std::string_view{"discount"} : kind);
    line.set("name", std::move(name));
    line.set("quantity", 1);
    line.set("unit_price", *value);
    line.set("discount", 0);
    line.set("total", value->round(2));
    line.set("rate", rate && !discount ? Json{*rate} : Json{});
    lines.push(std::move(line));
}

/// The vendor does not say whether discounts are stated as positive or negative numbers: both reduce.
std::optional<Decimal> reduction(const Json& value) {
    const auto stated = amount(value);
    if (!stated) return std::nullopt;
    return -stated->abs();
}

Json to_lines(const Json& order, const Json& rows) {
    Json lines = Json::array();
    for (const Json& row : rows.items()) lines.push(goods_line(row));

    const bool taxed = order["shipping_taxes_included"].boolean();
    add_charge(lines, "shipping", "shipping", "Shipping", amount(order["total_shipping"]),
               taxed ? amount(order["shipping_tax_percentage"]) : Decimal{0});
    add_charge(lines, "payment_fee", "payment_fee", join({"Payment fee", text_of(order["paymethod_label"])}, ": "),
               amount(order["paymethod_costs"]));
    const std::string option = text_of(order["extra_payment_option"]);
    add_charge(lines, "extra_payment_option", "payment_fee", option.empty() ? "Payment option" : option,
               amount(order["extra_payment_option_price"]));
    const std::string extra = text_of(order["extra_costs_description"]);
    add_charge(lines, "extra_costs", "extra_cost", extra.empty() ? "Extra costs" : extra, amount(order["extra_costs"]));
    add_charge(lines, "discount", "discount", join({"Discount", text_of(order["discountcoupon"]["code"])}),
               reduction(order["total_discounts"]));
    add_charge(lines, "credit_points", "discount", "Credit points", reduction(order["credit_point_discount"]));
    return lines;
}

Json to_payment(const Json& order) {
    Json method = Json::object();
    put(method, "id", key_of(order["paymethod_id"]));
    put(method, "code", key_of(order["paymethod"]));
    put(method, "label", text_of(order["paymethod_label"]));
    Json payment = Json::object();
    payment.set("state", order["paid"].boolean() ? "paid" : "unpaid");
    payment.set("method", std::move(method));
    put(payment, "transaction_id", key_of(order["transaction_id"]));
    return payment;
}

Json to_tracking(const Json& order) {
    Json tracking = Json::array();
    if (std::string code = text_of(order["track_and_trace_code"]); !code.empty()) {
        Json entry = Json::object();
        entry.set("code", std::move(code));
        put(entry, "carrier", text_of(order["track_and_trace_carrier"]));
        put(entry, "url", text_of(order["track_and_trace_deeplink"]));
        tracking.push(std::move(entry));
    }
    return tracking;
}

std::string note_of(const Json& customer) {
    const std::string billing = text_of(customer["billingaddress"]["comment"], longest_text);
    const std::string delivery = text_of(customer["deliveryaddress"]["comment"], longest_text);
    return billing == delivery ? billing : join({billing, delivery}, "\n");
}

}  // namespace

Json to_address(const Json& address) {
    Json out = Json::object();
    put(out, "name", person_name(address));
    put(out, "company", text_of(address["company"]));
    put(out, "line1", street_of(address));
    put(out, "line2", text_of(address["address_line_2"]));
    put(out, "postal_code", text_of(address["zipcode"], short_text));
    put(out, "city", text_of(address["city"]));
    put(out, "province", text_of(address["province"], short_text));
    put(out, "country", country_of(address["country_code"]));
    put(out, "phone", text_of(first_key_of(address, {"telephone", "mobile"}), short_text));
    return out;
}

Json to_delivery(const Json& address, const Json& billing) {
    Json delivery = to_address(address);
    const std::string country = key_of(delivery["country"]);
    const bool nowhere = !names_a_place(delivery) && (country.empty() || country == billing["country"].string());
    return nowhere || delivery == billing ? Json::object() : delivery;
}

Json to_customer(const Json& info, const Json& user) {
    const Json& address = info["billingaddress"];
    const std::string company = text_of(address["company"]);
    const bool business = !company.empty() || lower(key_of(info["customertype"])) == "b2b";
    std::string name = person_name(address);
    Json out = Json::object();
    put(out, "id", key_of(user["id"]));
    out.set("kind", business ? "company" : "person");
    put(out, "name", name.empty() ? company : name);
    put(out, "first_name", text_of(address["first_name"]));
    put(out, "last_name", text_of(address["last_name"]));
    put(out, "company", company);
    put(out, "email", text_of(info["email"]));
    put(out, "phone", text_of(first_key_of(address, {"telephone", "mobile"}), short_text));
    put(out, "vat_number", key_of(info["btw"]));
    put(out, "organisation_number", key_of(info["kvk"]));
    put(out, "reference", text_of(info["reference"]));
    return out;
}

/// taxes_included false: the total was shown without its tax.
Json to_stated(const Json& order) {
    const std::optional<Decimal> tax = amount(order["total_tax"]);
    std::optional<Decimal> gross = amount(order["total_price"]);
    if (gross && tax && order["taxes_included"].is_boolean() && !order["taxes_included"].boolean()) *gross += *tax;
    Json stated = Json::object();
    put(stated, "tax", tax);
    put(stated, "gross", gross);
    return stated;
}

bool is_basket(const Json& order) {
    const Json& completed = order["is_completed"];
    if (completed.is_boolean()) return !completed.boolean();
    return order["status"].is_null() && key_of(order["ordernumber_full"]).empty();
}

std::string order_status(std::string_view status) {
    static constexpr std::array<std::string_view, 14> names{
        "new",       "processing", "backorder", "awaiting_payment", "shipped",   "delivered", "completed", "cancelled",
        "backorder", "processing", "ready",     "processing",       "backorder", "reserved"};
    const auto number = Decimal::parse(status);
    const auto index = number ? number->units(0) : std::nullopt;
    if (!index || *index < 1 || *index > 14) return std::string{status};
    return std::string{names[static_cast<std::size_t>(*index - 1)]};
}

Json to_order(const Json& order, const Json& rows) {
    Json out = Json::object();
    put(out, "id", id_of(order));
    put(out, "number", key_of(order["ordernumber_full"]));
    put(out, "status", order_status(key_of(order["status"])));
    put(out, "placed_at", key_of(order["create_date"]));
    put(out, "currency", upper(key_of(order["currency"])));
    put(out, "language", lower(text_of(order["orderedinlng"], short_text)));
    if (const Json& included = order["order_row_taxes_included"]; included.is_boolean())
        out.set("prices_include_tax", included);
    out.set("platform", order["is_platform_sale"].boolean());
    out.set("reverse_charge", order["is_intra_community_order"].boolean());
    put(out, "note", note_of(order["customer"]));
    out.set("customer", to_customer(order["customer"], order["user"]));
    Json billing = to_address(order["customer"]["billingaddress"]);
    Json shipping = to_shipping(order, billing);
    out.set("billing", std::move(billing));
    out.set("shipping", std::move(shipping));
    put(out, "shipping_method", text_of(order["deliver_method"]));
    out.set("payment", to_payment(order));
    out.set("tracking", to_tracking(order));
    out.set("lines", to_lines(order, rows));
    out.set("stated", to_stated(order));
    return out;
}

Json order_row(Json order, Json rows, std::string_view revision) {
    Json row = Json::object();
    row.set("type", "order");
    row.set("id", id_of(order));
    row.set("number", key_of(order["ordernumber_full"]));
    row.set("modified", key_of(order["create_date"]));
    if (!revision.empty()) row.set("revision", revision);
    row.set("entity", to_order(order, rows));
    order.set("orderrows", std::move(rows));
    row.set("raw", std::move(order));
    return row;
}

}  // namespace brygga::ccvshop
