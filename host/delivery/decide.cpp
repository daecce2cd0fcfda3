#include "delivery/decide.h"

#include <algorithm>

namespace brygga::delivery {

using std::chrono::milliseconds;
using store::DeliveryState;

milliseconds backoff(int attempts, int jitter, const Policy& policy) {
    const int doublings = std::clamp(attempts, 0, 20);
    const auto plain = std::min(policy.first_wait * (std::int64_t{1} << doublings), policy.longest_wait);
    return plain * (750 + jitter / 2) / 1000;
}

namespace {

Decision retry(const Error& error, const Situation& s, const Policy& policy) {
    const int attempts = s.connection_failing ? s.attempts : s.attempts + 1;
    if (attempts >= policy.max_attempts) {
        // A write that may have happened is never given up silently: a person has to look.
        const auto end = error.outcome_unknown ? DeliveryState::in_doubt : DeliveryState::dead;
        return {end, attempts};
    }
    auto wait = backoff(s.attempts, s.jitter, policy);
    if (error.retry_after) wait = std::clamp(*error.retry_after, milliseconds{0}, policy.longest_wait);
    return {DeliveryState::waiting, attempts, s.now + wait};
}

}  // namespace

Decision decide(const Error& error, const Situation& s, const Policy& policy) {
    switch (error.error_class) {
        case ErrorClass::transient:
        case ErrorClass::bug:
            // A record that ends its connector's process is not given to it again, unless all of them do.
            if (error.code == "runner.crashed" && s.crashed_before && !s.connection_failing) break;
            return retry(error, s, policy);
        case ErrorClass::rate_limited: {
            const auto wait =
                std::clamp(error.retry_after.value_or(milliseconds{60'000}), milliseconds{0}, policy.longest_wait);
            return {DeliveryState::waiting, s.attempts, s.now + wait};
        }
        case ErrorClass::auth:
            return {DeliveryState::pending, s.attempts, std::nullopt, Pause::needs_reauth};
        case ErrorClass::misconfigured:
            return {DeliveryState::pending, s.attempts, std::nullopt, Pause::misconfigured};
        case ErrorClass::cancelled:
            return {DeliveryState::pending, s.attempts};
        case ErrorClass::rejected:
        case ErrorClass::unsupported:
            break;
    }
    // The answer may be that of a look-up: then the write before it is still in doubt.
    return {error.outcome_unknown ? DeliveryState::in_doubt : DeliveryState::dead, s.attempts};
}

}  // namespace brygga::delivery
