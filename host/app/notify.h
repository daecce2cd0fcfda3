// Notify: tells the service manager how the daemon is doing (sd_notify(3), the datagram protocol only).
// Owned by main; does nothing when there is no service manager.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace brygga::app {

class Notify {
public:
    /// NOTIFY_SOCKET and WATCHDOG_USEC as the service manager gave them; empty without one.
    Notify(std::string socket_path, std::string_view watchdog_usec);
    void send(std::string_view state) const;
    /// How often "WATCHDOG=1" is due.
    std::optional<std::chrono::milliseconds> watchdog() const { return watchdog_; }

private:
    std::string path_;
    std::optional<std::chrono::milliseconds> watchdog_;
};

}  // namespace brygga::app
