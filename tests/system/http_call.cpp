#include "http_call.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace brygga::system_test {

namespace {

constexpr timeval patience{60, 0};

struct Socket {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ~Socket() { close(fd); }
};

std::string transfer(int port, const std::string& request) {
    const Socket peer;
    setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (connect(peer.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    for (std::size_t sent = 0; sent < request.size();) {
        const ssize_t count = send(peer.fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) return {};
        sent += static_cast<std::size_t>(count);
    }
    std::string answer;
    char bytes[65'536];
    for (ssize_t count = 0; (count = recv(peer.fd, bytes, sizeof bytes, 0)) > 0;)
        answer.append(bytes, static_cast<std::size_t>(count));
    return answer;
}

}  // namespace

Answer http_call(const std::string& method, const std::string& url, const std::string& token, const Json& body,
                 const std::string& if_match) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) throw std::invalid_argument{url};
    const auto slash = std::min(url.find('/', scheme.size()), url.size());
    const std::string authority = url.substr(scheme.size(), slash - scheme.size());
    const int port = std::atoi(authority.substr(authority.find(':') + 1).c_str());
    const std::string content = body.is_null() ? "" : body.dump();

    std::string request = method + " " + (slash < url.size() ? url.substr(slash) : "/") +
                          " HTTP/1.1\r\nHost: " + authority +
                          "\r\nConnection: close\r\nContent-Length: " + std::to_string(content.size()) + "\r\n";
    if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
    if (!if_match.empty()) request += "If-Match: " + if_match + "\r\n";
    if (!content.empty()) request += "Content-Type: application/json\r\n";
    const std::string answer = transfer(port, request + "\r\n" + content);

    const auto head = answer.find("\r\n\r\n");
    if (!answer.starts_with("HTTP/1.") || head == std::string::npos) return {};
    const auto field = [&](std::string_view name) {
        const auto named = answer.substr(0, head).find(name), from = named + name.size();
        return named == std::string::npos ? "" : answer.substr(from, answer.find("\r\n", from) - from);
    };
    return {std::atoi(answer.c_str() + 9), answer.substr(head + 4), field("\r\nLocation: "),
            field("\r\nContent-Type: "), field("\r\nETag: ")};
}

}  // namespace brygga::system_test
