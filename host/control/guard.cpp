#include "control/guard.h"

#include <array>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/log.h"

namespace brygga::control {

namespace {

constexpr std::string_view scheme = "Bearer ", prefix = "brygga_";
constexpr std::array<std::string_view, 3> names{"viewer", "operator", "admin"};
constexpr int wrong_a_minute = 20;
constexpr std::chrono::minutes noted_every{1};  // a use is a write to the store

std::string hash_of(std::string_view token) { return crypto::hex(crypto::digest(crypto::Hash::sha256, token)); }

}  // namespace

std::string_view to_string(Scope scope) noexcept { return names[static_cast<std::size_t>(scope)]; }

std::optional<Scope> scope_from(std::string_view name) noexcept {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return static_cast<Scope>(i);
    return std::nullopt;
}

Guard::Guard(const Secret& admin_token, store::Access& store, const Clock& clock, Log& log)
    : admin_hash_{hash_of(admin_token.reveal())}, store_{store}, clock_{clock}, log_{log} {}

NewToken Guard::make_token() {
    const std::string text = std::string{prefix} + crypto::base32(crypto::random_bytes(32));
    return {Secret{text}, crypto::base32(crypto::random_bytes(5)), hash_of(text)};
}

Expected<Caller> Guard::admit(std::string_view authorization, const std::string& client) {
    constexpr std::string_view how =
        "Send Authorization: Bearer with the token of admin_token_file, or one that "
        "brygga token create gave.";
    if (!authorization.starts_with(scheme) || authorization.size() == scheme.size())
        return Error{ErrorClass::auth, "token.missing", "This request carries no token.", std::string{how}};
    const std::string hash = hash_of(authorization.substr(scheme.size()));
    // Compared as hashes: the time says nothing about the token.
    if (crypto::equal_constant_time(hash, admin_hash_)) return Caller{"admin_token_file", Scope::admin};
    const auto token = store_.token_with(hash);
    if (!token) return token.error();
    if (!*token) return refused(client, "This token is not known.", how);
    const Instant now = clock_.now();
    if ((*token)->expires_at && *(*token)->expires_at <= now)
        return refused(client,
                       fmt::format("The token {} expired on {}.", (*token)->name, to_rfc3339(*(*token)->expires_at)),
                       "Make a new one: brygga token create.");
    note_use((*token)->id, now);
    return Caller{(*token)->name, scope_from((*token)->scope).value_or(Scope::viewer)};
}

Error Guard::refused(const std::string& client, std::string_view why, std::string_view remedy) {
    const std::scoped_lock lock{mutex_};
    const MonoTime now = clock_.mono();
    if (wrong_ == 0 || now >= minute_ + std::chrono::minutes{1}) {
        minute_ = now;
        wrong_ = 0;
        log_.warning("control.token_refused", Json::object({{"client", client}, {"message", why}}));
    }
    if (++wrong_ <= wrong_a_minute) return {ErrorClass::auth, "token.refused", std::string{why}, std::string{remedy}};
    if (wrong_ == wrong_a_minute + 1)
        log_.warning("control.tokens_guessed",
                     Json::object({{"client", client},
                                   {"message",
                                    "Many wrong tokens within a minute: a script with an old token, or "
                                    "somebody who guesses. They get 429 until the minute is over."}}));
    return {ErrorClass::rate_limited, "token.throttled", "Too many wrong tokens came within a minute.",
            "Correct the token and try again in a minute."};
}

void Guard::note_use(const std::string& id, Instant now) {
    {
        const std::scoped_lock lock{mutex_};
        const auto [place, first] = noted_.try_emplace(id, now);
        if (!first && now < place->second + noted_every) return;
        place->second = now;
    }
    (void)store_.used_token(id, now);  // the store itself says when it cannot write
}

}  // namespace brygga::control
