// Conclusion: how an attempt at a delivery ends: what is stored of it, and what it means for its connection.
// Owned by a pipeline; safe on any thread.
#pragma once

#include <functional>
#include <string>

#include "flow/pipeline.h"
#include "flow/target.h"

namespace brygga {
class Log;
}

namespace brygga::flow {

class Conclusion {
public:
    Conclusion(store::Store& store, const Clock& clock, Log& log, delivery::Policy policy, std::function<int()> jitter)
        : store_{store}, clock_{clock}, log_{log}, policy_{policy}, jitter_{std::move(jitter)} {}

    /// name: of the record, as messages begin. outcome: what the attempt itself leaves behind.
    Processed end(const store::Delivery& delivery, const std::string& name, Json explain, store::Outcome outcome,
                  const Expected<void, Halt>& result, bool connection_failing, Stored stored) const;

private:
    store::Store& store_;
    const Clock& clock_;
    Log& log_;
    delivery::Policy policy_;
    std::function<int()> jitter_;
};

}  // namespace brygga::flow
