// The whole simulator: the three vendors, the identity server, the control endpoint, and what they share.
// Owned by the program or a test; start() opens four loopback ports, the destructor closes them.
// Everything is in memory; nothing survives it.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "caller.hpp"
#include "economic.hpp"
#include "front.hpp"
#include "identity.hpp"
#include "ledger.hpp"
#include "pictures.hpp"
#include "shop.hpp"

namespace brygga::sim {

struct SimulationOptions {
    GeneratorOptions generator;
    int ccvshop_port = 0, eaccounting_port = 0, economic_port = 0, control_port = 0;
    int latency_ms = 0;
    bool budgets = true;
};

class Simulation {
public:
    Simulation(SimulationOptions options, SimClock::Source clock);
    ~Simulation();

    Switches& switches() { return *switches_; }
    /// Seeds and listens. Empty on success, else why not.
    std::string start();
    void stop();
    /// The line that tells addresses and credentials.
    Json ready() const;

    Shop& shop() { return *shop_; }
    Ledger& ledger() { return *ledger_; }
    Economic& economic() { return *economic_; }
    Identity& identity() { return *identity_; }
    SimClock& clock() { return clock_; }
    Reply control(const Request& request);

private:
    Json set_switches(const Json& wanted, std::string& error);
    Reply control_get(std::string_view path);
    Reply control_post(const Request& request);

    SimulationOptions options_;
    SimClock clock_;
    std::unique_ptr<Switches> switches_;
    std::unique_ptr<Caller> caller_;
    Meter meter_;
    Faults faults_;
    std::atomic<int> latency_ms_;
    std::unique_ptr<Identity> identity_;
    std::unique_ptr<Ledger> ledger_;
    std::unique_ptr<Economic> economic_;
    std::unique_ptr<Shop> shop_;
    std::unique_ptr<Front> shop_front_, ledger_front_, identity_front_, economic_front_;
    std::unique_ptr<HttpServer> shop_server_, ledger_server_, economic_server_, control_server_;
    std::string refresh_token_;
    Pictures pictures_;
};

}  // namespace brygga::sim
