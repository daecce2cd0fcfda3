// Calls of vendors, through a proxy as in front of a real host: hints that arrive, are lost, doubled, forged, cut off
// by a crash; and the registrations behind them.
#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"
#include "http_server.hpp"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Hooks : public ::testing::Test {
protected:
    explicit Hooks(std::vector<std::string> more = {}, Layout layout = {})
        : vendors_{with({"--orders", "0", "--clean"}, std::move(more))} {
        EXPECT_TRUE(proxy_.start(0));
        layout.host += "public_url: http://127.0.0.1:" + std::to_string(proxy_.port()) + "\n";
        if (layout.trigger == Layout{}.trigger) layout.trigger = "{ webhook: true, every: 1h }";
        daemon_ = std::make_unique<Daemon>(vendors_, std::move(layout));
    }
    static std::vector<std::string> with(std::vector<std::string> all, std::vector<std::string> more) {
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    sim::Reply forward(const sim::Request& request) const {
        const Answer answer =
            http_call(request.method, daemon_->url() + request.target, {}, Json::parse(request.body).value_or(Json{}));
        return {.status = answer.status, .body = answer.body};
    }
    Json registered(const char* vendor) const { return vendors_.get("/webhooks")[vendor]; }
    Json shown(const char* connection) const {
        return daemon_->get(std::string{"/v1/connections/"} + connection)["webhooks"];
    }
    bool all_registered(const char* connection, std::size_t count) const {
        return eventually(Seconds{20}, [&] {
            const Json hooks = shown(connection);
            return hooks.size() == count && std::ranges::all_of(hooks.items(), [](const Json& hook) {
                       return hook["state"].string() == "registered";
                   });
        });
    }
    /// The daemon is up, has registered, and its first poll is over.
    void start() {
        daemon_->start();
        ASSERT_TRUE(all_registered("shop", 3)) << shown("shop").pretty() << daemon_->story();
        ASSERT_TRUE(eventually(Seconds{20}, [&] { return runs("done") > 0; })) << daemon_->story();
    }
    int runs(std::string_view state, std::string_view trigger = {}) const {
        int count = 0;
        const Json all = daemon_->get("/v1/runs?flow=orders&limit=500");
        for (const Json& run : all["items"].items())
            count += run["state"].string() == state && (trigger.empty() || run["trigger"].string() == trigger);
        return count;
    }
    std::string path_of_hook() const {
        const std::string address{registered("ccvshop").at(0)["address"].string()};
        return address.substr(address.find("/hooks/"));
    }
    void mode(const char* how) const { (void)vendors_.post("/switches", Json::object({{"webhooks", how}})); }

    const Simulated vendors_;
    std::unique_ptr<Daemon> daemon_;
    sim::HttpServer proxy_{[this](const sim::Request& request) { return forward(request); }};
};

TEST_F(Hooks, AnOrderReachesTheBooksLongBeforeTheNextPoll) {
    start();
    const std::string number = vendors_.add_orders(1).at(0);
    EXPECT_TRUE(daemon_->reaches(number, "delivered", Seconds{20})) << daemon_->story();
    EXPECT_EQ(runs("done", "webhook"), 1);
    EXPECT_EQ(runs("done", "schedule"), 1);
    vendors_.change_order(number, Json::object({{"status", 2}}));
    EXPECT_TRUE(eventually(Seconds{20}, [&] { return runs("done", "webhook") == 2; })) << daemon_->story();

    const Ended table = daemon_->cli({"connections", "webhooks", "shop"});
    EXPECT_THAT(table.out, HasSubstr("orders.created")) << table.err;
    EXPECT_THAT(table.out, HasSubstr("registered"));
    const Json hook = member_of(shown("shop"), "event", "orders.created");
    EXPECT_EQ(hook["hints"].integer(), 1) << hook.pretty();
    EXPECT_FALSE(hook["last_hint"].is_null());
    const std::string secret = path_of_hook().substr(std::string_view{"/hooks/shop/"}.size());
    EXPECT_THAT(daemon_->log() + shown("shop").dump(), ::testing::Not(HasSubstr(secret)));
    EXPECT_THAT(daemon_->errors_logged(), IsEmpty());
}

TEST_F(Hooks, DoubledAndReorderedCallsWriteEveryOrderOnce) {
    start();
    for (const char* how : {"doubled", "reordered"}) {
        mode(how);
        for (const std::string& number : vendors_.add_orders(5))
            EXPECT_TRUE(daemon_->reaches(number, "delivered", Seconds{30})) << how << daemon_->story();
    }
    EXPECT_LE(runs("done", "webhook"), 6) << "many hints are few runs";
    EXPECT_TRUE(vendors_.report()["agree"].boolean(true));
    EXPECT_EQ(daemon_->deliveries().size(), 10u);
}

