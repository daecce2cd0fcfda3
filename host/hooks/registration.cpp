#include "hooks/registration.h"

#include "base/crypto.h"

namespace brygga::hooks {

namespace {

/// An administrator of the vendor may have removed it, or switched it off.
constexpr std::chrono::hours checked_every{24};

}  // namespace

std::string make_key() { return crypto::base32(crypto::random_bytes(32)); }

std::string key_hash(std::string_view connection, std::string_view key) {
    return crypto::digest(crypto::Hash::sha256, std::string{connection}.append("/").append(key));
}

Step next_step(const Registration& registration, bool wanted, bool connected, std::string_view base, Instant now) {
    const bool asked = !registration.base.empty();
    if (!connected || (!wanted && !asked)) return Step::forget;
    if (!wanted) return Step::unsubscribe;
    if (asked && registration.base != base) return Step::unsubscribe;
    const auto age = now - registration.checked_at;
    const bool fresh = age >= age.zero() && age < checked_every;
    return registration.id.empty() || !fresh ? Step::subscribe : Step::none;
}

std::string to_text(const std::vector<Registration>& registrations) {
    Json out = Json::array();
    for (const Registration& r : registrations) {
        Json secrets = Json::object();
        for (const auto& [name, value] : r.secrets) secrets.set(name, value);
        out.push(Json::object({{"connection", r.connection},
                               {"event", r.event},
                               {"key", r.key},
                               {"base", r.base},
                               {"id", r.id},
                               {"secrets", std::move(secrets)},
                               {"since", to_unix_ms(r.since)},
                               {"checked_at", to_unix_ms(r.checked_at)}}));
    }
    return out.dump();
}

std::optional<std::vector<Registration>> from_text(std::string_view text) {
    const auto parsed = Json::parse(text);
    if (!parsed || !parsed->is_array()) return std::nullopt;
    std::vector<Registration> out;
    for (const Json& row : parsed->items()) {
        Registration r{std::string{row["connection"].string()}, std::string{row["event"].string()},
                       std::string{row["key"].string()}, std::string{row["base"].string()},
                       std::string{row["id"].string()}};
        for (const auto& [name, value] : row["secrets"].members()) r.secrets[name] = value.string();
        r.since = from_unix_ms(row["since"].integer(0));
        r.checked_at = from_unix_ms(row["checked_at"].integer(0));
        if (r.connection.empty() || r.event.empty() || r.key.empty()) return std::nullopt;
        out.push_back(std::move(r));
    }
    return out;
}

}  // namespace brygga::hooks
