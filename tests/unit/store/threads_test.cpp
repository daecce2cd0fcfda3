#include <atomic>
#include <thread>

#include "backend.h"

namespace brygga::store {
namespace {

class ThreadsTest : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Backends, ThreadsTest, testing::Values(sqlite), backend_name);

TEST_P(ThreadsTest, EveryDeliveryIsWorkedOnByExactlyOne) {
    constexpr int records = 240, workers = 8;
    std::atomic<int> delivered = 0, refused = 0;
    std::vector<std::atomic<int>> by_record(records);
    {
        std::vector<std::jthread> threads;
        threads.emplace_back([&] {
            for (int first = 0; first < records; first += 40) {
                std::vector<NewVersion> versions;
                for (int i = first; i < first + 40; ++i) versions.push_back(version(std::to_string(i)));
                if (!store->intake(page(std::move(versions)))) ++refused;
            }
        });
        for (int w = 0; w < workers; ++w)
            threads.emplace_back([&] {
                while (delivered < records && refused == 0) {
                    const auto claimed = store->claim(filter(start, 4));
                    if (!claimed) ++refused;
                    for (const Delivery& d : claimed ? *claimed : std::vector<Delivery>{}) {
                        ++by_record[static_cast<std::size_t>(std::stoi(d.source_id))];
                        if (!store->begin_step(d.id, d.fence, "document", "key-" + d.source_id, "q", start)) ++refused;
                        Outcome o = outcome(d, DeliveryState::delivered);
                        o.step = StepDone{"document", Json::object({{"id", d.source_id}})};
                        o.bindings.push_back({"ledger",
                                              "order",
                                              "shop",
                                              d.source_id,
                                              "t" + d.source_id,
                                              "",
                                              "order",
                                              "open",
                                              d.hash,
                                              {}});
                        if (!store->finish(o)) ++refused;
                        if (!store->binding("ledger", "order", "shop", d.source_id).value()) ++refused;
                        ++delivered;
                    }
                }
            });
    }
    EXPECT_EQ(refused, 0);
    EXPECT_EQ(delivered, records);
    for (const auto& times : by_record) EXPECT_EQ(times, 1);
    EXPECT_EQ(store->counts().value().size(), 1u);
}

TEST_P(ThreadsTest, OneOfManyGetsAKey) {
    std::vector<NewVersion> versions;
    for (int i = 0; i < 16; ++i) versions.push_back(version(std::to_string(i)));
    take_in(versions);
    std::atomic<int> winners = 0;
    {
        std::vector<std::jthread> threads;
        for (const Delivery& d : claim())
            threads.emplace_back([&, id = d.id] {
                winners += store->claim_key("ledger", "customer", "ann@example.com", id).value() ? 1 : 0;
            });
    }
    EXPECT_EQ(winners, 1);
}

TEST_P(ThreadsTest, WhoGetsAKeySeesWhatItsLastOwnerWrote) {
    constexpr int rounds = 300;
    std::vector<NewVersion> versions;
    for (int i = 0; i <= rounds; ++i) versions.push_back(version(std::to_string(i)));
    ASSERT_TRUE(store->intake(page(std::move(versions))).ok());
    const auto claimed = *store->claim(filter(start, rounds + 1));
    ASSERT_EQ(claimed.size(), static_cast<std::size_t>(rounds + 1));
    const Delivery& follower = claimed.back();
    for (int i = 0; i < rounds; ++i) {
        const Delivery& owner = claimed[static_cast<std::size_t>(i)];
        const std::string key = std::to_string(i);
        ASSERT_TRUE(store->claim_key("ledger", "product", key, owner.id).value());
        ASSERT_TRUE(store->index_find("ledger", "product", "sku", key).value().empty());
        std::jthread other{[&] {
            Outcome o = outcome(owner, std::nullopt);
            o.index.emplace_back("product", IndexRow{"id-" + key, key, "", "open", "", {}, {{"sku", key}}, false});
            o.released_claims = {key};
            EXPECT_TRUE(store->finish(o).ok());
        }};
        while (!store->claim_key("ledger", "product", key, follower.id).value()) {
        }
        ASSERT_EQ(store->index_find("ledger", "product", "sku", key).value().size(), 1u) << i;
    }
}

TEST_P(ThreadsTest, APieceThatFailsHarmsNoOther) {
    take_in({version("1")});
    const auto d = claim_one();
    std::atomic<int> good = 0, fenced = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 20; ++i) {
                    if (t % 2 == 0)
                        good += store->set_fact("f" + std::to_string(t), std::to_string(i), i, start).ok() ? 1 : 0;
                    else
                        fenced += store->begin_step(d.id, d.fence + 1, "document", "k", "q", start).ok() ? 0 : 1;
                }
            });
    }
    EXPECT_EQ(good, 80);
    EXPECT_EQ(fenced, 80);
    for (int t = 0; t < 8; t += 2)
        for (int i = 0; i < 20; ++i)
            EXPECT_TRUE(store->fact("f" + std::to_string(t), std::to_string(i)).value().has_value());
}

}  // namespace
}  // namespace brygga::store
