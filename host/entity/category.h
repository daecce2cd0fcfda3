// The canonical category: what a source sorts its products by. A plain value; reading is strict, pure and bounded.
// Shape: plugin-api/schema/category.schema.json.
#pragma once

#include <string>

#include "base/expected.h"
#include "brygga/sdk/json.hpp"

namespace brygga::entity {

struct Category {
    std::string id, name, description;
    bool deleted = false;  ///< the source has it no longer; only its id is known
};

/// Error category.invalid (rejected), which names the member.
Expected<Category> parse_category(const Json& document);
/// Without what is empty.
Json to_json(const Category& category);

}  // namespace brygga::entity
