// Generation: notices that an older copy of the database has been put in its place. A number in the database grows
// when it is opened, closed and now and then between; the file "<database>.generation" beside it follows and is no
// part of a copy. A database behind that file, or without it, does not know what was written at the targets since.
// Owned by the store; after open() used by one thread and the writer for it. It never decides what follows.
#pragma once

#include <optional>
#include <string>

#include "base/log.h"
#include "store/sqlite.h"
#include "store/store.h"

namespace brygga::store {

class Generation {
public:
    Generation(const std::string& database_path, std::string install_id, Log& log);

    /// While the store opens and nobody else uses the database. Throws Failure.
    void open(Database& database, Instant now);
    /// The newest restoration, also one that was noticed at an earlier open.
    const std::optional<Restoration>& restoration() const noexcept { return restoration_; }

    /// In a transaction: raises the number when anything was written since it was raised before.
    std::optional<std::int64_t> raise(Database& database);
    /// When that transaction is durable.
    void follow(std::int64_t number);

private:
    std::optional<std::int64_t> read_file() const;
    void note_restoration(Database& database, std::int64_t number, Instant now);

    std::string database_path_, path_, install_id_;
    Log& log_;
    // Changes of the connection when the number was raised: tried, and durable.
    std::int64_t tried_at_ = -1, raised_at_ = -1;
    std::optional<Restoration> restoration_;
};

}  // namespace brygga::store
