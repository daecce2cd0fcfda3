// Pipeline: the order pipeline of one flow between a fake shop and fake books, on a store of its own; for tests.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/log.h"
#include "flow/order_pipeline.h"
#include "flow/payload.h"
#include "unit/flow/fake_books.h"
#include "unit/flow/fake_shop.h"
#include "unit/flow/rules.h"

namespace brygga::flow {

using store::DeliveryState;

class PipelineTest : public testing::Test {
protected:
    PipelineTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "brygga-pipeline-XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        flow_.id = "orders";
        flow_.from = "shop";
        flow_.to = "books";
        flow_.order.from_date = "2026-01-01";
        auto opened = store::Store::open({(directory_ / "b.db").string(), Secret{std::string(32, 'k')}}, log_);
        if (!opened) ADD_FAILURE() << opened.error().message;
        store_ = std::move(*opened);
        restart();
    }
    ~PipelineTest() override {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }

    /// A new process on the same store: nothing is known that was not stored.
    void restart() {
        catalog_ = std::make_unique<connector::Catalog>(books_, *store_, clock_, log_);
        shop_catalog_ = std::make_unique<connector::Catalog>(shop_, *store_, clock_, log_);
        delivery::Policy policy;
        policy.settle = std::chrono::seconds{90};
        pipeline_ = std::make_unique<OrderPipeline>(flow_, rules_of(flow_, books_.manifest()), books_, *catalog_,
                                                    *store_, clock_, log_, policy, [] { return 500; });
    }

    static Json order(const std::string& number, const std::string& email = "anna@example.com",
                      const std::string& total = "125") {
        return *Json::parse(R"({"id":")" + number + R"(","number":")" + number +
                            R"(","status":"new","placed_at":"2026-03-01T10:00:00Z","currency":"SEK","language":"sv",
            "prices_include_tax":true,"customer":{"kind":"person","name":"Anna Lind","email":")" +
                            email + R"("},
            "billing":{"name":"Anna Lind","line1":"Storgatan 5","postal_code":"11122","city":"Stockholm","country":"SE"},"payment":{"state":"paid"},
            "lines":[{"kind":"product","sku":"MUG","name":"Mug","quantity":1,"unit_price":)" +
                            total + R"(,"discount":0,"total":)" + total + R"(,"rate":25}],
            "stated":{"gross":)" +
                            total + "}}");
    }
    void take_in(const Json& order, const std::string& hash, const std::string& id = {}) {
        store::Intake intake;
        intake.flow = flow_.id;
        intake.run_id = "run";
        intake.source_connection = flow_.from;
        intake.target_connection = flow_.to;
        intake.now = clock_.now();
        store::NewVersion version;
        version.type = "order";
        version.source_number = order["number"].string();
        version.source_id = id.empty() ? version.source_number : id;
        version.hash = hash;
        version.payload = payload_of(Json::object({{"entity", order}}));
        intake.versions.push_back(version);
        ASSERT_TRUE(store_->intake(intake).ok());
    }
    /// Works off what is due; how the last one ended.
    Processed work() {
        Processed last;
        store::ClaimFilter filter;
        filter.flows = {flow_.id};
        filter.now = clock_.now();
        auto claimed = store_->claim(filter);
        if (!claimed) ADD_FAILURE() << claimed.error().message;
        for (auto& delivery : *claimed) {
            std::promise<bool> stored;
            last = pipeline_->process({clock_.mono() + std::chrono::seconds{60}, {}, "run", false}, std::move(delivery),
                                      false, [&](bool done) { stored.set_value(done); });
            EXPECT_TRUE(stored.get_future().get());
        }
        return last;
    }
    store::Delivery newest() {
        store::DeliveryQuery query;
        query.limit = 1;
        const auto found = store_->deliveries(query).value();
        return *store_->delivery(found.at(0).id).value();
    }

    ManualClock clock_{*from_rfc3339("2026-03-02T08:00:00Z")};
    NullLog log_;
    std::filesystem::path directory_;
    settings::Flow flow_;
    FakeShop shop_;
    FakeBooks books_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<connector::Catalog> shop_catalog_, catalog_;
    std::unique_ptr<OrderPipeline> pipeline_;
};

}  // namespace brygga::flow
