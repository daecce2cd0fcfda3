#include "flow/intake.h"

#include "flow/order_reception.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/log.h"
#include "unit/flow/fake_shop.h"
#include "unit/flow/rules.h"
#include "unit/hidden_table.h"

namespace brygga::flow {
namespace {

namespace fs = std::filesystem;
using store::DeliveryState;

/// Orders of the night from 31 December to 1 January, Amsterdam time.
class Days : public testing::Test {
protected:
    Days() {
        std::string pattern = (fs::temp_directory_path() / "brygga-intake-XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        flow_.id = "orders";
        flow_.from = "shop";
        flow_.to = "books";
        flow_.order.from_date = "2026-01-01";
        store_ = std::move(*store::Store::open({(directory_ / "b.db").string(), Secret{std::string(32, 'k')}}, log_));
        catalog_ = std::make_unique<connector::Catalog>(shop_, *store_, clock_, log_);
        shop_.described = *Json::parse(R"({"account":{"time_zone":"Europe/Amsterdam"}})");
        for (const auto& [number, placed] :
             {std::pair{"before", "2025-12-31T22:59:59Z"}, std::pair{"first", "2025-12-31T23:00:00Z"},
              std::pair{"last", "2026-01-01T22:59:59Z"}, std::pair{"after", "2026-01-01T23:00:00Z"}})
            shop_.orders.push_back(order(number, placed));
    }
    ~Days() override {
        catalog_.reset();
        store_.reset();
        fs::remove_all(directory_);
    }
    static Json order(const std::string& number, const std::string& placed) {
        return *Json::parse(R"({"id":")" + number + R"(","number":")" + number + R"(","status":"new","placed_at":")" +
                            placed + R"(","currency":"EUR","prices_include_tax":true,"customer":{"kind":"person"},
            "billing":{"country":"NL"},"payment":{"state":"paid"},"lines":[{"kind":"product","sku":"MUG","name":"Mug",
            "quantity":1,"unit_price":1,"discount":0,"total":1,"rate":21}],"stated":{"gross":1}})");
    }
    RunReport run(RunRequest request = {}) {
        const auto report = try_run(std::move(request));
        if (!report) ADD_FAILURE() << report.error().message;
        return report ? *report : RunReport{};
    }
    Expected<RunReport> try_run(RunRequest request = {}) {
        Intake intake{flow_,   std::make_unique<OrderReception>(flow_, rules_of(flow_, open_manifest()), *store_),
                      shop_,   *catalog_,
                      *store_, clock_};
        request.run_id = "run";
        return intake.run({clock_.mono() + std::chrono::seconds{60}, {}, "run", false}, request);
    }
    /// Every order that waits becomes a document.
    void deliver_all() {
        store::ClaimFilter filter;
        filter.flows = {flow_.id};
        filter.now = clock_.now();
        for (const auto claimed = store_->claim(filter); const auto& d : claimed.value()) {
            store::Outcome made;
            made.delivery = d.id;
            made.fence = d.fence;
            made.now = clock_.now();
            made.bindings.push_back(
                {flow_.to, "document", flow_.from, d.source_id, "d" + d.source_id, "1", "order", "open", d.hash, {}});
            made.state = DeliveryState::delivered;
            ASSERT_TRUE(store_->finish(made).ok());
        }
    }
    std::string checkpoint() { return store_->flow(flow_.id, clock_.now())->checkpoint; }
    std::map<std::string, DeliveryState> states() {
        std::map<std::string, DeliveryState> out;
        const auto all = store_->deliveries({});
        for (const auto& d : all.value()) out[d.source_number] = d.state;
        return out;
    }

