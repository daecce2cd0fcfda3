#include "control/peer.h"

#include <Poco/Exception.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>

namespace brygga::control {

using Poco::Net::SecureStreamSocket;

Peer::Peer(const Poco::Net::StreamSocket& accepted, const Tls& tls)
    : socket_{accepted}, address_{socket_.peerAddress().host().toString()}, descriptor_{socket_.impl()->sockfd()} {
    socket_.setBlocking(false);
    socket_.setNoDelay(true);
    if (tls.isNull()) return;
    socket_ = SecureStreamSocket::attach(socket_, tls);
    tls_ = true;
}

Peer::~Peer() {
    try {
        if (tls_) SecureStreamSocket{socket_}.abort();
        socket_.close();
    } catch (...) {  // it is being thrown away
    }
}

Peer::Wait Peer::greet() noexcept {
    if (!tls_ || shaken_) return Wait::nothing;
    try {
        const int done = SecureStreamSocket{socket_}.completeHandshake();
        shaken_ = done == 1;
        return shaken_ ? Wait::nothing : moved(done).wait;
    } catch (...) {
        ERR_clear_error();  // or the next connection of this thread would be told it
        return Wait::gone;
    }
}

Peer::Moved Peer::moved(int result) const noexcept {
    if (result > 0) return {static_cast<std::size_t>(result), Wait::nothing};
    if (result == 0) return {0, Wait::gone};
    return {0, tls_ && result == SecureStreamSocket::ERR_SSL_WANT_WRITE ? Wait::write : Wait::read};
}

Peer::Moved Peer::read(char* to, std::size_t size) noexcept {
    try {
        return moved(socket_.receiveBytes(to, static_cast<int>(size)));
    } catch (...) {
        ERR_clear_error();
        return {0, Wait::gone};
    }
}

Peer::Moved Peer::write(std::string_view data) noexcept {
    try {
        const int sent = socket_.sendBytes(data.data(), static_cast<int>(std::min<std::size_t>(data.size(), 1u << 30)));
        if (sent > 0 || tls_) return moved(sent);
        return {0, Wait::write};
    } catch (...) {
        ERR_clear_error();
        return {0, Wait::gone};
    }
}

void Peer::finish() noexcept {
    try {
        if (tls_) SecureStreamSocket{socket_}.shutdown();
        ::shutdown(descriptor_, SHUT_WR);
    } catch (...) {
        ERR_clear_error();
    }
}

}  // namespace brygga::control
