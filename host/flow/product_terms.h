// ProductTerms: what a shop says of itself that decides what a product becomes there.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "connector/catalog.h"
#include "settings/config.h"

namespace brygga::flow {

struct ProductTerms {
    std::string target;                      ///< its connection, for messages
    std::string currency;                    ///< ISO 4217, may be empty
    std::optional<bool> prices_include_tax;  ///< nothing: it does not tell
    int price_decimals = 2;
    std::shared_ptr<const schema::Capabilities> known{};
    Json treatments{};  ///< options of kind tax_treatment; null: it has none
};

/// Its errors are the target's.
Expected<ProductTerms> read_product_terms(const CallContext& call, const settings::Flow& flow,
                                          connector::Catalog& catalog);

}  // namespace brygga::flow
