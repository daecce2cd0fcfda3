#include <algorithm>

#include "store/rows.h"
#include "store/sqlite_store.h"

namespace brygga::store {

namespace {

void add_to_count(Database& db, const std::string& connection, const std::string& type, int by) {
    db.run(
        "INSERT INTO target_state(connection, type, cursor, count) VALUES(?1, ?2, '', ?3) "
        "ON CONFLICT DO UPDATE SET count = count + excluded.count",
        connection, type, by);
}

std::vector<std::string> keys_of(Database& db, std::int64_t target) {
    std::vector<std::string> keys;
    auto q = db.query("SELECT hash FROM target_key WHERE target = ?1", target);
    while (q.row()) keys.emplace_back(q.blob(0));
    std::sort(keys.begin(), keys.end());
    return keys;
}

void replace_keys(Database& db, std::int64_t target, const std::vector<std::string>& old,
                  const std::vector<std::string>& keys) {
    if (old == keys) return;
    for (const std::string& key : old)
        if (!std::binary_search(keys.begin(), keys.end(), key))
            db.run("DELETE FROM target_key WHERE hash = ?1 AND target = ?2", Blob{key}, target);
    for (const std::string& key : keys)
        if (!std::binary_search(old.begin(), old.end(), key))
            db.run("INSERT INTO target_key(hash, target) VALUES(?1, ?2)", Blob{key}, target);
}

}  // namespace

SqliteStore::SealedRow SqliteStore::sealed_row(const std::string& connection, const std::string& type,
                                               const IndexRow& row) const {
    SealedRow sealed{&row, {}, {}};
    if (row.deleted) return sealed;
    sealed.fields = vault_.seal(row.fields.dump(), target_cell(connection, type, row.id));
    for (const auto& [by, value] : row.keys)
        if (!value.empty()) sealed.keys.push_back(vault_.keyed_hash({"target", connection, type, by, value}));
    std::sort(sealed.keys.begin(), sealed.keys.end());
    sealed.keys.erase(std::unique(sealed.keys.begin(), sealed.keys.end()), sealed.keys.end());
    return sealed;
}

void SqliteStore::put_row(Database& db, const std::string& connection, const std::string& type,
                          const SealedRow& sealed) {
    const IndexRow& row = *sealed.row;
    std::optional<std::int64_t> target;
    {
        auto q = db.query("SELECT id FROM target WHERE connection = ?1 AND type = ?2 AND target_id = ?3", connection,
                          type, row.id);
        if (q.row()) target = q.integer(0);
    }
    if (row.deleted) {
        if (!target) return;
        replace_keys(db, *target, keys_of(db, *target), {});
        db.run("DELETE FROM target WHERE id = ?1", *target);
        add_to_count(db, connection, type, -1);
    } else if (target) {
        db.run("UPDATE target SET number = ?2, kind = ?3, state = ?4, version = ?5, fields = ?6 WHERE id = ?1", *target,
               row.number, row.kind, row.state, row.version, Blob{sealed.fields});
        replace_keys(db, *target, keys_of(db, *target), sealed.keys);
    } else {
        db.run(
            "INSERT INTO target(connection, type, target_id, number, kind, state, version, fields) "
            "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            connection, type, row.id, row.number, row.kind, row.state, row.version, Blob{sealed.fields});
        replace_keys(db, db.last_id(), {}, sealed.keys);
        add_to_count(db, connection, type, 1);
    }
}

Expected<std::optional<Binding>> SqliteStore::binding(const std::string& target_connection, const std::string& type,
                                                      const std::string& source_connection,
                                                      const std::string& source_id) {
    return read([&](Database& db) -> std::optional<Binding> {
        auto q = db.query(
            "SELECT target_id, number, kind, state, hash, totals, content FROM binding LEFT JOIN billed "
            "USING(target_connection, type, source_connection, source_id) WHERE target_connection = ?1 AND type = ?2 "
            "AND source_connection = ?3 AND source_id = ?4",
            target_connection, type, source_connection, source_id);
        if (!q.row()) return std::nullopt;
        Binding b{target_connection, type,        source_connection, source_id,   q.string(0),
                  q.string(1),       q.string(2), q.string(3),       q.string(4), q.json(5)};
        if (q.null(6)) return b;
        const auto text = vault_.unpack(q.blob(6), billed_cell(b));
        auto billed = text ? Json::parse(*text) : std::nullopt;
        if (!billed)
            fail(ErrorClass::bug, "store.sealed",
                 "what the document of a record of " + source_connection + " bills cannot be opened",
                 "look at the disk; a damaged database is replaced by its newest backup");
        b.billed = std::move(*billed);
        return b;
    });
}

Expected<std::vector<IndexRow>> SqliteStore::index_find(const std::string& connection, const std::string& type,
                                                        const std::string& by, const std::string& value) {
    if (value.empty()) return std::vector<IndexRow>{};
    return index_.get(joined({connection, type}), joined({by, value}),
                      [&] { return read([&](Database& db) { return read_index(db, connection, type, by, value); }); });
}

std::vector<IndexRow> SqliteStore::read_index(Database& db, const std::string& connection, const std::string& type,
                                              const std::string& by, const std::string& value) const {
    const std::string hash = vault_.keyed_hash({"target", connection, type, by, value});
    std::vector<IndexRow> rows;
    auto q = db.query(
        "SELECT t.target_id, t.number, t.kind, t.state, t.version, t.fields FROM target_key k JOIN target t ON t.id = "
        "k.target WHERE k.hash = ?1 ORDER BY t.id",
        Blob{hash});
    while (q.row()) {
        IndexRow row{q.string(0), q.string(1), q.string(2), q.string(3), q.string(4), {}, {{by, value}}, false};
        const auto text = vault_.open(q.blob(5), target_cell(connection, type, row.id));
        auto fields = text ? Json::parse(*text) : std::nullopt;
        if (!fields)
            fail(ErrorClass::bug, "store.sealed", "an index row of " + connection + " cannot be opened",
                 "look at the disk; a damaged database is replaced by its newest backup");
        row.fields = std::move(*fields);
        rows.push_back(std::move(row));
    }
    return rows;
}

Expected<void> SqliteStore::index_put(const std::string& connection, const std::string& type,
                                      const std::vector<IndexRow>& rows, const std::string& cursor, Instant now) {
    std::vector<SealedRow> sealed;
    sealed.reserve(rows.size());
    for (const IndexRow& row : rows) sealed.push_back(sealed_row(connection, type, row));
    const auto write = [&](Database& db) {
        for (const SealedRow& row : sealed) put_row(db, connection, type, row);
        db.run(
            "INSERT INTO target_state(connection, type, cursor, read_at, count) VALUES(?1, ?2, ?3, ?4, 0) "
            "ON CONFLICT DO UPDATE SET cursor = excluded.cursor, read_at = excluded.read_at",
            connection, type, cursor, now);
    };
    return writer_.run(write, [&] {
        if (!rows.empty()) index_.forget(joined({connection, type}));
    });
}

Expected<Store::IndexState> SqliteStore::index_state(const std::string& connection, const std::string& type) {
    return read([&](Database& db) {
        auto q = db.query("SELECT cursor, read_at, count FROM target_state WHERE connection = ?1 AND type = ?2",
                          connection, type);
        return q.row() ? IndexState{q.string(0), q.maybe_instant(1), q.integer(2)} : IndexState{};
    });
}

Expected<std::optional<Json>> SqliteStore::fact(const std::string& scope, const std::string& name) {
    return facts_.get(scope, name, [&] {
        return read([&](Database& db) {
            auto q = db.query("SELECT value FROM fact WHERE scope = ?1 AND name = ?2", scope, name);
            return q.row() ? std::optional{q.json(0)} : std::optional<Json>{};
        });
    });
}

Expected<void> SqliteStore::set_fact(const std::string& scope, const std::string& name, const Json& value,
                                     Instant now) {
    const auto write = [&](Database& db) {
        db.run(
            "INSERT INTO fact(scope, name, value, at) VALUES(?1, ?2, ?3, ?4) "
            "ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at",
            scope, name, value.dump(), now);
    };
    return writer_.run(write, [&] { facts_.forget(scope); });
}

Expected<std::optional<Secret>> SqliteStore::secret(const std::string& connection, const std::string& name) {
    const auto sealed = read([&](Database& db) {
        auto q = db.query("SELECT value FROM secret WHERE connection = ?1 AND name = ?2", connection, name);
        return q.row() ? std::optional{q.string(0)} : std::nullopt;
    });
    if (!sealed) return sealed.error();
    if (!*sealed) return std::optional<Secret>{};
    if (auto value = vault_.open(**sealed, secret_cell(connection, name)))
        return std::optional{Secret{std::move(*value)}};
    // Lost for good: the configured one is all there is.
    (void)unreadable({ErrorClass::misconfigured, "store.sealed",
                      "the stored secret " + name + " of " + connection + " cannot be opened",
                      "connect the account again"});
    return std::optional<Secret>{};
}

Expected<void> SqliteStore::set_secret(const std::string& connection, const std::string& name, const Secret& value,
                                       Instant now) {
    const std::string sealed = vault_.seal(value.reveal(), secret_cell(connection, name));
    return writer_.run([&](Database& db) {
        db.run(
            "INSERT INTO secret(connection, name, value, at) VALUES(?1, ?2, ?3, ?4) "
            "ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at",
            connection, name, Blob{sealed}, now);
    });
}

}  // namespace brygga::store
