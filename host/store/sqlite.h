// Database and Query: one SQLite connection and its cached statements, as the rest of the store uses them.
// A Database belongs to one thread at a time. Poco::Data::SQLite opens the session; the statements are native
// ones on its handle: Poco's Statement is prepared anew for every use, binds by reference to variables that
// must stay alive and turns NUMERIC into double, while a cached native statement costs one reset.
// Failures inside this module travel as Failure and become values at the verbs; no SQL leaves the module.
#pragma once

#include <Poco/Data/Session.h>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/expected.h"
#include "brygga/sdk/json.hpp"
#include "store/store.h"
#include "store/tally.h"

struct sqlite3;
struct sqlite3_stmt;

namespace brygga::store {

/// Thrown within the module only.
struct Failure {
    Error error;
};

[[noreturn]] void fail(ErrorClass error_class, std::string code, std::string message, std::string remedy);

/// SQL as a literal: its address is the key of the statement cache.
struct Sql {
    consteval Sql(const char* literal) : text{literal} {}
    const char* text;
};

struct Blob {
    std::string_view bytes;
};

/// One use of a cached statement; the statement is free again when this ends.
class Query {
public:
    /// `copied`: the values may end before the query does.
    template <class... Values>
    Query(sqlite3* handle, sqlite3_stmt* statement, const std::string& path, bool copied, const Values&... values)
        : handle_{handle}, statement_{statement}, path_{path}, copied_{copied} {
        int at = 0;
        (bind_one(++at, values), ...);
    }
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    ~Query();

    /// Moves to the next row; false at the end.
    bool row();
    void run() {
        while (row()) {
        }
    }

    bool null(int column) const;
    std::int64_t integer(int column) const;
    int small(int column) const { return static_cast<int>(integer(column)); }
    std::string_view text(int column) const;  ///< until the next row
    std::string_view blob(int column) const;  ///< until the next row
    std::string string(int column) const { return std::string{text(column)}; }
    Json json(int column) const;
    Instant instant(int column) const { return from_unix_ms(integer(column)); }
    std::optional<Instant> maybe_instant(int column) const;

private:
    void bind_null(int at);
    void bind_integer(int at, std::int64_t value);
    void bind_text(int at, std::string_view value, bool copied);
    void bind_blob(int at, std::string_view value);

    void bind_one(int at, std::integral auto value) { bind_integer(at, static_cast<std::int64_t>(value)); }
    void bind_one(int at, const std::string& value) { bind_text(at, value, copied_); }
    void bind_one(int at, std::string_view value) { bind_text(at, value, copied_); }
    void bind_one(int at, const char* value) { bind_text(at, value, copied_); }
    void bind_one(int at, Blob value) { bind_blob(at, value.bytes); }
    void bind_one(int at, std::nullptr_t) { bind_null(at); }
    void bind_one(int at, Instant value) { bind_integer(at, to_unix_ms(value)); }
    void bind_one(int at, DeliveryState value) { bind_text(at, to_string(value), false); }
    void bind_one(int at, Lane value) { bind_integer(at, static_cast<std::int64_t>(value)); }
    void bind_one(int at, const Json& value);
    template <class T>
    void bind_one(int at, const std::optional<T>& value) {
        if (value)
            bind_one(at, *value);
        else
            bind_null(at);
    }

    sqlite3* handle_;
    sqlite3_stmt* statement_;
    const std::string& path_;
    bool copied_;
};

class Database {
public:
    enum class Role { writer, reader };

    /// Throws Failure.
    Database(const std::string& path, Role role);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    template <class... Values>
    Query query(Sql sql, const Values&... values) {
        return Query{handle_, statement(sql), path_, true, values...};
    }
    /// Runs to the end; the number of rows it changed.
    template <class... Values>
    int run(Sql sql, const Values&... values) {
        Query{handle_, statement(sql), path_, false, values...}.run();
        return changes();
    }
    /// Several statements without values.
    void script(const std::string& sql);
    std::int64_t last_id() const;
    std::int64_t total_changes() const;
    bool in_transaction() const;
    /// Ends an open transaction, whatever its state.
    void roll_back() noexcept;
    const std::string& path() const noexcept { return path_; }
    /// What the open transaction changes in the counts; the Writer stores it.
    Tally& tally() noexcept { return tally_; }

private:
    int changes() const;
    sqlite3_stmt* statement(Sql sql);

    std::string path_;
    Poco::Data::Session session_;
    sqlite3* handle_;
    std::unordered_map<const char*, sqlite3_stmt*> statements_;
    Tally tally_;
};

}  // namespace brygga::store
