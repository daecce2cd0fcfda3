// Smtp: notices as mail, handed to a server by SMTP (RFC 5321) over the wires of host/http: addresses that were
// checked, strict TLS, every wait ended by the deadline or a stop. Safe on any thread. A server that does not offer the
// TLS or the credentials that the channel asks for gets neither them nor the mail.
#pragma once

#include "http/dial.h"
#include "monitor/monitor.h"

namespace brygga::monitor {

struct SmtpOptions {
    std::string extra_ca_file{};  ///< PEM, trusted besides the system's
    http::Resolve resolve{};      ///< empty: the system's
};

/// Errors, all to be tried again: alert.refused (the server said no, or nothing that is SMTP), and those of http::dial
/// and Wire. Where a server takes the mail for some recipients and not for others, it has been sent: the log says so
/// (alert.recipients_refused), and only a test of the channel is an error.
Send smtp_send(const Clock& clock, Log& log, SmtpOptions options = {});

}  // namespace brygga::monitor
