#include "connector/call_watch.h"

namespace brygga::connector {

CallWatch::Watch::Watch(CallWatch& owner, Entry entry) : owner_{owner} {
    const std::lock_guard lock{owner_.mutex_};
    at_ = owner_.running_.insert(owner_.running_.end(), std::move(entry));
}

CallWatch::Watch::~Watch() {
    const std::lock_guard lock{owner_.mutex_};
    owner_.report(*at_);
    owner_.running_.erase(at_);
}

void CallWatch::check() {
    const std::lock_guard lock{mutex_};
    for (Entry& entry : running_) report(entry);
}

void CallWatch::report(Entry& entry) {
    const MonoTime now = clock_.mono();
    if (entry.reported || entry.deadline == MonoTime::max() || now < entry.deadline + patience) return;
    entry.reported = true;
    const auto over = std::chrono::duration_cast<std::chrono::milliseconds>(now - entry.deadline).count();
    log_.warning(
        "plugin.overrun",
        Json::object({{"connector", entry.connector},
                      {"connection", entry.connection},
                      {"call", entry.call},
                      {"run", entry.trace_id},
                      {"over_ms", over},
                      {"message", "A plugin goes on although its call has run out of time and was asked to end."},
                      {"remedy", "Restart Brygga if it does not end; update the connector, or tell its maker."}}));
}

}  // namespace brygga::connector
