#include "flow/order_mapping.h"

#include <string_view>

namespace brygga::flow {

namespace {

void put(Json& object, std::string_view name, std::string_view value) {
    if (!value.empty()) object.set(name, value);
}

void put_address(Json& object, const entity::Address& a) {
    put(object, "line1", a.line1);
    put(object, "line2", a.line2);
    put(object, "postal_code", a.postal_code);
    put(object, "city", a.city);
    put(object, "country", a.country);
}

std::string_view first_of(std::string_view a, std::string_view b, std::string_view c = {}) {
    return !a.empty() ? a : !b.empty() ? b : c;
}

Json map_customer(const entity::Order& order) {
    const entity::Customer& c = order.customer;
    const bool company = c.kind == entity::CustomerKind::company;
    const std::string_view person = first_of(c.name, order.billing.name);
    Json out = Json::object();
    out.set("kind", entity::to_string(c.kind));
    put(out, "name", company ? first_of(c.company, order.billing.company, person) : person);
    put(out, "email", c.email);
    put(out, "phone", first_of(c.phone, order.billing.phone));
    put(out, "language", order.language);
    put(out, "currency", order.currency);
    if (company) {
        put(out, "vat_number", c.vat_number);
        put(out, "organisation_number", c.organisation_number);
        Json contact = Json::object();
        put(contact, "name", person);
        put(contact, "email", c.email);
        put(contact, "phone", c.phone);
        if (contact.size() > 0) out.set("contact", std::move(contact));
    }
    Json address = Json::object();
    put_address(address, order.billing);
    out.set("address", std::move(address));
    return out;
}

Json map_document(const entity::Order& order, const Zone& days) {
    Json out = Json::object();
    out.set("date", days.iso_date(order.placed_at));
    out.set("currency", order.currency);
    put(out, "your_reference", first_of(order.customer.reference, order.customer.name, order.billing.name));
    put(out, "name", first_of(order.billing.company, order.billing.name, order.customer.name));
    Json address = Json::object();
    put_address(address, order.billing);
    out.set("address", std::move(address));
    const entity::Address& to = order.delivery();
    Json delivery = Json::object();
    put(delivery, "name", first_of(to.company, to.name, order.customer.name));
    put_address(delivery, to);
    out.set("delivery", std::move(delivery));
    return out;
}

void change(Json& changes, const Json& mapped, const Json& existing, std::string_view name, bool only_if_empty) {
    const std::string_view wanted = mapped[name].string(), now = existing[name].string();
    if (!wanted.empty() && wanted != now && (!only_if_empty || now.empty())) changes.set(name, wanted);
}

}  // namespace

MappedOrder map_order(const entity::Order& order, const settings::Order& settings, const Zone& days) {
    return {settings.reference_prefix + order.number, map_customer(order), map_document(order, days)};
}

Json customer_changes(const Json& mapped, const Json& existing) {
    Json changes = Json::object();
    for (const char* name : {"vat_number", "organisation_number"}) change(changes, mapped, existing, name, true);
    Json address = Json::object();
    for (const char* name : {"line1", "line2", "postal_code", "city", "country"})
        change(address, mapped["address"], existing["address"], name, false);
    if (address.size() > 0) {
        // A moved customer has no second line left over from the old address.
        if (!existing["address"]["line2"].string().empty() && mapped["address"]["line2"].is_null())
            address.set("line2", "");
        changes.set("address", std::move(address));
    }
    // A phone number alone is not worth two requests of the vendor's budget.
    if (changes.size() > 0) change(changes, mapped, existing, "phone", true);
    return changes;
}

std::string version_hash(const entity::Order& order, const MappedOrder& mapped, const std::string& skip_code) {
    Json all = Json::object();
    all.set("reference", mapped.reference);
    all.set("customer", mapped.customer);
    all.set("document", mapped.document);
    all.set("skip", skip_code);
    const Json whole = entity::to_json(order);
    for (const char* name : {"lines", "stated", "prices_include_tax", "reverse_charge", "platform"})
        all.set(name, whole[name]);
    return entity::stable_hash(all);
}

}  // namespace brygga::flow
