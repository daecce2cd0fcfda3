#include "http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>

#include "basics.hpp"

namespace brygga::sim {
namespace {

const char* reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 204:
            return "No Content";
        case 302:
            return "Found";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        default:
            return "Status";
    }
}

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool receive(int socket, std::string& buffer) {
    char chunk[16384];
    for (;;) {
        const ssize_t got = ::recv(socket, chunk, sizeof chunk, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        buffer.append(chunk, static_cast<std::size_t>(got));
        return true;
    }
}

bool parse_head(std::string_view head, Request& request) {
    const auto line_end = head.find("\r\n");
    const std::string_view line = head.substr(0, line_end);
    const auto first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || last <= first || !line.substr(last + 1).starts_with("HTTP/1.")) return false;
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, last - first - 1);
    if (request.target.empty() || request.target[0] != '/' || request.target.find(' ') != std::string::npos)
        return false;
    head.remove_prefix(line_end == std::string_view::npos ? head.size() : line_end + 2);
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        const std::string_view field = head.substr(0, end);
        const auto colon = field.find(':');
        if (colon == std::string_view::npos || colon == 0 || request.headers.size() >= 100) return false;
        request.headers.emplace_back(lower(field.substr(0, colon)), trimmed(field.substr(colon + 1)));
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
    }
    return true;
}

std::optional<std::size_t> content_length(const Request& request) {
    const std::string_view text = request.header("content-length");
    std::size_t length = 0;
    if (text.size() > 9) return std::nullopt;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        length = length * 10 + static_cast<std::size_t>(c - '0');
    }
    return length;
}

void reset(int socket) {
    const linger hard{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (key == name) return value;
    return {};
}

bool HttpServer::start(int port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener_ < 0) return false;
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 256) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        const int error = errno;
        ::close(listener_);
        listener_ = -1;
        errno = error;
        return false;
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread{[this] { accept_loop(); }};
    return true;
}

void HttpServer::stop() {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_ || listener_ < 0) return;
        stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        for (const Connection& c : connections_)
            if (!c.finished) ::shutdown(c.socket, SHUT_RDWR);
    }
    stopping_signal_.notify_all();
    acceptor_.join();
    reap(true);
    ::close(listener_);
    listener_ = -1;
}

void HttpServer::accept_loop() {
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        reap(false);
        const std::lock_guard lock{mutex_};
        if (stopping_) {
            if (socket >= 0) ::close(socket);
            return;
        }
        if (socket < 0) continue;
        if (connections_.size() >= max_connections) {
            ::close(socket);
            continue;
        }
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        Connection& c = connections_.emplace_back();
        c.socket = socket;
        c.thread = std::thread{[this, &c] {
            serve(c.socket);
            const std::lock_guard done{mutex_};
            ::close(c.socket);
            c.finished = true;
        }};
    }
}

void HttpServer::reap(bool all) {
    std::list<Connection> over;
    {
        const std::lock_guard lock{mutex_};
        for (auto it = connections_.begin(); it != connections_.end();) {
            const auto next = std::next(it);
            if (all || it->finished) over.splice(over.end(), connections_, it);
            it = next;
        }
    }
    for (Connection& c : over) c.thread.join();
}

void HttpServer::serve(int socket) {
    std::string buffer;
    while (serve_one(socket, buffer)) {
    }
}

bool HttpServer::serve_one(int socket, std::string& buffer) {
    std::size_t head_end = std::string::npos;
    while ((head_end = buffer.find("\r\n\r\n")) == std::string::npos) {
        if (buffer.size() > max_head || !receive(socket, buffer)) return false;
    }
    Request request;
    if (head_end > max_head || !parse_head(std::string_view{buffer}.substr(0, head_end), request)) {
        answer(socket, {.status = 400, .body = "{}"}, false, false);
        return false;
    }
    const auto length = content_length(request);
    if (!length || *length > max_body || !request.header("transfer-encoding").empty()) {
        answer(socket, {.status = length && *length <= max_body ? 501 : 413, .body = "{}"}, false, false);
        return false;
    }
    buffer.erase(0, head_end + 4);
    if (*length > buffer.size() && request.header("expect") == "100-continue" &&
        !send_all(socket, "HTTP/1.1 100 Continue\r\n\r\n"))
        return false;
    while (buffer.size() < *length)
        if (!receive(socket, buffer)) return false;
    request.body = buffer.substr(0, *length);
    buffer.erase(0, *length);

    const Reply reply = handler_(request);
    if (reply.delay_ms > 0) wait(reply.delay_ms);
    const bool keep_alive = lower(request.header("connection")) != "close";
    return answer(socket, reply, keep_alive, request.method == "HEAD") && keep_alive;
}

bool HttpServer::answer(int socket, const Reply& reply, bool keep_alive, bool head_only) {
    if (reply.ending == Reply::Ending::reset) {
        reset(socket);
        return false;
    }
    const bool truncated = reply.ending == Reply::Ending::truncated;
    std::string out;
    out.reserve(std::min<std::size_t>(reply.body.size(), 32 * 1024) + 512);
    out.append("HTTP/1.1 ")
        .append(std::to_string(reply.status))
        .append(" ")
        .append(reason(reply.status))
        .append("\r\n");
    if (reply.status != 204) {
        out.append("Content-Type: ").append(reply.type).append("\r\nContent-Length: ");
        out.append(std::to_string(reply.body.size() + (truncated ? 64 : 0))).append("\r\n");
    }
    for (const auto& [name, value] : reply.headers) out.append(name).append(": ").append(value).append("\r\n");
    out.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
    std::string_view body = reply.body;
    if (truncated) body = body.substr(0, body.size() / 2);
    if (head_only || reply.status == 204) body = {};
    constexpr std::size_t worth_copying = 32 * 1024;
    if (body.size() <= worth_copying) return send_all(socket, out.append(body)) && !truncated;
    return send_all(socket, out) && send_all(socket, body) && !truncated;
}

void HttpServer::wait(int milliseconds) {
    std::unique_lock lock{mutex_};
    stopping_signal_.wait_for(lock, std::chrono::milliseconds{milliseconds}, [this] { return stopping_; });
}

}  // namespace brygga::sim
