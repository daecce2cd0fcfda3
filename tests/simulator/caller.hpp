// Calls of the vendors: a POST to a registered address when something has changed. One thread, in the order of events,
// unless the switch `webhooks` says otherwise. Only addresses on loopback are called; an answer but 2xx is tried twice
// more, as often as e-conomic says "retried" without a number. Owned by the simulation; call() is safe on any thread
// and never waits.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "brygga/sdk/json.hpp"
#include "switches.hpp"

namespace brygga::sim {

class Caller {
public:
    explicit Caller(const Switches& switches);
    ~Caller();
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    void call(std::string event, std::string address, std::string type, std::string body);
    /// [{"event","address","status"}], oldest first; status 0: nobody answered.
    Json made() const;

private:
    struct Order {
        std::string event, address, type, body;
    };
    void work();
    int post(const Order& order) const;

    const Switches& switches_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Order> orders_;
    Json made_ = Json::array();
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace brygga::sim
