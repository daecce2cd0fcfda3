#include "control/server.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include "base/log.h"

namespace brygga::control {

namespace {

constexpr std::size_t largest_body = 1u << 20;
constexpr std::chrono::seconds body_deadline{15};
constexpr int threads = 8, waiting = 64;

/// The whole body, or nothing when it is too large, cut off or too slow.
std::optional<std::string> read_body(Poco::Net::HTTPServerRequest& in, const Clock& clock) {
    if (in.hasContentLength() && in.getContentLength64() > static_cast<Poco::Int64>(largest_body)) return std::nullopt;
    const MonoTime deadline = clock.mono() + body_deadline;
    std::string body;
    char buffer[8192];
    std::istream& stream = in.stream();
    while (stream.read(buffer, sizeof buffer) || stream.gcount() > 0) {
        body.append(buffer, static_cast<std::size_t>(stream.gcount()));
        if (body.size() > largest_body || clock.mono() > deadline) return std::nullopt;
    }
    // A connection that ends early looks like the end of the body to Poco.
    if (in.hasContentLength() && body.size() != static_cast<std::size_t>(in.getContentLength64())) return std::nullopt;
    return body;
}

class Exchange final : public Poco::Net::HTTPRequestHandler {
public:
    Exchange(const Handler& handler, const Clock& clock, Log& log) : handler_{handler}, clock_{clock}, log_{log} {}

    void handleRequest(Poco::Net::HTTPServerRequest& in, Poco::Net::HTTPServerResponse& out) override {
        Response response;
        try {
            response = answer(in);
        } catch (const std::exception& e) {
            log_.error("control.bug", Json::object({{"path", in.getURI().substr(0, 200)}, {"what", e.what()}}));
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
        auto body = read_body(in, clock_);
        if (!body) {
            in.response().setKeepAlive(false);
            return problem(413, "body.refused", "The body is larger than 1 MiB, incomplete or too slow.");
        }
        request.body = std::move(*body);
        return handler_(request);
    }

    const Handler& handler_;
    const Clock& clock_;
    Log& log_;
};

class Factory final : public Poco::Net::HTTPRequestHandlerFactory {
public:
    Factory(Handler handler, const Clock& clock, Log& log) : handler_{std::move(handler)}, clock_{clock}, log_{log} {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
        return new Exchange{handler_, clock_, log_};
    }

private:
    Handler handler_;
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