    ManualClock clock_{*from_rfc3339("2026-01-02T08:00:00Z")};
    NullLog log_;
    fs::path directory_;
    settings::Flow flow_;
    FakeShop shop_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<connector::Catalog> catalog_;
};

TEST_F(Days, TheFirstDayBeginsAtItsMidnightInTheShop) {
    run();
    EXPECT_EQ(states(), (std::map<std::string, DeliveryState>{{"before", DeliveryState::skipped},
                                                              {"first", DeliveryState::pending},
                                                              {"last", DeliveryState::pending},
                                                              {"after", DeliveryState::pending}}));
    EXPECT_EQ(shop_.asked_from, "2025-12-31") << "the shop's list knows UTC days";
}

TEST_F(Days, ARangeTakesTheDaysOfTheShop) {
    RunRequest request;
    request.from = request.to = "2026-01-01";
    run(request);
    EXPECT_EQ(states(), (std::map<std::string, DeliveryState>{{"first", DeliveryState::pending},
                                                              {"last", DeliveryState::pending}}));
}

TEST_F(Days, TheConnectionsZoneGoesBeforeTheConnectors) {
    flow_.time_zone = "Etc/UTC";
    run();
    EXPECT_EQ(states()["first"], DeliveryState::skipped);
    EXPECT_EQ(states()["last"], DeliveryState::pending);
}

TEST_F(Days, ARangeOfNumbersHasGapsAndComesAfterLiveOrders) {
    shop_.orders = {order("A-9", "2026-01-01T10:00:00Z"), order("A-11", "2026-01-01T11:00:00Z")};
    RunRequest request;
    request.records = {"A-9", "A-10", "A-11"};
    EXPECT_EQ(try_run(request).error().code, "record.not_found");
    shop_.orders.push_back(order("A-12", "2026-01-01T12:00:00Z"));
    request.records.emplace_back("A-12");
    request.range = true;
    EXPECT_EQ(request.mode(), "backfill");
    EXPECT_EQ(run(request).fresh, 1);
    store::DeliveryQuery query;
    query.source_number = "A-12";
    EXPECT_EQ(store_->deliveries(query).value().at(0).lane, store::Lane::backfill);
    EXPECT_EQ(states().size(), 3u);
}

TEST_F(Days, ACorrectedZoneMakesNoNewVersions) {
    run();
    flow_.time_zone = "Europe/Helsinki";
    EXPECT_EQ(run().fresh, 1) << "only the order that now belongs to the first day";
}

TEST_F(Days, ThatAnOrderIsPaidIsAVersionWhereItsPaymentIsRegistered) {
    const auto versions_after_payment = [&](const char* number) {
        shop_.orders = {order(number, "2026-01-01T10:00:00Z")};
        shop_.orders[0].member("payment").set("state", "unpaid");
        flow_.order.payment = "any";
        run();
        shop_.orders[0].member("payment").set("state", "paid");
        run();
        store::DeliveryQuery query;
        query.source_number = number;
        return store_->deliveries(query).value();
    };
    EXPECT_EQ(versions_after_payment("A-1").size(), 1u);
    flow_.order.register_payment = true;
    const auto both = versions_after_payment("A-2");
    ASSERT_EQ(both.size(), 2u);
    EXPECT_EQ(both[0].hash, both[1].hash + "+paid");
}

TEST_F(Days, ACancelledRunEndsAtTheNextPageAndKeepsWhatItTook) {
    shop_.more = true;
    shop_.cursor = R"({"page":2})";
    std::stop_source cancel;
    shop_.polled = [&] { cancel.request_stop(); };
    RunRequest request;
    request.cancelled = cancel.get_token();
    const auto report = run(request);
    EXPECT_EQ(report.read, 4) << "one page";
    EXPECT_TRUE(report.more);
    EXPECT_EQ(checkpoint(), R"({"page":2})");
    EXPECT_EQ(states().size(), 4u);
}

TEST_F(Days, APageOfWhichTheStoreCannotBeReadIsLeftAsAWhole) {
    run();
    deliver_all();
    shop_.orders[1].set("status", "cancelled");
    shop_.orders.push_back(order("fresh", "2026-01-01T12:00:00Z"));
    shop_.asks_seen = true;
    shop_.cursor = R"({"page":2})";
    for (const char* table : {"binding", "record"}) {
        const HiddenTable hidden{directory_ / "b.db", table};
        const auto report = try_run();
        ASSERT_FALSE(report.ok()) << table;
        EXPECT_TRUE(report.error().code.starts_with("store.")) << report.error().code;
        EXPECT_EQ(checkpoint(), "{}") << table;
        EXPECT_FALSE(states().contains("fresh")) << table;
    }
    EXPECT_EQ(run().fresh, 2);
    EXPECT_EQ(checkpoint(), shop_.cursor);
    const auto newest = store_->deliveries({}).value();
    const auto cancelled =
        std::ranges::find_if(newest, [](const store::Delivery& d) { return d.source_number == "first"; });
    EXPECT_EQ(cancelled->state, DeliveryState::pending) << "it is in the books: the pipeline holds it";
}

}  // namespace
}  // namespace brygga::flow
