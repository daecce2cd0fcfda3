// source_zone(): in which time zone a source's days begin and end: as its connection says, else as the connector
// describes the account. Nothing when neither does. Safe on any thread.
#pragma once

#include <optional>

#include "base/call.h"
#include "base/zone.h"
#include "connector/catalog.h"
#include "settings/config.h"

namespace brygga::flow {

Expected<std::optional<Zone>> source_zone(const CallContext& call, const settings::Flow& flow,
                                          connector::Catalog& source);

}  // namespace brygga::flow
