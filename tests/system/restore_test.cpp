// An older copy of the store is put back: what it does not know is in the books already, and is not entered again.
#include <gtest/gtest.h>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

namespace fs = std::filesystem;

/// 15 orders delivered and 15 more read: the store at this moment.
void bring_half(const Simulated& vendors, Daemon& daemon, const fs::path& copy) {
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    vendors.fault("eaccounting", "reset_before");
    vendors.add_orders(15);
    ASSERT_TRUE(eventually(Seconds{15}, [&] { return daemon.count("pending") + daemon.count("waiting") >= 10; }))
        << daemon.story();
    ASSERT_EQ(daemon.stop(Seconds{30}), 0);
    fs::copy_file(daemon.directory() / "brygga.db", copy);
    vendors.clear_faults();
}

TEST(Restore, AnOlderCopyEntersNothingTwice) {
    const Simulated vendors{{"--orders", "15", "--seed", "41"}};
    Daemon daemon{vendors};
    const TempDir backup;
    ASSERT_NO_FATAL_FAILURE(bring_half(vendors, daemon, backup.path() / "copy.db"));

    daemon.start();
    vendors.add_orders(10);
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    ASSERT_EQ(daemon.stop(Seconds{30}), 0);
    EXPECT_TRUE(daemon.events("store.restored").empty());
    const Json before = vendors.report();

    fs::copy_file(backup.path() / "copy.db", daemon.directory() / "brygga.db", fs::copy_options::overwrite_existing);
    daemon.start();
    vendors.add_orders(3);
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    EXPECT_EQ(daemon.events("store.restored", "warning").size(), 1u);
    const Json after = vendors.report();
    const Verdict verdict = judge(after, daemon.deliveries());
    EXPECT_TRUE(verdict.complaints.empty()) << verdict.text();
    EXPECT_TRUE(verdict.share_reached()) << verdict.text();
    std::printf("%s", verdict.summary().c_str());
    for (const Json& d : daemon.deliveries("held"))
        EXPECT_NE(d["error"]["code"].string(), "document.exists") << "ours, and equal: " << d.dump();
    for (const Json& order : before["orders"].items())
        EXPECT_EQ(order["documents"].dump(),
                  member_of(after["orders"], "number", order["number"].text())["documents"].dump())
            << "documents of before stay as they are";
}

}  // namespace
}  // namespace brygga::system_test
