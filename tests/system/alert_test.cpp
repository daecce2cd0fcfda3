// Alerts on their way out: a real daemon and a webhook that listens.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <mutex>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"
#include "http_server.hpp"

namespace brygga::system_test {
namespace {

using testing::HasSubstr;

std::string hmac_hex(const std::string& key, const std::string& text) {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), bytes, &size);
    std::string out;
    for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", bytes[i]);
    return out;
}

class Alerted : public testing::Test {
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
    EXPECT_TRUE(daemon_.stop(Seconds{30}));
    daemon_.start();
    EXPECT_EQ(daemon_.cli({"alerts", "test", "ops"}).code, 0);
    ASSERT_TRUE(eventually(Seconds{15}, [&] { return daemon_.get("/v1/alerts")["items"].size() == 1; }));
    ASSERT_EQ(notices().size(), 2u);
    EXPECT_EQ(notices()[1]["event"].string(), "test");
    EXPECT_THAT(daemon_.log(), testing::Not(HasSubstr("shared secret")));
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

}  // namespace
}  // namespace brygga::system_test
