#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "entity/order.h"

namespace brygga::entity {

namespace {

constexpr std::size_t max_lines = 5000, max_taxes = 100;
constexpr std::size_t code_bytes = 200, text_bytes = 1000, long_bytes = 64u << 10;
// Together they keep every product of quantity and price within a Decimal's digits.
constexpr std::int64_t max_amount = 100'000'000'000, max_quantity = 10'000'000;

/// Control characters would end up in ledgers and on paper. C1 ones take two bytes in UTF-8.
std::string without_controls(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : '\0');
        if (c == '\r' && next == '\n') continue;
        const bool c1 = c == 0xC2 && next >= 0x80 && next < 0xA0;
        out += (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F || c1 ? ' ' : text[i];
        i += c1;
    }
    return out;
}

/// A text member of a part of the order, for reading and for writing.
template <class Part>
struct TextMember {
    std::string_view name;
    std::string Part::*text;
    std::size_t limit = text_bytes;
};

constexpr std::array<TextMember<Address>, 9> address_texts{{
    {"name", &Address::name},
    {"company", &Address::company},
    {"line1", &Address::line1},
    {"line2", &Address::line2},
    {"postal_code", &Address::postal_code, code_bytes},
    {"city", &Address::city},
    {"province", &Address::province},
    {"country", &Address::country, code_bytes},
    {"phone", &Address::phone, code_bytes},
}};

constexpr std::array<TextMember<Customer>, 9> customer_texts{{
    {"name", &Customer::name},
    {"first_name", &Customer::first_name},
    {"last_name", &Customer::last_name},
    {"company", &Customer::company},
    {"email", &Customer::email},
    {"phone", &Customer::phone, code_bytes},
    {"vat_number", &Customer::vat_number, code_bytes},
    {"organisation_number", &Customer::organisation_number, code_bytes},
    {"reference", &Customer::reference},
}};

bool all_capitals(std::string_view text, std::size_t length) {
    return text.size() == length && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// Reads typed members of one document and keeps the first thing that is wrong with it.
class Reader {
public:
    explicit Reader(std::string record) : record_{std::move(record)} {}

    bool ok() const noexcept { return !error_; }
    Error error() && { return std::move(*error_); }

    void fail(std::string_view at, std::string_view name, std::string_view expected) {
        if (error_) return;
        error_ = Error{
            ErrorClass::rejected, "order.invalid",
            fmt::format("{}: {}{}{} must be {}.", record_, at, at.empty() || name.empty() ? "" : ".", name, expected),
            "Look at this record in its source. If it is right there, the connector has misread it: report "
            "this message."};
    }

    /// Absent, null and empty are the same.
    std::string text(const Json& from, std::string_view at, std::string_view name, std::size_t limit = code_bytes) {
        return checked_text(from[name], at, name, limit, from[name].is_string());
    }
    /// Ids may come as numbers.
    std::string id(const Json& from, std::string_view at, std::string_view name) {
        return checked_text(from[name], at, name, code_bytes, from[name].is_string() || from[name].is_number());
    }
    std::string required_id(const Json& from, std::string_view name) {
        std::string value = id(from, {}, name);
        if (value.empty()) fail({}, name, "a text that is not empty");
        return value;
    }
    bool boolean(const Json& from, std::string_view name, bool required) {
        const Json& value = from[name];
        if (!value.is_boolean() && (required || !value.is_null())) fail({}, name, "true or false");
        return value.boolean();
    }
    std::optional<Decimal> number(const Json& from, std::string_view at, std::string_view name, std::int64_t limit) {
        if (from[name].is_null()) return std::nullopt;
        const auto value = from[name].decimal();
        if (value && value->abs() <= Decimal{limit}) return value;
        fail(at, name, fmt::format("a number of at most {} with at most 9 decimals", limit));
        return std::nullopt;
    }
    Decimal required_number(const Json& from, std::string_view at, std::string_view name, std::int64_t limit) {
        const auto value = number(from, at, name, limit);
        if (!value) fail(at, name, "a number");
        return value.value_or(Decimal{});
    }
    Instant instant(const Json& from, std::string_view name, std::optional<Instant> fallback) {
        const Json& value = from[name];
        if (value.is_null() && fallback) return *fallback;
        const auto instant = from_rfc3339(value.string());
        if (!instant) fail({}, name, "a time like 2026-01-14T13:05:22Z");
        return instant.value_or(Instant{});
    }
    template <class Enum>
    Enum choice(const Json& from, std::string_view at, std::string_view name, Enum last) {
        const std::string_view value = from[name].string();
        for (int i = 0; i <= static_cast<int>(last); ++i)
            if (to_string(static_cast<Enum>(i)) == value) return static_cast<Enum>(i);
        std::string names;
        for (int i = 0; i <= static_cast<int>(last); ++i)
            names.append(i == 0 ? "" : ", ").append(to_string(static_cast<Enum>(i)));
        fail(at, name, "one of " + names);
        return last;
    }
    const Json& object(const Json& from, std::string_view name, bool required) {
        const Json& value = from[name];
        if (!value.is_object() && (required || !value.is_null())) fail({}, name, "an object");
        return value;
    }

private:
    std::string checked_text(const Json& value, std::string_view at, std::string_view name, std::size_t limit,
                             bool right_kind) {
        if (value.is_null()) return {};
        if (!right_kind || value.text().size() > limit) {
            fail(at, name, fmt::format("a text of at most {} bytes", limit));
            return {};
        }
        return without_controls(value.text());
    }

    std::string record_;
    std::optional<Error> error_;
};

Address read_address(Reader& in, const Json& from, std::string_view at) {
    Address a;
    for (const auto& member : address_texts) a.*member.text = in.text(from, at, member.name, member.limit);
    if (!a.country.empty() && !all_capitals(a.country, 2)) in.fail(at, "country", "two capital letters (ISO 3166)");
    return a;
}

Customer read_customer(Reader& in, const Json& from) {
    constexpr std::string_view at = "customer";
    Customer c;
    c.id = in.id(from, at, "id");
    c.kind = in.choice(from, at, "kind", CustomerKind::company);
    for (const auto& member : customer_texts) c.*member.text = in.text(from, at, member.name, member.limit);
    return c;
}

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

/// Names the order without showing more of a hostile document than a short number.
std::string record_name(const Json& document) {
    for (const std::string_view name : {"number", "id"}) {
        const std::string_view value = document[name].text();
        if (!value.empty()) return "Order " + without_controls(value.size() <= 64 ? value : "(number too long)");
    }
    return "An order without a number";
}

void put(Json& into, std::string_view name, const std::string& text) {
    if (!text.empty()) into.set(name, text);
}

Json address_json(const Address& a) {
    Json out = Json::object();
    for (const auto& member : address_texts) put(out, member.name, a.*member.text);
    return out;
}

Json customer_json(const Customer& c) {
    Json out = Json::object();
    put(out, "id", c.id);
    out.set("kind", to_string(c.kind));
    for (const auto& member : customer_texts) put(out, member.name, c.*member.text);
    return out;
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
    Reader in{record_name(document)};
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
    o.customer = read_customer(in, in.object(document, "customer", true));
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
    Reader in{"The totals"};
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
