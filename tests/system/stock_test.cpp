// Stock of the books in the shop: the levels agree, at the least cost in calls, through faults and kills.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

class Stock : public ::testing::Test {
protected:
    explicit Stock(std::vector<std::string> more = {}, bool economic = false)
        : vendors_{arguments(std::move(more))},
          daemon_{vendors_, {.trigger = "{}", .settings = "{ from_date: 2020-01-01 }", .economic = economic}},
          books_{economic ? "/economic/stock" : "/ledger/stock"} {
        flow("settings: { mode: available_minus_reserved }");
    }
    static std::vector<std::string> arguments(std::vector<std::string> more) {
        std::vector<std::string> all{"--orders", "0"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    void flow(const std::string& more) {
        std::ofstream{daemon_.directory() / "flows.d" / "stock.yaml"}
            << "flow: stock\nfrom: books\nto: shop\nentity: stock\ntrigger: { every: 1s }\n"
            << more << "\n";
    }
    Json shop() const { return vendors_.get("/shop/stock"); }
    /// Sets the stock of an article in the books; false when they have none of this number.
    bool set(const std::string& sku, int in_stock, int reserved = 0) const {
        try {
            (void)vendors_.post(books_, Json::object({{"sku", sku}, {"in_stock", in_stock}, {"reserved", reserved}}));
            return true;
        } catch (const std::exception&) {
            return false;
        }
    }
    /// Article numbers that shop and books share, each with 50 in the books.
    std::vector<std::string> shared() const {
        std::vector<std::string> out;
        const Json levels = shop();
        for (const auto& product : levels.members())
            if (set(std::string{product.name}, 50)) out.emplace_back(product.name);
        return out;
    }
    bool shows(const std::string& sku, const std::string& level) const {
        return eventually(Seconds{20}, [&] { return shop()[sku].text() == level; });
    }
    bool read_again() const {
        const Ended run = daemon_.cli({"run", "stock", "--wait"});
        return run.code == 0 || run.code == 3;
    }

    const Simulated vendors_;
    Daemon daemon_;
    const std::string books_;
};

TEST_F(Stock, FollowsTheBooks) {
    const auto skus = shared();
    ASSERT_GT(skus.size(), 10u);
    const bool variant = std::ranges::find(skus, "VARA-1000") != skus.end() ||
                         std::ranges::find(skus, "VARA-1005") != skus.end() ||
                         std::ranges::find(skus, "VARA-1020") != skus.end();
    EXPECT_TRUE(variant) << "stock that is kept on a variant has to be among them";
    const auto only_shop = static_cast<std::size_t>(shop().size()) - skus.size();
    ASSERT_GT(only_shop, 0u);
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    const Json first = shop();
    std::size_t followed = 0, left = 0;
    for (const auto& product : first.members()) (product.value.text() == "50" ? followed : left)++;
    EXPECT_EQ(followed, skus.size()) << daemon_.story();
    EXPECT_EQ(left, only_shop);
    EXPECT_EQ(vendors_.calls("ccvshop", "PATCH"), static_cast<std::int64_t>(skus.size()));

    ASSERT_TRUE(set(skus[0], 40, 5));
    EXPECT_TRUE(shows(skus[0], "35")) << daemon_.story();
    ASSERT_TRUE(set(skus[1], 3, 5));
    EXPECT_TRUE(shows(skus[1], "0")) << "never below zero";
    ASSERT_TRUE(read_again());
    EXPECT_EQ(vendors_.calls("ccvshop", "PATCH"), static_cast<std::int64_t>(skus.size()) + 2)
        << "one write for each change";
    const Json told = daemon_.get("/v1/deliveries?flow=stock&entity=stock&q=" + skus[0])["items"].at(0);
    EXPECT_EQ(told["state"].string(), "delivered") << told.pretty();
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

TEST_F(Stock, WhatWasSoldOrTypedInTheShopIsComparedAgain) {
    const auto skus = shared();
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    (void)vendors_.post("/shop/stock", Json::object({{"sku", skus[0]}, {"quantity", 7}, {"sold", true}}));
    flow("settings: { mode: physical, buffer: 1 }");
    daemon_.signal(SIGHUP);
    EXPECT_TRUE(shows(skus[0], "49")) << daemon_.story();
    EXPECT_TRUE(shows(skus[5], "49")) << "the buffer counts for all";
}

TEST_F(Stock, FaultsAndKillsLeaveTheLevelsRight_long) {
    auto skus = shared();
    skus.resize(std::min<std::size_t>(skus.size(), 30));
    vendors_.fault("ccvshop", "500", "0.1", Json::object({{"method", "PATCH"}}));
    vendors_.fault("ccvshop", "reset_after", "0.1", Json::object({{"method", "PATCH"}}));
    daemon_.start();
    for (int round = 1; round <= 4; ++round) {
        for (std::size_t i = 0; i < skus.size(); ++i) ASSERT_TRUE(set(skus[i], 100 * round + static_cast<int>(i)));
        ASSERT_TRUE(eventually(Seconds{10}, [&] { return vendors_.calls("ccvshop", "PATCH") > 10 * round; }));
        daemon_.kill_hard();
        daemon_.start();
    }
    vendors_.clear_faults();
    const auto right = [&] {
        const Json levels = shop();
        for (std::size_t i = 0; i < skus.size(); ++i)
            if (levels[skus[i]].integer() != 400 + static_cast<std::int64_t>(i)) return false;
        return true;
    };
    EXPECT_TRUE(eventually(Seconds{60}, right)) << shop().pretty() << daemon_.story();
}

TEST_F(Stock, CanBeTriedBefore) {
    const auto skus = shared();
    daemon_.start();
    ASSERT_EQ(daemon_.cli({"flows", "pause", "stock"}).code, 0);
    ASSERT_TRUE(eventually(Seconds{10}, [&] { return daemon_.idle("shop") && daemon_.idle("books"); }));
    ASSERT_TRUE(set(skus[0], 12));
    const std::int64_t writes = vendors_.calls("ccvshop", "PATCH");
    const Ended shown = daemon_.cli({"preview", "stock", "--record", skus[0]});
    EXPECT_THAT(shown.out, HasSubstr("stock: ")) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("-> 12"));
    const Ended checked = daemon_.cli({"flows", "preflight", "stock"});
    EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
    EXPECT_THAT(checked.out, HasSubstr("Flow stock is ready."));
    EXPECT_EQ(vendors_.calls("ccvshop", "PATCH"), writes);
}

class StockOfEconomic : public Stock {
protected:
    StockOfEconomic() : Stock({"--switch", "economic_inventory=on"}, true) {}
};
TEST_F(StockOfEconomic, FollowsTheBooks) {
    const auto skus = shared();
    ASSERT_GT(skus.size(), 10u);
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_TRUE(shows(skus[0], "50")) << daemon_.story();
    ASSERT_TRUE(set(skus[0], 9, 2));
    EXPECT_TRUE(shows(skus[0], "7")) << daemon_.story();
}

class StockThatMovesNoInstant : public Stock {
protected:
    StockThatMovesNoInstant() : Stock({"--switch", "stock_changes=stay"}) {}
};
TEST_F(StockThatMovesNoInstant, IsFoundByTheComparison) {
    const auto skus = shared();
    ASSERT_GT(skus.size(), 10u);
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    ASSERT_TRUE(set(skus[0], 9));
    flow("settings: { buffer: 1 }");
    daemon_.signal(SIGHUP);
    EXPECT_TRUE(shows(skus[0], "8")) << daemon_.story();
    EXPECT_TRUE(shows(skus[1], "49"));
}

class StockWithoutModule : public Stock {
protected:
    StockWithoutModule() : Stock({}, true) {}
};
TEST_F(StockWithoutModule, SaysSoAndStopsNothingElse) {
    daemon_.start();
    ASSERT_TRUE(eventually(Seconds{10}, [&] { return !daemon_.events("run.failed").empty(); })) << daemon_.story();
    EXPECT_EQ(daemon_.events("run.failed").front()["code"].string(), "stock.no_inventory");
    EXPECT_EQ(daemon_.connection_state("books"), "ok");
}

}  // namespace
}  // namespace brygga::system_test
