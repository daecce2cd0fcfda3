// Dial: from a name to an open Wire. It resolves the name, checks every address against the egress rules and connects
// only to a checked one. Holds nothing; safe on any thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/client.h"
#include "http/wire.h"

namespace brygga::http {

struct Destination {
    std::string host;  ///< lower case, IPv6 without brackets
    std::uint16_t port = 0;
    Egress egress = Egress::by_address;
};

/// Addresses as text; empty when the name leads nowhere.
using Resolve = std::function<std::vector<std::string>(const std::string& host)>;

/// A null context: without TLS. An empty resolve: the system's. Each address gets connect_timeout.
/// Errors: those of Wire::open; transient (http.connect) when the name does not resolve; misconfigured (http.host)
/// when it leads to an address that its egress does not allow.
Expected<std::unique_ptr<Wire>> dial(const Destination& to, const Poco::Net::Context::Ptr& context,
                                     const Patience& patience, std::chrono::milliseconds connect_timeout,
                                     const Resolve& resolve);

}  // namespace brygga::http
