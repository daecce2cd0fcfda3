// Starting, stopping and reloading; the command line and its exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

TEST(Lifecycle, TermFinishesWhatIsUnderWayAndEndsWithZero) {
    const Simulated vendors{{"--orders", "80", "--seed", "21", "--latency-ms", "60"}};
    Daemon daemon{vendors};
    daemon.start();
    ASSERT_TRUE(
        eventually(Seconds{20}, [&] { return daemon.count("in_flight") > 0 && daemon.count("delivered") > 2; }));
    EXPECT_EQ(daemon.stop(Seconds{30}), 0);
    EXPECT_TRUE(daemon.errors_logged().empty()) << daemon.errors_logged().front().dump();
    // Nothing is left half done: no write needs to be looked up afterwards.
    vendors.post("/requests/reset");
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const Verdict verdict = judge(vendors.report(), daemon.deliveries());
    EXPECT_TRUE(verdict.complaints.empty() && verdict.share_reached()) << verdict.text();
}

TEST(Lifecycle, ABrokenReloadKeepsTheRunningConfiguration) {
    const Simulated vendors{{"--orders", "10", "--clean"}};
    Daemon daemon{vendors};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const auto flow = daemon.directory() / "flows.d/orders.yaml";
    const std::string good = read_file(flow);
    write_file(flow, good + "triger: { every: 1m }\n");
    daemon.signal(SIGHUP);
    ASSERT_TRUE(eventually(Seconds{10}, [&] { return !daemon.events("configuration.not_reloaded", "error").empty(); }))
        << daemon.log();
    EXPECT_THAT(daemon.events("configuration.not_reloaded").front().dump(), HasSubstr("flows.d/orders.yaml:"));
    vendors.add_orders(5);
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    EXPECT_EQ(judge(vendors.report(), daemon.deliveries()).delivered, 15);

    write_file(flow, good);
    daemon.signal(SIGHUP);
    ASSERT_TRUE(eventually(Seconds{35}, [&] { return !daemon.events("configuration.reloaded").empty(); }))
        << daemon.log();
    vendors.add_orders(5);
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    EXPECT_EQ(judge(vendors.report(), daemon.deliveries()).delivered, 20);
}

TEST(Lifecycle, SecretsAndPersonalDataStayOutOfLogs) {
    const Simulated vendors{{"--orders", "60", "--seed", "3"}};
    Daemon daemon{vendors, {.host = "log: { level: debug }\n"}};
    vendors.fault("eaccounting", "500", "0.1");
    vendors.fault("ccvshop", "html", "0.1");
    daemon.start();
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return daemon.count("delivered") > 30; })) << daemon.story();
    daemon.kill_hard();
    const std::string log = daemon.log();
    for (const char* name : {"secret_key", "client_secret", "refresh_token"})
        EXPECT_THAT(log, ::testing::Not(HasSubstr(vendors.credential(name)))) << name;
    EXPECT_THAT(log, ::testing::Not(HasSubstr(daemon.token())));
    EXPECT_THAT(log, ::testing::Not(HasSubstr("@example.com")));
    for (const char* file : {"master.key", "admin.token", "brygga.db"}) {
        struct stat facts {};
        ASSERT_EQ(stat((daemon.directory() / file).c_str(), &facts), 0);
        EXPECT_EQ(facts.st_mode & 077, 0u) << file;
    }
}

class CommandLine : public ::testing::Test {
protected:
    Simulated vendors_{{"--orders", "12", "--clean"}};
    Daemon daemon_{vendors_};
};

TEST_F(CommandLine, UsageErrorsAreTwo) {
    const std::string brygga = program("brygga").string();
    EXPECT_EQ(run_to_end({brygga}).code, 2);
    EXPECT_EQ(run_to_end({brygga, "--outputs", "json", "flows", "list"}).code, 2);
    EXPECT_EQ(run_to_end({brygga, "--output", "xml", "flows", "list"}).code, 2);
    EXPECT_EQ(run_to_end({brygga, "flows", "dance", "orders"}).code, 2);
    EXPECT_EQ(run_to_end({brygga, "--help"}).code, 0);
}

TEST_F(CommandLine, AnUnreachableHostIs69) {
    const Ended ended = run_to_end({program("brygga").string(), "--url", "http://127.0.0.1:1", "flows", "list"});
    EXPECT_EQ(ended.code, 69);
    EXPECT_THAT(ended.err, HasSubstr("127.0.0.1:1"));
}

TEST_F(CommandLine, ChecksWithoutAHost) {
    const std::string directory = daemon_.directory().string();
    EXPECT_EQ(run_to_end({program("brygga").string(), "check", directory}).code, 0);
    write_file(daemon_.directory() / "flows.d/orders.yaml", "flow: orders\nform: shop\n");
    const Ended ended = run_to_end({program("brygga").string(), "check", directory});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("flows.d/orders.yaml:2"));
    const Ended manifest = run_to_end(
        {program("brygga").string(), "plugin", "describe", (plugin_directory() / "brygga_ccvshop.so").string()});
    EXPECT_EQ(manifest.code, 0) << manifest.err;
    EXPECT_EQ(Json::parse(manifest.out).value_or(Json{})["id"].string(), "ccvshop");
}

