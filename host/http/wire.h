// Wire: one TCP or TLS connection to one address that was checked before. Owned by one exchange at a time.
// Sockets are non-blocking; every wait ends at the deadline or when the call is cancelled, whichever comes
// first. The process must ignore SIGPIPE. TLS is 1.2 or newer, the chain and the host name are verified, and there is
// no way around that.
#pragma once

#include <Poco/Net/Context.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/call.h"
#include "base/expected.h"

namespace brygga::http {

/// When to give up.
struct Patience {
    const Clock& clock;
    MonoTime until;
    std::stop_token stop;
};

/// The strict context. extra_ca_file: PEM, trusted besides the system's; may be empty.
/// Error: misconfigured (http.certificate) when the file cannot be read.
Expected<Poco::Net::Context::Ptr> make_tls_context(const std::string& extra_ca_file);

class Wire {
public:
    /// Errors carry no name of the request: transient (http.connect, http.timeout, http.tls), misconfigured
    /// (http.certificate), cancelled. host: whose certificate it has to be. context is null for plain text.
    static Expected<std::unique_ptr<Wire>> open(const Poco::Net::SocketAddress& address, const std::string& host,
                                                const Poco::Net::Context::Ptr& context, const Patience& patience);
    /// From plain text to TLS. Whoever has received a byte of plain text that was not read yet must not believe it.
    Expected<void> start_tls(const std::string& host, const Poco::Net::Context::Ptr& context, const Patience& patience);
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// `left` becomes true as soon as a byte may have reached the peer.
    Expected<void> send(std::string_view data, const Patience& patience, bool& left);
    /// How many bytes came; 0 when the peer has ended the connection.
    Expected<std::size_t> receive(char* to, std::size_t size, const Patience& patience);
    /// Nothing has come and nothing has ended while the connection lay idle.
    bool is_quiet() noexcept;

    MonoTime idle_since{};
    MonoTime::duration reusable_for{};
    bool used_before = false;

private:
    explicit Wire(const Poco::Net::StreamSocket& socket);
    Expected<void> shake_hands(const std::string& host, const Patience& patience);
    Expected<void> wait(short events, const Patience& patience) const;

    Poco::Net::StreamSocket socket_;
    int descriptor_;
    bool tls_ = false;
};

}  // namespace brygga::http
