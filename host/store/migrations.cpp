#include "store/migrations.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace brygga::store {

namespace {

constexpr int application_id = 0x42727967;  // "Bryg"

// Instants are milliseconds since 1970, documents are JSON text, amounts stay inside them as text.
// record: one row per (flow, source record); delivery: one per version of it that entered.
// delivery.state is never in_flight: who works on what is kept in memory (claims.h). due_at: its next attempt, when
// waiting. delivery.ended_at: set in delivered, skipped, superseded and cancelled. tally keeps the counts (tally.h), so
// that watching never scans the history.
// flow_version: what a flow's definition was, one row for each change of it; the highest number is the active one.
// flow.set_aside: hash of the definition in the flow's file that a rollback set aside. delivery.flow_version,
// step.flow_version: by which the record, or what a write sent, was mapped; NULL: not known. delivery.chosen_version:
// by which a person wants it mapped; NULL: the active one. run_plan: what a dry run has found. activity.flow,
// activity.state: of the delivery, and into which it was brought; to be searched by. data_key: all there ever were;
// meta.rotation names the one that seals now (sqlite_keys.cpp), and the first one makes the keyed hashes. document:
// connections, flows and channels that came by the API, each as a file would have it. billed: what the document of a
// binding bills, where its flow writes credit notes. token.hash: SHA-256 of a secret of 256 random bits, which needs no
// salt. audit.outcome: NULL: the host ended before there was one. answer: what a request with this Idempotency-Key got;
// status NULL: it is being answered, or the host ended.
constexpr const char* schema_1 = R"sql(
CREATE TABLE meta(name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE data_key(number INTEGER NOT NULL PRIMARY KEY, wrapped BLOB NOT NULL, master TEXT NOT NULL) STRICT;

CREATE TABLE flow(flow TEXT NOT NULL PRIMARY KEY, state TEXT NOT NULL, checkpoint TEXT NOT NULL,
    created_at INTEGER NOT NULL, last_run_at INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE run(id TEXT NOT NULL PRIMARY KEY, flow TEXT NOT NULL, cause TEXT NOT NULL, mode TEXT NOT NULL, state TEXT NOT NULL,
    started_at INTEGER NOT NULL, ended_at INTEGER, counts TEXT, error TEXT) STRICT, WITHOUT ROWID;
CREATE INDEX run_by_flow ON run(flow, started_at);
CREATE INDEX run_by_start ON run(started_at);

CREATE TABLE record(id INTEGER NOT NULL PRIMARY KEY, flow TEXT NOT NULL, type TEXT NOT NULL, source_id TEXT NOT NULL,
    version INTEGER NOT NULL, hash TEXT NOT NULL, revision TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX record_by_source ON record(source_id, flow, type);

CREATE TABLE delivery(id INTEGER NOT NULL PRIMARY KEY, record INTEGER NOT NULL, version INTEGER NOT NULL, flow TEXT NOT NULL,
    run_id TEXT NOT NULL, type TEXT NOT NULL, source_connection TEXT NOT NULL, source_id TEXT NOT NULL, source_number TEXT NOT NULL,
    target_connection TEXT NOT NULL, hash TEXT NOT NULL, state TEXT NOT NULL, lane INTEGER NOT NULL, attempts INTEGER NOT NULL,
    due_at INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    ended_at INTEGER, error TEXT, target_ref TEXT, target_number TEXT, explain TEXT, totals TEXT) STRICT;
CREATE INDEX delivery_by_state ON delivery(flow, state, lane, id);
CREATE INDEX delivery_due ON delivery(flow, lane, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_by_record ON delivery(record);
CREATE INDEX delivery_by_time ON delivery(created_at);
CREATE INDEX delivery_by_number ON delivery(source_number);
CREATE INDEX delivery_by_target ON delivery(target_number) WHERE target_number IS NOT NULL;
CREATE TABLE payload(delivery INTEGER NOT NULL PRIMARY KEY, content BLOB NOT NULL) STRICT;

CREATE TABLE tally(flow TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(flow, state)) STRICT, WITHOUT ROWID;

CREATE TABLE step(delivery INTEGER NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, key TEXT NOT NULL, request_hash TEXT NOT NULL,
    attempt INTEGER NOT NULL, begun_at INTEGER NOT NULL, result BLOB, PRIMARY KEY(delivery, name)) STRICT, WITHOUT ROWID;
CREATE TABLE claim(connection TEXT NOT NULL, type TEXT NOT NULL, key BLOB NOT NULL, delivery INTEGER NOT NULL,
    PRIMARY KEY(connection, type, key)) STRICT, WITHOUT ROWID;
CREATE INDEX claim_by_delivery ON claim(delivery);
CREATE TABLE activity(id INTEGER NOT NULL PRIMARY KEY, delivery INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE INDEX activity_by_delivery ON activity(delivery);

CREATE TABLE binding(target_connection TEXT NOT NULL, type TEXT NOT NULL, source_connection TEXT NOT NULL, source_id TEXT NOT NULL,
    target_id TEXT NOT NULL, number TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, hash TEXT NOT NULL, totals TEXT,
    PRIMARY KEY(target_connection, type, source_connection, source_id)) STRICT, WITHOUT ROWID;

CREATE TABLE target(id INTEGER NOT NULL PRIMARY KEY, connection TEXT NOT NULL, type TEXT NOT NULL, target_id TEXT NOT NULL,
    number TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, version TEXT NOT NULL, fields BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX target_by_id ON target(connection, type, target_id);
CREATE TABLE target_key(hash BLOB NOT NULL, target INTEGER NOT NULL, PRIMARY KEY(hash, target)) STRICT, WITHOUT ROWID;
CREATE INDEX target_key_by_target ON target_key(target);
CREATE TABLE target_state(connection TEXT NOT NULL, type TEXT NOT NULL, cursor TEXT NOT NULL, read_at INTEGER, count INTEGER NOT NULL,
    PRIMARY KEY(connection, type)) STRICT, WITHOUT ROWID;

CREATE TABLE fact(scope TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY(scope, name)) STRICT, WITHOUT ROWID;
CREATE TABLE secret(connection TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY(connection, name)) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* schema_2 = R"sql(
CREATE TABLE flow_version(flow TEXT NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL, at INTEGER NOT NULL, cause TEXT NOT NULL,
    same_as INTEGER, definition BLOB NOT NULL, PRIMARY KEY(flow, number)) STRICT, WITHOUT ROWID;
CREATE INDEX flow_version_by_hash ON flow_version(flow, hash);
ALTER TABLE flow ADD COLUMN set_aside TEXT;
ALTER TABLE delivery ADD COLUMN flow_version INTEGER;
ALTER TABLE step ADD COLUMN flow_version INTEGER;
)sql";

constexpr const char* schema_3 = R"sql(
CREATE TABLE run_plan(run TEXT NOT NULL PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX run_under_way ON run(ended_at) WHERE ended_at IS NULL;
CREATE INDEX delivery_of_stock ON delivery(ended_at) WHERE type = 'stock' AND ended_at IS NOT NULL;
)sql";

constexpr const char* schema_4 = R"sql(
CREATE TABLE token(id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, scope TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL, expires_at INTEGER, last_used_at INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE audit(id INTEGER NOT NULL PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, client TEXT NOT NULL, action TEXT NOT NULL,
    object TEXT NOT NULL, outcome TEXT, before TEXT, after TEXT) STRICT;
CREATE INDEX audit_by_object ON audit(object, id);
CREATE TABLE answer(who TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, at INTEGER NOT NULL, status INTEGER, content BLOB,
    PRIMARY KEY(who, key)) STRICT, WITHOUT ROWID;
CREATE INDEX answer_by_time ON answer(at);
CREATE TABLE document(kind TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY(kind, id)) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* schema_5 = R"sql(
ALTER TABLE activity ADD COLUMN flow TEXT NOT NULL DEFAULT '';
ALTER TABLE activity ADD COLUMN state TEXT NOT NULL DEFAULT '';
UPDATE activity SET flow = coalesce((SELECT flow FROM delivery WHERE id = activity.delivery), ''),
    state = coalesce(body ->> '$.state', CASE body ->> '$.kind' WHEN 'requeued' THEN 'pending' WHEN 'cancelled' THEN 'cancelled' END, '');
CREATE INDEX activity_by_state ON activity(flow, state, id);
)sql";

constexpr const char* schema_6 = R"sql(
ALTER TABLE delivery ADD COLUMN chosen_version INTEGER;
)sql";

constexpr const char* schema_7 = R"sql(
CREATE TABLE billed(id INTEGER NOT NULL PRIMARY KEY, target_connection TEXT NOT NULL, type TEXT NOT NULL, source_connection TEXT NOT NULL,
    source_id TEXT NOT NULL, content BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX billed_by_source ON billed(target_connection, type, source_connection, source_id);
)sql";

constexpr std::array table{Migration{1, schema_1}, Migration{2, schema_2}, Migration{3, schema_3},
                           Migration{4, schema_4}, Migration{5, schema_5}, Migration{6, schema_6},
                           Migration{7, schema_7}};

int pragma(Database& database, Sql sql) {
    auto q = database.query(sql);
    return q.row() ? q.small(0) : 0;
}

bool has_tables(Database& database) {
    auto q = database.query("SELECT 1 FROM sqlite_schema LIMIT 1");
    return q.row();
}

void back_up(Database& database, int version, Log& log) {
    const std::string copy = fmt::format("{}.schema-{}.backup", database.path(), version);
    std::error_code ignored;
    std::filesystem::remove(copy, ignored);
    const int file = ::open(copy.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        fail(ErrorClass::misconfigured, "store.not_writable",
             fmt::format("the backup {} that goes before the upgrade of the database cannot be made", copy),
             "give the user of the host write access to the directory");
    ::close(file);
    database.run("VACUUM INTO ?1", copy);
    log.info("store.backed_up", Json::object({{"file", copy}, {"schema", version}}));
}

}  // namespace

std::span<const Migration> migrations() { return table; }

void migrate(Database& database, std::span<const Migration> steps, Log& log) {
    const int version = pragma(database, "PRAGMA user_version");
    const int newest = steps.back().number;
    const bool existing = has_tables(database);
    if (existing && pragma(database, "PRAGMA application_id") != application_id)
        fail(ErrorClass::misconfigured, "store.corrupt",
             fmt::format("the file {} is a database of another program", database.path()),
             "name another file for the database of the host");
    if (version > newest)
        fail(ErrorClass::misconfigured, "store.newer",
             fmt::format("the database {} was written by a newer host (schema {}, this host knows {})", database.path(),
                         version, newest),
             "install the newer host again, or start with the backup that was made before the upgrade");
    database.script("PRAGMA journal_mode=WAL");  // not before the file is known to be ours
    if (existing && version < newest) back_up(database, version, log);
    for (const Migration& step : steps) {
        if (step.number <= version) continue;
        try {
            database.script(fmt::format("BEGIN IMMEDIATE;{}PRAGMA application_id={};PRAGMA user_version={};COMMIT;",
                                        step.sql, application_id, step.number));
        } catch (const Failure&) {
            database.roll_back();
            throw;
        }
        log.info("store.migrated", Json::object({{"schema", step.number}}));
    }
}

}  // namespace brygga::store
