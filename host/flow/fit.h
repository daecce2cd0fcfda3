// fit(): a target's length, character and presence rules applied to mapped fields, each change with a notice (M10).
// Pure. Keys (article numbers, references) never come here: they are not shortened, too long is held.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "brygga/sdk/json.hpp"
#include "schema/capabilities.h"

namespace brygga::flow {

/// Fields of one type ("customer", "document", "line", "product"), nested: every text as fit_text() makes it.
void fit(Json& fields, std::string_view type, const schema::Capabilities& target, std::vector<std::string>& notices);

/// Takes away what this account of the target does not take, though its connector knows the field.
void leave_unwritable(Json& fields, std::string_view type, const schema::Capabilities& target,
                      std::vector<std::string>& notices);

/// For a create: a required text that is missing becomes "-".
void fill_required(Json& fields, std::string_view type, const schema::Capabilities& target,
                   std::vector<std::string>& notices);

/// One text of field `type`.path as the target takes it: without control characters, in its character set, and cut to
/// its length in UTF-16 code units, as the vendors' systems count, but never within a character that is seen as one.
/// Notices name fields, never values; each is told once.
std::string fit_text(std::string_view text, const schema::Field& field, std::string_view type,
                     std::vector<std::string>& notices);

/// Control characters and line ends become spaces, runs of spaces one, none at the ends. controls: set when there were
/// any.
std::string clean_text(std::string_view text, bool* controls = nullptr);

}  // namespace brygga::flow
