#include "control/server.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"
#include "control/connection.h"

namespace brygga::control {

namespace {

using State = Connection::State;
using std::chrono::milliseconds;

// Deadlines are looked at this often while somebody is connected.
constexpr int tick_ms = 100, ticks_to_finish = 20;
constexpr int most_accepted_at_once = 32;

/// Wakes poll() from another thread.
class Bell {
public:
    ~Bell() { ::close(descriptor_); }
    void ring() const noexcept { (void)!::write(descriptor_, &one, sizeof one); }
    void hush() const noexcept {
        std::uint64_t count = 0;
        (void)!::read(descriptor_, &count, sizeof count);
    }
    int descriptor() const noexcept { return descriptor_; }

private:
    static constexpr std::uint64_t one = 1;
    int descriptor_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
};

/// The requests between the server's thread and the workers, by number of connection.
struct Work {
    struct Asked {
        std::uint64_t connection;
        Request request;
    };
    struct Answered {
        std::uint64_t connection;
        Response response;
    };
    std::mutex mutex;
    std::condition_variable_any come;
    std::deque<Asked> asked;
    std::vector<Answered> answered;
    Tls tls;
};

class LoopServer final : public Server {
public:
    LoopServer(Poco::Net::ServerSocket socket, Handler handler, const Clock& clock, Log& log, Tls tls)
        : socket_{std::move(socket)}, handler_{std::move(handler)}, clock_{clock}, log_{log} {
        work_.tls = std::move(tls);
        for (int i = 0; i < workers; ++i)
            workers_.emplace_back([this, i](const std::stop_token& stop) { answer_requests(stop, i); });
        loop_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
    }
    ~LoopServer() override {
        loop_.request_stop();
        bell_.ring();
        loop_.join();
    }
    int port() const override { return socket_.address().port(); }
    void renew(Tls tls) override {
        const std::scoped_lock lock{work_.mutex};
        work_.tls = std::move(tls);
    }

private:
    void run(const std::stop_token& stop);
    /// The server itself, then the connections that wait; sorted as `polled_`.
    bool wait(bool listening);
    void welcome();
    void take_answers();
    void serve(std::uint64_t number, Connection& connection);
    void make_room();
    void bound_bodies();
    void answer_requests(const std::stop_token& stop, int number);
    Response answer(const Request& request) noexcept;

