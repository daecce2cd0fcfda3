// Claims: which deliveries are in the hands of a worker, by which fence and until when. In memory only: the lock on
// the database proves that no other process works on them, and after a restart nobody does. Owned by the store;
// only the writer thread takes, anybody may look.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace brygga::store {

struct Claim {
    std::int64_t delivery = 0, record = 0, fence = 0;
    std::string flow, target_connection;
    DeliveryState state{};  ///< as stored: pending or waiting
    Instant until{};
    std::chrono::milliseconds lease{};
};

class Claims {
public:
    void take(Claim claim) {
        const std::scoped_lock lock{mutex_};
        claims_.insert_or_assign(claim.delivery, std::move(claim));
    }
    /// Nothing when it was given back, or lapsed into the hands of another fence.
    std::optional<Claim> of(std::int64_t delivery, std::int64_t fence) const {
        const std::scoped_lock lock{mutex_};
        const auto at = claims_.find(delivery);
        return at != claims_.end() && at->second.fence == fence ? std::optional{at->second} : std::nullopt;
    }
    /// A worker that makes progress keeps its lease.
    void prolong(const Claim& claim, Instant until) {
        const std::scoped_lock lock{mutex_};
        const auto at = claims_.find(claim.delivery);
        if (at != claims_.end() && at->second.fence == claim.fence) at->second.until = until;
    }
    void give_back(std::int64_t delivery, std::int64_t fence) {
        const std::scoped_lock lock{mutex_};
        const auto at = claims_.find(delivery);
        if (at != claims_.end() && at->second.fence == fence) claims_.erase(at);
    }
    void give_back_all(std::int64_t fence) {
        const std::scoped_lock lock{mutex_};
        std::erase_if(claims_, [&](const auto& entry) { return entry.second.fence == fence; });
    }

    bool contains(std::int64_t delivery) const {
        const std::scoped_lock lock{mutex_};
        return claims_.contains(delivery);
    }
    std::vector<Claim> all() const {
        const std::scoped_lock lock{mutex_};
        std::vector<Claim> out;
        for (const auto& [delivery, claim] : claims_) out.push_back(claim);
        return out;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::int64_t, Claim> claims_;
};

}  // namespace brygga::store
