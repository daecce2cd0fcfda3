// A flow of products from a shop into books (E4): what is made and changed there, never twice; what is left alone, and
// why.
#include <map>

#include <gtest/gtest.h>

#include "flow/product_pipeline.h"
#include "flow/product_reception.h"
#include "unit/flow/fake_trade.h"
#include "unit/flow/flow_test.h"

namespace brygga::flow {
namespace {

using store::DeliveryState;

class GoodsFlow : public FlowTest {
protected:
    GoodsFlow() : FlowTest{"goods", "shop", "books", "product"} { compile(); }
    Ends ends() override { return {shop_, shop_catalog_, books_, books_catalog_}; }
    void compile() { rules_ = compiled(flow_, "product_into_books"); }
    void rule(const char* field, const char* text, settings::Write write = settings::Write::always) {
        add_rule(flow_, field, text, write);
        compile();
    }

    FakeTrade books_{"books"}, shop_{"shop"};
    connector::Catalog books_catalog_{books_, *store_, clock_, log_}, shop_catalog_{shop_, *store_, clock_, log_};
};

constexpr const char* shop_mug =
    R"({"name":"Mug","price":100,"treatment":"normal","unit":"KG","ean":"4006381333931","active":true})";

TEST_F(GoodsFlow, WhatTheBooksLackIsMadeOnce) {
    shop_.set("MUG", shop_mug);
    run();
    ASSERT_EQ(books_.written.size(), 1u);
    EXPECT_EQ(books_.written[0]["op"].string(), "create");
    EXPECT_EQ(books_.written[0]["fields"].dump(),
              R"({"sku":"MUG","name":"Mug","ean":"4006381333931","price":80,"treatment":"g25",)"
              R"("price_includes_tax":false,"price_with_tax":100,"active":true,"unit":"u2"})");
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    shop_.changed.insert("MUG");
    run();
    clock_.advance(std::chrono::hours{24});
    run();
    EXPECT_EQ(deliveries(), 1u) << "nothing has changed";
}

TEST_F(GoodsFlow, WhatIsThereIsChangedWhereItDiffers) {
    books_.second_group = true;
    books_.put("1", "MUG", R"({"name":"Old mug","price":80,"price_with_tax":100,"treatment":"h25","unit":"u1",
        "ean":"1","active":true})");
    shop_.set("MUG", shop_mug);
    run();
    ASSERT_EQ(books_.written.size(), 1u);
    EXPECT_EQ(books_.written[0]["fields"].dump(), R"({"name":"Mug"})")
        << "the group charges the rate, so it stays; unit and EAN are the books' own";
    shop_.set("MUG", R"({"name":"Mug","price":112,"treatment":"low a","active":false})");
    run();
    ASSERT_EQ(books_.written.size(), 2u);
    EXPECT_EQ(books_.written[1]["fields"].dump(),
              R"({"price":100,"treatment":"g12","price_includes_tax":false,"price_with_tax":112})")
        << "one that the shop does not sell any more stays active";
}

TEST_F(GoodsFlow, AQuietRunAsksTheBooksNothing) {
    books_.put("1", "MUG", R"({"name":"Mug","price":80,"price_with_tax":100,"treatment":"g25","ean":"4006381333931"})");
    shop_.set("MUG", shop_mug);
    run();
    const auto asked = books_.asked;
    const int finds = books_.finds, lists = books_.lists;
    clock_.advance(std::chrono::hours{1});
    run();
    EXPECT_EQ(books_.lists, lists);
    EXPECT_EQ(books_.finds, finds);
    EXPECT_EQ(books_.asked, asked);
    EXPECT_TRUE(books_.written.empty());
}

TEST_F(GoodsFlow, AmbiguousGroupsAreAChoiceOfTheSettings) {
    books_.second_group = true;
    shop_.set("MUG", shop_mug);
    run();
    EXPECT_EQ(newest().state, DeliveryState::held);
    EXPECT_EQ(code(), "tax.ambiguous_treatment");
    EXPECT_NE(newest().error["remedy"].string().find("settings.target.product_group"), std::string::npos);
    flow_.product.product_groups = {"Other goods 25 %"};
    run();
    EXPECT_EQ(books_.written.at(0)["fields"]["treatment"].string(), "h25");
}

TEST_F(GoodsFlow, ARateThatTheBooksDoNotHaveIsHeld) {
    shop_.set("MUG", R"({"name":"Mug","price":100,"treatment":"zero"})");
    shop_.set("CAP", R"({"name":"Cap","price":100,"treatment":"odd"})");
    run();
    EXPECT_EQ(code("MUG"), "tax.no_treatment");
    EXPECT_EQ(code("CAP"), "product.no_rate");
    EXPECT_NE(newest("CAP").error["message"].string().find("in the shop tells no rate"), std::string::npos);
}

TEST_F(GoodsFlow, PricesAreWhatTheShopSaysTheyAre) {
    shop_.prices = "net";
    shop_.set("MUG", shop_mug);
    run();
    EXPECT_EQ(books_.written.at(0)["fields"]["price"].text(), "100");
    EXPECT_EQ(books_.written[0]["fields"]["price_with_tax"].text(), "125");
}

TEST_F(GoodsFlow, AShopThatDoesNotTellItsKindOfPriceIsNotGuessed) {
    shop_.prices.clear();
    shop_.set("MUG", shop_mug);
    run();
    EXPECT_EQ(code(), "product.no_price_basis");
    EXPECT_NE(newest().error["message"].string().find("shop does not tell"), std::string::npos);
    flow_.product.price_includes_tax = true;
    run();
    EXPECT_EQ(books_.written.at(0)["fields"]["price"].text(), "80");
}

TEST_F(GoodsFlow, APriceThatTheBooksCountDifferentlyIsNoDifference) {
    // 99.99 with tax are 79.99 without, which the books count as 99.99 (99.9875); 0.07 are 0.06, which they count as
    // 0.08.
    books_.put("1", "CENT", R"({"name":"Cent","price":0.06,"price_with_tax":0.08,"treatment":"g25"})");
    shop_.set("CENT", R"({"name":"Cent","price":0.07,"treatment":"normal"})");
    run();
    EXPECT_TRUE(books_.written.empty());
    books_.products.at("1").member("fields").set("price_with_tax", *Decimal::parse("0.09"));
    clock_.advance(std::chrono::hours{24});
    run();
    ASSERT_EQ(books_.written.size(), 1u);
    EXPECT_EQ(books_.written[0]["fields"]["price_with_tax"].text(), "0.07");
}

TEST_F(GoodsFlow, AnotherCurrencyIsHeldUnlessARuleConverts) {
    shop_.currency = "EUR";
    shop_.set("MUG", shop_mug);
    run();
    EXPECT_EQ(code(), "product.currency");
    rule("product.price", "product.price * 10");
    run();
    EXPECT_EQ(books_.written.at(0)["fields"]["price"].text(), "800");
}

TEST_F(GoodsFlow, WhatIsFreeHasNoPriceAndKeepsTheBooks) {
    shop_.set("MUG", R"({"name":"Mug","price":0,"treatment":"normal"})");
    books_.put("1", "CAP", R"({"name":"Cap","price":8,"price_with_tax":10,"treatment":"g25"})");
    shop_.set("CAP", R"({"name":"Cap","price":0,"treatment":"normal"})");
    run();
    ASSERT_EQ(books_.written.size(), 1u);
    EXPECT_FALSE(books_.written[0]["fields"].has("price"));
}

TEST_F(GoodsFlow, ActiveMayFollowTheShop) {
    flow_.product.active = "as_source";
    shop_.set("MUG", shop_mug);
    shop_.set("OLD", R"({"name":"Old","price":100,"treatment":"normal","active":false})");
    run();
    ASSERT_EQ(books_.written.size(), 1u);
    EXPECT_EQ(code("OLD"), "product.inactive");
    EXPECT_NE(newest("OLD").error["message"].string().find("in the shop"), std::string::npos);
    shop_.set("MUG", R"({"name":"Mug","price":100,"treatment":"normal","active":false})");
    run();
    ASSERT_EQ(books_.written.size(), 2u);
    EXPECT_EQ(books_.written[1]["fields"].dump(), R"({"active":false})");
}

TEST_F(GoodsFlow, MissingSkipOnlyChangesAndKnowsWhatTheBooksHaveByNow) {
    flow_.product.create = false;
    shop_.set("MUG", shop_mug);
    run();
    EXPECT_EQ(code(), "product.not_in_books");
    books_.put("1", "MUG", R"({"name":"Mug","price":8,"price_with_tax":10,"treatment":"g25"})");
    clock_.advance(std::chrono::minutes{11});
    shop_.set("MUG", R"({"name":"Mug","price":110,"treatment":"normal"})");
    run();
    ASSERT_EQ(books_.written.size(), 1u);
    EXPECT_EQ(books_.written[0]["fields"]["price"].text(), "88");
}

TEST_F(GoodsFlow, ANumberThatTheShopHasTwiceIsTheFirstOnes) {
    shop_.set("MUG", shop_mug);
    shop_.doubles["MUG"] = "MUG-AGAIN";
    run();
    EXPECT_EQ(books_.written.size(), 1u);
    EXPECT_EQ(code("MUG"), "product.number_twice");
    EXPECT_NE(newest("MUG").error["message"].string().find("a-MUG-AGAIN"), std::string::npos);
    shop_.changed.insert("MUG");
    run();
    clock_.advance(std::chrono::hours{24});
    run();
    EXPECT_EQ(books_.written.size(), 1u) << "they do not take turns";
    EXPECT_EQ(deliveries(), 2u);
}

TEST_F(GoodsFlow, OfTwoWithOneNumberTheOneThatIsSoldCounts) {
    books_.put("1", "MUG", R"({"name":"Mug","price":80,"price_with_tax":100,"treatment":"g25","ean":"1"})");
    shop_.set("MUG", R"({"name":"Old mug","price":50,"treatment":"normal","active":false})");
    shop_.set("NEW", shop_mug);
    shop_.articles.at("NEW").set("sku", "MUG");
    run();  // nobody knows yet that there is another one
    clock_.advance(std::chrono::hours{24});
    run();
    const std::size_t writes = books_.written.size();
    EXPECT_EQ(books_.products.at("1")["fields"]["name"].string(), "Mug");
    for (int day = 0; day < 2; ++day) {
        shop_.changed.insert("MUG");
        clock_.advance(std::chrono::hours{24});
        run();
    }
    EXPECT_EQ(books_.written.size(), writes) << "they do not take turns";
    shop_.articles.erase("NEW");
    for (int day = 0; day < 2; ++day) {
        clock_.advance(std::chrono::hours{24});
        run();
    }
    EXPECT_EQ(books_.products.at("1")["fields"]["name"].string(), "Old mug") << "alone again";
}

TEST_F(GoodsFlow, AProductWithoutANumberIsLeftOut) {
    shop_.set("MUG", shop_mug);
    shop_.articles.at("MUG").erase("sku");
    run();
    EXPECT_EQ(newest().state, DeliveryState::skipped);
    EXPECT_EQ(code(), "product.no_number");
    EXPECT_TRUE(books_.written.empty());
}

TEST_F(GoodsFlow, ACreateWhoseOutcomeIsUnknownIsLookedUpAndNotRepeated) {
    shop_.set("MUG", shop_mug);
    books_.failure = Error{ErrorClass::transient, "fake.timeout", "No answer.", "", 0, {}, true};
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    clock_.advance(std::chrono::minutes{5});
    work();
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    EXPECT_EQ(books_.written.size(), 1u);
    EXPECT_EQ(books_.products.size(), 1u);
}

TEST_F(GoodsFlow, ARefusalThatNamesSomethingElseIsNoReasonToMakeTheArticleAgain) {
    books_.put("1", "MUG", R"({"name":"Old mug","price":80,"price_with_tax":100,"treatment":"g25"})");
    shop_.set("MUG", shop_mug);
    books_.failure = Error{ErrorClass::rejected, "reference.gone", "The unit is gone.", ""};
    run();
    EXPECT_EQ(newest().state, DeliveryState::dead);
    EXPECT_EQ(code(), "reference.gone");
    EXPECT_EQ(books_.written.size(), 1u);
}

TEST_F(GoodsFlow, UnitsAreFoundByNameElseARuleOrTheSettingsNameOne) {
    shop_.set("MUG", R"({"name":"Mug","price":100,"treatment":"normal","unit":"Crate"})");
    run();
    EXPECT_EQ(books_.written.at(0)["fields"]["unit"].string(), "u1") << "as orders do: a piece";
    flow_.product.unit = "kg";
    shop_.set("CAP", R"({"name":"Cap","price":100,"treatment":"normal"})");
    run();
    EXPECT_EQ(books_.written.back()["fields"]["unit"].string(), "u2");
    rule("product.unit", "\"Stk\"", settings::Write::on_create);
    shop_.set("HAT", R"({"name":"Hat","price":100,"treatment":"normal"})");
    run({"HAT"});
    EXPECT_EQ(books_.written.back()["fields"]["unit"].string(), "u1");
}

class BothWays : public GoodsFlow {
protected:
    BothWays() {
        flow_.product.mirror = "products";
        other_.from = "books";
        other_.to = "shop";
        other_.product.mirror = flow_.id;
    }
    /// As the flow from the books leaves it in the shop.
    void sent(const char* fields, bool made = false) {
        ASSERT_TRUE(ProductMemory(other_, *store_, clock_).wrote("a-MUG", *Json::parse(fields), made).ok());
    }
    settings::Flow other_;
};

TEST_F(BothWays, WhatCameFromTheBooksIsNotSentBack) {
    // The price of the books has changed again since it was sent.
    books_.put("1", "MUG", R"({"name":"Mug","price":90,"price_with_tax":112.5,"treatment":"g25","ean":"1"})");
    sent(R"({"price":100,"price_includes_tax":true})");
    shop_.set("MUG", shop_mug);
    run();
    EXPECT_EQ(deliveries(), 0u) << "compared: nothing is the shop's own";
    shop_.changed.insert("MUG");
    run();
    EXPECT_EQ(newest().state, DeliveryState::skipped);
    EXPECT_EQ(code(), "product.echo");
    shop_.set("MUG", R"({"name":"Big mug","price":100,"treatment":"normal"})");
    run();
    ASSERT_EQ(books_.written.size(), 1u);
    EXPECT_EQ(books_.written[0]["fields"].dump(), R"({"name":"Big mug"})") << "only what was changed in the shop";
    shop_.set("MUG", R"({"name":"Big mug","price":150,"treatment":"normal"})");
    run();
    ASSERT_EQ(books_.written.size(), 2u);
    EXPECT_EQ(books_.written[1]["fields"]["price"].text(), "120");
    sent(R"({"name":"Big mug"})");
    clock_.advance(std::chrono::hours{24});
    run();
    EXPECT_EQ(books_.written.size(), 2u);
}

TEST_F(BothWays, AChangeThatIsStillOnItsWayLeavesWhatWasSentBefore) {
    books_.put("1", "MUG", R"({"name":"Mug","price":90,"price_with_tax":112.5,"treatment":"g25","ean":"1"})");
    sent(R"({"price":100})");
    ASSERT_TRUE(ProductMemory(other_, *store_, clock_).intend("a-MUG", *Json::parse(R"({"price":112.5})")).ok());
    shop_.set("MUG", shop_mug);
    run();
    EXPECT_TRUE(books_.written.empty()) << "the shop does not have it yet, or has it already";
    shop_.set("MUG", R"({"name":"Mug","price":112.5,"treatment":"normal"})");
    run();
    EXPECT_TRUE(books_.written.empty());
    sent(R"({"price":112.5})");
    shop_.set("MUG", shop_mug);
    run();
    EXPECT_EQ(books_.written.size(), 1u) << "somebody has set the price back";
}

TEST_F(BothWays, WhatWasMadeFromAnArticleIsNotMadeInTheBooksAgain) {
    sent(R"({"sku":"MUG","name":"Mug","price":100})", true);
    shop_.set("MUG", shop_mug);
    run();
    EXPECT_TRUE(books_.written.empty());
    EXPECT_EQ(newest().state, DeliveryState::skipped);
    EXPECT_EQ(code(), "product.echo");
}

TEST_F(BothWays, AFlowAloneSendsWhateverDiffers) {
    flow_.product.mirror.clear();
    books_.put("1", "MUG", R"({"name":"Mug","price":90,"price_with_tax":112.5,"treatment":"g25","ean":"1"})");
    sent(R"({"price":100})");
    shop_.set("MUG", shop_mug);
    run();
    ASSERT_EQ(books_.written.size(), 1u);
    EXPECT_EQ(books_.written[0]["fields"]["price"].text(), "80");
}

}  // namespace
}  // namespace brygga::flow
