// Connectors in processes of their own: the same orders in the books, whatever becomes of the processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include "daemon.h"
#include "http_server.hpp"
#include "verdict.h"

namespace brygga::system_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

Layout isolated() {
    Layout layout;
    layout.connection = "isolation: process\n";
    return layout;
}

/// The living processes that this one has started and that go by this name; stat of proc(5): PID (NAME) STATE PARENT.
std::vector<pid_t> children(pid_t parent, const std::string& name) {
    std::vector<pid_t> out;
    for (const auto& entry : fs::directory_iterator{"/proc"}) {
        std::ifstream in{entry.path() / "stat"};
        pid_t pid = 0, above = 0;
        std::string comm, state;
        if (in >> pid >> comm >> state >> above && above == parent && state != "Z" && comm == "(" + name + ")")
            out.push_back(pid);
    }
    return out;
}

void expect_all_kept(const Simulated& vendors, const Daemon& daemon) {
    const Verdict verdict = judge(vendors.report(), daemon.deliveries());
    EXPECT_TRUE(verdict.complaints.empty() && verdict.share_reached()) << verdict.text();
    EXPECT_EQ(verdict.in_doubt, 0) << "every outcome can be looked up here";
}

TEST(Isolation, OrdersGoThroughProcesses) {
    const Simulated vendors{{"--orders", "30", "--seed", "5"}};
    Daemon daemon{vendors, isolated()};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    EXPECT_GE(children(daemon.pid(), "brygga-runner").size(), 2u) << "one for the shop, one for the books";
    expect_all_kept(vendors, daemon);
    EXPECT_TRUE(daemon.events("plugin.crashed").empty()) << daemon.log();
    EXPECT_EQ(daemon.stop(Seconds{10}), 0);
}

TEST(Isolation, KillsOfTheProcessesLoseAndDoubleNothing) {
    const Simulated vendors{{"--orders", "20", "--seed", "6", "--latency-ms", "20"}};
    Daemon daemon{vendors, isolated()};
    daemon.start();
    std::mt19937 random{4711};
    std::uniform_int_distribution<int> life{0, 300};
    int killed = 0;
    for (int round = 0; round < 6; ++round) {
        vendors.add_orders(4);
        (void)eventually(Seconds{15}, [&] { return !children(daemon.pid(), "brygga-runner").empty(); });
        std::this_thread::sleep_for(std::chrono::milliseconds{life(random)});
        for (const pid_t pid : children(daemon.pid(), "brygga-runner")) killed += ::kill(pid, SIGKILL) == 0;
        // Many in a row open the circuit; a check that succeeds closes it.
        for (const char* connection : {"shop", "books"})
            EXPECT_TRUE(eventually(Seconds{20}, [&] {
                return daemon.call("POST", std::string{"/v1/connections/"} + connection + "/check").status == 200;
            })) << daemon.story();
    }
    EXPECT_GE(killed, 6);
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    EXPECT_FALSE(daemon.events("plugin.crashed").empty());
    expect_all_kept(vendors, daemon);
}

/// A plugin directory with the connector that crashes at every call.
fs::path with_crashing(const TempDir& directory) {
    const fs::path plugins = directory.path() / "plugins";
    fs::create_directories(plugins);
    fs::copy_file(plugin_directory().parent_path() / "fixtures/brygga_crashes.so", plugins / "brygga_crashes.so");
    return plugins;
}

/// Five crashes in a row, 1, 2, 4 and 8 s apart, open the circuit; a minute later people are told.
TEST(Isolation, ACrashLoopIsToldToPeople_long) {
    std::mutex mutex;
    std::vector<Json> notices;
    sim::HttpServer hook{[&](const sim::Request& request) {
        const std::scoped_lock lock{mutex};
        notices.push_back(*Json::parse(request.body));
        return sim::Reply{};
    }};
    ASSERT_TRUE(hook.start(0));
    const TempDir directory;
    const Simulated vendors{{"--orders", "5", "--clean"}};
    Layout layout;
    layout.more_plugins = with_crashing(directory).string();
    Daemon daemon{vendors, layout};
    write_file(daemon.directory() / "connections.d/bad.yaml", "connection: bad\nconnector: fixture\n");
    write_file(daemon.directory() / "flows.d/bad.yaml",
               "flow: bad\nfrom: bad\nto: books\nentity: order\ntrigger: { every: 1s }\n"
               "settings: { from_date: 2020-01-01, reference_prefix: B }\n");
    write_file(daemon.directory() / "alerts.d/ops.yaml",
               "channel: ops\nkind: webhook\nurl: http://127.0.0.1:" + std::to_string(hook.port()) + "/hook\n");
    daemon.start();
    ASSERT_TRUE(eventually(Seconds{60}, [&] { return daemon.connection_state("bad") == "circuit_open"; }))
        << daemon.story();
    EXPECT_EQ(daemon.events("plugin.crashed").size(), 5u) << daemon.log();
    const auto told = [&] {
        const std::scoped_lock lock{mutex};
        return notices;
    };
    ASSERT_TRUE(eventually(Seconds{90}, [&] { return !told().empty(); })) << daemon.story();
    const Json notice = told().front();
    EXPECT_EQ(notice["rule"].string(), "connection_failing") << notice.pretty();
    EXPECT_EQ(notice["connection"].string(), "bad");
    EXPECT_THAT(std::string{notice["cause"].string()}, HasSubstr("it crashed (Aborted)"));
    EXPECT_THAT(std::string{notice["remedy"].string()}, HasSubstr("update the connector"));
    EXPECT_EQ(told().size(), 1u);
    EXPECT_EQ(daemon.connection_state("books"), "ok");
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return daemon.count("delivered") >= 5; })) << daemon.story();
}

TEST(Isolation, AConnectorOfAnotherDirectoryThatCrashesHarmsItsOwnConnectionAlone) {
    const TempDir directory;
    const Simulated vendors{{"--orders", "10", "--seed", "7"}};
    Layout layout;
    layout.more_plugins = with_crashing(directory).string();
    Daemon daemon{vendors, layout};
    write_file(daemon.directory() / "connections.d/bad.yaml", "connection: bad\nconnector: fixture\n");
    daemon.start();
    const Answer checked = daemon.call("POST", "/v1/connections/bad/check");
    EXPECT_NE(checked.status, 200);
    EXPECT_THAT(checked.body, HasSubstr("runner.crashed"));
    EXPECT_THAT(checked.body, HasSubstr("it crashed (Aborted)"));
    EXPECT_THAT(daemon.call("POST", "/v1/connections/bad/check").body, HasSubstr("runner.restarting"));
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    EXPECT_GE(daemon.count("delivered"), 9) << daemon.story();
    EXPECT_EQ(daemon.connection_state("books"), "ok");
}

}  // namespace
}  // namespace brygga::system_test
