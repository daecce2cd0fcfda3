// Request budgets: a backlog uses them and never exceeds them.
#include <gtest/gtest.h>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

/// No vendor said 429, and the window of `per_minute` was used to at least 95 %.
void expect_used(const Simulated& vendors, const std::string& what, std::int64_t used, std::int64_t per_minute) {
    std::printf("%s: %lld of %lld\n", what.c_str(), static_cast<long long>(used), static_cast<long long>(per_minute));
    EXPECT_LE(used, per_minute) << what;
    EXPECT_GE(used * 100, per_minute * 95) << what;
    const Json calls = vendors.report()["calls"];
    EXPECT_EQ(calls["ccvshop"]["429"].integer(0) + calls["eaccounting"]["429"].integer(0), 0) << calls.dump();
}

std::int64_t answered(const Simulated& vendors, const std::string& vendor, const std::string& path) {
    std::int64_t sum = 0;
    const Json requests = vendors.get("/requests");
    for (const auto& status : requests[vendor][path].members()) sum += status.value.integer(0);
    return sum;
}

std::string path_ending(const Simulated& vendors, const std::string& vendor, const std::string& method,
                        const std::string& end) {
    const Json requests = vendors.get("/requests");
    for (const auto& path : requests[vendor].members())
        if (path.name.starts_with(method) && path.name.ends_with(end)) return path.name;
    return {};
}

/// Within one minute, of which `window` is looked at.
void expect_own_limit(const Simulated& vendors, const std::string& vendor, const std::string& method,
                      const std::string& end, std::int64_t per_minute) {
    const auto used = [&] { return answered(vendors, vendor, path_ending(vendors, vendor, method, end)); };
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return used() * 100 >= per_minute * 95; }))
        << vendors.get("/requests").pretty();
    std::int64_t most = 0;
    eventually(Seconds{5}, [&] {
        most = used();
        return most > per_minute;
    });
    expect_used(vendors, vendor + " " + end, most, per_minute);
}

TEST(Budget, OfTheShopAsConfigured) {
    const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "100", "--budgets", "on"}};
    vendors.add_orders(150);
    Daemon daemon{vendors, {.shop_reads_per_minute = 60}};
    daemon.start();
    expect_own_limit(vendors, "ccvshop", "GET", "/orderrows/", 60);
}

TEST(Budget, OfTheLedgerAsConfigured) {
    const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "100", "--budgets", "on"}};
    vendors.add_orders(140);
    Daemon daemon{vendors, {.shop_reads_per_minute = 150, .ledger_requests_per_minute = 60}};
    daemon.start();
    expect_own_limit(vendors, "eaccounting", "POST", "/orders", 60);
}

TEST(Budget, OfTheVendorsOverABacklog_long) {
    const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "100", "--budgets", "on"}};
    vendors.add_orders(450);
    Daemon daemon{vendors, {.shop_reads_per_minute = 150, .ledger_requests_per_minute = 600}};
    daemon.start();
    // Three windows of the narrowest budget: order rows of the shop.
    ASSERT_TRUE(daemon.settle(Seconds{240})) << daemon.story();
    const Json peaks = vendors.get("/requests")["peak_per_minute"];
    std::int64_t rows = 0;
    for (const auto& scope : peaks.members())
        if (scope.name.find("ccvshop") != std::string::npos && scope.name.find("rows") != std::string::npos)
            rows = scope.value.integer(0);
    expect_used(vendors, "order rows", rows, 150);
    EXPECT_EQ(judge(vendors.report(), daemon.deliveries()).delivered, 450);
}

}  // namespace
}  // namespace brygga::system_test
