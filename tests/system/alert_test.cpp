// Alerts on their way out: a real daemon, a webhook that listens and a real mail server.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <csignal>
#include <mutex>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"
#include "http_server.hpp"
#include "paths.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

std::string hmac_hex(const std::string& key, const std::string& text) {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), bytes, &size);
    std::string out;
    for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", bytes[i]);
    return out;
}

class Alerted : public ::testing::Test {
protected:
    Alerted() {
        EXPECT_TRUE(hook_.start(0));
        write_file(daemon_.directory() / "alerts.d/ops.yaml",
                   "channel: ops\nkind: webhook\nurl: http://127.0.0.1:" + std::to_string(hook_.port()) +
                       "/hook\nsecret: { file: secrets/hook }\n");
        write_file(daemon_.directory() / "secrets/hook", "shared secret\n");
    }
    sim::Reply take(const sim::Request& request) {
        const std::scoped_lock lock{mutex_};
        if (broken_) return {.status = 500};
        EXPECT_EQ(request.header("x-brygga-signature"), "sha256=" + hmac_hex("shared secret", request.body));
        notices_.push_back(*Json::parse(request.body));
        return {};
    }
    std::vector<Json> notices() {
        const std::scoped_lock lock{mutex_};
        return notices_;
    }
    void broken(bool is) {
        const std::scoped_lock lock{mutex_};
        broken_ = is;
    }

    std::mutex mutex_;
    std::vector<Json> notices_;
    bool broken_ = false;
    sim::HttpServer hook_{[this](const sim::Request& request) { return take(request); }};
    Simulated vendors_{{"--orders", "0", "--clean"}};
    Daemon daemon_{vendors_};
};

TEST_F(Alerted, AHeldOrderIsToldOnceAlsoOverARestart) {
    daemon_.start();
    const auto numbers = vendors_.add_orders(2, "platform_sale");
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return !notices().empty(); })) << daemon_.story();
    const Json notice = notices()[0];
    EXPECT_EQ(notice["event"].string(), "fired") << notice.pretty();
    EXPECT_EQ(notice["rule"].string(), "needs_attention");
    EXPECT_EQ(notice["flow"].string(), "orders");
    EXPECT_EQ(notice["connection"].string(), "books");
    EXPECT_FALSE(notice["cause"].string().empty());
    EXPECT_FALSE(notice["remedy"].string().empty());
    EXPECT_EQ(daemon_.get("/v1/alerts")["items"].size(), 1u);
    EXPECT_THAT(daemon_.cli({"alerts", "list"}).out, HasSubstr("needs_attention"));
    const std::string id{notice["id"].string()};
    EXPECT_EQ(daemon_.cli({"alerts", "acknowledge", id}).code, 0);
    EXPECT_TRUE(daemon_.stop(Seconds{30}));
    daemon_.start();
    EXPECT_EQ(daemon_.cli({"alerts", "test", "ops"}).code, 0);
    ASSERT_TRUE(eventually(Seconds{15}, [&] { return daemon_.get("/v1/alerts")["items"].size() == 1; }));
    EXPECT_EQ(daemon_.get("/v1/alerts")["items"].at(0)["acknowledged"]["by"].string(), "admin_token_file");
    ASSERT_EQ(notices().size(), 2u);
    EXPECT_EQ(notices()[1]["event"].string(), "test");
    EXPECT_THAT(daemon_.log(), ::testing::Not(HasSubstr("shared secret")));
}

TEST_F(Alerted, AChannelThatRefusesIsNamedAndTriedAgain) {
    broken(true);
    daemon_.start();
    const Ended test = daemon_.cli({"alerts", "test", "ops"});
    EXPECT_EQ(test.code, 1);
    EXPECT_THAT(test.err, HasSubstr("The alert channel ops answered HTTP 500."));
    (void)vendors_.add_orders(1, "platform_sale");
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return !daemon_.events("alert.not_sent").empty(); })) << daemon_.story();
    broken(false);
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return notices().size() == 1; })) << daemon_.story();
    EXPECT_EQ(daemon_.call("POST", "/v1/alert-channels/none/test").status, 404);
    EXPECT_EQ(daemon_.get("/v1/alert-channels")["items"].at(0)["signed"].boolean(), true);
}

