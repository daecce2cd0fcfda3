// Server: HTTP in front of the Api. Poco's HTTPServer with its own small pool; every handler is wrapped so that
// no exception leaves, bodies are bounded and complete, and slow senders are cut off.
// Owned by app. Listens on one address; a reverse proxy with TLS belongs in front of it for public use.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/expected.h"
#include "control/api.h"

namespace brygga {
class Log;
}

namespace brygga::control {

/// Answers one request; called from several threads at once.
using Handler = std::function<Response(const Request&)>;

class Server {
public:
    /// Port 0 takes a free one. Error: misconfigured, listen.failed, with the address and the reason.
    static Expected<std::unique_ptr<Server>> start(const std::string& host, int port, Handler handler,
                                                   const Clock& clock, Log& log);
    virtual ~Server() = default;
    virtual int port() const = 0;
};

}  // namespace brygga::control
