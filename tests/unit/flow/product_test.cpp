// A flow of products (E4): what is made and changed in the shop, never twice; what is left alone, and why.

#include <gtest/gtest.h>

#include "brygga/sdk/codes.hpp"
#include "flow/mapping_tests.h"
#include "flow/preflight.h"
#include "flow/product_pipeline.h"
#include "flow/product_reception.h"
#include "unit/flow/fake_trade.h"
#include "unit/flow/flow_test.h"

namespace brygga::flow {
namespace {

using store::DeliveryState;

class ProductFlow : public FlowTest {
protected:
    ProductFlow() : FlowTest{"products", "books", "shop", "product"} { compile(); }
    Ends ends() override { return {books_, books_catalog_, shop_, shop_catalog_}; }
    void compile() { rules_ = compiled(flow_, "product"); }
    void rule(const char* field, const char* text, settings::Write write = settings::Write::always) {
        add_rule(flow_, field, text, write);
        compile();
    }
    std::unique_ptr<Reception> reception() {
        return make_reception(flow_, rules_, books_catalog_, shop_catalog_, *store_, clock_);
    }
    Expected<RunReport> read() { return try_read(flow_, rules_, {}); }

    FakeTrade books_{"books"}, shop_{"shop"};
    connector::Catalog books_catalog_{books_, *store_, clock_, log_}, shop_catalog_{shop_, *store_, clock_, log_};
};

constexpr const char* mug = R"({"name":"Mug","price":80,"price_includes_tax":false,"treatment":"g25","unit":"st",
    "ean":"4006381333931","active":true})";

TEST_F(ProductFlow, WhatTheShopLacksIsMadeOnceAndNotOnSale) {
    books_.set("MUG", mug);
    run();
    ASSERT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(shop_.written[0]["op"].string(), "create");
    EXPECT_EQ(shop_.written[0]["fields"].dump(),
              R"({"sku":"MUG","name":"Mug","unit":"st","ean":"4006381333931","price":100,"treatment":"normal",)"
              R"("price_includes_tax":true,"active":false,"x":{"package_id":"7"}})");
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    EXPECT_EQ(newest().target_ref["id"].string(), "101");
    books_.changed.insert("MUG");
    run();
    clock_.advance(std::chrono::hours{24});
    run();
    EXPECT_EQ(deliveries(), 1u) << "nothing has changed";
    EXPECT_EQ(books_.polls[""], 2);
    EXPECT_EQ(books_.asked["tax_treatment"], 1) << "kept for a day";
}

TEST_F(ProductFlow, WhatIsThereIsChangedWhereItDiffersAndKeepsItsTexts) {
    shop_.put("1", "MUG", R"({"name":"The finest mug","price":95,"treatment":"normal","active":true})");
    books_.set("MUG", mug);
    run();
    ASSERT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(
        shop_.written[0].dump(),
        R"({"op":"update","type":"product","kind":"article","id":"1","fields":{"ean":"4006381333931","price":100,)"
        R"("price_includes_tax":true}})");
    books_.set("MUG", R"({"name":"Cup","price":84,"treatment":"g12","active":false,"ean":"7300000000001"})");
    run();
    ASSERT_EQ(shop_.written.size(), 2u);
    EXPECT_EQ(shop_.written[1]["fields"].dump(), R"({"price":94.08,"treatment":"low a","price_includes_tax":true})")
        << "the EAN that is there stays, and so does what is on sale";
    EXPECT_EQ(shop_.products.at("1")["fields"]["name"].string(), "The finest mug");
}

TEST_F(ProductFlow, AProductThatShowsItAlreadyCostsNothing) {
    shop_.put("1", "MUG", R"({"name":"Mug","price":100.00,"treatment":"normal","ean":"4006381333931"})");
    books_.set("MUG", mug);
    run();
    EXPECT_EQ(deliveries(), 0u);
    EXPECT_TRUE(shop_.written.empty());
}

TEST_F(ProductFlow, TheComparisonSetsRightAPriceThatWasTypedInTheShop) {
    books_.set("MUG", mug);
    run();
    shop_.products.at("101").member("fields").set("price", 9);
    clock_.advance(std::chrono::hours{24});
    run();
    ASSERT_EQ(shop_.written.size(), 2u);
    EXPECT_EQ(shop_.written[1]["fields"]["price"].text(), "100");
    run();
    EXPECT_EQ(shop_.written.size(), 2u);
}