TEST_F(Hooks, AForgedCallIsNothing) {
    start();
    const std::string path = path_of_hook();
    const Json body = Json::object({{"id", 1}});
    const Answer wrong_key = http_call("POST", daemon_->url() + path + "x", {}, body),
                 wrong_name = http_call("POST", daemon_->url() + "/hooks/books/" + path.substr(12), {}, body);
    EXPECT_EQ(wrong_key.status, 404);
    EXPECT_EQ(wrong_name.status, 404);
    EXPECT_EQ(wrong_key.body, wrong_name.body);
    EXPECT_EQ(http_call("GET", daemon_->url() + path).status, 405);
    EXPECT_EQ(http_call("POST", daemon_->url() + path, {}, Json{std::string(70'000, 'x')}).status, 413);
    // Whoever knows the address and not what the vendor says.
    EXPECT_EQ(http_call("POST", daemon_->url() + path, {}, Json::object()).status, 200);
    EXPECT_TRUE(eventually(Seconds{10}, [&] {
        std::int64_t refused = 0;
        const Json hooks = shown("shop");
        for (const Json& hook : hooks.items()) refused += hook["refused"].integer(0);
        return refused == 1;
    })) << shown("shop").pretty();
    EXPECT_EQ(runs("done", "webhook") + runs("running", "webhook") + runs("queued", "webhook"), 0);
}

TEST_F(Hooks, AKillAfterTheAnswerLosesNoHint) {
    start();
    vendors_.fault("ccvshop", "503", "1", Json::object({{"method", "GET"}}));
    const std::string number = vendors_.add_orders(1).at(0);
    const auto taken = [&] {
        const Json calls = vendors_.get("/webhooks")["calls"];
        return calls.size() == 1 && calls.at(0)["status"].integer(0) == 200;
    };
    ASSERT_TRUE(eventually(Seconds{10}, taken)) << vendors_.get("/webhooks").pretty();
    daemon_->kill_hard();
    vendors_.clear_faults();
    daemon_->start();
    EXPECT_TRUE(daemon_->reaches(number, "delivered", Seconds{20})) << daemon_->story();
    EXPECT_EQ(registered("ccvshop").size(), 3u) << "and nothing was registered twice";
}

TEST_F(Hooks, WhatNoFlowWaitsForIsUnregistered) {
    start();
    const std::string path = path_of_hook();
    const auto trigger = [&](const std::string& how) {
        const std::string text = read_file(daemon_->directory() / "flows.d/orders.yaml");
        const auto from = text.find("trigger: "), to = text.find('\n', from);
        write_file(daemon_->directory() / "flows.d/orders.yaml",
                   text.substr(0, from) + "trigger: " + how + text.substr(to));
        daemon_->signal(SIGHUP);
    };
    trigger("{ every: 1h }");
    EXPECT_TRUE(eventually(Seconds{20}, [&] { return registered("ccvshop").size() == 0; })) << daemon_->story();
    EXPECT_TRUE(eventually(Seconds{20},
                           [&] { return http_call("POST", daemon_->url() + path, {}, Json::object()).status == 404; }));
    trigger("{ webhook: true }");
    EXPECT_TRUE(all_registered("shop", 3)) << daemon_->story();
    EXPECT_NE(path_of_hook(), path);
}

TEST_F(Hooks, AConnectionThatIsRemovedIsUnregistered) {
    start();
    std::filesystem::remove(daemon_->directory() / "flows.d/orders.yaml");
    std::filesystem::remove(daemon_->directory() / "connections.d/shop.yaml");
    daemon_->signal(SIGHUP);
    EXPECT_TRUE(eventually(Seconds{20}, [&] { return registered("ccvshop").size() == 0; })) << daemon_->story();
    EXPECT_THAT(daemon_->log(), ::testing::Not(HasSubstr("left_behind")));
}

TEST_F(Hooks, ARefusedRegistrationIsShownAndPollingGoesOn) {
    vendors_.fault("ccvshop", "500", "1", Json::object({{"method", "POST"}}));
    daemon_->start();
    EXPECT_TRUE(eventually(Seconds{20}, [&] {
        const Json hooks = shown("shop");
        return hooks.size() == 3 && hooks.at(0)["state"].string() == "failing" &&
               !hooks.at(0)["error"]["message"].string().empty();
    })) << shown("shop").pretty();
    EXPECT_TRUE(eventually(Seconds{20}, [&] { return runs("done") > 0; })) << daemon_->story();
    const Ended table = daemon_->cli({"connections", "webhooks", "shop"});
    EXPECT_THAT(table.out, HasSubstr("failing"));
}

class HooksOfIsolated : public Hooks {
protected:
    HooksOfIsolated() : Hooks({}, {.connection = "isolation: process\n"}) {}
};
TEST_F(HooksOfIsolated, AreTheSameInAProcessOfTheConnector) {
    start();
    const std::string number = vendors_.add_orders(1).at(0);
    EXPECT_TRUE(daemon_->reaches(number, "delivered", Seconds{20})) << daemon_->story();
    EXPECT_EQ(runs("done", "webhook"), 1);
}

class HooksThatGetLost : public Hooks {
protected:
    HooksThatGetLost() : Hooks({"--switch", "webhooks=lost"}, {.trigger = "{ webhook: true, every: 2s }"}) {}
};
TEST_F(HooksThatGetLost, TheNextPollFindsIt) {
    start();
    const std::string number = vendors_.add_orders(1).at(0);
    EXPECT_TRUE(daemon_->reaches(number, "delivered", Seconds{20})) << daemon_->story();
    EXPECT_EQ(runs("done", "webhook"), 0);
}

class HooksOfEconomic : public Hooks {
protected:
    HooksOfEconomic()
        : Hooks({"--switch", "economic_webhook_url=loopback"},
                {.settings = "{ from_date: 2020-01-01, document: invoice_draft, target: { customer_group: Inhemska, "
                             "product_group: [ \"Varor 25\", \"Varor 12\", \"Varor 6\", \"Varor 0\" ] } }",
                 .economic = true}) {
        write_file(
            daemon_->directory() / "flows.d/statuses.yaml",
            "flow: statuses\nfrom: books\nto: shop\nentity: order_status\ntrigger: { webhook: true, every: 1h }\n"
            "settings: { from_date: 2020-01-01, statuses: { invoiced: Slutförd } }\n");
    }
};
TEST_F(HooksOfEconomic, ABookedInvoiceIsToldToTheShop) {
    start();
    ASSERT_TRUE(all_registered("books", 1)) << shown("books").pretty() << daemon_->story();
    const std::string number = vendors_.add_orders(1).at(0);
    ASSERT_TRUE(daemon_->reaches(number, "delivered", Seconds{20})) << daemon_->story();
    vendors_.change_order(number, Json::object({{"status", 1}}));
    const Json draft = daemon_->delivery(number);
    (void)vendors_.post("/economic/book", Json::object({{"number", draft["target_ref"]["number"]}}));
    EXPECT_TRUE(
        eventually(Seconds{20}, [&] { return vendors_.get("/shop/statuses")[number]["status"].integer(0) == 7; }))
        << daemon_->get("/v1/runs?flow=statuses").pretty() << daemon_->get("/v1/deliveries?flow=statuses").pretty();
}

class HooksOfGoods : public Hooks {
protected:
    HooksOfGoods() : Hooks({}, {.trigger = "{}"}) {
        write_file(daemon_->directory() / "flows.d/goods.yaml",
                   "flow: goods\nfrom: shop\nto: books\nentity: product\ntrigger: { webhook: true, every: 1h }\n"
                   "accept: 'product.sku.starts_with(\"NY-\")'\n");
    }
};
TEST_F(HooksOfGoods, AProductReachesTheBooksLongBeforeTheNextPoll) {
    daemon_->start();
    ASSERT_TRUE(all_registered("shop", 2)) << shown("shop").pretty() << daemon_->story();
    const auto runs_of_goods = [&] { return daemon_->get("/v1/runs?flow=goods&limit=500")["items"].size(); };
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return runs_of_goods() > 0 && daemon_->idle("shop"); }));
    const auto price = [&] {
        const Json books = vendors_.get("/ledger");
        return std::string{member_of(books["articles"], "Number", "NY-1")["GrossPrice"].text()};
    };
    for (const char* wanted : {"100", "110"}) {
        (void)vendors_.post("/shop/product",
                            Json::object({{"productnumber", "NY-1"}, {"price", *Decimal::parse(wanted)}}));
        EXPECT_TRUE(eventually(Seconds{20}, [&] { return price() == wanted; })) << daemon_->story();
    }
    EXPECT_THAT(daemon_->errors_logged(), IsEmpty());
}

}  // namespace
}  // namespace brygga::system_test
