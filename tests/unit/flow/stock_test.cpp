// A stock flow (E5): which levels are written, and that what the shop shows does not stay wrong.
#include <map>

#include <gtest/gtest.h>

#include "flow/preflight.h"
#include "flow/stock_level.h"
#include "flow/stock_pipeline.h"
#include "flow/stock_reception.h"
#include "schema/manifest.h"
#include "unit/flow/flow_test.h"
#include "unit/hidden_table.h"

namespace brygga::flow {
namespace {

using store::DeliveryState;

/// Both ends: a warehouse that tells its stock, and a shop that has products with a level each.
class FakeShelf final : public connector::Connection {
public:
    explicit FakeShelf(std::string id) : id_{std::move(id)}, manifest_{*schema::parse_manifest(manifest_text)} {}

    const std::string& id() const override { return id_; }
    const schema::Manifest& manifest() const override { return manifest_; }
    Expected<void> check(const CallContext&) override { return {}; }
    Expected<Json> describe(const CallContext&) override {
        return Json::object({{"account", Json::object({{"id", "1"}, {"name", id_}, {"time_zone", "Europe/Stockholm"}})},
                             {"limits", limits}});
    }
    Expected<void> poll(const CallContext&, const connector::PollCall& request,
                        const connector::RowSink& sink) override {
        ++polls[request.cursor];
        for (const auto& [sku, entity] : stock) {
            if (!request.cursor.empty() && !changed.contains(sku)) continue;
            const std::string revision = entity.dump();
            if (sink.seen && sink.seen("a-" + sku, revision)) continue;
            sink.row(row(sku, entity));
        }
        changed.clear();
        sink.checkpoint("\"later\"", false);
        return {};
    }
    Expected<void> list(const CallContext&, const connector::ListCall&, const connector::RowSink& sink) override {
        ++lists;
        for (const auto& [id, product] : products) sink.row(product_row(id));
        sink.checkpoint("{}", false);
        return {};
    }
    Expected<void> find(const CallContext&, const Json& request, const connector::RowSink& sink) override {
        for (const Json& key : request["keys"].items()) {
            const std::string value{key["value"].string()};
            if (request["type"].string() == "stock" && stock.contains(value))
                sink.row(row(value, stock.at(value)).set("n", key["n"]));
            if (request["type"].string() == "product" && products.contains(value))
                sink.row(product_row(value).set("n", key["n"]));
        }
        return {};
    }
    Expected<Json> deliver(const CallContext&, const Json& document, const std::string&) override {
        if (failure) return *std::exchange(failure, {});
        written.push_back(document);
        const std::string id{document["id"].string()};
        if (!products.contains(id)) return Error{ErrorClass::rejected, "reference.gone", "It is gone.", ""};
        products.at(id).quantity = *document["fields"]["stock"].decimal();
        products.at(id).managed = document["fields"]["manage_stock"].boolean(products.at(id).managed);
        return product_row(id);
    }
    Expected<void> options(const CallContext&, const std::string&, const connector::RowSink&) override { return {}; }

    void set(const std::string& sku, const char* figures) {
        Json entity = *Json::parse(figures);
        stock[sku] = std::move(entity.set("sku", sku));
        changed.insert(sku);
    }

    struct Product {
        std::string sku, ean;
        Decimal quantity;
        bool managed = true;
    };
    std::map<std::string, Json> stock;
    std::set<std::string> changed;
    std::map<std::string, Product> products;
    std::vector<Json> written;
    std::map<std::string, int> polls;
    int lists = 0;
    std::optional<Error> failure;
    Json limits = Json::array();

private:
    static Json row(const std::string& sku, const Json& entity) {
        return Json::object({{"type", "stock"},
                             {"id", "a-" + sku},
                             {"number", sku},
                             {"revision", entity.dump()},
                             {"entity", entity},
                             {"raw", nullptr}});
    }
    Json product_row(const std::string& id) const {
        const Product& p = products.at(id);
        Json keys = Json::object({{"sku", p.sku}});
        if (!p.ean.empty()) keys.set("ean", p.ean);
        return Json::object(
            {{"id", id},
             {"number", p.sku},
             {"kind", "product"},
             {"state", "open"},
             {"version", ""},
             {"keys", std::move(keys)},
             {"fields", Json::object({{"sku", p.sku}, {"stock", p.quantity}, {"manage_stock", p.managed}})}});
    }

