// ProductTerms: what a target says of itself that decides what a product becomes there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connector/catalog.h"
#include "settings/config.h"

namespace brygga::flow {

/// Whether a connector, by its manifest or an account of it, is one of books: it takes documents.
template <class System>
bool keeps_books(const System& system) {
    return system.operations("document") != nullptr;
}

struct ProductTerms {
    std::string source, target;              ///< the connections, for messages
    bool into_books = false;                 ///< else into a shop
    std::string currency;                    ///< ISO 4217, may be empty
    std::optional<bool> prices_include_tax;  ///< nothing: it does not tell
    bool both_prices = false;                ///< it keeps the price with tax, too
    int price_decimals = 2;
    std::vector<std::string> product_groups{};  ///< see settings::Product
    std::shared_ptr<const schema::Capabilities> known{};
    Json treatments{};  ///< options of kind tax_treatment; null: it has none

    std::string_view place() const { return into_books ? "the books" : "the shop"; }
    std::string_view origin() const { return into_books ? "the shop" : "the books"; }
};

/// Its errors are the target's.
Expected<ProductTerms> read_product_terms(const CallContext& call, const settings::Flow& flow,
                                          connector::Catalog& catalog);

/// Whether the prices of products in a system include tax, as far as it tells. Books whose documents go by customer
/// keep them without.
std::optional<bool> prices_include_tax(const schema::Capabilities& of);

}  // namespace brygga::flow
