#include "flow/product_match.h"

namespace brygga::flow {

Expected<std::vector<store::IndexRow>> products_of(const connector::Catalog& catalog, std::string_view match,
                                                   const std::string& sku, const std::string& ean) {
    for (const auto& [by, value] : {std::pair{"sku", &sku}, std::pair{"ean", &ean}}) {
        if (value->empty() || (match != "sku_then_ean" && match != by)) continue;
        auto found = catalog.find("product", by, *value);
        if (!found || !found->empty()) return found;
    }
    return std::vector<store::IndexRow>{};
}

}  // namespace brygga::flow
