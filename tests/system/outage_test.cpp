// Vendors that are away, tokens that are revoked, a disk that is full: one line says so, nothing is lost, and it
// goes on afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

void expect_nothing_lost(const Simulated& vendors, const Daemon& daemon) {
    const Verdict verdict = judge(vendors.report(), daemon.deliveries());
    EXPECT_TRUE(verdict.complaints.empty() && verdict.share_reached()) << verdict.text();
}

std::string all(const std::vector<Json>& lines) {
    std::string out;
    for (const Json& line : lines) out += line.dump() + "\n";
    return out;
}

/// Every completed order of the shop has its delivery.
bool all_read(const Simulated& vendors, const Daemon& daemon) {
    const Json shop = vendors.report()["shop"];
    return static_cast<std::int64_t>(daemon.deliveries().size()) >=
           shop["orders"].integer(0) - shop["baskets"].integer(0);
}

TEST(Outage, OfTheLedgerOpensTheCircuitWithOneLineAndEndsWithACheck) {
    const Simulated vendors{{"--orders", "40", "--seed", "11"}};
    Daemon daemon{vendors};
    vendors.fault("eaccounting", "reset_before");
    daemon.start();
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return daemon.connection_state("books") == "circuit_open"; }))
        << daemon.get("/v1/connections").pretty();
    ASSERT_TRUE(eventually(Seconds{10}, [&] { return daemon.idle("books"); })) << "what was under way has ended";
    const std::int64_t calls = vendors.calls("eaccounting");
    vendors.add_orders(10);
    ASSERT_TRUE(eventually(Seconds{10}, [&] { return all_read(vendors, daemon); })) << daemon.story();
    EXPECT_EQ(vendors.calls("eaccounting"), calls);
    EXPECT_EQ(daemon.errors_logged().size(), 1u) << all(daemon.errors_logged());
    EXPECT_EQ(daemon.call("GET", "/health/ready").status, 200);

    vendors.clear_faults();
    EXPECT_EQ(daemon.call("POST", "/v1/connections/books/check").status, 200);
    EXPECT_EQ(daemon.connection_state("books"), "ok");
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    expect_nothing_lost(vendors, daemon);
    EXPECT_EQ(daemon.errors_logged().size(), 1u) << all(daemon.errors_logged());
}

TEST(Outage, OfTheLedgerEndsByItself_long) {
    const Simulated vendors{{"--orders", "40", "--seed", "12"}};
    Daemon daemon{vendors};
    vendors.fault("eaccounting", "502");
    daemon.start();
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return daemon.connection_state("books") == "circuit_open"; }))
        << daemon.story();
    vendors.clear_faults();
    ASSERT_TRUE(eventually(Seconds{80}, [&] { return daemon.connection_state("books") == "ok"; })) << daemon.story();
    ASSERT_TRUE(daemon.settle(Seconds{60})) << daemon.story();
    expect_nothing_lost(vendors, daemon);
    EXPECT_EQ(daemon.errors_logged().size(), 1u) << all(daemon.errors_logged());
}

TEST(Outage, OfTheShopLosesNoOrder) {
    const Simulated vendors{{"--orders", "40", "--seed", "13"}};
    Daemon daemon{vendors};
    vendors.fault("ccvshop", "reset_before");
    daemon.start();
    ASSERT_TRUE(eventually(Seconds{45}, [&] { return daemon.connection_state("shop") == "circuit_open"; }))
        << daemon.get("/v1/connections").pretty();
    EXPECT_EQ(daemon.errors_logged().size(), 1u) << all(daemon.errors_logged());
    vendors.add_orders(5);
    vendors.clear_faults();
    EXPECT_EQ(daemon.call("POST", "/v1/connections/shop/check").status, 200);
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    expect_nothing_lost(vendors, daemon);
}

TEST(Outage, ARevokedTokenStopsTheLedgerUntilConsentComes) {
    const Simulated vendors{{"--orders", "20", "--seed", "14"}};
    Daemon daemon{vendors};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    vendors.post("/eaccounting/revoke");
    vendors.add_orders(20);
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return daemon.connection_state("books") == "needs_reauth"; }))
        << daemon.get("/v1/connections").pretty();
    EXPECT_FALSE(daemon.get("/v1/connections/books")["error"]["remedy"].string().empty());

    // All 20 are read, none is tried: the API and the token endpoint have rest.
    ASSERT_TRUE(eventually(Seconds{15}, [&] { return daemon.idle("books") && all_read(vendors, daemon); }))
        << daemon.story();
    const std::int64_t calls = vendors.calls("eaccounting") + vendors.calls("identity");
    const std::int64_t shop_calls = vendors.calls("ccvshop");
    ASSERT_TRUE(eventually(Seconds{15}, [&] { return vendors.calls("ccvshop") >= shop_calls + 2; }))
        << "the shop is still read";
    EXPECT_EQ(vendors.calls("eaccounting") + vendors.calls("identity"), calls);
    EXPECT_EQ(daemon.errors_logged().size(), 1u) << all(daemon.errors_logged());
    EXPECT_EQ(daemon.count("dead") + daemon.count("waiting"), 0);

    ASSERT_TRUE(daemon.renew_consent(vendors));
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    expect_nothing_lost(vendors, daemon);
    EXPECT_EQ(daemon.errors_logged().size(), 1u) << all(daemon.errors_logged());
}

