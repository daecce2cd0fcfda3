// Pipeline: takes one claimed delivery as far as it goes, once. Each write is remembered with its result, so that a
// crash resumes at the step. One object a flow; process() may run on several threads at once, for different deliveries.
#pragma once

#include <functional>
#include <optional>

#include "base/call.h"
#include "delivery/decide.h"
#include "store/store.h"

namespace brygga::flow {

/// How one attempt ended, for the scheduler: what it means for the connection.
struct Processed {
    store::DeliveryState state = store::DeliveryState::pending;
    delivery::Pause pause = delivery::Pause::none;
    std::optional<Error> error;  ///< of the target, when a call failed
};

/// Told once when the end of a delivery is durable; false: the store could not take it, the delivery is still in hand.
/// On a thread of the store: brief.
using Stored = std::function<void(bool stored)>;

class Pipeline {
public:
    virtual ~Pipeline() = default;
    /// The delivery is claimed and in flight; it leaves that state when `stored` is told, perhaps after this returns.
    /// connection_failing: see Situation.
    virtual Processed process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                              Stored stored) = 0;
};

}  // namespace brygga::flow
