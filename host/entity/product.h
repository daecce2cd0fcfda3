// The canonical product: an article as a source tells it, for who sells it elsewhere. A plain value; reading is strict,
// pure and bounded. Shape: plugin-api/schema/product.schema.json.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/expected.h"
#include "brygga/sdk/decimal.hpp"
#include "brygga/sdk/json.hpp"

namespace brygga::entity {

struct Product {
    std::string id, sku, ean, name, short_text, long_text, unit;
    std::string options;                           ///< of a variant: the values that make it one
    std::string treatment;                         ///< of the source
    std::string currency;                          ///< ISO 4217, may be empty
    std::optional<Decimal> price, price_with_tax;  ///< the second where the source tells both
    std::optional<bool> price_includes_tax;        ///< unset: the source does not tell
    std::optional<Decimal> rate;                   ///< percent of tax at home
    std::optional<Decimal> weight;
    bool service = false, active = true;
    std::vector<std::string> categories;  ///< ids at the source, sorted
};

/// Error product.invalid (rejected), which names the member.
Expected<Product> parse_product(const Json& document);
/// Without what is empty.
Json to_json(const Product& product);

}  // namespace brygga::entity
