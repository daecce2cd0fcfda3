#include "control/server.h"

#include <atomic>

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/String.h>
#include <Poco/ThreadPool.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include "base/log.h"

namespace brygga::control {

namespace {

constexpr std::size_t largest_body = 1u << 20, largest_hook = 64u << 10;
constexpr std::chrono::seconds body_deadline{15};
constexpr int threads = 8, waiting = 256;
/// As many threads may read what vendors send; of more calls the address alone counts.
constexpr int hook_readers = threads / 2;

/// The whole body, or nothing when it is too large, cut off or too slow.
std::optional<std::string> read_body(Poco::Net::HTTPServerRequest& in, const Clock& clock, std::size_t most) {
    if (in.hasContentLength() && in.getContentLength64() > static_cast<Poco::Int64>(most)) return std::nullopt;
    const MonoTime deadline = clock.mono() + body_deadline;
    std::string body;
    char buffer[8192];
    std::istream& stream = in.stream();
    while (stream.read(buffer, sizeof buffer) || stream.gcount() > 0) {
        body.append(buffer, static_cast<std::size_t>(stream.gcount()));
        if (body.size() > most || clock.mono() > deadline) return std::nullopt;
    }
    // A connection that ends early looks like the end of the body to Poco.
    if (in.hasContentLength() && body.size() != static_cast<std::size_t>(in.getContentLength64())) return std::nullopt;
    return body;
}

bool is_hook(const Poco::Net::HTTPServerRequest& in) { return in.getURI().starts_with(hooks_path); }

/// One of the seats for those who read what vendors send; without a count there is always one.
class Seat {
public:
    explicit Seat(std::atomic<int>* count) : count_{count} {
        if (count_ && count_->fetch_add(1) >= hook_readers) taken_ = false;
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat() {
        if (count_) count_->fetch_sub(1);
    }
    bool taken() const noexcept { return taken_; }

private:
    std::atomic<int>* count_;
    bool taken_ = true;
};

class Exchange final : public Poco::Net::HTTPRequestHandler {
public:
    Exchange(const Handler& handler, std::atomic<int>& hooks_reading, const Clock& clock, Log& log)
        : handler_{handler}, hooks_reading_{hooks_reading}, clock_{clock}, log_{log} {}

    void handleRequest(Poco::Net::HTTPServerRequest& in, Poco::Net::HTTPServerResponse& out) override {
        Response response;
        try {
            response = answer(in);
        } catch (const std::exception& e) {
            const std::string path = is_hook(in) ? std::string{hooks_path} : in.getURI().substr(0, 200);
            log_.error("control.bug", Json::object({{"path", path}, {"what", e.what()}}));
            response = problem(500, "internal", "The host failed to answer; its log says why.");
        }
        try {
            out.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(response.status));
            out.setReason(out.getReasonForStatus(out.getStatus()));
            out.setContentType(response.content_type);
            out.set("Cache-Control", "no-store");
            out.set("X-Content-Type-Options", "nosniff");
            for (const auto& [name, value] : response.headers) out.set(name, value);
            out.sendBuffer(response.body.data(), response.body.size());
        } catch (const std::exception&) {
            // The client is gone; there is nobody to tell.
        }
    }

private:
    Response answer(Poco::Net::HTTPServerRequest& in) {
        if (in.getURI().size() > 4096)
            return problem(414, "uri.too_long", "The address is longer than 4096 characters.");
        Request request;
        request.method = in.getMethod();
        const auto mark = in.getURI().find('?');
        request.path = in.getURI().substr(0, mark);
        if (mark != std::string::npos) {
            try {
                for (const auto& [name, value] : Poco::URI{in.getURI()}.getQueryParameters())
                    request.query[name] = value;
            } catch (const Poco::Exception&) {
                return problem(400, "uri.invalid", "The address cannot be read.");
            }
        }
        request.authorization = in.get("Authorization", "");
        request.idempotency_key = in.get("Idempotency-Key", "");
        request.if_match = in.get("If-Match", "");
        request.client = in.clientAddress().host().toString();
        const bool hook = is_hook(in);
        // A vendor's connection must not keep a thread that others wait for.
        if (hook) in.response().setKeepAlive(false);
        const Seat seat{hook ? &hooks_reading_ : nullptr};
        request.unread = !seat.taken();
        if (request.unread) return handler_(request);
        auto body = read_body(in, clock_, hook ? largest_hook : largest_body);
        if (!body) {
            in.response().setKeepAlive(false);
            return problem(413, "body.refused",
                           fmt::format("The body is larger than {} KiB, incomplete or too slow.",
                                       (hook ? largest_hook : largest_body) >> 10));
        }
        if (hook)
            for (const auto& [name, value] : in) request.headers[Poco::toLower(name)] = value;
        request.body = std::move(*body);
        return handler_(request);
    }

    const Handler& handler_;
    std::atomic<int>& hooks_reading_;
    const Clock& clock_;
    Log& log_;
};

class Factory final : public Poco::Net::HTTPRequestHandlerFactory {
public:
    Factory(Handler handler, const Clock& clock, Log& log) : handler_{std::move(handler)}, clock_{clock}, log_{log} {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
        return new Exchange{handler_, hooks_reading_, clock_, log_};
    }

private:
    Handler handler_;
    std::atomic<int> hooks_reading_{0};
    const Clock& clock_;
    Log& log_;
};

class PocoServer final : public Server {
public:
    PocoServer(const Poco::Net::ServerSocket& socket, Handler handler, const Clock& clock, Log& log)
        : port_{socket.address().port()},
          pool_{"http-srv", 2, threads},
          server_{new Factory{std::move(handler), clock, log}, pool_, socket, parameters()} {
        server_.start();
    }
    ~PocoServer() override {
        server_.stopAll(true);
        pool_.joinAll();
    }
    int port() const override { return port_; }

private:
    static Poco::Net::HTTPServerParams* parameters() {
        auto* p = new Poco::Net::HTTPServerParams;
        p->setKeepAlive(true);
        p->setKeepAliveTimeout(Poco::Timespan{2, 0});
        p->setTimeout(Poco::Timespan{5, 0});
        p->setMaxThreads(threads);
        p->setMaxQueued(waiting);
        return p;
    }
    int port_;
    Poco::ThreadPool pool_;
    Poco::Net::HTTPServer server_;
};

}  // namespace

Expected<std::unique_ptr<Server>> Server::start(const std::string& host, int port, Handler handler, const Clock& clock,
                                                Log& log) {
    try {
        Poco::Net::ServerSocket socket;
        socket.bind(Poco::Net::SocketAddress{host, static_cast<Poco::UInt16>(port)}, true);
        socket.listen(128);
        return std::unique_ptr<Server>{std::make_unique<PocoServer>(socket, std::move(handler), clock, log)};
    } catch (const Poco::Exception& e) {
        return Error{ErrorClass::misconfigured, "listen.failed",
                     fmt::format("{}:{} cannot be listened on: {}.", host, port, e.displayText()),
                     "Another program may have the port: stop it, or set listen to another address in brygga.yaml."};
    }
}

}  // namespace brygga::control
