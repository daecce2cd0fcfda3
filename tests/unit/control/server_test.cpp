// The server with real sockets: slow, silent and hostile clients by plain text and by TLS, and certificates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "base/log.h"
#include "control/connection.h"
#include "control/server.h"
#include "unit/control/http_client.h"

namespace brygga::control {
namespace {

using testing::certificate_text;
using ::testing::HasSubstr;
using testing::HttpClient;
using testing::Identity;
using testing::make_identity;
using Clients = std::vector<std::unique_ptr<HttpClient>>;

constexpr std::string_view simple = "GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n";

Secret key_of(const Identity& identity, const char* passphrase = nullptr) {
    return Secret{testing::key_text(identity, passphrase)};
}
Tls tls_of(const Identity& identity) { return server_identity(certificate_text(identity), key_of(identity))->tls; }

/// By plain text, and by TLS.
class ServerTest : public ::testing::TestWithParam<bool> {
protected:
    ServerTest() { start(); }

    void start() {
        server_.reset();
        auto started = Server::start(
            "127.0.0.1", 0, [this](const Request& request) { return handle(request); }, clock_, log_,
            GetParam() ? tls_of(make_identity("first", "DNS:localhost", nullptr)) : Tls{});
        ASSERT_TRUE(started) << started.error().message;
        server_ = std::move(*started);
    }
    Response handle(const Request& request) {
        ++handled_;
        if (request.path == "/throw") throw std::runtime_error{"a bug"};
        if (request.path == "/large") return {200, "text/plain", std::string(32u << 20, 'x')};
        if (request.path == "/wait") {
            std::unique_lock lock{mutex_};
            entered_.notify_all();
            open_.wait(lock, [&] { return opened_; });
            return {200, "text/plain", "waited"};
        }
        Response response{200, "text/plain", request.method + " " + request.path + " " + request.body};
        for (const auto& [name, value] : request.query) response.body += " " + name + "=" + value;
        return response;
    }
    std::unique_ptr<HttpClient> client() const {
        auto made = std::make_unique<HttpClient>(server_->port());
        EXPECT_TRUE(made->connected());
        if (GetParam()) {
            EXPECT_TRUE(made->secure());
        }
        return made;
    }
    int ask(std::string_view text) const {
        const auto one = client();
        EXPECT_TRUE(one->send(text));
        return one->status();
    }

