// CallWatch: notices plugin calls that go on although their time is over. A plugin inside the process cannot
// be stopped by force; what can be done is to say which one it is, once.
// Owned by app, shared by all connections; safe on any thread. check() belongs to the timer, about once a second.
#pragma once

#include <list>
#include <mutex>
#include <string>

#include "base/call.h"
#include "base/clock.h"
#include "base/log.h"

namespace brygga::connector {

class CallWatch {
public:
    static constexpr std::chrono::seconds patience{10};

    CallWatch(const Clock& clock, Log& log) : clock_{clock}, log_{log} {}

    struct Entry {
        std::string connector, connection, call, trace_id;
        MonoTime deadline;
        bool reported = false;
    };

    /// Watches one call until it is destroyed.
    class Watch {
    public:
        Watch(CallWatch& owner, Entry entry);
        ~Watch();
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

    private:
        CallWatch& owner_;
        std::list<Entry>::iterator at_;
    };

    /// Logs `plugin.overrun` for calls that are late by `patience` and were not told of yet.
    void check();

private:
    void report(Entry& entry);

    const Clock& clock_;
    Log& log_;
    std::mutex mutex_;
    std::list<Entry> running_;
};

}  // namespace brygga::connector
