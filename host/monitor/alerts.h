// Alerts: the rules by which a state of the house becomes a notice to people, and which alerts are open. One notice for
// each (rule, connection) when it begins and one when it is over. A plain value: no I/O, no clock, no thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "brygga/sdk/json.hpp"

namespace brygga::monitor {

/// How things stand now. cause and remedy are words for people, without personal data.
struct ConnectionView {
    std::string id;
    bool failing = false;  ///< it has stopped by itself
    Instant since{};
    std::string cause, remedy;
};
struct FlowView {
    std::string id, connection;  ///< connection: the target
    std::int64_t attention = 0;  ///< deliveries that are held, dead or in doubt
    std::string cause, remedy;   ///< of the newest of them
};
struct View {
    std::vector<ConnectionView> connections;
    std::vector<FlowView> flows;
    std::vector<ConnectionView> webhooks{};  ///< of connections whose vendor does not take or give back a registration
};

struct Alert {
    std::string rule;  ///< "connection_failing" (critical), "needs_attention" or "webhook_failing" (warning)
    std::string connection, flow;
    Instant since{};
    std::int64_t count = 0;
    std::string cause, remedy;
    std::optional<Instant> well_since{};
    std::string acknowledged_by{};  ///< who has it in hands; empty: nobody
    Instant acknowledged_at{};

    std::string id() const;
    std::string_view severity() const;
    /// {"id","rule","severity","flow","connection","since","count","cause","remedy"}
    Json json() const;
    /// The same with "acknowledged": {"by","at"} or null.
    Json shown() const;
};

class Alerts {
public:
    static constexpr std::chrono::seconds fires_after{60}, resolves_after{60};

    struct Notice {
        bool fired;  ///< else resolved
        Alert alert;
    };
    /// What people are to be told now.
    std::vector<Notice> observe(Instant now, const View& view);
    const std::vector<Alert>& open() const noexcept { return open_; }
    /// The open alert of this id is in somebody's hands; the first one stays. Null when there is none.
    const Alert* acknowledge(std::string_view id, std::string_view who, Instant now);
    /// {id: {"by","at"}} of the open ones, for acknowledged().
    Json acknowledgements() const;
    void acknowledged(const Json& document);

    Json stored() const;
    static Alerts from_stored(const Json& document);

private:
    std::vector<Alert> open_;
};

}  // namespace brygga::monitor