    ManualClock clock_;
    NullLog log_;
    std::atomic<int> handled_{0};
    std::mutex mutex_;
    std::condition_variable entered_, open_;
    bool opened_ = false;
    std::unique_ptr<Server> server_;
};
INSTANTIATE_TEST_SUITE_P(Transport, ServerTest, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Tls" : "Plain"; });

TEST_P(ServerTest, AConnectionCarriesRequestsOneAfterTheOther) {
    const auto one = client();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(one->send("POST /v1/x%20y?a=1&b=%2f HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"));
        const std::string answer = one->answer();
        EXPECT_THAT(answer, HasSubstr("HTTP/1.1 200 OK"));
        EXPECT_THAT(answer, HasSubstr("\r\nDate: "));
        EXPECT_THAT(answer, HasSubstr("\r\n\r\nPOST /v1/x%20y body a=1 b=/"));
    }
    ASSERT_TRUE(one->send(std::string{simple} + std::string{simple})) << "two at once";
    EXPECT_EQ(one->status(), 200);
    EXPECT_EQ(one->status(), 200);
    ASSERT_TRUE(one->send("HEAD /v1/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(one->answer(), HasSubstr("Connection: close"));
    EXPECT_TRUE(one->ends());
}

TEST_P(ServerTest, ABodyMayComeInChunksAndAfterAWord) {
    const auto one = client();
    ASSERT_TRUE(one->send(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"));
    EXPECT_THAT(one->answer(), HasSubstr("POST / abcde"));
    ASSERT_TRUE(one->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
    EXPECT_EQ(one->status(), 100);
    ASSERT_TRUE(one->send("ok"));
    EXPECT_THAT(one->answer(), HasSubstr("POST / ok"));
}

TEST_P(ServerTest, WhatTwoCouldReadDifferentlyIsRefusedBeforeAnybodyActs) {
    struct Case {
        const char* what;
        std::string request;
        int status;
    };
    const std::string long_text(Incoming::largest_head, 'a');
    std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 120; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
    const Case cases[] = {
        {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"a host that is none", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"two lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
        {"the same length twice", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
        {"a list of lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\na", 400},
        {"a signed length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\na", 400},
        {"length and chunks",
         "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"another encoding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400},
        {"chunks of HTTP/1.0", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"a chunk without size", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400},
        {"a chunk that is longer", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400},
        {"a trailer", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: 1\r\n\r\n", 400},
        {"a folded header", "GET / HTTP/1.1\r\nHost: h\r\nX: 1\r\n 2\r\n\r\n", 400},
        {"a blank before the colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
        {"a bare line feed", "GET / HTTP/1.1\r\nHost: h\nX: 1\r\n\r\n", 400},
        {"a zero byte", std::string{"GET / HTTP/1.1\r\nHost: h\r\nX: \0\r\n\r\n", 33}, 400},
        {"two authorizations", "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", 400},
        {"no request line", "\r\n\r\n", 400},
        {"a proxy's address", "GET http://elsewhere.example/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"a fragment", "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"another version", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
        {"another expectation", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: cake\r\n\r\n", 417},
        {"a long address", "GET /" + long_text.substr(0, 5000) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
        {"a long head", "GET / HTTP/1.1\r\nHost: h\r\nX: " + long_text + "\r\n\r\n", 431},
        {"many headers", many + "\r\n", 431},
        {"a large body", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n", 413},
        {"a large call of a vendor", "POST /hooks/a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n", 413},
        {"a large chunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n", 413},
        {"a form",
         "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n\r\n{}",
         415},
        {"no JSON in chunks",
         "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nTransfer-Encoding: "
         "chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
         415},
        {"an address that cannot be read", "GET /?a=%4 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    };
    for (const Case& one : cases) EXPECT_EQ(ask(one.request), one.status) << one.what;
    EXPECT_EQ(handled_, 0);
    EXPECT_EQ(ask(simple), 200) << "and the others are served";
}

TEST_P(ServerTest, APortIsOneServersAlone) {
    const auto second = Server::start(
        "127.0.0.1", server_->port(), [](const Request&) { return Response{}; }, clock_, log_, Tls{});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "listen.failed");
}

TEST_P(ServerTest, ABodyIsTakenForJsonUnlessItSaysOtherwise) {
    for (const char* type :
         {"", "Content-Type: application/json\r\n", "Content-Type: Application/JSON ; charset=utf-8\r\n",
          "Content-Type: application/merge-patch+json\r\n"})
        EXPECT_EQ(ask(std::string{"POST / HTTP/1.1\r\nHost: h\r\n"} + type + "Content-Length: 2\r\n\r\n{}"), 200)
            << type;
    EXPECT_EQ(ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"), 200)
        << "there is none";
}

TEST_P(ServerTest, AFailureOfTheHandlerIsAnAnswer) { EXPECT_EQ(ask("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n"), 500); }

TEST_P(ServerTest, SilentClientsKeepNobodyWaiting) {
    Clients silent;
    for (std::size_t i = 0; i < Server::most_connections + 40; ++i)
        silent.push_back(std::make_unique<HttpClient>(server_->port()));  // no handshake either
    EXPECT_EQ(ask(simple), 200) << "the oldest of them made room";
    EXPECT_TRUE(silent.front()->ends());
    clock_.advance(Connection::idle_patience);
    EXPECT_TRUE(silent.back()->ends());
}

TEST_P(ServerTest, BytesOneByOneGainNoTime) {
    Clients slow;
    for (int i = 0; i < 2 * Server::workers; ++i) slow.push_back(client());
    for (const auto& one : slow) ASSERT_TRUE(one->send("GET / HT"));
    EXPECT_EQ(ask(simple), 200);
    for (int seconds = 1; seconds < Connection::head_patience.count(); ++seconds) {
        clock_.advance(std::chrono::seconds{1});
        for (const auto& one : slow) ASSERT_TRUE(one->send("T"));
        EXPECT_EQ(ask(simple), 200);
    }
    clock_.advance(std::chrono::seconds{1});
    for (const auto& one : slow) EXPECT_EQ(one->status(), 408);
}

TEST_P(ServerTest, ASlowBodyIsCutAndHoldsNoWorker) {
    Clients slow;
    for (int i = 0; i < 2 * Server::workers; ++i) slow.push_back(client());
    for (const auto& one : slow) ASSERT_TRUE(one->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nab"));
    EXPECT_EQ(ask(simple), 200);
    clock_.advance(Connection::body_patience + std::chrono::seconds{1});
    for (const auto& one : slow) EXPECT_EQ(one->status(), 408);
    EXPECT_EQ(handled_, 1);
}

TEST_P(ServerTest, UnfinishedBodiesAreBoundedAltogether) {
    const std::string most(Incoming::largest_body - 1, 'x');
    Clients slow;
    for (std::size_t i = 0; i < Server::most_bytes / Incoming::largest_body + 2; ++i) {
        slow.push_back(client());
        ASSERT_TRUE(slow.back()->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n" + most));
    }
    EXPECT_EQ(ask(simple), 200);
    int refused = 0, taken = 0;
    for (const auto& one : slow) {
        (void)one->send("x");
        const int status = one->status();
        refused += status == 503 ? 1 : 0;
        taken += status == 200 ? 1 : 0;
    }
    EXPECT_GT(refused, 0);
    EXPECT_EQ(refused + taken, static_cast<int>(slow.size()));
}

TEST_P(ServerTest, WhoDoesNotReadHoldsNoWorker) {
    Clients slow;
    for (int i = 0; i < Server::workers; ++i) {
        slow.push_back(client());
        ASSERT_TRUE(slow.back()->send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n"));
        ASSERT_TRUE(slow.back()->hears());
    }
    EXPECT_EQ(ask(simple), 200);
    clock_.advance(std::chrono::hours{1});
    EXPECT_EQ(ask(simple), 200);
    for (const auto& one : slow) EXPECT_LT(one->answer().size(), 32u << 20);
}

TEST_P(ServerTest, AnAnswerThatIsBegunIsFinished) {
    const auto one = client();
    std::unique_lock lock{mutex_};
    ASSERT_TRUE(one->send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n"));
    entered_.wait(lock);
    opened_ = true;
    lock.unlock();
    open_.notify_all();
    server_.reset();
    EXPECT_THAT(one->answer(), HasSubstr("waited"));
}

class ServerTls : public ServerTest {};
INSTANTIATE_TEST_SUITE_P(Transport, ServerTls, ::testing::Values(true));

TEST_P(ServerTls, AHandshakeThatDribblesIsCut) {
    HttpClient dribbling{server_->port()};
    const std::string hello{"\x16\x03\x01\x02\x00\x01", 6};
    for (const char byte : hello) {
        ASSERT_TRUE(dribbling.send({&byte, 1}));
        EXPECT_EQ(ask(simple), 200);
        clock_.advance(std::chrono::milliseconds{900});
    }
    EXPECT_TRUE(dribbling.ends()) << "5.4 s are over";
    HttpClient plain{server_->port()};
    ASSERT_TRUE(plain.send(simple));
    EXPECT_EQ(plain.status(), 0) << "plain text is no handshake";
}

TEST_P(ServerTls, OldVersionsAreRefused) {
    EXPECT_FALSE(HttpClient{server_->port()}.secure(TLS1_1_VERSION));
    EXPECT_TRUE(HttpClient{server_->port()}.secure(TLS1_2_VERSION));
}

TEST_P(ServerTls, ARenewedCertificateDropsNobody) {
    const auto before = client();
    EXPECT_EQ(before->shown_name(), "first");
    ASSERT_TRUE(before->send(simple));
    EXPECT_EQ(before->status(), 200);
    server_->renew(tls_of(make_identity("second", "DNS:localhost", nullptr)));
    EXPECT_EQ(client()->shown_name(), "second");
    ASSERT_TRUE(before->send(simple));
    EXPECT_EQ(before->status(), 200);
}

TEST(ServerIdentityTest, WhatCannotBeShownIsNamed) {
    const Identity authority = make_identity("authority", "", nullptr),
                   one = make_identity("one", "DNS:a.example", &authority),
                   other = make_identity("other", "DNS:b.example", &authority);
    const auto good = server_identity(certificate_text(one) + certificate_text(authority), key_of(one));
    ASSERT_TRUE(good);
    EXPECT_GT(good->expires, Instant{});
    EXPECT_EQ(server_identity("no certificate", key_of(one)).error().code, "tls.certificate");
    EXPECT_EQ(server_identity(certificate_text(one), Secret{"no key"}).error().code, "tls.key");
    EXPECT_THAT(server_identity(certificate_text(one), key_of(other)).error().message, HasSubstr("does not belong"));
    EXPECT_EQ(server_identity(certificate_text(one), key_of(one, "word")).error().code, "tls.key")
        << "nobody can be asked";
    EXPECT_EQ(server_identity(certificate_text(authority) + certificate_text(one), key_of(one)).error().code, "tls.key")
        << "the server's own comes first";
}

}  // namespace
}  // namespace brygga::control