TEST_F(CommandLine, TalksToTheHost) {
    daemon_.start();
    EXPECT_EQ(daemon_.cli({"--token", "wrong-token-of-a-stranger", "flows", "list"}).code, 77);
    EXPECT_EQ(daemon_.cli({"flows", "pause", "nothing"}).code, 1);
    const Ended checked = daemon_.cli({"connections", "check", "shop"});
    EXPECT_EQ(checked.code, 0) << checked.err;
    EXPECT_EQ(daemon_.cli({"connections", "check", "books"}).code, 0);

    const Ended run = daemon_.cli({"--output", "json", "run", "orders", "--wait"});
    EXPECT_EQ(run.code, 0) << run.err << run.out;
    EXPECT_EQ(Json::parse(run.out).value_or(Json{})["state"].string(), "done");
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    for (const std::vector<std::string>& list :
         {std::vector<std::string>{"flows", "list"}, {"connections", "list"}, {"deliveries"}, {"runs"}}) {
        std::vector<std::string> words{"--output", "json"};
        words.insert(words.end(), list.begin(), list.end());
        const Ended json = daemon_.cli(words);
        EXPECT_EQ(json.code, 0) << json.err;
        EXPECT_GT(Json::parse(json.out).value_or(Json{})["items"].size(), 0u) << list[0] << json.out;
        EXPECT_EQ(daemon_.cli(list).code, 0);
    }
    const Json delivered = daemon_.deliveries("delivered").front();
    EXPECT_THAT(daemon_.cli({"deliveries", "--limit", "500"}).out,
                HasSubstr(std::string{delivered["source_ref"]["number"].text()}));
    EXPECT_EQ(daemon_.cli({"show", std::string{delivered["id"].text()}}).code, 0);
}

TEST_F(CommandLine, ARunThatLeavesHeldOrdersIsThree) {
    Daemon manual{vendors_, {.trigger = "{}"}};
    vendors_.add_orders(1, "contradictory_totals");
    manual.start();
    const Ended run = manual.cli({"run", "orders", "--wait"});
    EXPECT_EQ(run.code, 3) << run.err << run.out;
    EXPECT_EQ(manual.count("delivered"), 12);
    EXPECT_EQ(manual.count("held") + manual.count("dead"), 1);
}

TEST_F(CommandLine, AWaitOnATerminalShowsHowFarItIs) {
    Daemon manual{vendors_, {.trigger = "{}"}};
    manual.start();
    EXPECT_EQ(manual.cli({"run", "orders", "--wait"}).err, "") << "no terminal";
    (void)vendors_.add_orders(1);
    const Ended shown =
        run_to_end({"/usr/bin/script", "-qec",
                    program("brygga").string() + " --url " + manual.url() + " run orders --wait", "/dev/null"},
                   {{"BRYGGA_TOKEN", manual.token()}, {"TERM", "xterm"}});
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("\r\x1b[Kdone, 1 "));
}

TEST_F(CommandLine, ARunOfOneRecordTakesThatOrderOnly) {
    Daemon manual{vendors_, {.trigger = "{}"}};
    manual.start();
    const std::string number = vendors_.add_orders(1).front();
    EXPECT_EQ(manual.cli({"run", "orders", "--record", number, "--wait"}).code, 0);
    const auto deliveries = manual.deliveries();
    ASSERT_EQ(deliveries.size(), 1u);
    EXPECT_EQ(deliveries[0]["state"].string(), "delivered");
    const Ended unknown = manual.cli({"run", "orders", "--record", "ORD1999-000001", "--wait"});
    EXPECT_EQ(unknown.code, 1);
    EXPECT_THAT(unknown.out + unknown.err, HasSubstr("ORD1999-000001"));
}

TEST_F(CommandLine, AStoppedFlowDeliversNothing) {
    daemon_.start();
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    EXPECT_EQ(daemon_.cli({"flows", "stop", "orders"}).code, 0);
    const std::int64_t calls = vendors_.calls("eaccounting");
    vendors_.add_orders(3);
    EXPECT_EQ(daemon_.cli({"run", "orders"}).code, 1);
    daemon_.kill_hard();
    daemon_.start();
    EXPECT_EQ(daemon_.get("/v1/flows/orders")["state"].string(), "stopped");
    EXPECT_EQ(vendors_.calls("eaccounting"), calls);
    EXPECT_EQ(daemon_.cli({"flows", "resume", "orders"}).code, 0);
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    EXPECT_EQ(judge(vendors_.report(), daemon_.deliveries()).delivered, 15);
}

}  // namespace
}  // namespace brygga::system_test
