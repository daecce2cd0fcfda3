// Access: what the store keeps for the control API: who may use it, who did what, what was answered. Reached through
// Store, and of its kind: any thread, durable when it returns, errors of the store are no "nothing there".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/expected.h"
#include "brygga/sdk/json.hpp"

namespace brygga::store {

/// Who may use the control API; the secret itself is known to its owner alone.
struct Token {
    std::string id, name;
    std::string scope;  ///< viewer | operator | admin
    Instant created_at{};
    std::optional<Instant> expires_at, last_used_at;
};

/// What somebody did, or tried.
struct AuditEntry {
    std::int64_t id = 0;
    Instant at{};
    std::string who;         ///< name of a token, or "files"
    std::string client;      ///< network address; empty for what came by files
    std::string action;      ///< "flow.pause"
    std::string object;      ///< id of the flow, delivery, ...; may be empty
    std::string outcome{};   ///< done | refused | failed; empty: under way, or the host ended meanwhile
    Json before{}, after{};  ///< without secrets
};

/// A request that may come again with the same Idempotency-Key.
struct Repeatable {
    std::string who, key;
    std::string request;  ///< hash of method, path and body
};
/// What it got before.
struct Answered {
    bool same_request = true;
    std::optional<int> status;  ///< nothing: not known
    std::string content;
};

class Access {
public:
    virtual ~Access() = default;

    /// Errors: token.exists when there is one of this name.
    virtual Expected<void> put_token(const Token& token, const std::string& hash) = 0;
    virtual Expected<std::vector<Token>> tokens() = 0;  ///< by name
    virtual Expected<std::optional<Token>> token_with(const std::string& hash) = 0;
    virtual Expected<void> used_token(const std::string& id, Instant now) = 0;
    /// Errors: token.not_found.
    virtual Expected<void> remove_token(const std::string& id) = 0;
    /// Its number.
    virtual Expected<std::int64_t> begin_audit(const AuditEntry& entry) = 0;
    /// Outcome, object, before and after of the entry with this number.
    virtual Expected<void> end_audit(const AuditEntry& entry) = 0;
    /// Newest first; of one object when it is named; `before`: only older numbers, 0 from the newest.
    virtual Expected<std::vector<AuditEntry>> audit(const std::string& object, std::int64_t before, int limit) = 0;
    /// Nothing: nobody asked this before, or it failed (5xx) then; from now on somebody has.
    virtual Expected<std::optional<Answered>> begin_answer(const Repeatable& request, Instant now) = 0;
    virtual Expected<void> end_answer(const Repeatable& request, int status, const std::string& content) = 0;
};

}  // namespace brygga::store
