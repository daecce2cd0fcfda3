#include "http/wire.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace brygga::http {

namespace {

using Poco::Net::Context;
using Poco::Net::SecureStreamSocket;
using std::chrono::milliseconds;

/// Why the last chain on this thread was refused; OpenSSL's callback has no other way to say it.
thread_local const char* refusal = nullptr;

int note_refusal(int accepted, X509_STORE_CTX* chain) {
    if (!accepted) refusal = X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain));
    return accepted;
}

Error network_error(std::string code, std::string message) {
    return {
        .error_class = ErrorClass::transient,
        .code = std::move(code),
        .message = std::move(message),
        .remedy =
            "The call is repeated where that is safe. If it lasts, check the network and the vendor's status page."};
}
Error timed_out() { return network_error("http.timeout", "there was no answer in time"); }
Error was_cancelled() {
    return {.error_class = ErrorClass::cancelled,
            .code = "http.cancelled",
            .message = "the call was cancelled",
            .remedy = ""};
}
Error certificate_error(const std::string& why) {
    return {.error_class = ErrorClass::misconfigured,
            .code = "http.certificate",
            .message = "the server's certificate was refused: " + why,
            .remedy =
                "Check the address in the connection's config, the clock of this computer and its "
                "ca-certificates package. The check cannot be switched off."};
}

/// Cancelling shuts the socket down, so that a wait on it ends at once.
struct ShutDown {
    int descriptor;
    void operator()() const noexcept { ::shutdown(descriptor, SHUT_RDWR); }
};
using CancelGuard = std::stop_callback<ShutDown>;

}  // namespace

Expected<Context::Ptr> make_tls_context(const std::string& extra_ca_file) {
    try {
        Context::Ptr context = new Context(Context::TLS_CLIENT_USE, extra_ca_file, Context::VERIFY_STRICT, 9, true);
        SSL_CTX* raw = context->sslContext();
        SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
        SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        // In place of Poco's callback, which would ask on the console: OpenSSL's verdict is final.
        SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, note_refusal);
        return context;
    } catch (const Poco::Exception&) {
        return Error{.error_class = ErrorClass::misconfigured,
                     .code = "http.certificate",
                     .message = "The file of additional certificate authorities cannot be read.",
                     .remedy = "Check that it exists, is readable and is PEM."};
    }
}

Wire::Wire(const Poco::Net::StreamSocket& socket) : socket_{socket}, descriptor_{socket_.impl()->sockfd()} {}

Wire::~Wire() {
    try {
        if (tls_) SecureStreamSocket{socket_}.abort();
        socket_.close();
    } catch (...) {  // it is being thrown away
    }
}

Expected<std::unique_ptr<Wire>> Wire::open(const Poco::Net::SocketAddress& address, const std::string& host,
                                           const Context::Ptr& context, const Patience& patience) {
    try {
        Poco::Net::StreamSocket socket{address.family()};
        socket.setBlocking(false);
        socket.setNoDelay(true);
        std::unique_ptr<Wire> wire{new Wire{socket}};
        const CancelGuard guard{patience.stop, ShutDown{wire->descriptor_}};
        socket.connectNB(address);
        if (const Expected<void> ready = wire->wait(POLLOUT, patience); !ready) return ready.error();
        if (const int error = socket.impl()->socketError(); error != 0)
            return network_error("http.connect",
                                 "the server cannot be reached (" + std::generic_category().message(error) + ")");
        if (context.isNull()) return wire;
        if (const Expected<void> secure = wire->start_tls(host, context, patience); !secure) return secure.error();
        return wire;
    } catch (const Poco::Exception& e) {
        return network_error("http.connect", "the server cannot be reached (" + std::string{e.name()} + ")");
    }
}

Expected<void> Wire::start_tls(const std::string& host, const Context::Ptr& context, const Patience& patience) {
    const CancelGuard guard{patience.stop, ShutDown{descriptor_}};
    try {
        socket_ = SecureStreamSocket::attach(socket_, host, context);
    } catch (const Poco::Exception& e) {
        return network_error("http.tls", "the TLS handshake could not begin (" + std::string{e.name()} + ")");
    }
    tls_ = true;
    return shake_hands(host, patience);
}

