// The calls `list`, `poll` and `find`: records page by page, and records by their keys.
// Used inside one call of one instance; nothing is kept but what the cursor says.
// "Not there" is said only when the vendor has answered so: every doubt is a failure.
#pragma once

#include "api.h"
#include "brygga/sdk/connector.hpp"
#include "failures.h"

namespace brygga::economic {

/// Rows changed since the cursor, a checkpoint after each page. Documents are read from request.from on, each time.
/// polled: with the rows of poll.
void list_rows(sdk::Call& call, const Api& api, const Failures& failures, std::int64_t now_ms,
               const sdk::ListRequest& request, sdk::Page& page, bool polled = false);

void find_rows(sdk::Call& call, const Api& api, const Failures& failures, const Json& request, sdk::Page& page);

}  // namespace brygga::economic
