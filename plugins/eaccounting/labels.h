// The labels of articles as categories: a short list, read as a whole each time. Stateless.
#pragma once

#include "api.h"
#include "brygga/sdk/connector.hpp"

namespace brygga::eaccounting {

/// The call poll: rows that the host lacks, those that are gone since, a checkpoint.
void poll_labels(sdk::Call& call, const Api& api, const Json& cursor, sdk::Page& page);
/// The call find, by id or name.
void find_labels(sdk::Call& call, const Api& api, const Failures& failures, const Json& request, sdk::Page& page);

}  // namespace brygga::eaccounting
