// Versions of a flow, with real processes: what becomes one, what changed, the way back, and which one mapped an order.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr, ::testing::Not;

class Versions : public ::testing::Test {
protected:
    Versions() : daemon_{vendors_, layout()} { file_ = read_file(path()); }
    static Layout layout() {
        Layout out;
        out.trigger = "{}";  // by hand
        out.mapping = "mapping: { document.your_reference: '\"one\"' }\ntests: []\n";
        return out;
    }
    std::filesystem::path path() const { return daemon_.directory() / "flows.d/orders.yaml"; }
    /// The flow file with this for the reference, and a reload that takes it.
    void reload_with(const std::string& reference, const std::string& more = {}) {
        std::string text = file_;
        text.replace(text.find("\"one\""), 5, reference);
        write_file(path(), text + more);
        reload();
    }
    void reload() {
        const std::size_t before = daemon_.events("configuration.reloaded").size();
        daemon_.signal(SIGHUP);
        ASSERT_TRUE(eventually(Seconds{35}, [&] { return daemon_.events("configuration.reloaded").size() > before; }))
            << daemon_.story();
    }
    std::string active() const { return std::string{daemon_.get("/v1/flows/orders")["version"].text()}; }
    std::string rolled_back_to() const { return std::string{daemon_.get("/v1/flows/orders")["rolled_back_to"].text()}; }
    /// A new order, delivered; the version that mapped it, and what the books have for its reference.
    std::pair<std::string, std::string> deliver_one() {
        const std::string number = vendors_.add_orders(1, "plain_person").at(0);
        EXPECT_TRUE(daemon_.settle()) << daemon_.story();
        const Json delivery = daemon_.delivery(number);
        EXPECT_EQ(delivery["state"].string(), "delivered") << delivery.pretty();
        const Json ledger = vendors_.get("/ledger");
        return {std::string{delivery["flow_version"].text()},
                std::string{member_of(ledger["orders"], "BuyersOrderReference", number)["YourReference"].string()}};
    }
    /// The flow with a test, and the file without which it is red.
    void write_tested() {
        write_file(daemon_.directory() / "tests/order.json", "{}");
        write_file(path(),
                   file_.substr(0, file_.find("tests:")) +
                       "tests:\n  - name: given\n    given: { file: tests/order.json }\n    check: [ 'true' ]\n");
        EXPECT_EQ(daemon_.cli({"check", daemon_.directory().string()}).code, 1) << "no order, so the test is red";
        write_file(
            daemon_.directory() / "tests/order.json",
            R"({"id":"1","number":"1042","status":"new","placed_at":"2026-01-14T23:30:00Z","currency":"SEK",)"
            R"("prices_include_tax":true,"customer":{"kind":"person","name":"Anna"},"billing":{"country":"SE"},)"
            R"("payment":{"state":"paid"},"lines":[{"kind":"product","quantity":2,"unit_price":6.25,"total":12.50,"rate":25}]})");
    }
    using Mapped = std::pair<std::string, std::string>;

    Simulated vendors_{{"--orders", "0", "--clean", "--known-share", "0"}};
    Daemon daemon_;
    std::string file_;
};

