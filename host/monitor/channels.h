// Channels: how a notice leaves the house: a webhook (JSON, signed), the incoming webhooks of Slack and Teams, or mail.
#pragma once

#include "monitor/monitor.h"

namespace brygga::monitor {

/// Sends by HTTP: https to public addresses, anything to loopback. A webhook's body is the payload; with a secret it
/// has the header X-Brygga-Signature: sha256=HEX of the HMAC-SHA256 of the body. Slack and Teams get {"text"}. Errors:
/// alert.refused (an answer other than 2xx), and those of http::Client.
Send http_send(const Clock& clock, Log& log);

/// As the channel's kind says: smtp_send, else http_send.
Send send_by_kind(const Clock& clock, Log& log);

}  // namespace brygga::monitor
