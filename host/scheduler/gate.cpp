#include "scheduler/gate.h"

#include <array>

namespace brygga::scheduler {

std::string_view to_string(GateState state) noexcept {
    static constexpr std::array<std::string_view, 4> names{"ok", "needs_reauth", "misconfigured", "paused"};
    return names[static_cast<std::size_t>(state)];
}

bool blames_connection(const Error& e) noexcept {
    return e.error_class == ErrorClass::transient &&
           (e.remote_status >= 500 ||
            (e.remote_status == 0 && (e.code.starts_with("http.") || e.code.starts_with("runner."))));
}

delivery::Pause pause_for(const Error& e) noexcept {
    if (e.error_class == ErrorClass::auth) return delivery::Pause::needs_reauth;
    return e.error_class == ErrorClass::misconfigured ? delivery::Pause::misconfigured : delivery::Pause::none;
}

Gate::Change Gate::judge(const std::optional<Error>& error, delivery::Pause pause, MonoTime now, Instant wall) {
    if (pause != delivery::Pause::none) {
        const GateState before = state_;
        if (state_ != GateState::paused)
            state_ = pause == delivery::Pause::needs_reauth ? GateState::needs_reauth : GateState::misconfigured;
        breaker_.inconclusive();
        error_ = error;
        if (before == state_) return Change::none;
        since_ = wall;
        return Change::stopped;
    }
    if (error && blames_connection(*error)) {
        const bool opened = breaker_.failure(now);
        error_ = error;
        if (!since_) since_ = wall;
        return opened ? Change::opened : Change::none;
    }
    if (error && (error->error_class == ErrorClass::cancelled || error->error_class == ErrorClass::rate_limited)) {
        breaker_.inconclusive();
        return Change::none;
    }
    const bool recovered =
        breaker_.success() || state_ == GateState::needs_reauth || state_ == GateState::misconfigured;
    if (state_ != GateState::paused) state_ = GateState::ok;
    error_.reset();
    since_.reset();
    if (recovered) ++epoch_;
    return recovered ? Change::closed : Change::none;
}

Gate::Change Gate::leave(const std::optional<Error>& error, delivery::Pause pause, int epoch, MonoTime now,
                         Instant wall) {
    --running_;
    if (epoch != epoch_) return Change::none;
    // Work that began before the connection stopped must not open it again.
    if (state_ != GateState::ok && pause == delivery::Pause::none) return Change::none;
    return judge(error, pause, now, wall);
}

Gate::Change Gate::checked(const std::optional<Error>& error, MonoTime now, Instant wall) {
    return judge(error, error ? pause_for(*error) : delivery::Pause::none, now, wall);
}

}  // namespace brygga::scheduler