TEST_F(ProductFlow, APriceThatCameFromTheShopGoesBackUnchanged) {
    // 79.95 with tax are 63.96 in the books, which are 79.95; but 0.07 are 0.06, which would be 0.08.
    shop_.put("1", "CENT", R"({"name":"Cent","price":0.07,"treatment":"normal"})");
    books_.set("CENT", R"({"name":"Cent","price":0.06,"treatment":"g25"})");
    run();
    EXPECT_TRUE(shop_.written.empty());
    books_.set("BOTH", R"({"name":"Both","price":0.06,"price_with_tax":0.07,"treatment":"g25"})");
    run();
    ASSERT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(shop_.written[0]["fields"]["price"].text(), "0.07") << "the books tell both";
}

TEST_F(ProductFlow, PricesFollowWhatTheShopKeeps) {
    shop_.prices = "net";
    books_.set("MUG", R"({"name":"Mug","price":100,"price_includes_tax":true,"treatment":"g25"})");
    run();
    EXPECT_EQ(shop_.written.at(0)["fields"]["price"].text(), "80");
    EXPECT_FALSE(shop_.written[0]["fields"]["price_includes_tax"].boolean(true));
}

TEST_F(ProductFlow, AShopThatDoesNotTellItsKindOfPriceIsNotGuessed) {
    shop_.prices.clear();
    books_.set("MUG", mug);
    run();
    EXPECT_EQ(newest().state, DeliveryState::held);
    EXPECT_EQ(code(), "product.no_price_basis");
    flow_.product.price_includes_tax = false;
    run();
    EXPECT_EQ(shop_.written.at(0)["fields"]["price"].text(), "80");
}

TEST_F(ProductFlow, AnotherCurrencyIsHeldUnlessARuleConverts) {
    books_.currency = "EUR";
    books_.set("MUG", mug);
    run();
    EXPECT_EQ(code(), "product.currency");
    rule("product.price", "product.price * 10");
    run();
    EXPECT_EQ(shop_.written.at(0)["fields"]["price"].text(), "1000");
}

TEST_F(ProductFlow, ARateWithoutTariffIsHeldUnlessARuleNamesOne) {
    books_.set("BOOK", R"({"name":"Book","price":10,"treatment":"g6"})");
    books_.set("ODD", R"({"name":"Odd","price":10,"treatment":"gone"})");
    run();
    EXPECT_EQ(code(), "product.no_rate");
    EXPECT_NE(newest().error["message"].string().find("ODD"), std::string::npos);
    store::DeliveryQuery query;
    query.source_number = "BOOK";
    EXPECT_EQ(store_->deliveries(query).value().at(0).error["code"].string(), "product.no_treatment");
    rule("product.treatment", "if (product.rate ?? 0) == 6 then \"low a\" else \"normal\"");
    run();
    ASSERT_EQ(shop_.written.size(), 2u);
    EXPECT_EQ(shop_.written[0]["fields"]["treatment"].string(), "low a");
    EXPECT_EQ(shop_.written[0]["fields"]["price"].text(), "11.2") << "as the shop's tariff charges";
}

TEST_F(ProductFlow, WhatShouldNotBeSoldIsLeftOut) {
    books_.set("OLD", R"({"name":"Old","price":1,"treatment":"g25","active":false})");
    books_.set("WORK", R"({"name":"Work","price":1,"treatment":"g25","service":true})");
    books_.set("SHIPPING-25", R"({"name":"Shipping","price":1,"treatment":"g25"})");
    books_.set("ROUNDING", R"({"name":"Rounding","price":0,"treatment":"g25"})");
    shop_.put("2", "SHIRT-M", R"({"price":5})", "variant");
    books_.set("SHIRT-M", R"({"name":"Shirt","price":9,"treatment":"g25"})");
    run();
    EXPECT_TRUE(shop_.written.empty());
    std::map<std::string, std::string> codes;
    for (const auto& d : all()) {
        EXPECT_EQ(d.state, DeliveryState::skipped) << d.source_number;
        codes[d.source_number] = std::string{d.error["code"].string()};
    }
    EXPECT_EQ(codes["OLD"], "product.inactive");
    EXPECT_EQ(codes["WORK"], "product.service");
    EXPECT_EQ(codes["SHIPPING-25"], "product.row_article");
    EXPECT_EQ(codes["ROUNDING"], "product.row_article");
    EXPECT_EQ(codes["SHIRT-M"], "product.variant");
    books_.set("OLD", R"({"name":"Old","price":1,"treatment":"g25","active":true})");
    run();
    EXPECT_EQ(shop_.written.size(), 1u) << "active again";
}

