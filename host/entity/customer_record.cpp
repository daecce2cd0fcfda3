#include "entity/customer_record.h"

#include <array>

#include "entity/parties.h"

namespace brygga::entity {

namespace {

constexpr std::array<std::string_view, 3> customer_states{"active", "inactive", "pending"};

/// What orders and registrations say of a customer.
Json form(const Customer& customer, const std::string& language, const std::string& currency, const Address& billing,
          const Address& shipping) {
    Json out = customer_json(customer);
    put(out, "language", language);
    put(out, "currency", currency);
    out.set("billing", address_json(billing));
    return std::move(out.set("shipping", address_json(shipping)));
}

}  // namespace

std::string_view to_string(CustomerState state) noexcept { return customer_states[static_cast<std::size_t>(state)]; }

Expected<CustomerRecord> parse_customer(const Json& document) {
    Reader in{record_name(document, "Customer", "A customer without a number"), "customer.invalid"};
    CustomerRecord out;
    if (!document.is_object()) in.fail({}, "the document", "an object");
    out.customer = read_customer(in, document, {});
    out.customer.id = in.required_id(document, "id");
    out.number = in.required_id(document, "number");
    out.state = in.choice(document, {}, "state", CustomerState::pending);
    out.language = in.text(document, {}, "language");
    out.currency = in.text(document, {}, "currency");
    if (!out.currency.empty() && !all_capitals(out.currency, 3))
        in.fail({}, "currency", "three capital letters (ISO 4217)");
    out.billing = read_address(in, in.object(document, "billing", true), "billing");
    out.shipping = read_address(in, in.object(document, "shipping", false), "shipping");
    if (!in.ok()) return std::move(in).error();
    return out;
}

Json to_json(const CustomerRecord& r) {
    Json out = form(r.customer, r.language, r.currency, r.billing, r.shipping);
    return std::move(out.set("number", r.number).set("state", to_string(r.state)));
}

Json customer_of(const Order& o) { return form(o.customer, o.language, o.currency, o.billing, o.shipping); }

}  // namespace brygga::entity
