// Channels: how a notice leaves the house: a webhook (JSON, signed), or the incoming webhooks of Slack and Teams.
#pragma once

#include "monitor/monitor.h"

namespace brygga::monitor {

/// What people read: "Brygga: connection books is failing …".
std::string notice_text(const Json& payload);

/// Sends by HTTP: https to public addresses, anything to loopback. A webhook's body is the payload; with a secret it
/// has the header X-Brygga-Signature: sha256=HEX of the HMAC-SHA256 of the body. Slack and Teams get {"text"}. Errors:
/// alert.refused (an answer other than 2xx), and those of http::Client.
Send http_send(const Clock& clock, Log& log);

}  // namespace brygga::monitor
