#include "store/master_key.h"

#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "base/log.h"
#include "store/host_lock.h"
#include "store/migrations.h"
#include "store/rows.h"
#include "store/vault.h"

namespace brygga::store {

namespace {

/// An exception of the store as the error that it carries.
template <class Work>
Expected<void> guarded(const std::string& database, Work work) {
    try {
        return work();
    } catch (const Failure& failure) {
        return failure.error;
    } catch (const std::exception& e) {
        return Error{ErrorClass::bug, "store.internal",
                     fmt::format("the database {} could not be opened: {}", database, e.what()),
                     "report this with the lines around it in the log"};
    }
}

struct Wrapped {
    std::int64_t number;
    Secret key;
};

std::vector<Wrapped> data_keys(Database& db, const Secret& master, const std::string& install) {
    std::vector<Wrapped> out;
    auto q = db.query("SELECT number, wrapped FROM data_key");
    while (q.row()) {
        auto key = Vault::unwrap(master, q.blob(1), install);
        if (!key)
            fail(ErrorClass::misconfigured, "store.key",
                 fmt::format("the master key does not open the database {}", db.path()),
                 "configure the master key that the database was created with");
        out.push_back({q.integer(0), std::move(*key)});
    }
    return out;
}

void wrap_anew(Database& db, const Secret& now, const Secret& next) {
    const auto install = meta(db, "install_id");
    if (!install) return;  // it has no keys yet, and gets the next one's at its first start
    db.run("BEGIN IMMEDIATE");
    for (const Wrapped& data : data_keys(db, now, *install))
        db.run("UPDATE data_key SET wrapped = ?2, master = ?3 WHERE number = ?1", data.number,
               Blob{Vault::wrap(next, data.key, *install)}, Vault::master_id(next));
    (void)data_keys(db, next, *install);  // before anybody relies on it
    db.run("COMMIT");
}

}  // namespace

Expected<void> change_master_key(const std::string& database, const Secret& now, const Secret& next,
                                 const KeyPlaces& places, Log& log) {
    return guarded(database, [&]() -> Expected<void> {
        const HostLock lock{database};
        if (std::filesystem::exists(database)) {
            Database db{database, Database::Role::writer};
            migrate(db, migrations(), log);
            if (const auto install = meta(db, "install_id")) (void)data_keys(db, now, *install);
            if (auto kept = places.keep_next(); !kept) return kept;
            wrap_anew(db, now, next);
        } else if (auto kept = places.keep_next(); !kept) {
            return kept;
        }
        return places.put_in_place();
    });
}

Expected<void> settle_master_key(const std::string& database, const Secret& next, const KeyPlaces& places, Log& log) {
    return guarded(database, [&]() -> Expected<void> {
        const HostLock lock{database};
        bool is_next = false;  // of one key or the other: a change is one transaction
        if (std::filesystem::exists(database)) {
            Database db{database, Database::Role::writer};
            migrate(db, migrations(), log);
            auto q = db.query("SELECT count(*), sum(master = ?1) FROM data_key", Vault::master_id(next));
            is_next = q.row() && q.integer(0) > 0 && q.integer(0) == q.integer(1);
        }
        log.warning("store.master_key_settled",
                    Json::object({{"message", is_next ? "A change of the master key was cut, and is finished."
                                                      : "A change of the master key was cut, and is undone."}}));
        return is_next ? places.put_in_place() : places.drop_next();
    });
}

}  // namespace brygga::store
