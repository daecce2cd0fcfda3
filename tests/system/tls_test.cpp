// TLS between brygga and bryggad: who is trusted, and a certificate that is renewed while the host runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "daemon.h"
#include "unit/http/identity.h"

namespace brygga::system_test {
namespace {

using brygga::testing::certificate_text;
using brygga::testing::Identity;
using brygga::testing::key_text;
using brygga::testing::make_identity;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int config_exit = 78, unreachable = 69;

class TlsTest : public ::testing::Test {
protected:
    TlsTest() { show(make_identity("one", "DNS:localhost", &authority_)); }

    void show(const Identity& identity) {
        write_file(path("chain.pem"), certificate_text(identity));
        write_file(path("key.pem"), key_text(identity));
        write_file(path("ca.pem"), certificate_text(authority_));
        ::chmod(path("key.pem").c_str(), S_IRUSR | S_IWUSR);
    }
    std::string path(const std::string& file) const { return (daemon_.directory() / "tls" / file).string(); }
    Ended ask(const std::string& name, const std::string& ca,
              std::vector<std::string> words = {"flows", "list"}) const {
        const std::string port = daemon_.url().substr(daemon_.url().rfind(':'));
        words.insert(words.end(), {"--url", "https://" + name + port});
        if (!ca.empty()) words.insert(words.end(), {"--ca", ca});
        return daemon_.cli(std::move(words));
    }
    /// SIGHUP, and until it has been said how that went.
    bool reload(const std::string& event) const {
        const std::size_t before = daemon_.events(event).size();
        daemon_.signal(SIGHUP);
        return eventually(Seconds{20}, [&] { return daemon_.events(event).size() > before; });
    }

    Simulated vendors_{{"--orders", "0"}};
    Daemon daemon_{vendors_, {.host = "tls: { certificate: tls/chain.pem, key: tls/key.pem }\n", .trigger = "{}"}};
    const Identity authority_ = make_identity("authority", "", nullptr);
};

TEST_F(TlsTest, BryggaTrustsWhomItIsToldAndNobodyElse) {
    daemon_.start();
    const Ended trusted = ask("localhost", path("ca.pem"));
    EXPECT_EQ(trusted.code, 0) << trusted.err;
    EXPECT_THAT(trusted.out, HasSubstr("orders"));

    const Ended untrusted = ask("localhost", "");
    EXPECT_EQ(untrusted.code, unreachable);
    EXPECT_THAT(untrusted.err, AllOf(HasSubstr("certificate was refused"), HasSubstr("--ca FILE")));
    const Ended other_name = ask("127.0.0.1", path("ca.pem"));
    EXPECT_EQ(other_name.code, unreachable);
    EXPECT_THAT(other_name.err, HasSubstr("not for this host"));
    const Ended no_file = ask("localhost", path("missing.pem"));
    EXPECT_EQ(no_file.code, unreachable);
    EXPECT_THAT(no_file.err, HasSubstr("certificate authorities cannot be read"));
    EXPECT_EQ(http_call("GET", daemon_.url() + "/health/live", "").status, 0) << "no plain text";
}

TEST_F(TlsTest, ARenewedCertificateIsTakenAndABrokenOneIsNot) {
    daemon_.start();
    const Identity second_authority = make_identity("second authority", "", nullptr);
    write_file(path("second.pem"), certificate_text(second_authority));
    EXPECT_EQ(ask("localhost", path("second.pem")).code, unreachable);

    show(make_identity("two", "DNS:localhost", &second_authority));
    ASSERT_TRUE(reload("configuration.reloaded")) << daemon_.log();
    EXPECT_EQ(ask("localhost", path("second.pem")).code, 0);
    EXPECT_EQ(daemon_.events("tls.expires", "warning").size(), 2U) << "certificates of an hour";

    write_file(path("key.pem"), key_text(authority_));
    ASSERT_TRUE(reload("configuration.not_reloaded")) << daemon_.log();
    const Json refused = daemon_.events("configuration.not_reloaded").back();
    EXPECT_THAT(refused["message"].string(), AllOf(HasSubstr("brygga.yaml:"), HasSubstr("key.pem"),
                                                   HasSubstr("does not belong to the certificate")));
    EXPECT_EQ(ask("localhost", path("second.pem")).code, 0) << "the old one is still shown";
}

TEST_F(TlsTest, AKeyThatOthersCanReadStopsTheStart) {
    ::chmod(path("key.pem").c_str(), S_IRUSR | S_IRGRP);
    const Ended ended = daemon_.start_refused();
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("brygga.yaml:"), HasSubstr("key.pem"), HasSubstr("chmod 600")));
}

TEST_F(TlsTest, AnOpenAddressWithoutTlsIsWarnedOf) {
    std::string text = read_file(daemon_.directory() / "brygga.yaml");
    const std::string loopback = "127.0.0.1:0";
    text.replace(text.find(loopback), loopback.size(), "0.0.0.0:0");
    const auto check = [&] { return run_to_end({program("brygga"), "check", daemon_.directory().string()}); };
    write_file(daemon_.directory() / "brygga.yaml", text);
    EXPECT_THAT(check().err, ::testing::Not(HasSubstr("without TLS")));
    write_file(daemon_.directory() / "brygga.yaml", text.substr(0, text.find("tls:")));
    const Ended open = check();
    EXPECT_EQ(open.code, 0);
    EXPECT_THAT(open.err, AllOf(HasSubstr("warning: brygga.yaml:1:"), HasSubstr("0.0.0.0 without TLS")));
}

}  // namespace
}  // namespace brygga::system_test
