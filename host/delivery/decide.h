// decide(): what follows when a delivery's attempt fails. Pure: no clock, no store, no randomness of its own.
// The one place where an error class becomes a delivery state, a wait, or the pause of a connection.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "store/store.h"

namespace brygga::delivery {

struct Policy {
    int max_attempts = 10;
    std::chrono::milliseconds first_wait{5'000};
    std::chrono::milliseconds longest_wait{3'600'000};
    std::chrono::milliseconds settle{90'000};  ///< how long a write may stay invisible to a look-up
};

struct Situation {
    int attempts = 0;                 ///< spent so far
    bool connection_failing = false;  ///< other records fail on this connection too: this one is not to blame
    Instant now{};
    int jitter = 500;             ///< per mille, 0 to 999
    bool crashed_before = false;  ///< its last attempt ended the connector's process
};

enum class Pause : std::uint8_t { none, needs_reauth, misconfigured };

struct Decision {
    store::DeliveryState state;
    int attempts = 0;
    std::optional<Instant> next_attempt_at{};
    Pause pause = Pause::none;
};

Decision decide(const Error& error, const Situation& situation, const Policy& policy);

/// first_wait x 2^attempts, at most longest_wait, with a quarter of jitter either way.
std::chrono::milliseconds backoff(int attempts, int jitter, const Policy& policy);

}  // namespace brygga::delivery