TEST_F(ProductFlow, MissingSkipOnlyChanges) {
    flow_.product.create = false;
    shop_.put("1", "CAP", R"({"name":"Cap","price":5,"treatment":"normal"})");
    books_.set("MUG", mug);
    books_.set("CAP", R"({"name":"Cap","price":8,"treatment":"g25"})");
    run();
    ASSERT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(shop_.written[0]["id"].string(), "1");
    books_.set("MUG", R"({"name":"Mug","price":81,"treatment":"g25","ean":"4006381333931"})");
    run();
    EXPECT_EQ(deliveries(), 2u) << "said once";
    flow_.product.create = true;
    run();
    EXPECT_EQ(shop_.written.size(), 2u) << "another setting, another answer";
}

TEST_F(ProductFlow, MatchingIsBySkuOrEan) {
    shop_.put("1", "OTHER", R"({"name":"Mug","price":1,"treatment":"normal","ean":"4006381333931"})");
    books_.set("MUG", mug);
    flow_.product.match = "sku_then_ean";
    run();
    ASSERT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(shop_.written[0]["id"].string(), "1");
    EXPECT_FALSE(shop_.written[0]["fields"].has("sku")) << "numbers stay";
    flow_.product.match = "ean";
    shop_.put("3", "CAP", R"({"name":"Cap","price":1,"treatment":"normal"})");
    books_.set("CAP", R"({"name":"Cap","price":1,"treatment":"g25","ean":"1"})");
    books_.set("BARE", R"({"name":"Bare","price":1,"treatment":"g25"})");
    run();
    std::map<std::string, std::string> codes;
    for (const auto& d : all()) codes.try_emplace(d.source_number, std::string{d.error["code"].string()});
    EXPECT_EQ(codes["CAP"], "product.number_taken");
    EXPECT_EQ(codes["BARE"], "product.no_ean");
}

TEST_F(ProductFlow, ANumberThatTheShopHasTwiceIsHeld) {
    shop_.put("1", "MUG");
    shop_.put("2", "MUG");
    books_.set("MUG", mug);
    run();
    EXPECT_EQ(newest().state, DeliveryState::held);
    EXPECT_EQ(code(), "product.ambiguous");
}

TEST_F(ProductFlow, ACreateWhoseOutcomeIsUnknownIsLookedUpAndNotRepeated) {
    books_.set("MUG", mug);
    shop_.failure = Error{ErrorClass::transient, "fake.timeout", "No answer.", "", 0, {}, true};
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    ASSERT_EQ(shop_.products.size(), 1u) << "it had its effect";
    clock_.advance(std::chrono::minutes{5});
    work();
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    EXPECT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(shop_.products.size(), 1u);
    books_.set("MUG", R"({"name":"Mug","price":88,"treatment":"g25","ean":"4006381333931"})");
    run();
    EXPECT_EQ(shop_.written.back()["op"].string(), "update");
}

TEST_F(ProductFlow, ACreateThatDidNotArriveIsSentAgainWithItsKeyWhenThatIsSure) {
    books_.set("MUG", mug);
    shop_.failure = Error{ErrorClass::transient, "fake.timeout", "No answer.", "", 0, {}, true};
    run();
    shop_.products.clear();
    clock_.advance(std::chrono::seconds{10});
    work();
    EXPECT_EQ(code(), "write.settling") << "it may still appear";
    EXPECT_EQ(shop_.written.size(), 1u);
    clock_.advance(std::chrono::minutes{5});
    work();
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    ASSERT_EQ(shop_.sent_keys.size(), 2u);
    EXPECT_EQ(shop_.sent_keys[0], shop_.sent_keys[1]);
}

TEST_F(ProductFlow, ANewerVersionSettlesWhatAnOlderOneBegan) {
    books_.set("MUG", mug);
    shop_.failure = Error{ErrorClass::transient, "fake.timeout", "No answer.", "", 0, {}, true};
    run();
    books_.set("MUG", R"({"name":"Mug","price":88,"treatment":"g25","ean":"4006381333931"})");
    ASSERT_TRUE(read().ok());
    clock_.advance(std::chrono::minutes{5});
    work();
    work();
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    EXPECT_EQ(shop_.products.size(), 1u);
    EXPECT_EQ(shop_.products.begin()->second["fields"]["price"].text(), "110") << "and brings what has changed since";
}

