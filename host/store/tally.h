// Tally: how many deliveries of a flow are in each state, so that watching never scans the history. The writer
// collects the changes of a transaction here and stores their sum once, before its commit.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "store/store.h"

namespace brygga::store {

class Tally {
public:
    using Changes = std::map<std::pair<std::string, DeliveryState>, std::int64_t>;

    void add(const std::string& flow, DeliveryState state, std::int64_t count) { changes_[{flow, state}] += count; }
    void moved(const std::string& flow, DeliveryState from, DeliveryState to) {
        add(flow, from, -1);
        add(flow, to, 1);
    }
    const Changes& changes() const noexcept { return changes_; }
    void restore(Changes changes) { changes_ = std::move(changes); }
    void clear() { changes_.clear(); }

private:
    Changes changes_;
};

}  // namespace brygga::store
