// Breaker: the circuit breaker of one connection. Closed: calls go out. Open: none does. Half-open: one probe.
// Owned by the scheduler and guarded by its lock; time is handed in. It never calls anybody.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace brygga::scheduler {

class Breaker {
public:
    struct Policy {
        int failures = 5;  ///< in a row, of different records
        std::chrono::milliseconds probe_after{60'000};
    };

    Breaker() = default;
    explicit Breaker(Policy policy) : policy_{policy} {}

    /// A call may start now. In the open state this grants the one probe once its time has come.
    bool allow(MonoTime now) {
        if (!open_) return true;
        if (probing_ || now < probe_at_) return false;
        return probing_ = true;
    }
    /// When it is worth asking again.
    MonoTime retry_at() const { return probe_at_; }

    /// True when this success closed an open breaker.
    bool success() {
        const bool was_open = open_;
        failures_ = 0;
        open_ = probing_ = false;
        return was_open;
    }
    /// A failure of the connection, not of a record. True when it opened the breaker.
    bool failure(MonoTime now) {
        ++failures_;
        if (!open_ && failures_ < policy_.failures) return false;
        const bool opened = !open_;
        open_ = true;
        probing_ = false;
        probe_at_ = now + policy_.probe_after;
        return opened;
    }
    /// The probe ended without saying anything about the connection.
    void inconclusive() { probing_ = false; }

    bool open() const noexcept { return open_; }
    /// Others fail too: a record is not to blame for its own failure.
    bool failing() const noexcept { return failures_ > 1 || open_; }

private:
    Policy policy_{};
    int failures_ = 0;
    bool open_ = false, probing_ = false;
    MonoTime probe_at_{};
};

}  // namespace brygga::scheduler