TEST_F(ProductFlow, WhatSomebodyMadeMeanwhileIsCompared) {
    books_.set("MUG", mug);
    shop_.failure = Error{ErrorClass::rejected, std::string{code::product_exists}, "There is one.", ""};
    shop_.put("5", "MUG", R"({"name":"Mug","price":3,"treatment":"normal"})");
    shop_.hidden.insert("5");  // the list is behind
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    clock_.advance(std::chrono::minutes{1});
    work();
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    EXPECT_EQ(shop_.products.at("5")["fields"]["price"].text(), "100");
    EXPECT_EQ(shop_.products.size(), 1u);
}

TEST_F(ProductFlow, AProductThatIsGoneLeavesTheIndexAndIsMadeAgain) {
    books_.set("MUG", mug);
    run();
    shop_.products.clear();
    books_.set("MUG", R"({"name":"Mug","price":88,"treatment":"g25"})");
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    clock_.advance(std::chrono::minutes{1});
    work();
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    EXPECT_EQ(shop_.products.begin()->second["fields"]["price"].text(), "110");
}

TEST_F(ProductFlow, ActiveMayFollowTheBooks) {
    flow_.product.active = "as_source";
    books_.set("MUG", mug);
    run();
    EXPECT_TRUE(shop_.written.at(0)["fields"]["active"].boolean());
    books_.set("MUG", R"({"name":"Mug","price":80,"treatment":"g25","active":false,"ean":"4006381333931"})");
    run();
    ASSERT_EQ(shop_.written.size(), 2u);
    EXPECT_EQ(shop_.written[1]["fields"].dump(), R"({"active":false})");
}

TEST_F(ProductFlow, RulesHaveTheirPolicies) {
    shop_.put("1", "MUG",
              R"({"name":"Old","price":100,"treatment":"normal","short_text":"Mine","ean":"4006381333931"})");
    rule("product.name", "product.name");
    rule("product.short_text", "\"Short\"", settings::Write::keep_existing);
    rule("product.long_text", "\"Long\"", settings::Write::on_update);
    rule("product.x.memo", "target.fields.name ?? \"new\"");
    books_.set("MUG", mug);
    books_.set("CAP", R"({"name":"Cap","price":8,"treatment":"g25"})");
    run();
    ASSERT_EQ(shop_.written.size(), 2u);
    const bool first = shop_.written[0]["op"].string() == "update";
    EXPECT_EQ(shop_.written[first ? 0 : 1]["fields"].dump(), R"({"name":"Mug","long_text":"Long","x":{"memo":"Old"}})");
    const Json& made = shop_.written[first ? 1 : 0]["fields"];
    EXPECT_EQ(made["short_text"].string(), "Short");
    EXPECT_FALSE(made.has("long_text"));
    EXPECT_EQ(made["x"].dump(), R"({"memo":"new","package_id":"7"})");
}

TEST_F(ProductFlow, AShortenedTextIsNoDifference) {
    rule("product.name", "product.name");
    shop_.put("1", "MUG", R"({"name":"A mug with a","price":100,"treatment":"normal"})");
    books_.set("MUG", R"({"name":"A mug with a long name","price":80,"treatment":"g25"})");
    run();
    EXPECT_EQ(deliveries(), 0u);
}

TEST_F(ProductFlow, TheLimitsOfTheShopHold) {
    books_.set("MUG", R"({"name":"A mug with a long name","price":80,"treatment":"g25"})");
    books_.set("TOO-LONG-A-NUMBER", R"({"name":"Cap","price":8,"treatment":"g25"})");
    books_.set("FREE", R"({"name":"Free","price":0,"treatment":"g25"})");
    run();
    ASSERT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(shop_.written[0]["fields"]["name"].string(), "A mug with a");
    std::map<std::string, std::string> codes;
    for (const auto& d : all()) codes[d.source_number] = std::string{d.error["code"].string()};
    EXPECT_EQ(codes["TOO-LONG-A-NUMBER"], "product.number_too_long");
    EXPECT_EQ(codes["FREE"], "product.incomplete") << "no price is no price of nothing";
}

TEST_F(ProductFlow, SeveralPackagesAreAChoice) {
    shop_.two_packages = true;
    books_.set("MUG", mug);
    run();
    EXPECT_EQ(code(), "option.package");
    EXPECT_NE(newest().error["remedy"].string().find("Box, Letter"), std::string::npos);
    rule("product.x.package_id", "\"Letter\"");
    run();
    EXPECT_EQ(shop_.written.at(0)["fields"]["x"]["package_id"].string(), "8");
}

