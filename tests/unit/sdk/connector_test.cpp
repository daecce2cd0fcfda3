#include "brygga/sdk/connector.hpp"

#include <gtest/gtest.h>

#include "brygga/testing/fake_host.hpp"

namespace brygga::testing {
namespace {

using sdk::Call;
using sdk::Failure;

class Shop {
public:
    static constexpr std::string_view manifest = R"({"id":"shop"})";
    Shop(sdk::Host host, const Json& config) : host_{host}, base_{config["base_url"].string()} {
        if (base_.empty()) throw Failure{BRYGGA_MISCONFIGURED, "config", "No address."};
    }
    void check(Call& call) {
        if (host_.http(call, Json::object({{"method", "GET"}, {"url", base_ + "/me"}, {"read", true}})).status != 200)
            throw Failure{BRYGGA_AUTH, "keys", "Refused.", "Connect again."}.remote(401).after(5);
    }
    void poll(Call& call, const sdk::PollRequest& request, sdk::Page& page) {
        if (request.type == "throws") throw std::runtime_error{"oops"};
        if (request.type == "odd") throw 42;
        if (request.type == "sleeps") host_.sleep(call, 1000);
        call.throw_if_cancelled();
        if (!page.seen("1", "r")) page.entity(Json::object({{"id", "1"}}));
        page.entity(Json::object({{"id", "2"}}));
        page.checkpoint(Json::object({{"n", request.cursor["n"].integer(0) + 1}}), true);
    }
    Json deliver(Call&, const Json& document, std::string_view key) {
        if (document["fail"].boolean()) throw Failure{BRYGGA_TRANSIENT, "cut", "Cut."}.unknown_outcome();
        host_.log(BRYGGA_LOG_INFO, "delivered", Json::object({{"n", 1}}));
        return Json::object({{"id", key}});
    }

private:
    sdk::Host host_;
    std::string base_;
};

const brygga_plugin& plugin() { return sdk::detail::Adapter<Shop>::plugin; }
Json config() { return Json::object({{"base_url", "https://shop.example"}}); }

TEST(Connector, LeavesOutWhatTheClassDoesNotHave) {
    EXPECT_NE(plugin().connector->poll, nullptr);
    EXPECT_EQ(plugin().connector->find, nullptr);
    EXPECT_EQ(plugin().connector->struct_size, sizeof(brygga_connector_api));
}

TEST(Connector, PollsFromACursor) {
    FakeHost host;
    Instance shop{host, plugin(), config()};
    const Outcome first = shop.poll("order");
    ASSERT_TRUE(first.ok()) << first.text();
    EXPECT_EQ(first.rows.size(), 2u);
    EXPECT_TRUE(first.checkpoints.at(0).has_more);
    host.seen.insert({"1", "r"});
    const Outcome second = shop.poll("order", first.checkpoints.at(0).cursor);
    EXPECT_EQ(second.rows.size(), 1u);
    EXPECT_EQ(second.checkpoints.at(0).cursor["n"].integer(), 2);
}

TEST(Connector, TurnsExceptionsIntoStatuses) {
    FakeHost host;
    Instance shop{host, plugin(), config()};
    EXPECT_EQ(shop.poll("throws").status, BRYGGA_BUG);
    EXPECT_EQ(shop.poll("throws").message, "oops");
    EXPECT_EQ(shop.poll("odd").status, BRYGGA_BUG);
    EXPECT_THROW((Instance{host, plugin(), Json::object()}), std::runtime_error);
}

TEST(Connector, ReportsAFailureOnceWithAllItsParts) {
    FakeHost host;
    Instance shop{host, plugin(), config()};
    host.http("GET", "https://shop.example/me").answer(401);
    const Outcome refused = shop.check();
    EXPECT_EQ(refused.status, BRYGGA_AUTH);
    EXPECT_EQ(refused.code, "keys");
    EXPECT_EQ(refused.remedy, "Connect again.");
    EXPECT_EQ(refused.remote_status, 401u);
    EXPECT_EQ(refused.retry_after_ms, 5);
    EXPECT_EQ(refused.failures, 1);
    host.http("GET", "*").fail(BRYGGA_RATE_LIMITED, "http.budget");
    const Outcome limited = shop.check();
    EXPECT_EQ(limited.status, BRYGGA_RATE_LIMITED);
    EXPECT_EQ(limited.code, "http.budget") << "what the service said stays";
    EXPECT_EQ(limited.failures, 1);
    EXPECT_EQ(host.problems(), "");
}

TEST(Connector, StopsWhenTheHostSaysSo) {
    FakeHost host;
    Instance shop{host, plugin(), config()};
    host.cancel_after_rows = 1;
    const Outcome cut = shop.poll("order");
    EXPECT_EQ(cut.status, BRYGGA_CANCELLED);
    EXPECT_TRUE(cut.checkpoints.empty());
    host.cancelled = true;
    EXPECT_EQ(shop.poll("sleeps").status, BRYGGA_CANCELLED);
    EXPECT_EQ(shop.poll("order").code, "cancelled");
}

TEST(Connector, SleepsOnTheHostsClock) {
    FakeHost host;
    Instance shop{host, plugin(), config()};
    EXPECT_TRUE(shop.poll("sleeps").ok());
    EXPECT_EQ(host.slept_ms, 1000);
    host.deadline_ms = 500;
    EXPECT_EQ(shop.poll("sleeps").status, BRYGGA_CANCELLED);
}

TEST(Connector, Delivers) {
    FakeHost host;
    Instance shop{host, plugin(), config()};
    EXPECT_EQ(shop.deliver(Json::object(), "k").result["id"].string(), "k");
    EXPECT_EQ(host.log().at(0).fields["n"].integer(), 1);
    const Outcome cut = shop.deliver(Json::object({{"fail", true}}));
    EXPECT_EQ(cut.status, BRYGGA_TRANSIENT);
    EXPECT_TRUE(cut.outcome_unknown);
}

TEST(FakeHost, SaysWhatWentAgainstTheScript) {
    FakeHost host;
    Instance shop{host, plugin(), config()};
    EXPECT_EQ(shop.check().status, BRYGGA_BUG);
    host.http("GET", "https://never.example/");
    host.http("GET", "https://shop.example/*").times(0).check([](const HttpCall& c) {
        return c.request["read"].boolean() ? std::string{"as expected, but say it"} : std::string{};
    });
    EXPECT_TRUE(shop.check().ok());
    EXPECT_EQ(host.problems(),
              "not in the script: GET https://shop.example/me\n"
              "GET https://shop.example/me: as expected, but say it\n"
              "expected and not sent: GET https://never.example/\n");
    EXPECT_TRUE(matches("a*b*c", "a-b-b-c"));
    EXPECT_FALSE(matches("a*b", "a-b-c"));
}

}  // namespace
}  // namespace brygga::testing
