// Peer: the socket of one client of the API, with TLS or without. Nothing here ever waits: whoever owns it asks what
// it waits for. Owned by one Connection, on the server's thread.
#pragma once

#include <Poco/Net/StreamSocket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "control/tls.h"

namespace brygga::control {

class Peer {
public:
    /// What has to happen before it can go on.
    enum class Wait : std::uint8_t { nothing, read, write, gone };
    struct Moved {
        std::size_t bytes = 0;
        Wait wait = Wait::nothing;  ///< nothing only with bytes
    };

    /// A null tls: plain text.
    Peer(const Poco::Net::StreamSocket& accepted, const Tls& tls);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// The handshake; nothing when it is done.
    Wait greet() noexcept;
    Moved read(char* to, std::size_t size) noexcept;
    Moved write(std::string_view data) noexcept;
    /// Nothing more will be written; what comes may still be read.
    void finish() noexcept;

    int descriptor() const noexcept { return descriptor_; }
    /// The client's address, without port.
    const std::string& address() const noexcept { return address_; }

private:
    Moved moved(int result) const noexcept;

    Poco::Net::StreamSocket socket_;
    std::string address_;
    int descriptor_;
    bool tls_ = false, shaken_ = false;
};

}  // namespace brygga::control
