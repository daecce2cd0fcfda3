// HttpClient: one connection to a server under test, plain or TLS, that says exactly what it is told, byte by byte.
// It never waits longer than 20 s.
#pragma once

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "unit/http/identity.h"

namespace brygga::testing {

class HttpClient {
public:
    explicit HttpClient(int port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        const timeval patience{20, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~HttpClient() { ::close(fd_); }
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// newest: the highest version of TLS that it speaks; 0: any. False when the server refuses.
    bool secure(int newest = 0) {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        if (newest != 0) {
            SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
            SSL_CTX_set_max_proto_version(context_.get(), newest);
            SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
        }
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_fd(ssl_.get(), fd_);
        return SSL_connect(ssl_.get()) == 1;
    }
    /// The name in the certificate that the server has shown.
    std::string shown_name() const {
        char name[200]{};
        const Certificate certificate{SSL_get1_peer_certificate(ssl_.get())};
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
        return name;
    }
    bool connected() const noexcept { return connected_; }

    bool send(std::string_view text) const {
        if (ssl_) return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0;
        return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
    }
    /// One answer; what came of it when the connection ended.
    std::string answer() {
        for (;;) {
            const auto head = pending_.find("\r\n\r\n");
            if (head != std::string::npos) {
                const auto at = pending_.find("Content-Length: ");
                const std::size_t end = head + 4 + (at < head ? std::stoul(pending_.substr(at + 16)) : 0);
                if (pending_.size() >= end) {
                    std::string one = pending_.substr(0, end);
                    pending_.erase(0, end);
                    return one;
                }
            }
            if (!receive()) return std::exchange(pending_, {});
        }
    }
    int status() {
        const std::string one = answer();
        return one.starts_with("HTTP/1.1 ") ? std::stoi(one.substr(9)) : 0;
    }
    /// Waits for the first bytes of an answer.
    bool hears() { return receive(); }
    /// Whether the server ends the connection without another byte.
    bool ends() { return !receive() && pending_.empty() && ended_; }

private:
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };

    bool receive() {
        char buffer[16'384];
        const auto count = ssl_ ? SSL_read(ssl_.get(), buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
        if (count > 0) pending_.append(buffer, static_cast<std::size_t>(count));
        if (count <= 0) ended_ = errno != EAGAIN;
        return count > 0;
    }

    int fd_;
    bool connected_ = false, ended_ = false;
    ServerContext context_;
    std::unique_ptr<SSL, Free> ssl_;
    std::string pending_;
};

}  // namespace brygga::testing
