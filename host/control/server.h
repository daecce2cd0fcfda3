// Server: HTTP in front of the Api, with TLS where there is a certificate. One thread moves all bytes and waits for
// nobody; a request goes to a worker when it is there whole, so that no slow or silent client keeps others waiting.
// Connections, heads, bodies and times are bounded, and no exception of a handler leaves. Owned by app.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/expected.h"
#include "control/api.h"
#include "control/tls.h"

namespace brygga {
class Log;
}

namespace brygga::control {

/// Answers one request; called from several threads at once.
using Handler = std::function<Response(const Request&)>;

class Server {
public:
    static constexpr int workers = 8;
    static constexpr std::size_t most_connections = 256, most_waiting = 64;
    static constexpr std::size_t most_bytes = 32u << 20;  ///< of bodies that are not there whole yet

    /// Port 0 takes a free one. A null tls: plain text. Error: misconfigured, listen.failed, with the address and the
    /// reason.
    static Expected<std::unique_ptr<Server>> start(const std::string& host, int port, Handler handler,
                                                   const Clock& clock, Log& log, Tls tls = {});
    /// Finishes the answers that are begun.
    virtual ~Server() = default;
    virtual int port() const = 0;
    /// For connections from now on; those that stand keep theirs. Only of a server with TLS.
    virtual void renew(Tls tls) = 0;
};

}  // namespace brygga::control
