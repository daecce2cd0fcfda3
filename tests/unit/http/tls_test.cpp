// The client against a TLS server whose certificate authority is made here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "http/client.h"
#include "unit/http/identity.h"
#include "unit/http/loopback.h"

namespace brygga::http {
namespace {

using ::testing::HasSubstr;
using testing::Identity;
using testing::Loopback;
using testing::make_identity;
using testing::Peer;
using testing::server_context;
using testing::ServerContext;

class Tls : public ::testing::Test {
protected:
    Tls() { testing::write_certificate(authority_, ca_file_); }
    ~Tls() override { std::remove(ca_file_.c_str()); }

    Expected<Response> ask(const Loopback& server, bool trusted = true, const std::string& host = "localhost",
                           int times = 1, const char* method = "GET") {
        ClientOptions options;
        options.allowed_hosts = {host};
        options.resolve = [](const std::string&) { return std::vector<std::string>{"127.0.0.1"}; };
        options.repeats = 0;
        if (trusted) options.extra_ca_file = ca_file_;
        const auto client = std::move(*Client::create(options, {}, make_budget_book(clock_), clock_, log_));
        const std::string url = "https://" + host + ":" + std::to_string(server.port()) + "/x";
        Expected<Response> answer = Error{};
        for (int i = 0; i < times; ++i) answer = client->send({}, {.method = method, .url = url, .read = true});
        return answer;
    }

    ManualClock clock_;
    NullLog log_;
    const Identity authority_ = make_identity("Test authority", "", nullptr);
    const std::string ca_file_ = ::testing::TempDir() + "brygga_ca_" + std::to_string(::getpid()) + ".pem";
};

void greet(Peer& peer) {
    while (!peer.request().empty()) peer.answer(200, "hello");
}

TEST_F(Tls, ATrustedServerIsReachedAndKept) {
    const Identity identity = make_identity("server", "DNS:localhost", &authority_);
    const ServerContext context = server_context(identity);
    Loopback server{greet, context.get()};
    const auto answer = ask(server, true, "localhost", 5);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "hello");
    EXPECT_EQ(server.connections(), 1) << "session tickets are no reason to give a connection up";
}

TEST_F(Tls, AnUnknownAuthorityIsRefused) {
    const Identity identity = make_identity("server", "DNS:localhost", &authority_);
    const ServerContext context = server_context(identity);
    Loopback server{greet, context.get()};
    const auto answer = ask(server, false);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.certificate");
    EXPECT_EQ(answer.error().error_class, ErrorClass::misconfigured);
    EXPECT_THAT(answer.error().message, HasSubstr("issuer"));
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(Tls, AnotherNameIsRefused) {
    const Identity identity = make_identity("localhost", "DNS:other.example", &authority_);
    const ServerContext context = server_context(identity);
    Loopback server{greet, context.get()};
    const auto answer = ask(server);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.certificate");
    EXPECT_THAT(answer.error().message, HasSubstr("not for this host"));
}

TEST_F(Tls, AddressesInCertificatesCount) {
    const Identity identity = make_identity("server", "IP:127.0.0.1", &authority_);
    const ServerContext context = server_context(identity);
    Loopback server{greet, context.get()};
    EXPECT_TRUE(ask(server, true, "127.0.0.1"));
    EXPECT_FALSE(ask(server, true, "localhost"));
}

TEST_F(Tls, AnExpiredCertificateIsRefused) {
    const Identity identity = make_identity("server", "DNS:localhost", &authority_, -3600);
    const ServerContext context = server_context(identity);
    Loopback server{greet, context.get()};
    const auto answer = ask(server);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.certificate");
    EXPECT_THAT(answer.error().message, HasSubstr("expired"));
}

TEST_F(Tls, OldVersionsAreRefused) {
    const Identity identity = make_identity("server", "DNS:localhost", &authority_);
    const ServerContext context = server_context(identity, TLS1_1_VERSION);
    Loopback server{greet, context.get()};
    const auto answer = ask(server);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.tls");
    EXPECT_EQ(answer.error().error_class, ErrorClass::transient);
    EXPECT_FALSE(answer.error().outcome_unknown);
    const ServerContext newer = server_context(identity, TLS1_2_VERSION);
    Loopback good{greet, newer.get()};
    EXPECT_TRUE(ask(good));
}

TEST_F(Tls, AServerThatSpeaksNoTlsIsNoCertificateFault) {
    Loopback server{[](Peer& peer) { peer.write("HTTP/1.1 400 Bad Request\r\n\r\n"); }};
    const auto answer = ask(server);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.tls");
}

TEST_F(Tls, ACutAnswerIsNoticed) {
    const Identity identity = make_identity("server", "DNS:localhost", &authority_);
    const ServerContext context = server_context(identity);
    Loopback server{[](Peer& peer) {
                        peer.request();
                        peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of an ans");
                        peer.reset();
                    },
                    context.get()};
    const auto answer = ask(server);
    ASSERT_FALSE(answer) << "a body that ends with the connection needs the end of TLS";
    EXPECT_EQ(answer.error().code, "http.cut");
}

TEST_F(Tls, AMissingAuthorityFileIsSaid) {
    Loopback server{greet};
    std::remove(ca_file_.c_str());
    const auto answer = ask(server);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.certificate");
}

}  // namespace
}  // namespace brygga::http
