// Gate: whether work may go to one connection now: its state, its circuit breaker and how many calls run.
// Owned by the scheduler and guarded by its lock; time is handed in.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "delivery/decide.h"
#include "scheduler/breaker.h"

namespace brygga::scheduler {

enum class GateState : std::uint8_t { ok, needs_reauth, misconfigured, paused };
std::string_view to_string(GateState state) noexcept;

class Gate {
public:
    Gate(std::string connection, int limit, Breaker::Policy policy)
        : connection_{std::move(connection)}, limit_{limit}, breaker_{policy} {}

    /// Takes a place for one piece of work; leave() gives it back.
    bool enter(MonoTime now) {
        if (state_ != GateState::ok || running_ >= limit_ || !breaker_.allow(now)) return false;
        ++running_;
        return true;
    }
    /// A place would be free; asks the breaker nothing.
    bool could_enter(MonoTime now) const {
        return state_ == GateState::ok && running_ < limit_ && (!breaker_.open() || now >= breaker_.retry_at());
    }

    /// What leaving changed, for one log line.
    enum class Change : std::uint8_t { none, opened, closed, stopped };
    /// epoch: epoch() when the work began.
    Change leave(const std::optional<Error>& error, delivery::Pause pause, int epoch, MonoTime now, Instant wall);
    /// Grows with every recovery: what work from before it found out is no longer news.
    int epoch() const noexcept { return epoch_; }

    /// A check by hand or by timer has ended.
    Change checked(const std::optional<Error>& error, MonoTime now, Instant wall);
    void set_paused(bool paused) { state_ = paused ? GateState::paused : GateState::ok; }

    const std::string& connection() const noexcept { return connection_; }
    GateState state() const noexcept { return state_; }
    bool circuit_open() const noexcept { return breaker_.open(); }
    bool failing() const noexcept { return breaker_.failing(); }
    int running() const noexcept { return running_; }
    MonoTime retry_at() const noexcept { return breaker_.retry_at(); }
    const std::optional<Error>& error() const noexcept { return error_; }
    std::optional<Instant> since() const noexcept { return since_; }
    MonoTime next_check{};  ///< of a stopped connection

private:
    Change judge(const std::optional<Error>& error, delivery::Pause pause, MonoTime now, Instant wall);

    std::string connection_;
    int limit_;
    Breaker breaker_;
    GateState state_ = GateState::ok;
    int running_ = 0;
    int epoch_ = 0;
    std::optional<Error> error_;
    std::optional<Instant> since_;
};

/// The failure says something about the connection, not about the record.
bool blames_connection(const Error& error) noexcept;
/// What an error of a call without a delivery means for the connection.
delivery::Pause pause_for(const Error& error) noexcept;

}  // namespace brygga::scheduler
