// Migrations: the numbered steps from an empty file to the schema of this host; forward only.
// Used at open, on the writer's connection, before any thread starts. An existing database is copied with
// VACUUM INTO before its first step; a database of a newer host is refused.
#pragma once

#include <span>

#include "base/log.h"
#include "store/sqlite.h"

namespace brygga::store {

struct Migration {
    int number;  ///< 1, 2, ... without a gap
    const char* sql;
};

std::span<const Migration> migrations();

/// Throws Failure: store.newer, store.corrupt, store.full, store.io.
void migrate(Database& database, std::span<const Migration> steps, Log& log);

}  // namespace brygga::store
