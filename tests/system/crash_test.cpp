// kill -9 at any moment, with one call in ten failing: each order exactly once in the books or held, nothing lost.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

struct Storm {
    int first_orders, kills, orders_each_kill;
    unsigned seed;
    std::chrono::milliseconds longest_life;
    Seconds patience;
};

/// Ten kinds of trouble on both vendors, one call in ten in all.
void make_trouble(const Simulated& vendors) {
    for (const char* vendor : {"ccvshop", "eaccounting"}) {
        vendors.fault(vendor, "429", "0.01", Json::object({{"retry_after", "1"}}));
        for (const char* kind : {"500", "502", "503", "reset_before", "reset_after", "truncated"})
            vendors.fault(vendor, kind, "0.0125");
        vendors.fault(vendor, "slow", "0.01", Json::object({{"delay_ms", 300}}));
        vendors.fault(vendor, "html", "0.005");
        vendors.fault(vendor, "html", "0.005", Json::object({{"applied", true}, {"status", 502}}));
    }
}

/// The story of each order that led to one of the doubled customers, for who has to find out why.
std::string story_of(const Daemon& daemon, const Json& doubled) {
    std::string out;
    for (const Json& delivery : daemon.deliveries()) {
        const Json whole = daemon.get("/v1/deliveries/" + std::string{delivery["id"].text()});
        const std::string text = whole.dump();
        for (const Json& customer : doubled.items())
            for (const Json& number : customer["numbers"].items())
                if (text.find(R"("value":")" + std::string{number.text()} + '"') != std::string::npos)
                    out += text + "\n";
    }
    return out;
}

void survive(const Storm& storm) {
    const Simulated vendors{
        {"--orders", std::to_string(storm.first_orders), "--seed", std::to_string(storm.seed), "--latency-ms", "5"}};
    ASSERT_EQ(vendors.report()["duplicates"]["customers"].size(), 0u);
    make_trouble(vendors);
    Daemon daemon{vendors};
    std::mt19937 random{storm.seed};
    std::uniform_int_distribution<std::int64_t> life{0, storm.longest_life.count()};
    std::printf("seed %u, %d kills\n", storm.seed, storm.kills);

    int ready = 0;
    for (int kill = 0; kill < storm.kills; ++kill) {
        daemon.launch();
        // The moment counts from the start of the process: starting can be killed, too.
        std::this_thread::sleep_for(std::chrono::milliseconds{life(random)});
        daemon.kill_hard();
        if (daemon.wait(Seconds{5}) == 128 + SIGKILL) ++ready;
        if (storm.orders_each_kill > 0) vendors.add_orders(storm.orders_each_kill);
    }
    EXPECT_EQ(ready, storm.kills) << "some ended by themselves: "
                                  << daemon.log().substr(daemon.log().size() > 2000 ? daemon.log().size() - 2000 : 0);

    daemon.start();
    (void)daemon.settle(Seconds{15});
    vendors.clear_faults();
    for (const char* connection : {"shop", "books"})
        daemon.call("POST", std::string{"/v1/connections/"} + connection + "/check");
    // A kill between the vendor's answer and its commit loses the only valid refresh token.
    if (daemon.connection_state("books") == "needs_reauth") (void)daemon.renew_consent(vendors);
    ASSERT_TRUE(daemon.settle(storm.patience))
        << daemon.get("/v1/flows/orders").pretty() << daemon.get("/v1/connections").pretty();
    const Json report = vendors.report();
    const Verdict verdict = judge(report, daemon.deliveries());
    std::printf("%s", verdict.summary().c_str());
    EXPECT_TRUE(verdict.complaints.empty()) << verdict.text() << story_of(daemon, report["duplicates"]["customers"]);
    EXPECT_EQ(verdict.in_doubt, 0) << "every outcome can be looked up here";
}

TEST(Crash, ThirtyKillsLoseAndDoubleNothing) {
    survive({60, 30, 3, 4711, std::chrono::milliseconds{500}, Seconds{40}});
}

TEST(Crash, ThreeHundredKillsLoseAndDoubleNothing_long) {
    const char* wanted = std::getenv("BRYGGA_TEST_SEED");  // one that failed, to look at it again
    const unsigned seed = wanted ? static_cast<unsigned>(std::stoul(wanted)) : std::random_device{}() % 1'000'000;
    survive({200, 300, 1, seed, std::chrono::milliseconds{800}, Seconds{300}});
}

}  // namespace
}  // namespace brygga::system_test
