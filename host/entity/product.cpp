#include "entity/product.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "entity/limits.h"

namespace brygga::entity {

namespace {

constexpr std::size_t name_bytes = 1'000, long_text_bytes = 65'536, most_categories = 100;

Error invalid_product(std::string_view sku, std::string_view member, std::string_view expected) {
    return {ErrorClass::rejected, "product.invalid",
            fmt::format("Article {}: {} must be {}.", excerpt(sku, 60), member, expected),
            "Correct it in the source; if it is right there, report this to the author of the connector."};
}

}  // namespace

Expected<Product> parse_product(const Json& document) {
    Product out;
    out.sku = document["sku"].string();
    for (const auto& [name, into, bytes] :
         {std::tuple{"id", &out.id, key_bytes}, std::tuple{"sku", &out.sku, key_bytes},
          std::tuple{"ean", &out.ean, key_bytes}, std::tuple{"name", &out.name, name_bytes},
          std::tuple{"short_text", &out.short_text, long_text_bytes},
          std::tuple{"long_text", &out.long_text, long_text_bytes}, std::tuple{"unit", &out.unit, name_bytes},
          std::tuple{"options", &out.options, name_bytes}, std::tuple{"treatment", &out.treatment, key_bytes},
          std::tuple{"currency", &out.currency, std::size_t{3}}}) {
        const Json& value = document[name];
        if (value.is_null()) continue;
        if (!value.is_string() || value.string().size() > bytes)
            return invalid_product(out.sku, name, fmt::format("at most {} bytes of text", bytes));
        *into = value.string();
    }
    if (out.sku.empty()) return invalid_product(document["id"].text(), "sku", "given");
    for (const auto& [name, into] : {std::pair{"price", &out.price}, std::pair{"price_with_tax", &out.price_with_tax},
                                     std::pair{"rate", &out.rate}, std::pair{"weight", &out.weight}}) {
        const Json& value = document[name];
        if (value.is_null()) continue;
        *into = value.is_number() ? value.decimal() : std::nullopt;
        if (!*into || (*into)->is_negative() || **into > Decimal{most_amount})
            return invalid_product(out.sku, name, "a number from 0 to 10^12");
    }
    if (out.rate && *out.rate > Decimal{1'000}) return invalid_product(out.sku, "rate", "a number from 0 to 1000");
    for (const auto& [name, into] : {std::pair{"service", &out.service}, std::pair{"active", &out.active}}) {
        const Json& value = document[name];
        if (value.is_null()) continue;
        if (!value.is_boolean()) return invalid_product(out.sku, name, "true or false");
        *into = value.boolean();
    }
    if (const Json& basis = document["price_includes_tax"]; !basis.is_null()) {
        if (!basis.is_boolean()) return invalid_product(out.sku, "price_includes_tax", "true or false");
        out.price_includes_tax = basis.boolean();
    }
    const Json& categories = document["categories"];
    if (!categories.is_null() && (!categories.is_array() || categories.size() > most_categories))
        return invalid_product(out.sku, "categories", fmt::format("a list of at most {} ids", most_categories));
    for (const Json& category : categories.items()) {
        if (!category.is_string() || category.string().empty() || category.string().size() > key_bytes)
            return invalid_product(out.sku, "categories", "a list of ids");
        out.categories.emplace_back(category.string());
    }
    std::ranges::sort(out.categories);
    const auto doubled = std::ranges::unique(out.categories);
    out.categories.erase(doubled.begin(), doubled.end());
    return out;
}

Json to_json(const Product& product) {
    Json out = Json::object();
    for (const auto& [name, text] :
         {std::pair{"id", &product.id}, std::pair{"sku", &product.sku}, std::pair{"ean", &product.ean},
          std::pair{"name", &product.name}, std::pair{"short_text", &product.short_text},
          std::pair{"long_text", &product.long_text}, std::pair{"unit", &product.unit},
          std::pair{"options", &product.options}, std::pair{"treatment", &product.treatment},
          std::pair{"currency", &product.currency}})
        if (!text->empty()) out.set(name, *text);
    for (const auto& [name, number] :
         {std::pair{"price", &product.price}, std::pair{"price_with_tax", &product.price_with_tax},
          std::pair{"rate", &product.rate}, std::pair{"weight", &product.weight}})
        if (*number) out.set(name, **number);
    if (!product.categories.empty()) {
        Json ids = Json::array();
        for (const std::string& id : product.categories) ids.push(id);
        out.set("categories", std::move(ids));
    }
    if (product.price_includes_tax) out.set("price_includes_tax", *product.price_includes_tax);
    return std::move(out.set("service", product.service).set("active", product.active));
}

}  // namespace brygga::entity
