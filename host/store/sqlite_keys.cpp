#include <fmt/format.h>

#include "base/crypto.h"
#include "base/log.h"
#include "store/rows.h"
#include "store/sqlite_store.h"

namespace brygga::store {

namespace {

constexpr int piece_cells = 200;               // looked at in one go
constexpr std::size_t piece_bytes = 4u << 20;  // after which a piece ends
constexpr std::int64_t most_keys = 255;        // a key's number is one byte

// meta.rotation: {"number","at","table","after":[key, key],"found","sealed","unreadable","done_at"}. A pass over all
// tables goes in the order of their keys; `after` is the last cell that was looked at. What was sealed with the old key
// just before the rotation and stored just after its place was passed is found by the next pass, so the last pass is
// one that found nothing.
Json begun(std::int64_t number, Instant now) {
    return Json::object({{"number", number},
                         {"at", to_rfc3339(now)},
                         {"table", 0},
                         {"after", Json::array({"", ""})},
                         {"found", 0},
                         {"sealed", 0},
                         {"unreadable", 0},
                         {"done_at", {}}});
}

void add(Json& to, const char* name, std::int64_t by) { to.set(name, to[name].integer(0) + by); }

void store_rotation(Database& db, const Json& rotation) {
    db.run("INSERT INTO meta(name, value) VALUES('rotation', ?1) ON CONFLICT DO UPDATE SET value = excluded.value",
           rotation.dump());
}

}  // namespace

/// A table with sealed cells. `next` gives the cells after the keys ?1 and ?2, at most ?3: two keys, content, and what
/// its place is made of; `put` sets content ?4 where it is still ?3.
struct SqliteStore::SealedTable {
    std::string_view name;
    Sql next, put;
    Cell (*cell)(const Query& q);
};

const std::vector<SqliteStore::SealedTable>& SqliteStore::sealed_tables() {
    static const std::vector<SealedTable> tables{
        {"secret",
         "SELECT connection, name, value FROM secret WHERE (connection, name) > (?1, ?2) ORDER BY connection, name "
         "LIMIT ?3",
         "UPDATE secret SET value = ?4 WHERE connection = ?1 AND name = ?2 AND value = ?3",
         [](const Query& q) { return secret_cell(q.string(0), q.string(1)); }},
        {"document", "SELECT kind, id, content FROM document WHERE (kind, id) > (?1, ?2) ORDER BY kind, id LIMIT ?3",
         "UPDATE document SET content = ?4 WHERE kind = ?1 AND id = ?2 AND content = ?3",
         [](const Query& q) {
             return document_cell({q.string(0), q.string(1), {}, {}});
         }},
        {"flow_version",
         "SELECT flow, number, definition, hash FROM flow_version WHERE (flow, number) > (?1, CAST(?2 AS INTEGER)) "
         "ORDER BY flow, number LIMIT ?3",
         "UPDATE flow_version SET definition = ?4 WHERE flow = ?1 AND number = CAST(?2 AS INTEGER) AND definition = ?3",
         [](const Query& q) { return definition_cell(q.string(0), q.string(3)); }},
        {"run_plan", "SELECT run, '', content FROM run_plan WHERE run > ?1 ORDER BY run LIMIT ?3",
         "UPDATE run_plan SET content = ?4 WHERE run = ?1 AND content = ?3",
         [](const Query& q) { return plan_cell(q.string(0)); }},
        {"answer",
         "SELECT who, key, content FROM answer WHERE (who, key) > (?1, ?2) AND content IS NOT NULL ORDER BY who, key "
         "LIMIT ?3",
         "UPDATE answer SET content = ?4 WHERE who = ?1 AND key = ?2 AND content = ?3",
         [](const Query& q) {
             return answer_cell({q.string(0), q.string(1), {}});
         }},
        // CROSS JOIN keeps the order: there are few payloads and many deliveries.
        {"payload",
         "SELECT p.delivery, '', p.content, d.flow, d.type, d.source_id, d.hash FROM payload p CROSS JOIN delivery d "
         "ON d.id = p.delivery WHERE p.delivery > CAST(?1 AS INTEGER) ORDER BY p.delivery LIMIT ?3",
         "UPDATE payload SET content = ?4 WHERE delivery = CAST(?1 AS INTEGER) AND content = ?3",
         [](const Query& q) {
             Delivery d;
             d.flow = q.string(3);
             d.type = q.string(4);
             d.source_id = q.string(5);
             d.hash = q.string(6);
             return payload_cell(d);
         }},
        {"target",
         "SELECT id, '', fields, connection, type, target_id FROM target WHERE id > CAST(?1 AS INTEGER) ORDER BY id "
         "LIMIT ?3",
         "UPDATE target SET fields = ?4 WHERE id = CAST(?1 AS INTEGER) AND fields = ?3",
         [](const Query& q) { return target_cell(q.string(3), q.string(4), q.string(5)); }},
        {"step",
         "SELECT delivery, name, result FROM step WHERE (delivery, name) > (CAST(?1 AS INTEGER), ?2) AND result IS NOT "
         "NULL ORDER BY delivery, name LIMIT ?3",
         "UPDATE step SET result = ?4 WHERE delivery = CAST(?1 AS INTEGER) AND name = ?2 AND result = ?3",
         [](const Query& q) { return step_cell(q.integer(0), q.string(1)); }},
        {"billed",
         "SELECT id, '', content, target_connection, type, source_connection, source_id FROM billed WHERE id > CAST(?1 "
         "AS INTEGER) ORDER BY id LIMIT ?3",
         "UPDATE billed SET content = ?4 WHERE id = CAST(?1 AS INTEGER) AND content = ?3",
         [](const Query& q) {
             Binding b;
             b.target_connection = q.string(3);
             b.type = q.string(4);
             b.source_connection = q.string(5);
             b.source_id = q.string(6);
             return billed_cell(b);
         }},
    };
    return tables;
}

/// A piece of a pass: cells to seal anew, and how far it looked.
struct SqliteStore::Reseal {
    struct Found {
        std::string first, second, old, fresh;
    };
    std::vector<Found> cells{};
    std::string first{}, second{};  ///< keys of the last cell it looked at
    bool ended = true;              ///< of its table
    std::int64_t unreadable = 0;
};

Expected<SqliteStore::Reseal> SqliteStore::old_cells(const Json& rotation) {
    const SealedTable& table = sealed_tables().at(static_cast<std::size_t>(rotation["table"].integer(0)));
    return read([&](Database& db) {
        Reseal piece;
        piece.first = rotation["after"].at(0).string();
        piece.second = rotation["after"].at(1).string();
        std::size_t bytes = 0;
        int looked = 0;
        auto q = db.query(table.next, piece.first, piece.second, piece_cells);
        while (q.row()) {
            piece.first = q.string(0);
            piece.second = q.string(1);
            const std::string_view sealed = q.blob(2);
            bytes += sealed.size();
            ++looked;
            if (!vault_.is_current(sealed)) {
                const Cell cell = table.cell(q);
                if (const auto plain = vault_.open(sealed, cell))
                    piece.cells.push_back({piece.first, piece.second, std::string{sealed}, vault_.seal(*plain, cell)});
                else
                    ++piece.unreadable;
            }
            if (looked == piece_cells || bytes > piece_bytes) {
                piece.ended = false;
                break;
            }
        }
        return piece;
    });
}

Expected<KeyState> SqliteStore::key_state() {
    return read([&](Database& db) {
        const Json rotation = read_rotation(db);
        KeyState out;
        if (rotation.is_null()) return out;
        out.number = static_cast<int>(rotation["number"].integer(1));
        out.rotated_at = from_rfc3339(rotation["at"].string());
        out.sealed_anew_at = from_rfc3339(rotation["done_at"].string());
        out.sealed = rotation["sealed"].integer(0);
        out.unreadable = rotation["unreadable"].integer(0);
        if (!out.sealed_anew_at)
            out.table = sealed_tables().at(static_cast<std::size_t>(rotation["table"].integer(0))).name;
        return out;
    });
}

Expected<KeyState> SqliteStore::rotate(Instant now) {
    const Secret key{crypto::random_bytes(Vault::key_size)};
    std::uint8_t number = 0;
    const auto written = writer_.run(
        [&](Database& db) {
            const Json before = read_rotation(db);
            if (!before.is_null() && before["done_at"].is_null())
                fail(ErrorClass::rejected, "keys.rotating",
                     "what the key before sealed is still being sealed with the newest one",
                     "wait until that is over: brygga keys show");
            const std::int64_t next = before["number"].integer(1) + 1;
            if (next > most_keys)
                fail(ErrorClass::rejected, "keys.used_up", fmt::format("the store has had {} data keys", most_keys),
                     "move its configuration to a new store");
            number = static_cast<std::uint8_t>(next);
            db.run("INSERT INTO data_key(number, wrapped, master) VALUES(?1, ?2, ?3)", next,
                   Blob{Vault::wrap(master_key_, key, vault_.install_id())}, Vault::master_id(master_key_));
            store_rotation(db, begun(next, now));
            vault_.add(number, key);  // it opens before anything is sealed with it
        },
        [&] { vault_.use(number); });
    if (!written) return written.error();
    log_.info("store.key_rotated", Json::object({{"key", static_cast<std::int64_t>(number)}}));
    return key_state();
}

Expected<bool> SqliteStore::seal_anew(Instant now) {
    auto stored = read([](Database& db) { return read_rotation(db); });
    if (!stored) return stored.error();
    Json rotation = std::move(*stored);
    if (rotation.is_null() || !rotation["done_at"].is_null()) return false;
    const auto piece = old_cells(rotation);
    if (!piece) return piece.error();
    const std::size_t at = static_cast<std::size_t>(rotation["table"].integer(0));
    const SealedTable& table = sealed_tables().at(at);
    add(rotation, "found", std::ssize(piece->cells));
    add(rotation, "sealed", std::ssize(piece->cells));
    add(rotation, "unreadable", piece->unreadable);
    rotation.set("after", piece->ended ? Json::array({"", ""}) : Json::array({piece->first, piece->second}));
    if (piece->ended) rotation.set("table", at + 1);
    const bool passed = piece->ended && at + 1 == sealed_tables().size();
    const bool over = passed && rotation["found"].integer(0) == 0;
    if (passed) rotation.set("table", 0).set("found", 0);
    if (passed && !over) rotation.set("unreadable", 0);
    if (over) rotation.set("done_at", to_rfc3339(now));
    const auto written = writer_.run([&](Database& db) {
        for (const auto& cell : piece->cells)
            db.run(table.put, cell.first, cell.second, Blob{cell.old}, Blob{cell.fresh});
        store_rotation(db, rotation);
    });
    if (!written) return written.error();
    if (over) log_.info("store.sealed_anew", rotation);
    return !over;
}

}  // namespace brygga::store
