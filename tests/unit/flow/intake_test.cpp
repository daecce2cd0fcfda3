#include "flow/intake.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/log.h"
#include "unit/flow/fake_shop.h"

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
        Intake intake{flow_, shop_, *catalog_, *store_, clock_, log_};
        request.run_id = "run";
        const auto report = intake.run({clock_.mono() + std::chrono::seconds{60}, {}, "run", false}, request);
        if (!report) ADD_FAILURE() << report.error().message;
        return report ? *report : RunReport{};
    }
    std::map<std::string, DeliveryState> states() {
        std::map<std::string, DeliveryState> out;
        for (const auto& d : store_->deliveries({})) out[d.source_number] = d.state;
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

TEST_F(Days, ACorrectedZoneMakesNoNewVersions) {
    run();
    flow_.time_zone = "Europe/Helsinki";
    EXPECT_EQ(run().fresh, 1) << "only the order that now belongs to the first day";
}

}  // namespace
}  // namespace brygga::flow
