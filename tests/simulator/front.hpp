// What stands before each simulated vendor: latency, ordered faults, counting. The vendor itself knows none of it.
// One per vendor, called on connection threads.
// It never repairs an answer: what the vendor gave is sent, hidden or spoilt.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "faults.hpp"
#include "http_server.hpp"
#include "meter.hpp"

namespace brygga::sim {

/// Path with numbers and GUIDs replaced by {id}: /api/rest/v1/orders/{id}/orderrows/
std::string path_template(std::string_view path);

class Front {
public:
    using Vendor = std::function<Reply(const Request&)>;
    using ErrorReply = std::function<Reply(const Fault&)>;

    Front(std::string name, Vendor vendor, ErrorReply error, Faults& faults, Meter& meter,
          const std::atomic<int>& latency_ms, const SimClock& clock)
        : name_{std::move(name)},
          vendor_{std::move(vendor)},
          error_{std::move(error)},
          faults_{faults},
          meter_{meter},
          latency_ms_{latency_ms},
          clock_{clock} {}

    Reply serve(const Request& request);

private:
    Reply with_fault(const Request& request, const Fault& fault);

    std::string name_;
    Vendor vendor_;
    ErrorReply error_;
    Faults& faults_;
    Meter& meter_;
    const std::atomic<int>& latency_ms_;
    const SimClock& clock_;
};

}  // namespace brygga::sim
