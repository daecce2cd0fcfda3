// fit(): a target's length, character and presence rules applied to mapped fields, each change with a notice (M10).
// Pure. Keys (article numbers, references) never come here: they are not shortened, too long is held.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "brygga/sdk/json.hpp"
#include "schema/capabilities.h"

namespace brygga::flow {

/// Fields of one type ("customer", "document", "line", "product"), nested. Texts lose control characters and
/// what lies beyond the length in characters. Notices name fields, never values.
void fit(Json& fields, std::string_view type, const schema::Capabilities& target, std::vector<std::string>& notices);

/// For a create: a required text that is missing becomes "-".
void fill_required(Json& fields, std::string_view type, const schema::Capabilities& target,
                   std::vector<std::string>& notices);

/// Control characters become spaces, runs of spaces one; cut to `length` code points when it is positive.
std::string clean_text(std::string_view text, int length);

}  // namespace brygga::flow
