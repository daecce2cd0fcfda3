#include "entity/parties.h"

#include <array>

namespace brygga::entity {

namespace {

/// A text member of a part, for reading and for writing.
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

}  // namespace

Address read_address(Reader& in, const Json& from, std::string_view at) {
    Address a;
    for (const auto& member : address_texts) a.*member.text = in.text(from, at, member.name, member.limit);
    if (!a.country.empty() && !all_capitals(a.country, 2)) in.fail(at, "country", "two capital letters (ISO 3166)");
    return a;
}

Customer read_customer(Reader& in, const Json& from, std::string_view at) {
    Customer c;
    c.id = in.id(from, at, "id");
    c.kind = in.choice(from, at, "kind", CustomerKind::company);
    for (const auto& member : customer_texts) c.*member.text = in.text(from, at, member.name, member.limit);
    return c;
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

}  // namespace brygga::entity