TEST_F(Versions, AreMadeByChangesShownWithDiffAndRolledBackUntilTheFileChanges) {
    daemon_.start();
    EXPECT_EQ(deliver_one(), (Mapped{"1", "one"}));
    write_file(path(), "# a comment\n" + file_);
    reload();
    EXPECT_EQ(active(), "1") << "a comment is no new version";
    reload_with("\"two\"");
    EXPECT_EQ(deliver_one(), (Mapped{"2", "two"}));

    const Ended diff = daemon_.cli({"flows", "versions", "orders", "--diff", "1", "2"});
    EXPECT_EQ(diff.code, 0) << diff.err;
    EXPECT_THAT(diff.out,
                HasSubstr("\n-  document.your_reference: '\"one\"'\n+  document.your_reference: '\"two\"'\n"));
    EXPECT_EQ(daemon_.cli({"flows", "versions", "orders", "--diff", "1"}).out, diff.out) << "against the newest";
    EXPECT_THAT(daemon_.cli({"flows", "versions", "orders", "1"}).out, HasSubstr("customer.address.city"));
    EXPECT_EQ(daemon_.cli({"flows", "versions", "orders", "3"}).code, 1);

    const Ended back = daemon_.cli({"flows", "rollback", "orders", "1"});
    EXPECT_EQ(back.code, 0) << back.err;
    EXPECT_THAT(back.out, HasSubstr("version 3 is active, the same as version 1. Its file is set aside"));
    EXPECT_EQ(deliver_one(), (Mapped{"3", "one"}));
    EXPECT_THAT(daemon_.cli({"flows", "list"}).out, HasSubstr("ROLLED_BACK_TO"));
    EXPECT_EQ(rolled_back_to(), "1");
    const Ended checked = daemon_.cli({"check", daemon_.directory().string()});
    EXPECT_EQ(checked.code, 0);
    EXPECT_THAT(checked.err, HasSubstr("flows.d/orders.yaml:1:1: flow 'orders': version 3 is active, a rollback to "
                                       "version 1, not this file"));
    const Ended again = daemon_.cli({"flows", "rollback", "orders", "3"});
    EXPECT_EQ(again.code, 1);
    EXPECT_THAT(again.err, HasSubstr("active now"));

    // It outlives a kill, a stop, a reload and a comment.
    daemon_.kill_hard();
    daemon_.start();
    EXPECT_EQ(deliver_one(), (Mapped{"3", "one"}));
    reload_with("\"two\"", "# a comment\n");
    EXPECT_EQ(deliver_one(), (Mapped{"3", "one"}));

    reload_with("\"three\"");
    EXPECT_EQ(deliver_one(), (Mapped{"4", "three"}));
    EXPECT_EQ(rolled_back_to(), "");
    const auto ended = daemon_.events("flow.rollback_ended", "warning");
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_THAT(std::string{ended[0]["message"].string()}, HasSubstr("flows.d/orders.yaml has changed"));
    EXPECT_THAT(daemon_.cli({"check", daemon_.directory().string()}).err, Not(HasSubstr("is active")));
    const Json list = daemon_.get("/v1/flows/orders/versions")["items"];
    ASSERT_EQ(list.size(), 4u) << list.pretty();
    EXPECT_EQ(list.at(1)["cause"].string(), "rollback");
    EXPECT_EQ(list.at(1)["same_as"].text(), "1");
    EXPECT_TRUE(list.at(0)["active"].boolean());
}

TEST_F(Versions, AHeldOrderIsMappedByAnOlderOneWhenAPersonWantsThat) {
    daemon_.start();
    EXPECT_EQ(deliver_one(), (Mapped{"1", "one"}));
    reload_with(R"(hold("the reference is to be checked"))");
    const std::string number = vendors_.add_orders(1, "plain_person").at(0);
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    const Json held = daemon_.delivery(number);
    ASSERT_EQ(held["state"].string(), "held") << held.pretty();
    const std::string id{held["id"].string()};

    const Ended preview = daemon_.cli({"replay", "--flow", "orders", "--flow-version", "1", "--preview"});
    EXPECT_EQ(preview.code, 0) << preview.err;
    EXPECT_THAT(preview.out, HasSubstr("one"));
    const Ended missing = daemon_.cli({"replay", id, "--flow-version", "7"});
    EXPECT_NE(missing.code, 0);
    EXPECT_THAT(missing.err, HasSubstr("has no version 7"));
    const Ended again = daemon_.cli({"replay", id, "--flow-version", "1", "--from-start"});
    EXPECT_EQ(again.code, 0) << again.err;
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return daemon_.delivery(number)["state"].string() == "delivered"; }))
        << daemon_.delivery(number).pretty();
    EXPECT_EQ(daemon_.delivery(number)["flow_version"].text(), "1");
    const Json ledger = vendors_.get("/ledger");
    EXPECT_EQ(member_of(ledger["orders"], "BuyersOrderReference", number)["YourReference"].string(), "one");
    EXPECT_EQ(active(), "2") << "the others go on as they were";
    const std::string other = vendors_.add_orders(1, "plain_person").at(0);
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    EXPECT_EQ(daemon_.delivery(other)["state"].string(), "held");
}

