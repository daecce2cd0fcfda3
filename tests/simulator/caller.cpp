#include "caller.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>

namespace brygga::sim {
namespace {

constexpr std::string_view scheme = "http://127.0.0.1:";
constexpr int tries = 3;
constexpr timeval patience{5, 0};

struct Target {
    int port = 0;
    std::string_view path;
};

Target target_of(std::string_view address) {
    if (!address.starts_with(scheme)) return {};
    address.remove_prefix(scheme.size());
    Target out;
    const auto [end, error] = std::from_chars(address.data(), address.data() + address.size(), out.port);
    out.path = address.substr(static_cast<std::size_t>(end - address.data()));
    return error == std::errc{} && out.path.starts_with('/') ? out : Target{};
}

struct Socket {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ~Socket() { ::close(fd); }
};

}  // namespace

Caller::Caller(const Switches& switches) : switches_{switches}, thread_{[this] { work(); }} {}

Caller::~Caller() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Caller::call(std::string event, std::string address, std::string type, std::string body) {
    const int mode = switches_.get(Switch::webhooks);
    if (mode == 1) return;
    const std::lock_guard lock{mutex_};
    const Order order{std::move(event), std::move(address), std::move(type), std::move(body)};
    for (int i = 0; i < (mode == 2 ? 2 : 1); ++i) mode == 3 ? orders_.push_front(order) : orders_.push_back(order);
    wake_.notify_all();
}

Json Caller::made() const {
    const std::lock_guard lock{mutex_};
    return made_;
}

void Caller::work() {
    std::unique_lock lock{mutex_};
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || !orders_.empty(); });
        if (stopping_) return;
        // Newest first is only out of order when several have gathered.
        if (switches_.get(Switch::webhooks) == 3)
            wake_.wait_for(lock, std::chrono::milliseconds{50}, [this] { return stopping_; });
        const Order order = std::move(orders_.front());
        orders_.pop_front();
        int status = 0;
        for (int i = 0; i < tries && !stopping_ && (status < 200 || status > 299); ++i) {
            lock.unlock();
            status = post(order);
            lock.lock();
        }
        made_.push(Json::object({{"event", order.event}, {"address", order.address}, {"status", status}}));
    }
}

int Caller::post(const Order& order) const {
    const Target target = target_of(order.address);
    if (target.port == 0) return 0;
    const Socket peer;
    ::setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(static_cast<std::uint16_t>(target.port));
    if (::connect(peer.fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return 0;
    const std::string request = "POST " + std::string{target.path} +
                                " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(target.port) +
                                "\r\nConnection: close\r\nContent-Type: " + order.type +
                                "\r\nContent-Length: " + std::to_string(order.body.size()) + "\r\n\r\n" + order.body;
    if (::send(peer.fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) return 0;
    char answer[64] = {};
    std::size_t got = 0;
    while (got < 12) {
        const ssize_t n = ::recv(peer.fd, answer + got, sizeof answer - 1 - got, 0);
        if (n <= 0) return 0;
        got += static_cast<std::size_t>(n);
    }
    int status = 0;
    std::from_chars(answer + 9, answer + 12, status);
    return std::string_view{answer}.starts_with("HTTP/1.") ? status : 0;
}

}  // namespace brygga::sim
