// BorderCall: one call into a plugin as the host sees it: deadline, cancellation and what the plugin said about
// how it ends. Owned by the adapter for the length of the call. Its functions never throw: the plugin calls them.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "base/call.h"
#include "base/clock.h"
#include "base/error.h"
#include "brygga/plugin.h"

namespace brygga::connector {

ErrorClass to_class(brygga_status status) noexcept;  ///< of anything but BRYGGA_OK; unknown values are bug
brygga_status to_status(ErrorClass error_class) noexcept;

class BorderCall {
public:
    BorderCall(const CallContext& context, const Clock& clock);
    BorderCall(const BorderCall&) = delete;
    BorderCall& operator=(const BorderCall&) = delete;

    const brygga_call* raw() const noexcept { return &raw_; }
    static BorderCall& of(const brygga_call* call) noexcept { return *static_cast<BorderCall*>(call->host_data); }

    const CallContext& context() const noexcept { return context_; }
    bool out_of_time() const noexcept { return clock_.mono() >= context_.deadline; }
    /// The host wants the call to end.
    bool stop() const noexcept { return context_.cancelled() || out_of_time(); }

    /// What a service of the host has to say; gives the status that the service returns.
    brygga_status fail(const Error& error) noexcept;
    /// A request that may change something has left.
    void note_write() noexcept { wrote_ = true; }
    bool wrote() const noexcept { return wrote_; }
    std::optional<Error> said() const;

private:
    static std::int32_t is_cancelled(const brygga_call* call) noexcept { return of(call).stop() ? 1 : 0; }
    static void fail(const brygga_call* call, const brygga_error* error) noexcept;

    const CallContext& context_;
    const Clock& clock_;
    brygga_call raw_{};
    std::atomic<bool> wrote_{false};
    mutable std::mutex mutex_;
    std::optional<Error> said_;
};

}  // namespace brygga::connector
