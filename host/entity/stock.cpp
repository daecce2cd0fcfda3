#include "entity/stock.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "entity/limits.h"

namespace brygga::entity {

namespace {

Error invalid_stock(std::string_view sku, std::string_view member, std::string_view expected) {
    return {ErrorClass::rejected, "stock.invalid",
            fmt::format("The stock of article {}: {} must be {}.", excerpt(sku, 60), member, expected),
            "Correct it in the source; if it is right there, report this to the author of the connector."};
}

}  // namespace

Expected<Stock> parse_stock(const Json& document) {
    Stock out;
    out.sku = document["sku"].string();
    out.ean = document["ean"].string();
    for (const std::string* key : {&out.sku, &out.ean})
        if (key->size() > key_bytes)
            return invalid_stock(out.sku, key == &out.sku ? "sku" : "ean", "at most 200 bytes of text");
    if (out.sku.empty() && out.ean.empty()) return invalid_stock(document["id"].text(), "sku", "given");
    std::optional<Decimal> quantity;
    for (const auto& [name, into] : {std::pair{"quantity", &quantity}, std::pair{"available", &out.available},
                                     std::pair{"reserved", &out.reserved}, std::pair{"incoming", &out.incoming}}) {
        const Json& value = document[name];
        if (value.is_null()) continue;
        *into = value.is_number() ? value.decimal() : std::nullopt;
        if (!*into || (*into)->abs() > Decimal{most_amount})
            return invalid_stock(out.sku, name, "a number up to 10^12");
    }
    if (!quantity) return invalid_stock(out.sku, "quantity", "given");
    out.quantity = *quantity;
    return out;
}

}  // namespace brygga::entity
