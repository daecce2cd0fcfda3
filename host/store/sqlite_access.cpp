#include <fmt/format.h>

#include <limits>

#include "store/sqlite_store.h"

namespace brygga::store {

namespace {

#define BRYGGA_TOKEN_COLUMNS "id, name, scope, created_at, expires_at, last_used_at"
#define BRYGGA_AUDIT_COLUMNS "id, at, who, client, action, object, outcome, before, after"

Token read_token(const Query& q) {
    return {q.string(0), q.string(1), q.string(2), q.instant(3), q.maybe_instant(4), q.maybe_instant(5)};
}

AuditEntry read_entry(const Query& q) {
    return {q.integer(0), q.instant(1), q.string(2), q.string(3), q.string(4),
            q.string(5),  q.string(6),  q.json(7),   q.json(8)};
}

std::optional<std::string> stored(const std::string& outcome) {
    return outcome.empty() ? std::nullopt : std::optional{outcome};
}

}  // namespace

Expected<void> SqliteStore::put_token(const Token& token, const std::string& hash) {
    return writer_.run([&](Database& db) {
        {
            auto q = db.query("SELECT 1 FROM token WHERE name = ?1", token.name);
            if (q.row())
                fail(ErrorClass::rejected, "token.exists",
                     fmt::format("there is a token with the name {} already", token.name),
                     "choose another name, or remove that one first");
        }
        db.run("INSERT INTO token(" BRYGGA_TOKEN_COLUMNS ", hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)", token.id,
               token.name, token.scope, token.created_at, token.expires_at, token.last_used_at, hash);
    });
}

Expected<std::vector<Token>> SqliteStore::tokens() {
    return read([&](Database& db) {
        std::vector<Token> out;
        auto q = db.query("SELECT " BRYGGA_TOKEN_COLUMNS " FROM token ORDER BY name");
        while (q.row()) out.push_back(read_token(q));
        return out;
    });
}

Expected<std::optional<Token>> SqliteStore::token_with(const std::string& hash) {
    return read([&](Database& db) -> std::optional<Token> {
        auto q = db.query("SELECT " BRYGGA_TOKEN_COLUMNS " FROM token WHERE hash = ?1", hash);
        if (!q.row()) return std::nullopt;
        return read_token(q);
    });
}

Expected<void> SqliteStore::used_token(const std::string& id, Instant now) {
    return writer_.run([&](Database& db) { db.run("UPDATE token SET last_used_at = ?2 WHERE id = ?1", id, now); });
}

Expected<void> SqliteStore::remove_token(const std::string& id) {
    return writer_.run([&](Database& db) {
        if (db.run("DELETE FROM token WHERE id = ?1", id) == 0)
            fail(ErrorClass::rejected, "token.not_found", fmt::format("there is no token {}", id),
                 "list the tokens to find its id");
    });
}

Expected<std::int64_t> SqliteStore::begin_audit(const AuditEntry& entry) {
    std::int64_t id = 0;
    const auto written = writer_.run([&](Database& db) {
        db.run(
            "INSERT INTO audit(at, who, client, action, object, outcome, before, after) VALUES(?1, ?2, ?3, ?4, ?5, "
            "?6, ?7, ?8)",
            entry.at, entry.who, entry.client, entry.action, entry.object, stored(entry.outcome), entry.before,
            entry.after);
        id = db.last_id();
    });
    if (!written) return written.error();
    return id;
}

Expected<void> SqliteStore::end_audit(const AuditEntry& entry) {
    return writer_.run([&](Database& db) {
        db.run("UPDATE audit SET outcome = ?2, object = ?3, before = ?4, after = ?5 WHERE id = ?1", entry.id,
               stored(entry.outcome), entry.object, entry.before, entry.after);
    });
}

Expected<std::vector<AuditEntry>> SqliteStore::audit(const std::string& object, std::int64_t before, int limit) {
    return read([&](Database& db) {
        std::vector<AuditEntry> out;
        const auto collect = [&](Query&& q) {
            while (q.row()) out.push_back(read_entry(q));
        };
        if (before == 0) before = std::numeric_limits<std::int64_t>::max();
        if (object.empty())
            collect(db.query("SELECT " BRYGGA_AUDIT_COLUMNS " FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
                             before, limit));
        else
            collect(db.query("SELECT " BRYGGA_AUDIT_COLUMNS
                             " FROM audit WHERE object = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
                             object, before, limit));
        return out;
    });
}

Expected<std::optional<Answered>> SqliteStore::begin_answer(const Repeatable& request, Instant now) {
    std::optional<Answered> before;
    std::string sealed;
    const auto written = writer_.run([&](Database& db) {
        before.reset();
        db.run("DELETE FROM answer WHERE who = ?1 AND key = ?2 AND status >= 500", request.who, request.key);
        if (db.run("INSERT INTO answer(who, key, request, at) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                   request.who, request.key, request.request, now) == 1)
            return;
        auto q = db.query("SELECT request, status, content FROM answer WHERE who = ?1 AND key = ?2", request.who,
                          request.key);
        q.row();
        before = Answered{q.text(0) == request.request, {}, {}};
        if (q.null(1)) return;
        before->status = q.small(1);
        sealed = q.blob(2);
    });
    if (!written) return written.error();
    if (before && before->status) {
        auto content = vault_.unpack(sealed, answer_cell(request));
        if (!content)
            return Error{ErrorClass::bug, "store.sealed", "the answer to an earlier request cannot be opened",
                         "send it with another Idempotency-Key"};
        before->content = std::move(*content);
    }
    return before;
}

Expected<void> SqliteStore::end_answer(const Repeatable& request, int status, const std::string& content) {
    const std::string sealed = vault_.pack(content, answer_cell(request));
    return writer_.run([&](Database& db) {
        db.run("UPDATE answer SET status = ?3, content = ?4 WHERE who = ?1 AND key = ?2", request.who, request.key,
               status, Blob{sealed});
    });
}

}  // namespace brygga::store