TEST_F(Versions, OneThatWasChosenAndDoesNotFitAnyMoreHoldsTheOrder) {
    write_tested();
    daemon_.start();
    reload_with(R"(hold("the reference is to be checked"))");
    const std::string number = vendors_.add_orders(1, "plain_person").at(0);
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    ASSERT_EQ(daemon_.cli({"flows", "pause", "orders"}).code, 0);
    const std::string id{daemon_.delivery(number)["id"].string()};
    ASSERT_EQ(daemon_.cli({"replay", id, "--flow-version", "1"}).code, 0);
    EXPECT_EQ(daemon_.delivery(number)["state"].string(), "pending");
    write_file(daemon_.directory() / "tests/order.json", "{}");
    reload();
    ASSERT_EQ(daemon_.cli({"flows", "resume", "orders"}).code, 0);
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return daemon_.delivery(number)["state"].string() == "held"; }))
        << daemon_.delivery(number).pretty();
    const Json error = daemon_.delivery(number)["error"];
    EXPECT_EQ(error["code"].string(), "version.refused");
    EXPECT_THAT(std::string{error["message"].string()}, HasSubstr("Version 1 of the flow 'orders'"));
    EXPECT_EQ(daemon_.cli({"replay", id, "--flow-version", "1"}).code, 1) << "now it is known before";
}

TEST_F(Versions, WhatIsOnItsWayDuringARollbackIsMappedByOneOfThem) {
    const Simulated slow{{"--orders", "0", "--clean", "--known-share", "0", "--latency-ms", "40"}};
    Daemon daemon{slow, layout()};
    daemon.start();
    write_file(daemon.directory() / "flows.d/orders.yaml", [&] {
        std::string text = read_file(daemon.directory() / "flows.d/orders.yaml");
        return text.replace(text.find("\"one\""), 5, "\"two\"");
    }());
    daemon.signal(SIGHUP);
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return !daemon.events("configuration.reloaded").empty(); }));
    slow.add_orders(24, "plain_person");
    ASSERT_EQ(daemon.call("POST", "/v1/flows/orders/runs").status, 202);
    ASSERT_TRUE(
        eventually(Seconds{20}, [&] { return daemon.count("in_flight") > 0 && daemon.count("delivered") > 0; }));
    ASSERT_EQ(daemon.cli({"flows", "rollback", "orders", "1"}).code, 0);
    // Another run would read them anew, and the documents would follow.
    ASSERT_TRUE(eventually(Seconds{40}, [&] { return daemon.count("delivered") == 24; })) << daemon.story();
    const Json ledger = slow.get("/ledger");
    std::map<std::string, int> mapped;
    for (const Json& delivery : daemon.deliveries()) {
        EXPECT_EQ(delivery["state"].string(), "delivered") << delivery.pretty();
        const std::string version{delivery["flow_version"].text()};
        const Json& order =
            member_of(ledger["orders"], "BuyersOrderReference", delivery["source_ref"]["number"].string());
        EXPECT_EQ(order["YourReference"].string(), std::string{version == "2" ? "two" : "one"}) << version;
        ++mapped[version];
    }
    EXPECT_EQ(mapped["2"] + mapped["3"], 24);
    EXPECT_GT(mapped["2"], 0);
    EXPECT_GT(mapped["3"], 0) << "the rollback came when all was done";
    EXPECT_EQ(ledger["orders"].size(), 24u);
}