Expected<void> Wire::shake_hands(const std::string& host, const Patience& patience) {
    SecureStreamSocket secure{socket_};
    refusal = nullptr;
    try {
        for (;;) {
            const int done = secure.completeHandshake();
            if (done == 1) break;
            const short events = done == SecureStreamSocket::ERR_SSL_WANT_WRITE ? POLLOUT : POLLIN;
            if (done == 0) return network_error("http.tls", "the server ended the TLS handshake");
            if (const Expected<void> ready = wait(events, patience); !ready) return ready.error();
        }
        secure.verifyPeerCertificate(host);
        return {};
    } catch (const Poco::Net::CertificateValidationException&) {
        return certificate_error("it is not for this host");
    } catch (const Poco::Exception&) {
        ERR_clear_error();
        if (patience.stop.stop_requested()) return was_cancelled();
        if (refusal) return certificate_error(refusal);
        return network_error("http.tls", "the TLS handshake failed");
    }
}

Expected<void> Wire::wait(short events, const Patience& patience) const {
    if (patience.stop.stop_requested()) return was_cancelled();
    const auto left = std::chrono::ceil<milliseconds>(patience.until - patience.clock.mono());
    if (left.count() <= 0) return timed_out();
    pollfd waiting{.fd = descriptor_, .events = events, .revents = 0};
    int ready = 0;
    do {
        ready = ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 3'600'000)));
    } while (ready < 0 && errno == EINTR);
    if (patience.stop.stop_requested()) return was_cancelled();
    if (ready == 0) return timed_out();
    return {};
}

Expected<void> Wire::send(std::string_view data, const Patience& patience, bool& left) {
    const CancelGuard guard{patience.stop, ShutDown{descriptor_}};
    if (patience.stop.stop_requested()) return was_cancelled();
    try {
        while (!data.empty()) {
            const int part = static_cast<int>(std::min<std::size_t>(data.size(), 1u << 30));
            const int sent = socket_.sendBytes(data.data(), part);
            if (sent > 0) {
                left = true;
                data.remove_prefix(static_cast<std::size_t>(sent));
                continue;
            }
            if (tls_) left = true;  // a part of a record may be on its way
            const short events = tls_ && sent == SecureStreamSocket::ERR_SSL_WANT_READ ? POLLIN : POLLOUT;
            if (const Expected<void> ready = wait(events, patience); !ready) return ready.error();
        }
        return {};
    } catch (const Poco::Exception&) {
        ERR_clear_error();
        if (patience.stop.stop_requested()) return was_cancelled();
        return network_error("http.cut", "the connection broke while the request was being sent");
    }
}

Expected<std::size_t> Wire::receive(char* to, std::size_t size, const Patience& patience) {
    const CancelGuard guard{patience.stop, ShutDown{descriptor_}};
    try {
        for (;;) {
            const int received = socket_.receiveBytes(to, static_cast<int>(size));
            if (patience.stop.stop_requested()) return was_cancelled();
            if (received >= 0) return static_cast<std::size_t>(received);
            const short events = tls_ && received == SecureStreamSocket::ERR_SSL_WANT_WRITE ? POLLOUT : POLLIN;
            if (const Expected<void> ready = wait(events, patience); !ready) return ready.error();
        }
    } catch (const Poco::Exception&) {
        ERR_clear_error();
        if (patience.stop.stop_requested()) return was_cancelled();
        return network_error("http.cut", "the connection broke before the answer was complete");
    }
}

bool Wire::is_quiet() noexcept {
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, 0);
    if (ready == 0) return true;
    if (!tls_ || ready < 0) return false;
    // A TLS 1.3 server may have sent session tickets, which are no answer.
    try {
        char byte = 0;
        return socket_.receiveBytes(&byte, 1) == SecureStreamSocket::ERR_SSL_WANT_READ;
    } catch (...) {
        ERR_clear_error();
        return false;
    }
}

}  // namespace brygga::http
