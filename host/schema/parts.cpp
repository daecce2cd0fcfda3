#include "schema/parts.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/nearest.h"

namespace brygga::schema {
namespace {

using namespace std::string_view_literals;

constexpr std::array types{"order"sv, "invoice"sv, "customer"sv, "contact"sv,  "product"sv, "document"sv,
                           "line"sv,  "payment"sv, "stock"sv,    "category"sv, "image"sv,   "order_status"sv};
constexpr std::array field_types{"string"sv, "decimal"sv, "integer"sv, "date"sv, "bool"sv, "option"sv, "object"sv};
constexpr std::array charsets{"unicode"sv, "bmp"sv, "latin1"sv, "ascii"sv};
constexpr std::array idempotencies{"none"sv, "header"sv, "reference"sv};
constexpr std::array prices{"net"sv, "gross"sv, "by_customer"sv};
constexpr std::array roundings{"document_rate"sv, "row"sv};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void overlay(const Reader& reader, std::vector<std::string>& list) {
    if (!reader.absent()) list = reader.texts();
}

Reference read_reference(const Reader& reader) {
    Reference reference;
    if (!reader.object({"field", "length", "unique"})) return reference;
    reference.field = reader["field"].required_text();
    reference.length = reader["length"].integer(35, 1, 100'000);
    reference.unique = reader["unique"].boolean(false);
    return reference;
}

Field read_field(const Reader& reader) {
    Field field;
    if (!reader.object({"path", "type", "length", "charset", "required", "writable", "option"})) return field;
    field.path = reader["path"].required_text();
    field.type = static_cast<FieldType>(reader["type"].one_of(field_types, 0));
    field.length = reader["length"].optional_integer(1, 10'000'000);
    field.charset = std::string{charsets[reader["charset"].one_of(charsets, 0)]};
    field.required = reader["required"].boolean(false);
    field.writable = reader["writable"].boolean(true);
    field.option = reader["option"].text();
    if (field.type == FieldType::option && field.option.empty())
        reader["option"].wrong("is missing; a field of type option names its option kind");
    return field;
}

Prices read_prices(const Reader& reader, Prices fallback) {
    return static_cast<Prices>(reader.one_of(prices, static_cast<std::size_t>(fallback)));
}

}  // namespace

std::string_view to_string(FieldType type) noexcept { return field_types[static_cast<std::size_t>(type)]; }

void warn_unknown_type(const Reader& reader, std::string_view type) {
    if (contains(types, type)) return;
    const auto meant = nearest(type, types);
    reader.warn(!meant ? fmt::format("is not a known entity type; known are {}", join(types))
                       : fmt::format("is not a known entity type; did you mean '{}'?", *meant));
}

Operations read_operations(const Reader& reader, Operations base) {
    if (!reader.object({"poll", "list", "find", "kinds", "create", "update", "book", "credit", "cancel", "idempotency",
                        "key_life_s", "settle_ms", "reference", "webhooks"}))
        return base;
    base.poll = reader["poll"].boolean(base.poll);
    base.list = reader["list"].boolean(base.list);
    overlay(reader["find"], base.find);
    overlay(reader["kinds"], base.kinds);
    overlay(reader["create"], base.create);
    overlay(reader["update"], base.update);
    overlay(reader["book"], base.book);
    overlay(reader["credit"], base.credit);
    overlay(reader["cancel"], base.cancel);
    overlay(reader["webhooks"], base.webhooks);
    base.idempotency = static_cast<Idempotency>(
        reader["idempotency"].one_of(idempotencies, static_cast<std::size_t>(base.idempotency)));
    if (const auto life = reader["key_life_s"].optional_integer(1, 366 * 86'400))
        base.key_life = std::chrono::seconds{*life};
    base.settle =
        std::chrono::milliseconds{reader["settle_ms"].integer(static_cast<int>(base.settle.count()), 0, 86'400'000)};
    if (!reader["reference"].absent()) base.reference = read_reference(reader["reference"]);
    for (const auto& [name, kinds] :
         {std::pair{"create", &base.create}, std::pair{"book", &base.book}, std::pair{"credit", &base.credit}})
        for (std::size_t i = 0; i < kinds->size() && !base.kinds.empty(); ++i)
            if (std::find(base.kinds.begin(), base.kinds.end(), (*kinds)[i]) == base.kinds.end())
                reader[name].at(i).wrong(fmt::format("is not among the kinds {}", fmt::join(base.kinds, ", ")));
    return base;
}

Arithmetic read_arithmetic(const Reader& reader, Arithmetic base) {
    if (reader.absent()) return base;
    if (!reader.object({"prices", "by_customer", "price_decimals", "foreign_price_decimals", "quantity_decimals",
                        "tax_rounding", "negative_rows", "zero_rated_cases"}))
        return base;
    base.prices = read_prices(reader["prices"], base.prices);
    if (const Reader guess = reader["by_customer"]; !guess.absent() && guess.object({"person", "company"})) {
        base.person = read_prices(guess["person"], base.person);
        base.company = read_prices(guess["company"], base.company);
        if (base.person == Prices::by_customer) guess["person"].wrong("must be net or gross");
        if (base.company == Prices::by_customer) guess["company"].wrong("must be net or gross");
    }
    if (const auto places = reader["price_decimals"].optional_integer(0, Decimal::max_places))
        base.price_decimals = base.foreign_price_decimals = *places;
    base.foreign_price_decimals =
        reader["foreign_price_decimals"].integer(base.foreign_price_decimals, 0, Decimal::max_places);
    const Reader quantity = reader["quantity_decimals"];
    if (quantity.value().is_object()) {
        quantity.each_member([&](std::string_view kind, const Reader& places) {
            base.quantity_decimals[std::string{kind}] = places.integer(0, 0, Decimal::max_places);
        });
    } else if (const auto places = quantity.optional_integer(0, Decimal::max_places)) {
        base.quantity_decimals = {{"", *places}};
    }
    base.tax_rounding =
        static_cast<TaxRounding>(reader["tax_rounding"].one_of(roundings, static_cast<std::size_t>(base.tax_rounding)));
    base.negative_rows = reader["negative_rows"].boolean(base.negative_rows);
    overlay(reader["zero_rated_cases"], base.zero_rated_cases);
    return base;
}

void read_fields(const Reader& reader, FieldsByType& into) {
    reader.each_member([&](std::string_view type, const Reader& list) {
        warn_unknown_type(list, type);
        std::vector<Field>& fields = into[std::string{type}];
        list.each_item([&](const Reader& item) {
            Field field = read_field(item);
            const auto same =
                std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.path == field.path; });
            if (same != fields.end())
                *same = std::move(field);
            else
                fields.push_back(std::move(field));
        });
    });
}

}  // namespace brygga::schema
