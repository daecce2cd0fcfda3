// Guard: who may do what through the control API. A token is 256 random bits, so its SHA-256 is all that is kept.
// Owned by the Api; safe on any thread.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "store/access.h"

namespace brygga {
class Log;
}

namespace brygga::control {

/// Each may do what the ones before it may: look; work with flows and deliveries; change who and what there is.
enum class Scope : std::uint8_t { viewer, operator_, admin };
std::string_view to_string(Scope scope) noexcept;
std::optional<Scope> scope_from(std::string_view name) noexcept;

struct Caller {
    std::string name;
    Scope scope = Scope::viewer;
};

/// A new token: what its owner keeps, and what the store keeps.
struct NewToken {
    Secret secret;
    std::string id, hash;
};

class Guard {
public:
    Guard(const Secret& admin_token, store::Access& store, const Clock& clock, Log& log);

    /// `authorization`: the header. Errors: token.refused; token.throttled after many wrong ones within a minute (a
    /// right one is taken all the same); those of the store.
    Expected<Caller> admit(std::string_view authorization, const std::string& client);
    static NewToken make_token();

private:
    Error refused(const std::string& client, std::string_view why, std::string_view remedy);
    void note_use(const std::string& id, Instant now);

    const std::string admin_hash_;
    store::Access& store_;
    const Clock& clock_;
    Log& log_;
    std::mutex mutex_;
    std::map<std::string, Instant> noted_;  ///< last use of each token, as stored
    MonoTime minute_{};                     ///< when counting of wrong tokens began
    int wrong_ = 0;                         ///< since then
};

}  // namespace brygga::control
