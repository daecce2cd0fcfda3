// Loopback: a scripted server for tests. It listens on 127.0.0.1 at a free port and gives every connection to
// one function, each on its own thread. It does exactly what the script says, faults included.
#pragma once

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace brygga::testing {

class Peer {
public:
    explicit Peer(int descriptor) : descriptor_{descriptor} {}

    /// From here on by TLS; false when the client does not like it.
    bool secure(SSL_CTX* context) {
        ssl_.reset(SSL_new(context));
        SSL_set_fd(ssl_.get(), descriptor_);
        return SSL_accept(ssl_.get()) == 1;
    }

    /// One request, head and body as it came; empty when the client has gone.
    std::string request() {
        std::size_t need = std::string::npos;
        for (;;) {
            const auto end = pending_.find("\r\n\r\n");
            if (end != std::string::npos && need == std::string::npos) {
                const auto at = pending_.find("Content-Length: ");
                need = end + 4 + (at < end ? std::stoul(pending_.substr(at + 16)) : 0);
            }
            if (need != std::string::npos && pending_.size() >= need) break;
            if (!receive()) return {};
        }
        return take(need);
    }
    /// What comes before this end, which is taken, too; nothing when the client has gone.
    std::optional<std::string> until(std::string_view end) {
        while (pending_.find(end) == std::string::npos)
            if (!receive()) return std::nullopt;
        std::string one = take(pending_.find(end));
        take(end.size());
        return one;
    }
    void write(std::string_view text) {
        if (ssl_) {
            SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
        } else {
            while (!text.empty()) {
                const auto count = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
                if (count <= 0) return;
                text.remove_prefix(static_cast<std::size_t>(count));
            }
        }
    }
    void answer(int status, std::string_view body, std::string_view headers = {}) {
        write("HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" + std::string{headers} +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
    }
    /// Ends the connection with a reset.
    void reset() {
        const linger hard{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    /// Waits until the client has closed.
    void wait_for_end() {
        while (!request().empty()) {
        }
    }

private:
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };

    bool receive() {
        char buffer[4096];
        const auto count =
            ssl_ ? SSL_read(ssl_.get(), buffer, sizeof buffer) : ::recv(descriptor_, buffer, sizeof buffer, 0);
        if (count > 0) pending_.append(buffer, static_cast<std::size_t>(count));
        return count > 0;
    }
    std::string take(std::size_t count) {
        std::string one = pending_.substr(0, count);
        pending_.erase(0, count);
        return one;
    }

    int descriptor_;
    std::unique_ptr<SSL, Free> ssl_;
    std::string pending_;
};

class Loopback {
public:
    using Script = std::function<void(Peer&)>;

    explicit Loopback(Script script, SSL_CTX* tls = nullptr) : script_{std::move(script)}, tls_{tls} {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
        ::listen(listener_, 64);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::jthread{[this] { accept_all(); }};
    }
    ~Loopback() {
        stop();
        acceptor_.join();
        {
            const std::lock_guard lock{mutex_};
            for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
        }
        peers_.clear();
        ::close(listener_);
    }
    Loopback(const Loopback&) = delete;
    Loopback& operator=(const Loopback&) = delete;

    void stop() { ::shutdown(listener_, SHUT_RDWR); }
    int port() const { return port_; }
    std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
    std::string url(std::string_view target) const { return "http://" + host() + std::string{target}; }
    int connections() const { return connections_; }

private:
    void accept_all() {
        for (;;) {
            const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (descriptor < 0) return;
            ++connections_;
            const std::lock_guard lock{mutex_};
            open_.push_back(descriptor);
            peers_.emplace_back([this, descriptor] { serve(descriptor); });
        }
    }
    void serve(int descriptor) {
        {
            Peer peer{descriptor};
            if (!tls_ || peer.secure(tls_)) script_(peer);
        }
        const std::lock_guard lock{mutex_};
        std::erase(open_, descriptor);
        ::close(descriptor);
    }

    Script script_;
    SSL_CTX* tls_;
    int listener_ = -1, port_ = 0;
    std::atomic<int> connections_ = 0;
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::jthread> peers_;
    std::jthread acceptor_;
};

}  // namespace brygga::testing
