#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "entity/document_reader.h"
#include "entity/order.h"
#include "entity/parties.h"

namespace brygga::entity {

namespace {

constexpr const char* order_invalid = "order.invalid";
constexpr std::size_t max_lines = 5000, max_taxes = 100;
// Together they keep every product of quantity and price within a Decimal's digits.
constexpr std::int64_t max_amount = 100'000'000'000, max_quantity = 10'000'000;

Payment read_payment(Reader& in, const Json& from) {
    const Json& method = from["method"];
    Payment p;
    p.state = in.choice(from, "payment", "state", PaymentState::refunded);
    p.method_id = in.id(method, "payment.method", "id");
    p.method_code = in.id(method, "payment.method", "code");
    p.method_label = in.text(method, "payment.method", "label", text_bytes);
    p.transaction_id = in.id(from, "payment", "transaction_id");
    return p;
}

OrderLine read_line(Reader& in, const Json& from, std::size_t index) {
    const std::string at = fmt::format("lines[{}]", index);
    OrderLine l;
    if (!from.is_object()) in.fail(at, {}, "an object");
    l.id = in.id(from, at, "id");
    l.kind = in.choice(from, at, "kind", LineKind::rounding);
    l.sku = in.id(from, at, "sku");
    l.ean = in.id(from, at, "ean");
    l.name = in.text(from, at, "name", text_bytes);
    l.unit = in.text(from, at, "unit");
    l.options = in.text(from, at, "options", long_bytes);
    l.quantity = in.number(from, at, "quantity", max_quantity).value_or(Decimal{1});
    l.unit_price = in.required_number(from, at, "unit_price", max_amount);
    l.discount = in.number(from, at, "discount", max_amount).value_or(Decimal{});
    l.total = in.required_number(from, at, "total", max_amount);
    l.rate = in.number(from, at, "rate", 100);
    if (l.discount.is_negative()) in.fail(at, "discount", "0 or more");
    if (l.rate && l.rate->is_negative()) in.fail(at, "rate", "a percentage from 0 to 100");
    return l;
}

void read_lines(Reader& in, const Json& document, Order& order) {
    const Json& lines = document["lines"];
    if (!lines.is_array() || lines.size() > max_lines) {
        in.fail({}, "lines", fmt::format("an array of at most {} lines", max_lines));
        return;
    }
    order.lines.reserve(lines.size());
    for (const Json& line : lines.items()) {
        order.lines.push_back(read_line(in, line, order.lines.size()));
        if (!in.ok()) return;
    }
}

Json payment_json(const Payment& p) {
    Json method = Json::object();
    put(method, "id", p.method_id);
    put(method, "code", p.method_code);
    put(method, "label", p.method_label);
    Json out = Json::object({{"state", to_string(p.state)}});
    if (method.size() > 0) out.set("method", std::move(method));
    put(out, "transaction_id", p.transaction_id);
    return out;
}

Json line_json(const OrderLine& l) {
    Json out = Json::object();
    put(out, "id", l.id);
    out.set("kind", to_string(l.kind));
    put(out, "sku", l.sku);
    put(out, "ean", l.ean);
    put(out, "name", l.name);
    out.set("quantity", l.quantity);
    put(out, "unit", l.unit);
    out.set("unit_price", l.unit_price);
    out.set("discount", l.discount);
    out.set("total", l.total);
    out.set("rate", l.rate ? Json{*l.rate} : Json{});
    put(out, "options", l.options);
    return out;
}

}  // namespace

Expected<Order> parse_order(const Json& document) {
    Reader in{record_name(document, "Order", "An order without a number"), order_invalid};
    Order o;
    if (!document.is_object()) in.fail({}, "the document", "an object");
    o.id = in.required_id(document, "id");
    o.number = in.required_id(document, "number");
    o.status = in.choice(document, {}, "status", OrderStatus::cancelled);
    o.placed_at = in.instant(document, "placed_at", std::nullopt);
    o.modified_at = in.instant(document, "modified_at", o.placed_at);
    o.currency = in.text(document, {}, "currency");
    if (!all_capitals(o.currency, 3)) in.fail({}, "currency", "three capital letters (ISO 4217)");
    o.language = in.text(document, {}, "language");
    o.prices_include_tax = in.boolean(document, "prices_include_tax", true);
    o.platform = in.boolean(document, "platform", false);
    o.reverse_charge = in.boolean(document, "reverse_charge", false);
    o.note = in.text(document, {}, "note", long_bytes);
    o.customer = read_customer(in, in.object(document, "customer", true), "customer");
    o.billing = read_address(in, in.object(document, "billing", true), "billing");
    o.shipping = read_address(in, in.object(document, "shipping", false), "shipping");
    o.shipping_method = in.text(document, {}, "shipping_method", text_bytes);
    o.payment = read_payment(in, in.object(document, "payment", true));
    read_lines(in, document, o);
    const Json& stated = in.object(document, "stated", false);
    o.stated_tax = in.number(stated, "stated", "tax", max_amount);
    o.stated_gross = in.number(stated, "stated", "gross", max_amount);
    if (!in.ok()) return std::move(in).error();
    return o;
}

Json to_json(const Order& o) {
    Json out = Json::object({{"id", o.id}, {"number", o.number}, {"status", to_string(o.status)}});
    out.set("placed_at", to_rfc3339(o.placed_at));
    out.set("modified_at", to_rfc3339(o.modified_at));
    out.set("currency", o.currency);
    put(out, "language", o.language);
    out.set("prices_include_tax", o.prices_include_tax);
    out.set("platform", o.platform);
    out.set("reverse_charge", o.reverse_charge);
    put(out, "note", o.note);
    out.set("customer", customer_json(o.customer));
    out.set("billing", address_json(o.billing));
    out.set("shipping", address_json(o.shipping));
    put(out, "shipping_method", o.shipping_method);
    out.set("payment", payment_json(o.payment));
    Json lines = Json::array();
    for (const OrderLine& line : o.lines) lines.push(line_json(line));
    out.set("lines", std::move(lines));
    Json stated = Json::object();
    if (o.stated_tax) stated.set("tax", *o.stated_tax);
    if (o.stated_gross) stated.set("gross", *o.stated_gross);
    out.set("stated", std::move(stated));
    return out;
}

Json to_json(const Totals& totals) {
    Json taxes = Json::array();
    for (const TaxAmount& t : totals.taxes)
        taxes.push(Json::object({{"rate", t.rate}, {"base", t.base}, {"amount", t.amount}}));
    return Json::object(
        {{"net", totals.net}, {"tax", totals.tax}, {"gross", totals.gross}, {"taxes", std::move(taxes)}});
}

Expected<Totals> parse_totals(const Json& document) {
    // An answer sums up what is written, so it may be larger than one line.
    constexpr std::int64_t limit = max_amount * static_cast<std::int64_t>(max_lines);
    Reader in{"The totals", order_invalid};
    Totals totals;
    totals.net = in.required_number(document, {}, "net", limit);
    totals.tax = in.required_number(document, {}, "tax", limit);
    totals.gross = in.required_number(document, {}, "gross", limit);
    const Json& taxes = document["taxes"];
    if ((!taxes.is_array() && !taxes.is_null()) || taxes.size() > max_taxes)
        in.fail({}, "taxes", fmt::format("an array of at most {} rates", max_taxes));
    for (std::size_t i = 0; in.ok() && i < taxes.size(); ++i) {
        const std::string at = fmt::format("taxes[{}]", i);
        totals.taxes.push_back({in.required_number(taxes.at(i), at, "rate", 100),
                                in.required_number(taxes.at(i), at, "base", limit),
                                in.required_number(taxes.at(i), at, "amount", limit)});
    }
    if (!in.ok()) return std::move(in).error();
    std::ranges::sort(totals.taxes, {}, &TaxAmount::rate);
    return totals;
}

}  // namespace brygga::entity
