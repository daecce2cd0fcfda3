// The time zone in which a source's days begin and end: as its connection says, else as its connector describes the
// account. Intake finds it out and leaves it in the store, so that a delivery never has to ask the source.
// Safe on any thread.
#pragma once

#include <optional>

#include "base/call.h"
#include "base/zone.h"
#include "connector/catalog.h"
#include "settings/config.h"
#include "store/store.h"

namespace brygga::flow {

/// Nothing when neither says it.
Expected<std::optional<Zone>> find_source_zone(const CallContext& call, const settings::Flow& flow,
                                               connector::Catalog& source, store::Store& store, Instant now);
/// What the newest run found.
Expected<std::optional<Zone>> known_source_zone(const settings::Flow& flow, store::Store& store);

/// The zone of a delivery's days. A source that tells none is taken to keep the days of the books.
Zone days_of(const std::optional<Zone>& source, const schema::Account& books);

}  // namespace brygga::flow