    static constexpr const char* manifest_text =
        R"({"id":"shelf","name":"Shelf","version":"1.0.0","vendor":"Example","entities":{
        "stock":{"poll":true,"find":["id","sku"],"update":["open"],"idempotency":"none"},
        "product":{"list":true,"find":["id","sku"]}},
        "config":{"type":"object","properties":{}},"secrets":[],"auth":{"kind":"keys"},"hosts":[],"budgets":[],
        "max_concurrency":4,"errors":[]})";

    std::string id_;
    schema::Manifest manifest_;
};

class StockFlow : public FlowTest {
protected:
    StockFlow() : FlowTest{"stock", "books", "shop", "stock"} {
        shop_.products = {{"1", {"MUG", "", 3}}, {"2", {"CAP", "4006381333931", 5}}};
    }
    Ends ends() override { return {books_, books_catalog_, shop_, shop_catalog_}; }
    std::string shown(const std::string& id) { return shop_.products.at(id).quantity.text(); }

    FakeShelf books_{"books"}, shop_{"shop"};
    connector::Catalog books_catalog_{books_, *store_, clock_, log_}, shop_catalog_{shop_, *store_, clock_, log_};
};

TEST_F(StockFlow, TheFirstRunComparesEverythingAndWritesWhatDiffers) {
    books_.set("MUG", R"({"quantity":10,"reserved":2.5})");
    books_.set("CAP", R"({"quantity":5,"reserved":0})");
    books_.set("ONLY-BOOKS", R"({"quantity":1})");
    run();
    EXPECT_EQ(shown("1"), "7.5");
    ASSERT_EQ(shop_.written.size(), 1u) << "the cap shows its level already";
    EXPECT_EQ(shop_.written[0]["fields"].dump(), R"({"stock":7.5})") << "managed stays as it is";
    store::DeliveryQuery skipped;
    skipped.states = {DeliveryState::skipped};
    const auto left = store_->deliveries(skipped).value();
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].error["code"].string(), "stock.no_product");
    EXPECT_NE(left[0].error["message"].string().find("ONLY-BOOKS"), std::string::npos);
    EXPECT_EQ(deliveries(), 2u);
}

TEST_F(StockFlow, LaterOnlyChangesAreWrittenOnceEach) {
    books_.set("MUG", R"({"quantity":3})");
    run();
    EXPECT_EQ(deliveries(), 0u) << "the same";
    books_.set("MUG", R"({"quantity":4})");
    run();
    EXPECT_EQ(shown("1"), "4");
    books_.changed.insert("MUG");  // an overlap tells it again
    run();
    EXPECT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(newest().target_ref["number"].string(), "MUG");
    const Json decision = store_->delivery(newest().id).value()->explain.at(0);
    EXPECT_EQ(decision["rule"].string(), "available_minus_reserved");
    EXPECT_EQ(decision["inputs"]["quantity"].text(), "4");
    EXPECT_EQ(books_.polls[""], 1);
}

TEST_F(StockFlow, TheComparisonSetsRightWhatTheShopShowsByNow) {
    books_.set("MUG", R"({"quantity":4})");
    run();
    ASSERT_EQ(shop_.written.size(), 1u);
    shop_.products.at("1").quantity = 1;  // sold there
    run();
    EXPECT_EQ(shown("1"), "1") << "nothing has changed in the books";
    clock_.advance(std::chrono::hours{24});
    run();
    EXPECT_EQ(shown("1"), "4");
    EXPECT_EQ(shop_.written.size(), 2u);
    const int lists = shop_.lists;
    run();
    EXPECT_EQ(shop_.written.size(), 2u);
    EXPECT_EQ(shop_.lists, lists) << "what was read just now is known";
    EXPECT_EQ(books_.polls[""], 2);
}