TEST_F(ProductFlow, AFilterDecidesWhatIsTaken) {
    flow_.mapping.accept = settings::Expression{"product.price > 10", {}};
    compile();
    books_.set("MUG", mug);
    books_.set("CAP", R"({"name":"Cap","price":8,"treatment":"g25"})");
    run();
    EXPECT_EQ(shop_.written.size(), 1u);
    store::DeliveryQuery query;
    query.source_number = "CAP";
    EXPECT_EQ(store_->deliveries(query).value().at(0).error["code"].string(), "product.not_accepted");
}

TEST_F(ProductFlow, OneArticleCanBeAskedFor) {
    shop_.put("1", "MUG", R"({"name":"Mug","price":1,"treatment":"normal","ean":"4006381333931"})");
    books_.set("MUG", mug);
    books_.set("CAP", R"({"name":"Cap","price":8,"treatment":"g25"})");
    run({"MUG"});
    ASSERT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(shop_.written[0]["id"].string(), "1");
}

TEST_F(ProductFlow, WhatCannotBeReadIsDeadAndStopsNothing) {
    books_.set("MUG", mug);
    books_.set("BAD", R"({"name":"Bad","price":"much"})");
    run();
    EXPECT_EQ(shop_.written.size(), 1u);
    store::DeliveryQuery dead;
    dead.states = {DeliveryState::dead};
    ASSERT_EQ(store_->deliveries(dead).value().size(), 1u);
    EXPECT_EQ(store_->deliveries(dead).value()[0].error["code"].string(), "product.invalid");
}

TEST_F(ProductFlow, APreviewShowsFieldsAndChangesAndAPreflightCounts) {
    shop_.put("1", "MUG", R"({"name":"Mug","price":95,"treatment":"normal","ean":"4006381333931"})");
    books_.set("MUG", mug);
    books_.set("NEW", R"({"name":"New","price":8,"treatment":"g25"})");
    books_.set("BOOK", R"({"name":"Book","price":8,"treatment":"g6"})");
    const FlowEnds ends{books_, books_catalog_, shop_, shop_catalog_, std::chrono::seconds{90}};
    const auto shown = preview(call(), flow_, rules_, ends, *store_, clock_, log_, {}, 20);
    ASSERT_TRUE(shown.ok()) << shown.error().message;
    const auto& records = (*shown)["records"].items();
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[0]["outcome"].string(), "held") << shown->pretty();
    EXPECT_EQ(records[1]["writes"].at(0)["changes"]["price"].dump(), "[95,100]");
    EXPECT_EQ(records[1]["fields"].at(0)["field"].string(), "product.name");
    EXPECT_EQ(records[2]["writes"].at(0)["op"].string(), "create");
    const Json found = preflight(call(), flow_, rules_, ends, *store_, clock_, log_);
    EXPECT_EQ(found["articles"]["would"].dump(), R"({"delivered":2,"held":1})") << found.pretty();
    EXPECT_FALSE(found["ready"].boolean());
    EXPECT_TRUE(shop_.written.empty());
    EXPECT_EQ(deliveries(), 0u);
}

TEST_F(ProductFlow, TestsOfItsMappingAreRun) {
    settings::MappingTest test;
    test.name = "price";
    test.given = *Json::parse(R"({"sku":"MUG","name":"Mug","price":80})");
    test.expect.push_back({"product.price", Json{80}, {}});
    test.check.push_back({"mapped.name == product.name", {}});
    flow_.mapping.tests = {test};
    EXPECT_TRUE(run_tests(flow_, *rules_).at(0).passed());
    flow_.mapping.tests[0].expect.push_back({"product.name", Json{"Cup"}, {}});
    flow_.mapping.tests[0].expect.push_back({"document.note", Json{"x"}, {}});
    flow_.mapping.tests[0].check.push_back({"mapped.price == 81", {}});
    EXPECT_EQ(run_tests(flow_, *rules_).at(0).failures.size(), 3u);
    flow_.mapping.tests[0].given = *Json::parse(R"({"name":"Mug"})");
    EXPECT_EQ(run_tests(flow_, *rules_).at(0).failures.size(), 1u);
}

TEST_F(ProductFlow, FieldsThatFollowFromElsewhereTakeNoRule) {
    for (const char* field : {"product.sku", "product.active", "product.stock", "product.colour", "customer.name"}) {
        settings::Flow flow = flow_;
        settings::Rule made;
        made.field = field;
        made.value.text = "null";
        flow.mapping.rules.push_back(made);
        EXPECT_EQ(FieldRules::compile(flow, settings::standard_mapping("product"), shop_.manifest()).errors.size(), 1u)
            << field;
    }
}

}  // namespace
}  // namespace brygga::flow
