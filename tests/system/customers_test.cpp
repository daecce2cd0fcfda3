// New customers whose orders arrive together, and what orders cost in calls.
#include <gtest/gtest.h>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

class Together : public ::testing::TestWithParam<int> {};

TEST_P(Together, OrdersOfOneNewCustomerMakeOneCustomer) {
    // Eight buyers, none known; their first orders appear at the same moment.
    const Simulated vendors{
        {"--orders", "0", "--clean", "--known-share", "0", "--seed", std::to_string(GetParam()), "--latency-ms", "15"}};
    vendors.add_orders(32);
    Daemon daemon{vendors};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const Json ledger = vendors.get("/ledger");
    const Verdict verdict = judge(vendors.report(), daemon.deliveries());
    EXPECT_TRUE(verdict.complaints.empty()) << verdict.text();
    EXPECT_EQ(verdict.delivered, 32) << verdict.text();
    EXPECT_LE(ledger["customers"].size(), 8u);
    const Json created = vendors.get("/requests")["eaccounting"]["POST /v2/customers"];
    EXPECT_EQ(created["201"].integer(0), static_cast<std::int64_t>(ledger["customers"].size())) << created.dump();
}

INSTANTIATE_TEST_SUITE_P(Seeds, Together, ::testing::Values(1, 2, 3));

struct Costs {
    std::int64_t calls = 0, orders = 0, customers = 0;
    Json requests;
};

/// The target calls of `orders` more orders. Not counted is what came before them: the reference data (codings, units,
/// terms, company settings), the three indexes, and known customers whose missing phone numbers were filled in.
Costs costs_of(const Simulated& vendors, const Daemon& daemon, int orders, const std::string& kind) {
    const std::int64_t before = static_cast<std::int64_t>(vendors.get("/ledger")["customers"].size());
    vendors.post("/requests/reset");
    vendors.add_orders(orders, kind);
    EXPECT_TRUE(daemon.settle());
    return {vendors.calls("eaccounting"), orders,
            static_cast<std::int64_t>(vendors.get("/ledger")["customers"].size()) - before,
            vendors.get("/requests")["eaccounting"]};
}

TEST(Calls, OrdersOfKnownCustomersTakeOneCall) {
    const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "100"}};
    vendors.add_orders(40);
    Daemon daemon{vendors};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const Costs costs = costs_of(vendors, daemon, 60, "plain_person");
    std::printf("known customers: %lld calls for %lld orders\n", static_cast<long long>(costs.calls),
                static_cast<long long>(costs.orders));
    EXPECT_EQ(costs.customers, 0);
    EXPECT_LE(costs.calls * 10, costs.orders * 11) << costs.requests.pretty();
    const Verdict verdict = judge(vendors.report(), daemon.deliveries());
    EXPECT_TRUE(verdict.complaints.empty()) << verdict.text();
    EXPECT_EQ(verdict.delivered, 100);
}

TEST(Calls, OrdersOfNewCustomersTakeTwo) {
    const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "100"}};
    vendors.add_orders(10);
    vendors.add_orders(2, "export");
    Daemon daemon{vendors};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const Costs costs = costs_of(vendors, daemon, 30, "export");
    std::printf("new customers: %lld calls for %lld orders, %lld customers\n", static_cast<long long>(costs.calls),
                static_cast<long long>(costs.orders), static_cast<long long>(costs.customers));
    EXPECT_GT(costs.customers, 20);
    EXPECT_LE(costs.calls * 10, costs.customers * 22 + (costs.orders - costs.customers) * 11)
        << costs.requests.pretty();
    const Verdict verdict = judge(vendors.report(), daemon.deliveries());
    EXPECT_TRUE(verdict.complaints.empty()) << verdict.text();
}

}  // namespace
}  // namespace brygga::system_test