TEST_F(StockFlow, NothingIsComparedWhileALevelIsOnItsWay) {
    books_.set("MUG", R"({"quantity":3})");
    run();
    books_.set("MUG", R"({"quantity":8})");
    shop_.failure = Error{ErrorClass::transient, "fake.down", "The shop does not answer.", ""};
    run();
    ASSERT_EQ(newest().state, DeliveryState::waiting);
    clock_.advance(std::chrono::hours{24});
    books_.set("MUG", R"({"quantity":3})");  // which is what the shop still shows
    shop_.failure = Error{ErrorClass::transient, "fake.down", "The shop does not answer.", ""};
    run();
    clock_.advance(std::chrono::hours{1});
    work();
    work();
    EXPECT_EQ(shown("1"), "3") << "the older level is not the last word";
    run();
    EXPECT_EQ(books_.polls[""], 2) << "compared once nothing waits any more";
}

TEST_F(StockFlow, AnotherModeOrBufferComparesAtOnce) {
    books_.set("MUG", R"({"quantity":3})");
    run();
    flow_.stock.buffer = 1;
    run();
    EXPECT_EQ(shown("1"), "2");
    flow_.stock.manage = false;
    run();
    EXPECT_FALSE(shop_.products.at("1").managed);
}

TEST_F(StockFlow, AProductThatComesLaterGetsItsLevel) {
    books_.set("NEW", R"({"quantity":9})");
    run();
    EXPECT_EQ(newest().state, DeliveryState::skipped);
    run();
    EXPECT_EQ(deliveries(), 1u) << "said once";
    shop_.products["3"] = {"NEW", "", 0};
    clock_.advance(std::chrono::hours{24});
    run();
    EXPECT_EQ(shown("3"), "9");
}

TEST_F(StockFlow, TheEanServesWhereTheShopHasNoSuchNumber) {
    books_.set("CAP-1", R"({"quantity":8,"ean":"4006381333931"})");
    run();
    EXPECT_EQ(shown("2"), "8");
}

TEST_F(StockFlow, ANumberThatTheShopHasTwiceIsHeld) {
    shop_.products["3"] = {"MUG", "", 1};
    books_.set("MUG", R"({"quantity":9})");
    run();
    EXPECT_EQ(newest().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "product.ambiguous");
    EXPECT_TRUE(shop_.written.empty());
}

TEST_F(StockFlow, AProductThatIsGoneLeavesTheIndex) {
    books_.set("MUG", R"({"quantity":4})");
    run();
    shop_.products.erase("1");
    books_.set("MUG", R"({"quantity":6})");
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    clock_.advance(std::chrono::minutes{1});
    work();
    EXPECT_EQ(newest().state, DeliveryState::skipped);
    EXPECT_EQ(newest().error["code"].string(), "stock.no_product");
}

TEST_F(StockFlow, AFailedWriteIsTriedAgain) {
    books_.set("MUG", R"({"quantity":4})");
    shop_.failure = Error{ErrorClass::transient, "fake.down", "The shop does not answer.", "", 0, {}, true};
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    clock_.advance(std::chrono::minutes{5});
    work();
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    EXPECT_EQ(shown("1"), "4");
}

TEST_F(StockFlow, WhatCannotBeReadIsDeadAndStopsNothing) {
    books_.set("CAP", R"({"quantity":6})");
    books_.set("MUG", R"({"quantity":"many"})");
    run();
    EXPECT_EQ(shown("2"), "6");
    EXPECT_EQ(shown("1"), "3");
    store::DeliveryQuery dead;
    dead.states = {DeliveryState::dead};
    ASSERT_EQ(store_->deliveries(dead).value().size(), 1u);
    EXPECT_EQ(store_->deliveries(dead).value()[0].error["code"].string(), "stock.invalid");
    flow_.stock.mode = "with_incoming";
    run();
    EXPECT_EQ(newest().error["code"].string(), "stock.no_incoming");
}

TEST_F(StockFlow, OneArticleCanBeAskedFor) {
    books_.set("MUG", R"({"quantity":3})");
    books_.set("CAP", R"({"quantity":6})");
    run();
    books_.set("MUG", R"({"quantity":8})");
    books_.set("CAP", R"({"quantity":9})");
    run({"MUG"});
    EXPECT_EQ(shown("1"), "8");
    EXPECT_EQ(shown("2"), "6");
}

