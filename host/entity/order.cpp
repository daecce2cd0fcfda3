#include "entity/order.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/crypto.h"

namespace brygga::entity {

namespace {

constexpr std::array<std::string_view, 10> statuses{"new",       "processing", "awaiting_payment", "backorder",
                                                    "reserved",  "ready",      "shipped",          "delivered",
                                                    "completed", "cancelled"};
constexpr std::array<std::string_view, 5> payment_states{"unpaid", "authorised", "paid", "partly_refunded", "refunded"};
constexpr std::array<std::string_view, 8> line_kinds{"product",  "shipping", "payment_fee", "extra_cost",
                                                     "discount", "deposit",  "gift_card",   "rounding"};
constexpr std::array<std::string_view, 2> customer_kinds{"person", "company"};

bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

void append_canonical(std::string& out, const Json& value);

/// Sorted by name; of several with one name the last counts, as when reading.
void append_members(std::string& out, const Json& object) {
    std::vector<const Json::Member*> members;
    members.reserve(object.size());
    for (const Json::Member& m : object.members()) members.push_back(&m);
    std::ranges::stable_sort(members, {}, [](const Json::Member* m) { return std::string_view{m->name}; });
    out += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (i + 1 < members.size() && members[i + 1]->name == members[i]->name) continue;
        if (out.back() != '{') out += ',';
        Json::append_quoted(out, members[i]->name);
        out += ':';
        append_canonical(out, members[i]->value);
    }
    out += '}';
}

void append_canonical(std::string& out, const Json& value) {
    if (value.is_object()) {
        append_members(out, value);
    } else if (value.is_array()) {
        out += '[';
        for (const Json& item : value.items()) {
            if (out.back() != '[') out += ',';
            append_canonical(out, item);
        }
        out += ']';
    } else if (const auto decimal = value.decimal()) {
        out += decimal->text();
    } else {
        value.append_to(out);
    }
}

}  // namespace

bool Address::empty() const noexcept {
    return name.empty() && company.empty() && line1.empty() && line2.empty() && postal_code.empty() && city.empty() &&
           province.empty() && country.empty() && phone.empty();
}

const std::string& Order::tax_country() const noexcept {
    return shipping.country.empty() ? billing.country : shipping.country;
}

std::string_view to_string(OrderStatus status) noexcept { return statuses[static_cast<std::size_t>(status)]; }
std::string_view to_string(PaymentState state) noexcept { return payment_states[static_cast<std::size_t>(state)]; }
std::string_view to_string(LineKind kind) noexcept { return line_kinds[static_cast<std::size_t>(kind)]; }
std::string_view to_string(CustomerKind kind) noexcept { return customer_kinds[static_cast<std::size_t>(kind)]; }

std::string stable_hash(const Json& document) {
    std::string canonical;
    append_canonical(canonical, document);
    return crypto::hex(crypto::digest(crypto::Hash::sha256, canonical));
}

std::string normalise_email(std::string_view email) {
    while (!email.empty() && is_space(email.front())) email.remove_prefix(1);
    while (!email.empty() && is_space(email.back())) email.remove_suffix(1);
    const std::size_t at = email.find('@');
    if (email.size() > 254 || at == 0 || at == std::string_view::npos || at + 1 == email.size()) return {};
    if (email.find('@', at + 1) != std::string_view::npos) return {};
    std::string out;
    out.reserve(email.size());
    for (const char c : email) {
        if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') return {};
        out += lower(c);
    }
    return out;
}

std::string normalise_number(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const char u = upper(c);
        if (is_digit(u) || (u >= 'A' && u <= 'Z')) out += u;
    }
    return out;
}

std::string normalise_phone(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (is_digit(c) || (c == '+' && out.empty())) out += c;
    return out == "+" ? std::string{} : out;
}

}  // namespace brygga::entity
