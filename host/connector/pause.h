// pause: waiting that ends early when the call is to end; measured by the injected Clock.
// Safe on any thread. It looks at the clock in short slices, so a clock that is moved by hand is noticed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/call.h"
#include "base/clock.h"

namespace brygga::connector {

/// Waits until `done` holds, the call is cancelled, or `until` has come; the value of `done` then.
template <class Done>
bool pause(std::condition_variable_any& wake, std::unique_lock<std::mutex>& lock, const CallContext& call,
           const Clock& clock, MonoTime until, Done done) {
    constexpr std::chrono::milliseconds slice{20};
    while (!done() && !call.cancelled()) {
        const MonoTime now = clock.mono();
        if (now >= until) break;
        const auto rest = until == MonoTime::max() ? slice : std::min<MonoTime::duration>(slice, until - now);
        wake.wait_for(lock, call.stop, rest, done);
    }
    return done();
}

}  // namespace brygga::connector
