// Monitor: looks at the house every few seconds and tells people by the channels of alerts.d. What is open and what is
// still to be told are kept in the store, so that a restart neither repeats nor forgets a notice; one that may have
// arrived before a crash is told again. Sending never blocks work: it has its own thread, `alert`.
// Owned by app, one for each configuration; open() and test() are safe on any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/call.h"
#include "base/log.h"
#include "monitor/alerts.h"
#include "settings/config.h"
#include "store/store.h"

namespace brygga::monitor {

/// Sends one payload: {"event": fired|resolved|test, and what Alert::json() has, "url"}.
using Send = std::function<Expected<void>(const CallContext&, const settings::Channel&, const Json& payload)>;

class Monitor {
public:
    Monitor(std::vector<settings::Channel> channels, std::string url, std::function<Expected<View>()> view, Send send,
            store::Store& store, const Clock& clock, Log& log);
    ~Monitor();

    void start();
    void stop();
    /// One look and one try at everything that is due; what the thread does every five seconds.
    void turn(const CallContext& call);

    /// The open alerts.
    Json open() const;
    /// Somebody has it in hands: kept over a restart and shown with it, until it is over; the first word stays. The
    /// alert as open() has it. Error: alert.not_found, those of the store.
    Expected<Json> acknowledge(const std::string& id, const std::string& who);
    /// A payload of event "test" through one channel, now. Error: channel.not_found, or the channel's.
    Expected<void> test(const CallContext& call, const std::string& channel);

private:
    struct Due {
        std::string channel;
        Json payload;
        int attempts = 0;
        Instant at{}, since{};
    };
    void load();
    void save();
    void queue(const Alerts::Notice& notice);
    void deliver(const CallContext& call);

    const std::vector<settings::Channel> channels_;
    const std::string url_;
    const std::function<Expected<View>()> view_;
    const Send send_;
    store::Store& store_;
    const Clock& clock_;
    Log& log_;

    mutable std::mutex mutex_;  // alerts_
    Alerts alerts_;
    std::vector<Due> due_;
    bool loaded_ = false;
    std::condition_variable_any wake_;
    std::mutex sleep_;
    std::jthread thread_;
};

}  // namespace brygga::monitor
