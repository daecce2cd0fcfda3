// Power that goes at any moment: what a verb had acknowledged is there afterwards, whatever the disk had not written
// back yet, and the database is sound.
#include <algorithm>

#include "test_disk.h"
#include "whole.h"

namespace brygga::store {
namespace {

/// Small write-ahead logs, so that every life sees checkpoints.
int checkpoint_often(sqlite3* database, const char**, const sqlite3_api_routines*) {
    return sqlite3_wal_autocheckpoint(database, 40);
}

/// How far an order has come, as the store acknowledged it.
enum class Way : std::uint8_t { entered, begun, delivered };

struct Acknowledged {
    std::map<std::string, Way> orders;
    int checkpoint = 0, fact = 0;
};

/// Works until a verb fails.
void live(Store& store, Acknowledged& known) {
    const auto reached = [&](const Delivery& d, Way way) { known.orders[d.source_id] = way; };
    for (;;) {
        const int count = 1 + known.checkpoint % 4;
        if (!store.intake(orders(known.checkpoint, count))) return;
        for (int n = 0; n < count; ++n) known.orders.emplace(std::to_string(known.checkpoint + n), Way::entered);
        known.checkpoint += count;
        const auto claimed = store.claim(filter(start, 3));
        if (!claimed) return;
        for (const Delivery& d : *claimed) {
            if (!store.begin_step(d.id, d.fence, "document", "k" + d.source_id, "q", start)) return;
            reached(d, Way::begun);
            if (!store.finish(delivered(d))) return;
            reached(d, Way::delivered);
        }
        if (!store.set_fact("test", "count", known.fact + 1, start)) return;
        ++known.fact;
    }
}

/// What was acknowledged and is gone; afterwards `known` is what is there.
int losses(Store& store, Acknowledged& known) {
    int lost = 0;
    std::map<std::string, Way> there;
    DeliveryQuery all;
    all.limit = 100'000;
    const auto found = store.deliveries(all);
    for (const Delivery& d : found.value()) {
        const bool begun = !store.delivery(d.id).value()->steps.empty();
        there[d.source_id] = d.state == DeliveryState::delivered ? Way::delivered : begun ? Way::begun : Way::entered;
    }
    for (const auto& [id, way] : known.orders)
        if (const auto at = there.find(id); at == there.end() || at->second < way) ++lost;
    const auto flow = store.flow("shop-orders", start);
    const int checkpoint = flow ? std::atoi(flow->checkpoint.c_str()) : -1;
    const auto fact = store.fact("test", "count").value();
    const int count = fact ? static_cast<int>(fact->integer(0)) : 0;
    lost += (checkpoint < known.checkpoint) + (count < known.fact);
    known = {std::move(there), checkpoint, count};
    return lost;
}

struct Result {
    int losses = 0, acknowledged = 0;
};

class PowerLossTest : public testing::Test {
protected:
    void SetUp() override { sqlite3_auto_extension(reinterpret_cast<void (*)()>(checkpoint_often)); }
    void TearDown() override { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(checkpoint_often)); }

    /// Several lives of one database, each ended by a power cut.
    static Result lives(std::uint64_t seed, bool honest) {
        NullLog log;
        const Directory directory;
        const std::string path = directory.path + "/brygga.db";
        TestDisk disk;
        if (!honest) disk.lie_about_wal_syncs();
        std::mt19937_64 random{seed};
        Acknowledged known;
        Result result;
        for (int life = 0; life < 4; ++life) {
            // As often in the first calls, while the store opens, as in the last ones.
            disk.cut_power(std::int64_t{1} +
                           static_cast<std::int64_t>(random() % (std::uint64_t{1} << (2 + random() % 10))));
            if (auto store = open_store(path, log)) live(**store, known);
            EXPECT_TRUE(disk.dark());
            disk.restore_power(random);
            auto again = open_store(path, log);
            if (!again) {
                EXPECT_FALSE(honest) << again.error().message;
                ++result.losses;
                break;
            }
            EXPECT_FALSE(honest && (*again)->restoration()) << "a power cut is no older copy";
            result.losses += losses(**again, known);
            again->reset();
            if (honest) check_whole(path);
        }
        result.acknowledged = static_cast<int>(known.orders.size());
        return result;
    }
};

TEST_F(PowerLossTest, WhatWasAcknowledgedIsThere) {
    int acknowledged = 0;
    for (std::uint64_t seed = 1; seed <= 24; ++seed) {
        const Result result = lives(seed, true);
        ASSERT_EQ(result.losses, 0) << "seed " << seed;
        ASSERT_FALSE(HasFailure()) << "seed " << seed;
        acknowledged += result.acknowledged;
    }
    EXPECT_GT(acknowledged, 500);
}

TEST_F(PowerLossTest, WithoutASyncForEachCommitFactsAreLost) {
    // As with synchronous=NORMAL. If this lost nothing, the test above would prove nothing.
    Result all;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) all.losses += lives(seed, false).losses;
    EXPECT_GT(all.losses, 0);
}

}  // namespace
}  // namespace brygga::store