TEST(Outage, AnExpiredAccessTokenIsRenewedUnnoticed) {
    const Simulated vendors{{"--orders", "30", "--seed", "15"}};
    Daemon daemon{vendors};
    daemon.start();
    for (int i = 0; i < 4; ++i) {
        vendors.fault("eaccounting", "expired_token", "1", Json::object({{"times", 1}}));
        vendors.add_orders(5);
        ASSERT_TRUE(daemon.settle()) << daemon.story();
    }
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    expect_nothing_lost(vendors, daemon);
    EXPECT_EQ(daemon.connection_state("books"), "ok");
    EXPECT_TRUE(daemon.errors_logged().empty()) << all(daemon.errors_logged());
}

TEST(Outage, OfTheLedgerAfterADoubtfulWriteDoublesNothing) {
    const Simulated vendors{{"--orders", "6", "--clean"}};
    Daemon daemon{vendors};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    // The order arrives, its answer does not, and for a while nobody can look whether it did.
    vendors.fault("eaccounting", "reset_after", "1",
                  Json::object({{"method", "POST"}, {"path", "/v2/orders.*"}, {"times", 1}}));
    const std::string number = vendors.add_orders(1, "plain_person").front();
    ASSERT_TRUE(daemon.reaches(number, "waiting")) << daemon.delivery(number).pretty();
    vendors.fault("eaccounting", "reset_before", "1", Json::object({{"method", "GET"}}));
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return daemon.delivery(number)["attempts"].integer(0) >= 2; }))
        << daemon.delivery(number).pretty();
    vendors.clear_faults();
    ASSERT_TRUE(daemon.reaches(number, "delivered", Seconds{25})) << daemon.delivery(number).pretty();
    EXPECT_EQ(member_of(vendors.report()["orders"], "number", number)["documents"].size(), 1u);
    expect_nothing_lost(vendors, daemon);
}

/// A small file system of its own, for a store that runs out of room.
class SmallDisk {
public:
    SmallDisk() : mounted_{mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=6m,mode=700") == 0} {}
    ~SmallDisk() {
        if (mounted_) umount2(directory_.path().c_str(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }
    const std::filesystem::path& path() const { return directory_.path(); }
    void fill() const {
        std::ofstream out{path() / "filler", std::ios::binary};
        const std::string block(4096, 'x');
        while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
        }
    }
    void clear() const { std::filesystem::remove(path() / "filler"); }

private:
    TempDir directory_;
    bool mounted_;
};

/// Fills the disk while 60 orders arrive, and clears it again.
void fill_and_clear(const SmallDisk& disk, const Simulated& vendors, Daemon& daemon) {
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    disk.fill();
    vendors.add_orders(60);
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return daemon.log().find("full") != std::string::npos; }))
        << daemon.story();
    EXPECT_EQ(daemon.call("GET", "/health/live").status, 200);
    disk.clear();
    EXPECT_LT(daemon.errors_logged().size(), 100u) << "the log must not run over because the disk does";
}

TEST(Outage, AFullDiskLosesNothingAcrossARestart) {
    const SmallDisk disk;
    if (!disk.mounted()) GTEST_SKIP() << "mounting a tmpfs needs root";
    const Simulated vendors{{"--orders", "30", "--seed", "16", "--latency-ms", "10"}};
    Daemon daemon{vendors, {.store = (disk.path() / "brygga.db").string()}};
    ASSERT_NO_FATAL_FAILURE(fill_and_clear(disk, vendors, daemon));
    EXPECT_EQ(daemon.stop(Seconds{30}), 0);
    daemon.start();
    ASSERT_TRUE(daemon.settle(Seconds{30})) << daemon.story();
    expect_nothing_lost(vendors, daemon);
}

TEST(Outage, AFullDiskLosesNothingWithoutARestart_long) {
    const SmallDisk disk;
    if (!disk.mounted()) GTEST_SKIP() << "mounting a tmpfs needs root";
    const Simulated vendors{{"--orders", "30", "--seed", "17", "--latency-ms", "10"}};
    Daemon daemon{vendors, {.store = (disk.path() / "brygga.db").string()}};
    ASSERT_NO_FATAL_FAILURE(fill_and_clear(disk, vendors, daemon));
    // What was under way when the store failed waits for its lease of two minutes to lapse.
    ASSERT_TRUE(daemon.settle(Seconds{180})) << daemon.story();
    expect_nothing_lost(vendors, daemon);
}

}  // namespace
}  // namespace brygga::system_test
