#include "connector/instance_pool.h"

#include <fmt/format.h>

#include "connector/pause.h"

namespace brygga::connector {

InstancePool::~InstancePool() {
    for (void* instance : idle_) end(instance);
}

Expected<InstancePool::Lease> InstancePool::take(const CallContext& call) {
    std::unique_lock lock{mutex_};
    if (!pause(freed_, lock, call, clock_, call.deadline, [this] { return in_use_ < most_; })) {
        if (call.cancelled())
            return Error{.error_class = ErrorClass::cancelled,
                         .code = "cancelled",
                         .message = "The call was cancelled.",
                         .remedy = {}};
        return Error{.error_class = ErrorClass::transient,
                     .code = "connection.busy",
                     .message = fmt::format(
                         "All {} instances of the connection were busy until the call's time was over.", most_),
                     .remedy = {}};
    }
    std::optional<void*> instance;
    if (!idle_.empty()) {
        instance = idle_.back();
        idle_.pop_back();
    }
    idle_.reserve(static_cast<std::size_t>(most_));  // so that giving back never fails
    ++in_use_;
    return Lease{*this, instance};
}

void InstancePool::end(void* instance) noexcept {
    try {
        api_.destroy(instance);
    } catch (...) {
        // The instance is gone either way.
    }
}

void InstancePool::Lease::discard() noexcept {
    if (instance_) pool_->end(*instance_);
    instance_.reset();
}

InstancePool::Lease::~Lease() {
    if (!pool_) return;
    {
        const std::lock_guard lock{pool_->mutex_};
        --pool_->in_use_;
        if (instance_) pool_->idle_.push_back(*instance_);
    }
    pool_->freed_.notify_one();
}

}  // namespace brygga::connector
