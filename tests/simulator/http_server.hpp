// A small HTTP/1.1 server for the simulated vendors: one thread per connection, keep-alive, hard bounds.
// Owned by the program or a test; the handler is called on connection threads, several at once.
// It can end an answer the way a broken network does (reset, cut short, late). It never leaves loopback
// and knows no TLS.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

namespace brygga::sim {

struct Request {
    std::string method;
    std::string target;  ///< exactly as sent: path and query
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};  ///< names in lower case

    std::string_view path() const { return std::string_view{target}.substr(0, target.find('?')); }
    std::string_view query() const {
        const auto at = target.find('?');
        return at == std::string::npos ? std::string_view{} : std::string_view{target}.substr(at + 1);
    }
    /// The header's value, or empty when it is absent.
    std::string_view header(std::string_view name) const;
};

struct Reply {
    enum class Ending : std::uint8_t { whole, reset, truncated };

    int status = 200;
    std::string body{};
    std::string type = "application/json; charset=utf-8";
    std::vector<std::pair<std::string, std::string>> headers{};
    Ending ending = Ending::whole;
    int delay_ms = 0;
};

class HttpServer {
public:
    using Handler = std::function<Reply(const Request&)>;

    explicit HttpServer(Handler handler) : handler_{std::move(handler)} {}
    ~HttpServer() { stop(); }
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Listens on 127.0.0.1; port 0 chooses a free one. False with errno when the port cannot be had.
    bool start(int port);
    int port() const { return port_; }
    void stop();

    static constexpr std::size_t max_head = 32 * 1024;
    static constexpr std::size_t max_body = 8 * 1024 * 1024;
    static constexpr std::size_t max_connections = 512;

private:
    struct Connection {
        std::thread thread;
        int socket = -1;
        bool finished = false;
    };

    void accept_loop();
    void reap(bool all);
    void serve(int socket);
    /// False when the connection is over.
    bool serve_one(int socket, std::string& buffer);
    bool answer(int socket, const Reply& reply, bool keep_alive, bool head_only);
    void wait(int milliseconds);

    Handler handler_;
    int listener_ = -1;
    int port_ = 0;
    std::thread acceptor_;
    std::mutex mutex_;
    std::condition_variable stopping_signal_;
    bool stopping_ = false;
    std::list<Connection> connections_;
};

}  // namespace brygga::sim