TEST_F(Versions, ARollbackThatIsCutByAKillIsDoneAtTheNextStart) {
#ifndef BRYGGA_CRASH_POINTS
    GTEST_SKIP() << "this build has no crash points";
#endif
    daemon_.launch({{"BRYGGA_CRASH_AT", "versions_stored:3"}});  // at the start, the reload, the rollback
    ASSERT_TRUE(daemon_.await_ready());
    reload_with("\"two\"");
    EXPECT_EQ(daemon_.call("POST", "/v1/flows/orders/rollback", Json::object({{"version", 1}})).status, 0);
    EXPECT_EQ(daemon_.wait(Seconds{10}), 128 + SIGKILL);
    daemon_.start();
    EXPECT_EQ(rolled_back_to(), "1");
    EXPECT_EQ(deliver_one(), (Mapped{"3", "one"}));
}

TEST_F(Versions, ARollbackToWhatTheFileSaysEndsTheRollback) {
    daemon_.start();
    reload_with("\"two\"");
    ASSERT_EQ(daemon_.cli({"flows", "rollback", "orders", "1"}).code, 0);
    const Ended ended = daemon_.cli({"flows", "rollback", "orders", "2"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("version 4 is active, what its file says."));
    EXPECT_EQ(deliver_one(), (Mapped{"4", "two"}));
    EXPECT_EQ(rolled_back_to(), "");
    write_file(path(), file_);
    reload();
    EXPECT_EQ(deliver_one(), (Mapped{"5", "one"})) << "the file counts";
}

TEST_F(Versions, AVersionThatDoesNotFitAnyMoreIsRefusedAndNothingChanges) {
    write_tested();
    daemon_.start();
    reload_with("\"two\"");
    write_file(daemon_.directory() / "tests/order.json", "{}");
    const Ended red = daemon_.cli({"flows", "rollback", "orders", "1"});
    EXPECT_EQ(red.code, 1);
    EXPECT_THAT(red.err, HasSubstr("Version 1 of the flow 'orders' cannot be active: version 1 of orders:"));
    EXPECT_THAT(red.err, HasSubstr("Choose another version."));
    const Answer answer = daemon_.call("POST", "/v1/flows/orders/rollback", Json::object({{"version", 1}}));
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.json()["title"].string(), "version.refused");
    EXPECT_EQ(daemon_.call("POST", "/v1/flows/orders/rollback", Json::object({{"version", 9}})).status, 404);
    EXPECT_EQ(daemon_.get("/v1/flows/orders/versions")["items"].size(), 2u);
    EXPECT_EQ(deliver_one(), (Mapped{"2", "two"}));
}

TEST_F(Versions, ARollbackThatDoesNotFitAnyMoreKeepsFromStartingAndSaysHowToGoOn) {
    const auto with_prefix = [&](const std::string& prefix) {
        std::string text = file_;
        const std::string settings = "settings: {";
        text.replace(text.find(settings), settings.size(), settings + " reference_prefix: " + prefix + ",");
        write_file(path(), text);
    };
    daemon_.start();
    with_prefix("A-");
    reload();
    ASSERT_EQ(daemon_.cli({"flows", "rollback", "orders", "1"}).code, 0);
    ASSERT_EQ(daemon_.stop(Seconds{30}), 0);
    // Beside the file it may be, beside the version that is active it would have the same references.
    write_file(daemon_.directory() / "flows.d/second.yaml", "flow: second\nfrom: shop\nto: books\n");
    const Ended refused = daemon_.start_refused();
    EXPECT_EQ(refused.code, 78);
    EXPECT_THAT(refused.err, HasSubstr("Version 3 of the flow 'orders' cannot be active: flows.d/second.yaml:3:5:"));
    EXPECT_THAT(refused.err, HasSubstr("A change in flows.d/orders.yaml makes the file count again."));
    with_prefix("B-");
    daemon_.start();
    EXPECT_EQ(active(), "4");
    EXPECT_EQ(rolled_back_to(), "");
}

}  // namespace
}  // namespace brygga::system_test
