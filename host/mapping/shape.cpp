#include "mapping/shape.h"

#include <algorithm>
#include <array>

namespace brygga::mapping {

namespace {

constexpr Shape record(std::span<const Member> members) { return {Kind::object, members}; }
constexpr Shape list_of(const Shape& item) { return {Kind::list, {}, &item}; }

using shapes::any, shapes::boolean, shapes::decimal, shapes::string, shapes::timestamp;

constexpr Member address_members[]{
    {"name", &string}, {"company", &string},  {"line1", &string},   {"line2", &string}, {"postal_code", &string},
    {"city", &string}, {"province", &string}, {"country", &string}, {"phone", &string},
};
constexpr Shape address = record(address_members);

constexpr Member customer_members[]{
    {"id", &string},         {"kind", &string},
    {"name", &string},       {"first_name", &string},
    {"last_name", &string},  {"company", &string},
    {"email", &string},      {"phone", &string},
    {"vat_number", &string}, {"organisation_number", &string},
    {"reference", &string},
};
constexpr Shape customer = record(customer_members);

constexpr Member method_members[]{{"id", &string}, {"code", &string}, {"label", &string}};
constexpr Shape method = record(method_members);
constexpr Member payment_members[]{{"state", &string}, {"method", &method}, {"transaction_id", &string}};
constexpr Shape payment = record(payment_members);

constexpr Member tracking_members[]{{"code", &string}, {"carrier", &string}, {"url", &string}};
constexpr Shape tracking = record(tracking_members), trackings = list_of(tracking);

constexpr Member line_members[]{
    {"id", &string},        {"kind", &string},      {"sku", &string},   {"ean", &string},
    {"name", &string},      {"quantity", &decimal}, {"unit", &string},  {"unit_price", &decimal},
    {"discount", &decimal}, {"total", &decimal},    {"rate", &decimal}, {"options", &any},
};
constexpr Shape line = record(line_members), lines = list_of(line);

constexpr Member tax_members[]{{"rate", &decimal}, {"base", &decimal}, {"amount", &decimal}};
constexpr Shape tax = record(tax_members), taxes = list_of(tax);
constexpr Member totals_members[]{{"net", &decimal}, {"tax", &decimal}, {"gross", &decimal}, {"taxes", &taxes}};
constexpr Shape totals = record(totals_members);
constexpr Member stated_members[]{{"tax", &decimal}, {"gross", &decimal}};
constexpr Shape stated = record(stated_members);

constexpr Member order_members[]{
    {"id", &string},
    {"number", &string},
    {"status", &string},
    {"placed_at", &timestamp},
    {"modified_at", &timestamp},
    {"currency", &string},
    {"language", &string},
    {"prices_include_tax", &boolean},
    {"platform", &boolean},
    {"reverse_charge", &boolean},
    {"note", &string},
    {"customer", &customer},
    {"billing", &address},
    {"shipping", &address},
    {"delivery", &address},
    {"tax_country", &string},
    {"shipping_method", &string},
    {"payment", &payment},
    {"tracking", &trackings},
    {"lines", &lines},
    {"totals", &totals},
    {"stated", &stated},
};
constexpr Shape order_shape = record(order_members);

constexpr Member product_members[]{
    {"id", &string},
    {"sku", &string},
    {"ean", &string},
    {"name", &string},
    {"short_text", &string},
    {"long_text", &string},
    {"price", &decimal},
    {"price_includes_tax", &boolean},
    {"price_with_tax", &decimal},
    {"currency", &string},
    {"unit", &string},
    {"options", &string},
    {"weight", &decimal},
    {"treatment", &string},
    {"rate", &decimal},
    {"service", &boolean},
    {"active", &boolean},
    {"categories", &shapes::texts},
};
constexpr Shape product_shape = record(product_members);

constexpr Member category_members[]{{"id", &string}, {"name", &string}, {"description", &string}};
constexpr Shape category_shape = record(category_members);

constexpr Member registration_members[]{
    {"id", &string},        {"number", &string},     {"state", &string},      {"kind", &string},
    {"name", &string},      {"first_name", &string}, {"last_name", &string},  {"company", &string},
    {"email", &string},     {"phone", &string},      {"vat_number", &string}, {"organisation_number", &string},
    {"reference", &string}, {"language", &string},   {"currency", &string},   {"billing", &address},
    {"shipping", &address},
};
constexpr Shape registration_shape = record(registration_members);

constexpr std::array<std::string_view, 4> entity_names{"order", "product", "customer", "category"};

}  // namespace

const Shape* Shape::member(std::string_view name) const noexcept {
    const auto found = std::ranges::find(members, name, &Member::name);
    return found == members.end() ? nullptr : found->shape;
}

const Shape& shapes::order() noexcept { return order_shape; }
const Shape* shapes::entity(std::string_view type) noexcept {
    if (type == "order") return &order_shape;
    if (type == "customer") return &registration_shape;
    if (type == "category") return &category_shape;
    return type == "product" ? &product_shape : nullptr;
}
std::span<const std::string_view> shapes::entities() noexcept { return entity_names; }

Type join(Type a, Type b) noexcept {
    if (a == b || b->kind == Kind::never) return a;
    if (a->kind == Kind::never) return b;
    // Null stands for "nothing there" of any kind.
    if (b->kind == Kind::null) return a;
    if (a->kind == Kind::null) return b;
    if (a->kind != b->kind) return &shapes::any;
    if (a->kind == Kind::list) return a->item == b->item ? a : &shapes::list;
    return a->kind == Kind::object ? &shapes::object : a;
}

std::string_view name_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::missing:
            return "nothing";
        case Kind::null:
            return "null";
        case Kind::boolean:
            return "a bool";
        case Kind::decimal:
            return "a number";
        case Kind::string:
            return "a text";
        case Kind::date:
            return "a date";
        case Kind::timestamp:
            return "a timestamp";
        case Kind::list:
            return "a list";
        case Kind::object:
            return "an object";
        case Kind::too_long:
            return "a number with more than 28 digits, or more than 9 behind the point";
        case Kind::no_time:
            return "a text that is no time";
        case Kind::any:
            return "any value";
        case Kind::stopped:
        case Kind::never:
            break;
    }
    return "no value";
}

}  // namespace brygga::mapping
