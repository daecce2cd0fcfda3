// The protocols cut at each of their named points, at the first and at a later passing: nothing is lost, nothing is
// doubled, and the next start goes on by itself.
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "base/crash_point.h"
#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

/// Some writes with an unknown outcome, some that fail, and an access token that has to be renewed.
void make_some_trouble(const Simulated& vendors) {
    vendors.fault("eaccounting", "reset_after", "0.04");
    vendors.fault("eaccounting", "503", "0.04");
    vendors.fault("eaccounting", "html", "0.02", Json::object({{"applied", true}, {"status", 502}}));
    vendors.fault("eaccounting", "expired_token", "0.1", Json::object({{"times", 2}}));
    vendors.fault("ccvshop", "reset_before", "0.02");
}

void crash_at(const std::string& point, int passing) {
    const std::string place = point + ":" + std::to_string(passing);
    SCOPED_TRACE(place);
    const Simulated vendors{{"--orders", "10", "--seed", std::to_string(100 + passing), "--latency-ms", "2"}};
    make_some_trouble(vendors);
    Daemon daemon{vendors};
    daemon.launch({{"BRYGGA_CRASH_AT", place}});
    const auto ended = daemon.wait(Seconds{25});
    ASSERT_EQ(ended.value_or(0), 128 + SIGKILL) << "the point is not passed so often";

    vendors.clear_faults();
    vendors.add_orders(3);
    daemon.start();
    EXPECT_TRUE(daemon.events("store.restored").empty()) << "a crash is no older copy";
    // Any crash may cut a renewal between the vendor's answer and its storing: then a person gives consent again.
    ASSERT_TRUE(eventually(Seconds{40}, [&] {
        if (daemon.connection_state("books") == "needs_reauth") (void)daemon.renew_consent(vendors);
        return daemon.settle(Seconds{5});
    })) << daemon.story();
    const Verdict verdict = judge(vendors.report(), daemon.deliveries());
    EXPECT_TRUE(verdict.complaints.empty()) << verdict.text();
    EXPECT_EQ(verdict.in_doubt, 0) << "every outcome can be looked up here";
    EXPECT_TRUE(verdict.share_reached()) << verdict.text();
}

class CrashPoint : public ::testing::TestWithParam<std::string_view> {};

TEST_P(CrashPoint, LosesAndDoublesNothing) {
#ifndef BRYGGA_CRASH_POINTS
    GTEST_SKIP() << "this build has no crash points";
#endif
    const std::string point{GetParam()};
    std::jthread later;
    if (point != "generation_raised" && point != "versions_stored")  // once in each start
        later = std::jthread{[&] { crash_at(point, point.starts_with("token_") ? 2 : 3); }};
    crash_at(point, 1);
}

INSTANTIATE_TEST_SUITE_P(All, CrashPoint, ::testing::ValuesIn(crash::points),
                         [](const auto& point) { return std::string{point.param}; });

}  // namespace
}  // namespace brygga::system_test
