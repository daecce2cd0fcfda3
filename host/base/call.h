// CallContext: what travels with every call that may take time: deadline, cancellation, trace, dry run.
// A cheap value, copied down the call chain; safe on any thread.
#pragma once

#include <stop_token>
#include <string>

#include "base/clock.h"

namespace brygga {

struct CallContext {
    MonoTime deadline = MonoTime::max();  ///< the call must have ended by then
    std::stop_token stop{};               ///< the host wants it to end now
    std::string trace_id{};               ///< run id
    bool dry_run = false;                 ///< nothing but reads may leave the house

    bool cancelled() const noexcept { return stop.stop_requested(); }
};

}  // namespace brygga
