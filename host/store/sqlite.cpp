#include "store/sqlite.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Exception.h>
#include <fmt/format.h>
#include <sqlite3.h>

namespace brygga::store {

void fail(ErrorClass error_class, std::string code, std::string message, std::string remedy) {
    throw Failure{Error{error_class, std::move(code), std::move(message), std::move(remedy)}};
}

namespace {

[[noreturn]] void fail_sqlite(int extended, const std::string& path) {
    const int code = extended & 0xff;
    switch (code) {
        case SQLITE_FULL:
            fail(ErrorClass::transient, "store.full", fmt::format("no space is left for the database {}", path),
                 "free space on its file system; work goes on by itself");
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_FORMAT:
            fail(ErrorClass::misconfigured, "store.corrupt",
                 fmt::format("the database {} is damaged or is no database ({})", path, sqlite3_errstr(code)),
                 "stop the host, move the file away and put the newest backup in its place");
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_CANTOPEN:
        case SQLITE_AUTH:
            fail(ErrorClass::misconfigured, "store.not_writable",
                 fmt::format("the database {} cannot be written ({})", path, sqlite3_errstr(code)),
                 "give the user of the host write access to the file and its directory");
        case SQLITE_IOERR:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_NOMEM:
        case SQLITE_PROTOCOL:
        case SQLITE_INTERRUPT:
            fail(ErrorClass::transient, "store.io",
                 fmt::format("the database {} could not be read or written ({}, code {})", path, sqlite3_errstr(code),
                             extended),
                 "look at the disk and its messages; work goes on by itself when it answers again");
        default:
            fail(ErrorClass::bug, "store.internal",
                 fmt::format("the database {} refused a statement (code {}: {})", path, extended, sqlite3_errstr(code)),
                 "report this with the lines around it in the log");
    }
}

// Prepared at once: when memory is out, a transaction must still end, or its connection reads the past for ever.
constexpr Sql rollback{"ROLLBACK"};

// The connector is a registry entry of the process; registering it again changes nothing.
Poco::Data::Session open_session(const std::string& path) {
    try {
        // Counting its memory takes a lock at every allocation. Refused, and no loss, once SQLite is in use.
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        Poco::Data::SQLite::Connector::registerConnector();
        // No patience: Poco would try again for a minute before it says why it cannot.
        return Poco::Data::Session{"SQLite", path, 0};
    } catch (const Poco::Exception& e) {
        fail(ErrorClass::misconfigured, "store.not_writable",
             fmt::format("the database {} cannot be opened: {}", path, e.message()),
             "check that the directory exists and that the user of the host may write in it");
    }
}

}  // namespace

Query::~Query() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

bool Query::row() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    fail_sqlite(sqlite3_extended_errcode(handle_), path_);
}

bool Query::null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }
// As bytes: for its final zero a text would be copied, and without memory it would be empty without a word.
std::string_view Query::text(int column) const { return blob(column); }
std::string_view Query::blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return bytes ? std::string_view{bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))}
                 : std::string_view{};
}
Json Query::json(int column) const {
    if (null(column)) return {};
    auto document = Json::parse(text(column));
    if (!document) fail_sqlite(SQLITE_CORRUPT, path_);
    return std::move(*document);
}
std::optional<Instant> Query::maybe_instant(int column) const {
    if (null(column)) return std::nullopt;
    return instant(column);
}

void Query::bind_null(int at) { sqlite3_bind_null(statement_, at); }
void Query::bind_integer(int at, std::int64_t value) { sqlite3_bind_int64(statement_, at, value); }
void Query::bind_text(int at, std::string_view value, bool copied) {
    // A null pointer would bind NULL; an empty text is a text.
    const char* bytes = value.data() ? value.data() : "";
    if (const int code = sqlite3_bind_text64(statement_, at, bytes, value.size(),
                                             copied ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8))
        fail_sqlite(code, path_);
}
void Query::bind_blob(int at, std::string_view value) {
    const char* bytes = value.data() ? value.data() : "";
    if (const int code =
            sqlite3_bind_blob64(statement_, at, bytes, value.size(), copied_ ? SQLITE_TRANSIENT : SQLITE_STATIC))
        fail_sqlite(code, path_);
}
void Query::bind_one(int at, const Json& value) {
    if (value.is_null())
        bind_null(at);
    else
        bind_text(at, value.dump(), true);
}

Database::Database(const std::string& path, Role role)
    : path_{path}, session_{open_session(path)}, handle_{Poco::Data::SQLite::Utility::dbHandle(session_)} {
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, 5000);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 512, 512);  // small allocations of statements
    // Memory maps stay off: an I/O error would arrive as a signal instead of a code.
    script("PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF;");
    if (role == Role::writer)
        script("PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; PRAGMA journal_size_limit=67108864;");
    else
        script("PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-4000; PRAGMA query_only=1;");
    statement(rollback);
}

Database::~Database() {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
}

void Database::script(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        fail_sqlite(sqlite3_extended_errcode(handle_), path_);
}

std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(handle_); }
std::int64_t Database::total_changes() const { return sqlite3_total_changes64(handle_); }
int Database::changes() const { return sqlite3_changes(handle_); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
void Database::roll_back() noexcept {
    if (!in_transaction()) return;
    sqlite3_stmt* const ready = statements_.at(rollback.text);
    sqlite3_step(ready);
    sqlite3_reset(ready);
}

sqlite3_stmt* Database::statement(Sql sql) {
    sqlite3_stmt*& cached = statements_[sql.text];
    if (!cached) {
        if (sqlite3_prepare_v3(handle_, sql.text, -1, SQLITE_PREPARE_PERSISTENT, &cached, nullptr) != SQLITE_OK)
            fail_sqlite(sqlite3_extended_errcode(handle_), path_);
    }
    return cached;
}

}  // namespace brygga::store
