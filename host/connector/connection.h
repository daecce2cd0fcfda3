// Connection: one configured account of a connector, as flow and control see it. Behind the port stand plugins, in
// this process or in brygga-runner, and the fakes of tests.
// Calls are safe from any thread; at most max_concurrency run at once, the others wait until their deadline.
// Every failure is an Error as the plugin classified it; nothing is retried here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/call.h"
#include "base/expected.h"
#include "brygga/sdk/json.hpp"

namespace brygga::schema {
struct Manifest;
}

namespace brygga::connector {

/// Receives rows as they arrive. A false answer ends the call with `cancelled`.
struct RowSink {
    std::function<bool(Json row)> row;
    std::function<bool(std::string cursor, bool has_more)> checkpoint;         ///< poll and list
    std::function<bool(std::string_view id, std::string_view revision)> seen;  ///< poll; empty: nothing was seen
};

struct PollCall {
    std::string type, cursor;  ///< cursor: JSON text, empty on the first run
    std::string first_run_from;
    unsigned max_items = 100;
};
struct ListCall {
    std::string type, cursor, from;
    unsigned max_items = 1000;
};

class Connection {
public:
    virtual ~Connection() = default;
    virtual const std::string& id() const = 0;
    virtual const schema::Manifest& manifest() const = 0;

    virtual Expected<void> check(const CallContext& call) = 0;
    virtual Expected<Json> describe(const CallContext& call) = 0;
    virtual Expected<void> poll(const CallContext& call, const PollCall& request, const RowSink& sink) = 0;
    virtual Expected<void> list(const CallContext& call, const ListCall& request, const RowSink& sink) = 0;
    virtual Expected<void> find(const CallContext& call, const Json& request, const RowSink& sink) = 0;
    virtual Expected<Json> deliver(const CallContext& call, const Json& document,
                                   const std::string& idempotency_key) = 0;
    virtual Expected<void> options(const CallContext& call, const std::string& kind, const RowSink& sink) = 0;

    // brygga.webhook/1, which a connector may lack: unsupported. The documents are those of brygga/plugin.h.
    virtual Expected<Json> subscribe(const CallContext&, const Json&) { return no_webhooks(); }
    virtual Expected<void> unsubscribe(const CallContext&, const Json&) { return no_webhooks(); }
    virtual Expected<void> decode(const CallContext&, const Json&, const RowSink&) { return no_webhooks(); }

protected:
    static Error no_webhooks() {
        return {ErrorClass::unsupported, "plugin.unsupported", "The connector has no webhooks.",
                "Remove webhook from the triggers of flows that read from it."};
    }
};

}  // namespace brygga::connector
