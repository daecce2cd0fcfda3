#include "scheduler/scheduler.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/log.h"
#include "unit/flow/fake_books.h"
#include "unit/flow/fake_shop.h"
#include "unit/hidden_table.h"

namespace brygga::scheduler {
namespace {

TEST(Scheduler, AFlowWhoseStateCannotBeReadRests) {
    std::string pattern = (std::filesystem::temp_directory_path() / "brygga-scheduler-XXXXXX").string();
    const std::filesystem::path directory = mkdtemp(pattern.data());
    const std::string database = (directory / "b.db").string();
    NullLog log;
    ManualClock clock{*from_rfc3339("2026-03-02T08:00:00Z")};
    settings::Flow flow;
    flow.id = "orders";
    flow.from = "shop";
    flow.to = "books";
    flow::FakeShop shop;
    flow::FakeBooks books;
    {
        auto store = std::move(*store::Store::open({database, Secret{std::string(32, 'k')}}, log));
        ASSERT_TRUE(store->set_flow_state("orders", "paused", clock.now()).ok());
        Limits limits;
        limits.workers = 0;
        Scheduler scheduler{{{&flow, nullptr, nullptr}}, {{&shop, 1}, {&books, 1}}, *store, clock, log, limits};
        {
            const HiddenTable hidden{database, "flow"};
            scheduler.start();
            const auto refused = scheduler.run("orders", {}, "manual");
            ASSERT_FALSE(refused.ok());
            EXPECT_EQ(refused.error().code, "flow.not_running");
        }
        EXPECT_FALSE(scheduler.run("orders", {}, "manual").ok()) << "it is paused";
        ASSERT_TRUE(scheduler.set_flow_state("orders", "running").ok());
        EXPECT_TRUE(scheduler.run("orders", {}, "manual").ok());
    }
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace brygga::scheduler
