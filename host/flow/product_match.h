// Which products of a target an article is.
#pragma once

#include <string>
#include <vector>

#include "connector/catalog.h"

namespace brygga::flow {

/// From the target's index, none for an empty key. match: sku | ean | sku_then_ean, as settings have it.
Expected<std::vector<store::IndexRow>> products_of(const connector::Catalog& catalog, std::string_view match,
                                                   const std::string& sku, const std::string& ean);

}  // namespace brygga::flow
