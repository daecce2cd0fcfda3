// Due: when the next run of a flow is to be queued, by its time table and by hints of a vendor. Many hints are one run;
// one that comes during a run is another after it. A plain value, guarded by its owner; time is handed in.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace brygga::scheduler {

class Due {
public:
    static constexpr std::string_view schedule = "schedule", webhook = "webhook";

    /// The next time by the time table; nothing: there is none.
    void set(std::optional<MonoTime> at) { at_ = at; }
    bool scheduled() const noexcept { return at_.has_value(); }
    void hint() { hinted_ = true; }
    /// A hint still counts, since what it told was not read, but not before this.
    void hint_again(MonoTime at) { hinted_ = true, hint_at_ = at; }

    /// Why a run is due; nothing when none is.
    std::optional<std::string_view> cause(MonoTime now) const {
        if (hinted_ && hint_at_ <= now) return webhook;
        if (at_ && *at_ <= now) return schedule;
        return std::nullopt;
    }
    /// A run is queued now and will read what the hints so far have told; hints alone ask for the next one not before
    /// `apart` has passed.
    void queued(MonoTime now, std::chrono::milliseconds apart) {
        at_.reset();
        hinted_ = false;
        hint_at_ = now + apart;
    }

private:
    std::optional<MonoTime> at_;
    bool hinted_ = false;
    MonoTime hint_at_{};
};

}  // namespace brygga::scheduler
