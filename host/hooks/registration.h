// Registration: one event of one connection about which a vendor is asked to call, and what is to be done about it
// next. Plain values and pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "brygga/sdk/json.hpp"

namespace brygga::hooks {

/// What is kept, sealed: whoever has the key can have flows run.
struct Registration {
    std::string connection, event;
    std::string key;   ///< the last segment of the address
    std::string base;  ///< the public address under which the vendor was asked; empty: it was not
    std::string id;    ///< the vendor's; empty: its answer is not known
    std::map<std::string, std::string> secrets{};  ///< what the vendor signs with
    Instant since{}, checked_at{};                 ///< of the first and the newest answer

    std::string url() const { return base + "/hooks/" + connection + "/" + key; }
};

/// 256 random bits.
std::string make_key();
/// By which a call is found; it tells nothing about the key, and how long finding takes tells nothing either.
std::string key_hash(std::string_view connection, std::string_view key);

enum class Step : std::uint8_t {
    none,
    subscribe,
    unsubscribe,
    forget,  ///< nobody can ask the vendor any more, or nobody ever has
};
/// wanted: a flow waits for it. connected: its connection is there. base: the public address as it is now.
Step next_step(const Registration& registration, bool wanted, bool connected, std::string_view base, Instant now);

std::string to_text(const std::vector<Registration>& registrations);
/// Nothing when it is no such text.
std::optional<std::vector<Registration>> from_text(std::string_view text);

}  // namespace brygga::hooks
