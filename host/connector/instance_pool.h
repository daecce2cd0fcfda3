// InstancePool: the instances of one connection, made when first needed, at most so many; each serves one call
// at a time. Owned by the connection; safe on any thread. It must outlive its leases.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/call.h"
#include "base/clock.h"
#include "base/expected.h"
#include "brygga/plugin.h"

namespace brygga::connector {

class InstancePool {
public:
    /// The right to use one instance; gives it back at its end.
    class Lease {
    public:
        Lease(InstancePool& pool, std::optional<void*> instance) : pool_{&pool}, instance_{instance} {}
        Lease(Lease&& other) noexcept : pool_{std::exchange(other.pool_, nullptr)}, instance_{other.instance_} {}
        Lease& operator=(Lease&&) = delete;
        ~Lease();

        /// Nothing yet for a fresh place: the holder creates it.
        const std::optional<void*>& instance() const noexcept { return instance_; }
        void set(void* instance) noexcept { instance_ = instance; }
        /// Ends the instance; its state is not to be trusted any more.
        void discard() noexcept;

    private:
        InstancePool* pool_;
        std::optional<void*> instance_;
    };

    InstancePool(const brygga_connector_api& api, int most, const Clock& clock)
        : api_{api}, most_{most}, clock_{clock} {}
    ~InstancePool();
    InstancePool(const InstancePool&) = delete;
    InstancePool& operator=(const InstancePool&) = delete;

    /// Waits until one is free. Errors: cancelled; transient, connection.busy, at the deadline.
    Expected<Lease> take(const CallContext& call);

private:
    void end(void* instance) noexcept;

    const brygga_connector_api& api_;
    const int most_;
    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable_any freed_;
    std::vector<void*> idle_;
    int in_use_ = 0;
};

}  // namespace brygga::connector