    Poco::Net::ServerSocket socket_;
    const Handler handler_;
    const Clock& clock_;
    Log& log_;
    Bell bell_;
    Work work_;
    std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;  // this and what follows: the loop's alone
    std::uint64_t last_number_ = 0;
    std::vector<std::uint64_t> polled_;
    std::vector<pollfd> descriptors_;
    std::vector<std::jthread> workers_;
    std::jthread loop_;
};

void LoopServer::run(const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "http-srv");
    // Those whom the server has not understood yet hear nothing more; the others get their answer, if they take it.
    const auto owed = [](const auto& entry) { return !entry.second->waits_for_client(); };
    for (int ticks = 0; ticks < ticks_to_finish;) {
        const bool ending = stop.stop_requested();
        if (ending && !std::ranges::any_of(connections_, owed)) break;
        ticks += ending ? 1 : 0;
        const bool somebody_new = wait(!ending);
        take_answers();
        if (somebody_new && !ending) welcome();
        for (std::size_t i = 0; i < polled_.size(); ++i)
            if (descriptors_[i + 2].revents != 0) connections_.at(polled_[i])->advance();
        const MonoTime now = clock_.mono();
        for (auto& [number, connection] : connections_) {
            serve(number, *connection);
            if (connection->state() != State::answering && connection->deadline() <= now) connection->expire();
        }
        bound_bodies();
        std::erase_if(connections_, [](const auto& entry) { return entry.second->state() == State::gone; });
    }
    connections_.clear();
    for (auto& worker : workers_) worker.request_stop();
    workers_.clear();
}

bool LoopServer::wait(bool listening) {
    polled_.clear();
    descriptors_.assign({{bell_.descriptor(), POLLIN, 0}, {listening ? socket_.impl()->sockfd() : -1, POLLIN, 0}});
    for (const auto& [number, connection] : connections_) {
        if (connection->events() == 0) continue;
        polled_.push_back(number);
        descriptors_.push_back({connection->descriptor(), connection->events(), 0});
    }
    ::poll(descriptors_.data(), descriptors_.size(), connections_.empty() && listening ? -1 : tick_ms);
    bell_.hush();
    return descriptors_[1].revents != 0;
}

void LoopServer::welcome() {
    Tls tls;
    {
        const std::scoped_lock lock{work_.mutex};
        tls = work_.tls;
    }
    try {
        for (int i = 0; i < most_accepted_at_once && socket_.poll(Poco::Timespan{}, Poco::Net::Socket::SELECT_READ);
             ++i) {
            make_room();
            auto connection = std::make_unique<Connection>(socket_.acceptConnection(), tls, clock_);
            connection->advance();
            if (connections_.size() < most_connections) connections_[++last_number_] = std::move(connection);
        }
    } catch (const std::exception& e) {
        // It has gone again, or there are no descriptors: the next one may find some.
        log_.debug("control.not_accepted", Json::object({{"what", e.what()}}));
        make_room();
    }
}

/// Whoever has kept the server waiting longest goes first.
void LoopServer::make_room() {
    std::erase_if(connections_, [](const auto& entry) { return entry.second->state() == State::gone; });
    if (connections_.size() < most_connections) return;
    auto oldest = connections_.end();
    for (auto at = connections_.begin(); at != connections_.end(); ++at)
        if (at->second->waits_for_client() &&
            (oldest == connections_.end() || at->second->since() < oldest->second->since()))
            oldest = at;
    if (oldest != connections_.end()) connections_.erase(oldest);
}

/// Whoever holds most is sent away.
void LoopServer::bound_bodies() {
    std::size_t held = 0;
    for (const auto& [number, connection] : connections_) held += connection->body_bytes();
    while (held > most_bytes) {
        Connection& largest = *std::ranges::max_element(connections_, {}, [](const auto& entry) {
                                   return entry.second->body_bytes();
                               })->second;
        held -= largest.body_bytes();
        largest.refuse(problem(503, "busy", "The host has too much to read at once. Send it again."));
    }
}

void LoopServer::take_answers() {
    std::vector<Work::Answered> answered;
    {
        const std::scoped_lock lock{work_.mutex};
        answered.swap(work_.answered);
    }
    for (auto& [number, response] : answered)
        if (const auto found = connections_.find(number); found != connections_.end()) {
            found->second->answer(response, loop_.get_stop_token().stop_requested());
            found->second->advance();
        }
}

/// Hands a whole request to the workers.
void LoopServer::serve(std::uint64_t number, Connection& connection) {
    while (connection.state() == State::asked) {
        auto request = connection.take();
        std::unique_lock lock{work_.mutex};
        const bool busy = work_.asked.size() >= most_waiting;
        if (request && !busy) {
            work_.asked.push_back({number, std::move(*request)});
            lock.unlock();
            work_.come.notify_one();
            return;
        }
        lock.unlock();
        connection.answer(request ? problem(503, "busy", "The host has too many requests to answer. Ask again.")
                                  : problem(400, request.error().code, request.error().message),
                          busy);
        connection.advance();
    }
}

void LoopServer::answer_requests(const std::stop_token& stop, int number) {
    pthread_setname_np(pthread_self(), fmt::format("http-{}", number).c_str());
    for (;;) {
        std::unique_lock lock{work_.mutex};
        if (!work_.come.wait(lock, stop, [&] { return !work_.asked.empty(); })) return;
        Work::Asked asked = std::move(work_.asked.front());
        work_.asked.pop_front();
        lock.unlock();
        Response response = answer(asked.request);
        lock.lock();
        work_.answered.push_back({asked.connection, std::move(response)});
        lock.unlock();
        bell_.ring();
    }
}

Response LoopServer::answer(const Request& request) noexcept {
    try {
        return handler_(request);
    } catch (const std::exception& e) {
        const bool secret = request.path.starts_with(hooks_path);
        log_.error("control.bug",
                   Json::object(
                       {{"path", secret ? std::string{hooks_path} : request.path.substr(0, 200)}, {"what", e.what()}}));
        return problem(500, "internal", "The host failed to answer; its log says why.");
    }
}

}  // namespace

Expected<std::unique_ptr<Server>> Server::start(const std::string& host, int port, Handler handler, const Clock& clock,
                                                Log& log, Tls tls) {
    try {
        Poco::Net::ServerSocket socket;
        socket.bind(Poco::Net::SocketAddress{host, static_cast<Poco::UInt16>(port)}, true, false);
        socket.listen(128);
        socket.setBlocking(false);
        return std::unique_ptr<Server>{
            std::make_unique<LoopServer>(socket, std::move(handler), clock, log, std::move(tls))};
    } catch (const Poco::Exception& e) {
        return Error{ErrorClass::misconfigured, "listen.failed",
                     fmt::format("{}:{} cannot be listened on: {}.", host, port, e.displayText()),
                     "Another program may have the port: stop it, or set listen to another address in brygga.yaml."};
    }
}

}  // namespace brygga::control