/// aiosmtpd as Debian has it, with STARTTLS and a password, trusted by the daemon as an administrator would have it.
class Mailed : public ::testing::Test {
protected:
    void SetUp() override {
        const std::string python = "/usr/bin/python3";
        if (run_to_end({python, "-c", "import aiosmtpd"}).code != 0) GTEST_SKIP() << "needs python3-aiosmtpd";
        const auto made = run_to_end({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                      "-nodes", "-keyout", file("key"), "-out", file("certificate"), "-subj",
                                      "/CN=mail", "-addext", "subjectAltName=DNS:localhost"});
        ASSERT_EQ(made.code, 0) << made.err;
        server_ = std::make_unique<Process>(
            std::vector<std::string>{python, BRYGGA_SOURCE_DIR "/tests/system/mail_server.py", file("certificate"),
                                     file("key"), "brygga", "shared secret"},
            file("mail_server.log"));
        write_file(daemon_.directory() / "alerts.d/ops.yaml",
                   fmt::format("channel: ops\nkind: smtp\nhost: localhost\nport: {}\nusername: brygga\n"
                               "password: {{ file: secrets/smtp }}\nfrom: brygga@shop.example\n"
                               "to: [ops@example.com, books@example.com]\n",
                               next()["port"].text()));
        write_file(daemon_.directory() / "secrets/smtp", "shared secret\n");
        daemon_.launch({{"SSL_CERT_FILE", file("certificate")}});
        ASSERT_TRUE(daemon_.await_ready()) << daemon_.log();
    }
    /// What the server says next: its port, then each mail.
    Json next() { return Json::parse(server_->line(Seconds{30}).value_or("")).value_or(Json{}); }
    std::string file(const std::string& name) const { return (directory_.path() / name).string(); }

    TempDir directory_;
    std::unique_ptr<Process> server_;
    Simulated vendors_{{"--orders", "0", "--clean"}};
    Daemon daemon_{vendors_};
};

TEST_F(Mailed, AHeldOrderIsToldByMail) {
    const Ended test = daemon_.cli({"alerts", "test", "ops"});
    ASSERT_EQ(test.code, 0) << test.err << read_file(file("mail_server.log"));
    EXPECT_EQ(next()["subject"].string(), "Brygga: this is a test of the channel");
    (void)vendors_.add_orders(1, "platform_sale");
    const Json mail = next();
    EXPECT_EQ(mail["subject"].string(), "Brygga: 1 delivery of flow orders needs a person") << mail.pretty();
    EXPECT_EQ(mail["from"].string(), "brygga@shop.example");
    EXPECT_EQ(mail["to"].dump(), R"(["ops@example.com","books@example.com"])");
    EXPECT_EQ(mail["auto_submitted"].string(), "auto-generated");
    EXPECT_EQ(mail["defects"].integer(-1), 0) << "read by Python's parser of mail";
    EXPECT_THAT(std::string{mail["text"].string()}, HasSubstr("Cause: "));
    EXPECT_THAT(std::string{mail["text"].string()}, HasSubstr("What to do: "));
    EXPECT_THAT(daemon_.log(), ::testing::Not(HasSubstr("shared secret")));
}

TEST_F(Mailed, AServerThatRefusesOrIsGoneIsSaidAndStopsNothing) {
    write_file(daemon_.directory() / "secrets/smtp", "an older secret\n");
    daemon_.signal(SIGHUP);
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return !daemon_.events("configuration.reloaded").empty(); }));
    const Ended refused = daemon_.cli({"alerts", "test", "ops"});
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, HasSubstr("of the alert channel ops refused username and password: 535"));
    server_->kill_hard();
    (void)vendors_.add_orders(1, "platform_sale");
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return !daemon_.events("alert.not_sent").empty(); })) << daemon_.story();
    EXPECT_THAT(std::string{daemon_.events("alert.not_sent")[0]["message"].string()},
                HasSubstr("did not reach localhost:"));
    const auto numbers = vendors_.add_orders(1);
    EXPECT_TRUE(daemon_.reaches(numbers[0], "delivered")) << daemon_.story();
}

}  // namespace
}  // namespace brygga::system_test