TEST_F(StockFlow, AStoreThatCannotBeReadStopsTheRunAndNotTheMemory) {
    books_.set("MUG", R"({"quantity":4})");
    Intake intake{flow_,   std::make_unique<StockReception>(flow_, shop_catalog_, *store_, clock_),
                  books_,  books_catalog_,
                  *store_, clock_};
    {
        const HiddenTable hidden{database_, "target_key"};
        EXPECT_FALSE(intake.run(call(), {}).ok());
    }
    run();
    EXPECT_EQ(shown("1"), "4") << "the comparison that was cut is made";
}

TEST_F(StockFlow, APreviewShowsNowAndThenAndAPreflightCounts) {
    books_.set("MUG", R"({"quantity":4})");
    books_.set("ONLY-BOOKS", R"({"quantity":1})");
    const FlowEnds ends{books_, books_catalog_, shop_, shop_catalog_, std::chrono::seconds{90}};
    const auto rules = std::make_shared<const FieldRules>();
    const auto shown = preview(call(), flow_, rules, ends, *store_, clock_, log_, {}, 20);
    ASSERT_TRUE(shown.ok()) << shown.error().message;
    const Json& record = (*shown)["records"].at(0);
    EXPECT_EQ(record["outcome"].string(), "delivered") << shown->pretty();
    EXPECT_EQ(record["writes"].at(0)["changes"]["stock"].dump(), "[3,4]");
    EXPECT_TRUE(shop_.written.empty());
    books_.limits.push("There is no stock module.");
    const Json found = preflight(call(), flow_, rules, ends, *store_, clock_, log_);
    EXPECT_TRUE(found["ready"].boolean()) << found.pretty();
    EXPECT_EQ(found["articles"]["would"].dump(), R"({"delivered":1,"skipped":1})");
    EXPECT_NE(found.dump().find("There is no stock module."), std::string::npos);
    EXPECT_EQ(deliveries(), 0u);
}

TEST(StockLevel, FollowsTheMode) {
    const entity::Stock stock =
        *entity::parse_stock(*Json::parse(R"({"sku":"MUG","quantity":10,"available":6,"reserved":3,"incoming":4.5})"));
    settings::Stock settings;
    const auto level = [&](const char* mode, int buffer = 0) {
        settings.mode = mode;
        settings.buffer = buffer;
        return level_of(stock, settings).value().text();
    };
    EXPECT_EQ(level("physical"), "10");
    EXPECT_EQ(level("available"), "6");
    EXPECT_EQ(level("available_minus_reserved"), "7");
    EXPECT_EQ(level("with_incoming"), "11.5");
    EXPECT_EQ(level("available", 5), "1");
    EXPECT_EQ(level("available", 7), "0") << "never below zero";
}

TEST(StockLevel, WhatASystemDoesNotTellFollowsFromTheRest) {
    settings::Stock settings;
    const auto level = [&](const char* mode, const char* figures) {
        settings.mode = mode;
        return level_of(*entity::parse_stock(*Json::parse(figures)), settings).value().text();
    };
    EXPECT_EQ(level("available", R"({"sku":"A","quantity":10,"reserved":3})"), "7");
    EXPECT_EQ(level("available_minus_reserved", R"({"sku":"A","quantity":10,"available":6})"), "6");
    EXPECT_EQ(level("available_minus_reserved", R"({"sku":"A","quantity":-2})"), "0");
}

TEST(Stock, IsReadStrictly) {
    for (const char* wrong :
         {R"({"quantity":1})", R"({"sku":"A"})", R"({"sku":"A","quantity":"1"})", R"({"sku":"A","quantity":1e13})",
          R"({"sku":"A","quantity":1,"reserved":true})", R"({"sku":"","ean":"","quantity":1})", "[]"}) {
        const auto stock = entity::parse_stock(*Json::parse(wrong));
        ASSERT_FALSE(stock.ok()) << wrong;
        EXPECT_EQ(stock.error().code, "stock.invalid");
    }
    EXPECT_FALSE(entity::parse_stock(Json::object({{"sku", std::string(201, 'a')}, {"quantity", 1}})).ok());
}

}  // namespace
}  // namespace brygga::flow
