// The categories of the shop: all of them for the host's index, what is written of them, and the links of products to
// them. The list tells nothing of when a category changed, so it is read whole each time; which ones are gone is told
// by the ids that the cursor has of the time before. Stateless.
#pragma once

#include <string>
#include <string_view>

#include "api.h"
#include "brygga/sdk/connector.hpp"

namespace brygga::ccvshop {

/// The links of a product whose producttocategories were expanded: ids by category.
Json links_of(const Json& product);

void list_categories(sdk::Call& call, const Api& api, const Json& cursor, sdk::Page& page);
/// by: id or name.
void find_category(sdk::Call& call, const Api& api, const Json& key, sdk::Page& page);
/// Options of kind category: each with its way from the top as label.
void category_options(sdk::Call& call, const Api& api, sdk::Page& page);

/// The ops create, update, link and unlink of type category; null for another one.
Json deliver_category(sdk::Call& call, const Api& api, const Json& document);

}  // namespace brygga::ccvshop
