// Channels: the ways by which a notice leaves, by their kind. Where it goes may have been written by somebody with a
// token only, so an address in the own network needs the channel's consent. Holds nothing; safe on any thread.
#pragma once

#include "http/dial.h"
#include "monitor/monitor.h"

namespace brygga::monitor {

http::Egress egress_of(const settings::Channel& channel);

struct HttpOptions {
    std::string extra_ca_file{};  ///< PEM, trusted besides the system's
    http::Resolve resolve{};      ///< empty: the system's
};
Send http_send(const Clock& clock, Log& log, HttpOptions options = {});

Send send_by_kind(const Clock& clock, Log& log);

}  // namespace brygga::monitor
