// Where a notice may go: one table of addresses for all kinds of channels, on the way that notices really take.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <vector>

#include "base/log.h"
#include "http/url.h"
#include "monitor/channels.h"
#include "monitor/smtp.h"
#include "unit/http/identity.h"
#include "unit/http/loopback.h"

namespace brygga::monitor {
namespace {

using brygga::testing::Identity;
using brygga::testing::Loopback;
using brygga::testing::make_identity;
using brygga::testing::Peer;
using ::testing::HasSubstr;

class EgressOf : public ::testing::TestWithParam<const char*> {
protected:
    EgressOf() { brygga::testing::write_certificate(authority_, ca_file_); }
    ~EgressOf() override { std::remove(ca_file_.c_str()); }

    /// Through the channel of this kind to this host, which has these addresses; empty: as the system resolves it.
    Expected<void> send(const std::string& host, std::vector<std::string> addresses = {}, int port = 9,
                        bool allow_private = false) {
        settings::Channel channel;
        channel.id = "ops";
        channel.kind = GetParam();
        channel.allow_private = allow_private;
        const bool v6 = host.find(':') != std::string::npos;
        channel.url = "https://" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/hook";
        channel.mail.host = host;
        channel.mail.port = port;
        channel.mail.security = "tls";
        channel.mail.from = "a@b.example";
        channel.mail.to = {"c@d.example"};
        http::Resolve resolve;
        if (!addresses.empty()) resolve = [addresses](const std::string&) { return addresses; };
        const Json notice = Json::object({{"event", "fired"}, {"id", "x"}, {"rule", "needs_attention"}});
        // Nothing may wait for an address of the own network that nobody has.
        const CallContext call{clock_.mono() + std::chrono::seconds{20}, {}, "test", false};
        return channel.kind == "smtp" ? smtp_send(clock_, log_, {ca_file_, resolve})(call, channel, notice)
                                      : http_send(clock_, log_, {ca_file_, resolve})(call, channel, notice);
    }

    SystemClock clock_;
    NullLog log_;
    const Identity authority_ = make_identity("authority", "", nullptr);
    const std::string ca_file_ = ::testing::TempDir() + "brygga_egress_" + std::to_string(::getpid()) + ".pem";
};
INSTANTIATE_TEST_SUITE_P(Kind, EgressOf, ::testing::Values("webhook", "slack", "teams", "smtp"),
                         [](const auto& tested) { return std::string{tested.param}; });

TEST_P(EgressOf, AddressesOfTheOwnNetworkAreRefusedInWhateverForm) {
    for (const char* host : {
             "10.0.0.1",         "10.255.255.254",
             "172.16.0.1",       "172.31.255.254",
             "192.168.1.1",  // private
             "169.254.169.254",  "100.64.0.1",
             "0.0.0.0",          "198.18.0.1",
             "224.0.0.1",        "255.255.255.255",
             "fe80::1",          "fc00::1",
             "fd12:3456::1",     "ff02::1",  // link-local, unique local, multicast
             "::ffff:10.0.0.1",  "::ffff:169.254.169.254",
             "::ffff:127.0.0.1", "::ffff:0a00:0001",  // mapped
             "64:ff9b::a00:1",   "64:ff9b::169.254.169.254",
             "64:ff9b:1::a00:1", "::10.0.0.1",  // translated, compatible
             "2002:a00:1::1",    "2001:0:a00:1::1",
             "2001:db8::1",  // 6to4, Teredo, documents
         }) {
        const auto sent = send(host);
        ASSERT_FALSE(sent) << host;
        EXPECT_EQ(sent.error().code, "http.host") << host << ": " << sent.error().message;
        EXPECT_THAT(sent.error().remedy, HasSubstr("allow_private: true")) << host;
    }
}

/// They are names to us, and numbers to the system's resolver.
TEST_P(EgressOf, NumbersInOtherFormsAreJudgedByWhereTheyLead) {
    for (const char* host : {"::", "167772161", "0xa000001", "0x0a.0.0.1", "012.0.0.1", "10.1", "2130706433",
                             "0177.0.0.1", "0x7f.1", "017700000001", "2852039166"}) {
        const auto sent = send(host);
        ASSERT_FALSE(sent) << host;
        // A resolver that does not read them leads nowhere, which is as good.
        EXPECT_THAT(sent.error().code, ::testing::AnyOf("http.host", "http.connect")) << host;
        EXPECT_THAT(sent.error().message,
                    ::testing::AnyOf(HasSubstr("public internet"), HasSubstr("cannot be resolved")))
            << host << ": " << sent.error().message;
    }
}

TEST_P(EgressOf, ANameIsJudgedByAllThatItLeadsTo) {
    for (const std::vector<std::string>& addresses :
         std::vector<std::vector<std::string>>{{"10.0.0.1"},
                                               {"127.0.0.1"},
                                               {"::1"},
                                               {"fd00::1"},
                                               {"::ffff:192.168.0.1"},
                                               {"93.184.216.34", "10.0.0.1"}}) {
        const auto sent = send("hooks.example", addresses);
        ASSERT_FALSE(sent) << addresses.front();
        EXPECT_EQ(sent.error().code, "http.host") << addresses.front();
    }
    EXPECT_EQ(send("localhost", {"10.0.0.1"}).error().code, "http.host") << "not even by the name of this computer";
}

TEST_P(EgressOf, AllowPrivateOpensTheOwnNetworkAndNothingElse) {
    std::atomic<int> heard{0};
    const Identity identity = make_identity("server", "DNS:hooks.example", &authority_);
    const auto context = brygga::testing::server_context(identity);
    Loopback server{[&](Peer& peer) {
                        if (std::string{GetParam()} == "smtp") {
                            peer.write("554 no\r\n");
                            ++heard;
                        } else if (!peer.request().empty()) {
                            ++heard;
                            peer.answer(200, "");
                        }
                    },
                    context.get()};
    EXPECT_EQ(send("hooks.example", {"127.0.0.1"}, server.port()).error().code, "http.host");
    EXPECT_EQ(heard, 0);
    const auto sent = send("hooks.example", {"127.0.0.1"}, server.port(), true);
    EXPECT_EQ(heard, 1) << (sent ? "" : sent.error().message);
    EXPECT_EQ(send("other.example", {"127.0.0.1"}, server.port(), true).error().code, "http.certificate");
}

TEST_P(EgressOf, ARedirectIsNotFollowed) {
    if (std::string{GetParam()} == "smtp") GTEST_SKIP() << "mail has none";
    std::atomic<int> heard{0};
    Loopback inside{[&](Peer& peer) { heard += peer.request().empty() ? 0 : 1; }};
    const Identity identity = make_identity("server", "DNS:localhost", &authority_);
    const auto context = brygga::testing::server_context(identity);
    Loopback server{[&](Peer& peer) {
                        if (!peer.request().empty())
                            peer.answer(307, "",
                                        "Location: http://127.0.0.1:" + std::to_string(inside.port()) + "/\r\n");
                    },
                    context.get()};
    const auto sent = send("localhost", {"127.0.0.1"}, server.port());
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, "alert.refused");
    EXPECT_THAT(sent.error().message, HasSubstr("307"));
    EXPECT_EQ(heard, 0);
}

}  // namespace
}  // namespace brygga::monitor
