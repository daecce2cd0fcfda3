// Pictures of products (E8): sent once, replaced with their address, and never those of a person.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flow/preflight.h"
#include "flow/preview.h"
#include "flow/product_images.h"
#include "unit/flow/fake_shelves.h"
#include "unit/flow/flow_test.h"

namespace brygga::flow {
namespace {

using settings::Write;
using store::DeliveryState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PictureFlow : public FlowTest {
protected:
    PictureFlow() : FlowTest{"products", "books", "shop", "product"} { rule(Write::always); }
    Ends ends() override { return {books_, books_catalog_, shop_, shop_catalog_}; }
    /// The pictures are named in the article's text for the shop.
    void rule(Write write, const char* text = R"((product.short_text ?? "").split(" "))") {
        flow_.mapping.rules.clear();
        add_rule(flow_, "product.images", text, write);
        rules_ = compiled(flow_, "product");
    }
    void article(const std::string& sku, const char* pictures) {
        books_.article(sku, {});
        books_.articles.at(sku).set("short_text", pictures);
    }
    void read() { FlowTest::read(flow_, rules_); }
    void next_day() {
        clock_.advance(std::chrono::hours{24});
        run();
    }
    std::vector<std::string> pictures() const {
        std::vector<std::string> out;
        for (const auto& [id, photo] : shop_.photos) out.push_back(photo.second);
        return out;
    }

    FakeShelves books_{"books"}, shop_{"shop"};
    connector::Catalog books_catalog_{books_, *store_, clock_, log_}, shop_catalog_{shop_, *store_, clock_, log_};
};

TEST_F(PictureFlow, ANewProductGetsItsPicturesOnce) {
    article("MUG", "http://p/a.jpg http://p/b.jpg");
    run();
    ASSERT_THAT(shop_.ops(), ElementsAre("create product", "create image", "create image"));
    EXPECT_EQ(shop_.written[1]["fields"].dump(),
              R"({"product":"101","url":"http://p/a.jpg","text":"MUG","main":true})");
    EXPECT_FALSE(shop_.written[2]["fields"]["main"].boolean(true));
    EXPECT_FALSE(shop_.written[0]["fields"].has("images"));
    EXPECT_EQ(shop_.finds["image"], 0) << "a product that was just made shows none";
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    books_.changed.insert("MUG");
    run();
    next_day();
    EXPECT_EQ(shop_.written.size(), 3u);
}

TEST_F(PictureFlow, AnotherAddressTakesThePlaceOfTheOneBefore) {
    article("MUG", "http://p/a.jpg");
    run();
    article("MUG", "http://p/b.jpg");
    run();
    EXPECT_THAT(pictures(), ElementsAre("http://p/b.jpg"));
    EXPECT_THAT(shop_.ops(), ElementsAre("create product", "create image", "create image", "cancel image"));
    article("MUG", "");
    run();
    EXPECT_THAT(pictures(), IsEmpty()) << "the host's own";
    article("MUG", "http://p/c.jpg");
    run();
    shop_.photos.clear();
    article("MUG", "http://p/d.jpg");
    run();
    EXPECT_EQ(newest().state, DeliveryState::delivered) << "somebody has removed it already";
    EXPECT_THAT(pictures(), ElementsAre("http://p/d.jpg"));
}

TEST_F(PictureFlow, PicturesOfAPersonStay) {
    shop_.products["1"] = "MUG";
    shop_.photos["9"] = {"1", "by hand"};
    shop_.products["2"] = "CAP";
    article("MUG", "http://p/a.jpg");
    article("CAP", "http://p/c.jpg");
    run();
    EXPECT_THAT(pictures(), ElementsAre("http://p/c.jpg", "by hand")) << "only one that shows none gets one";
    next_day();
    next_day();
    EXPECT_EQ(shop_.photos.size(), 2u);
}

TEST_F(PictureFlow, OnCreateAloneLeavesThemAloneLater) {
    rule(Write::on_create);
    shop_.products["2"] = "CAP";
    article("MUG", "http://p/a.jpg");
    article("CAP", "http://p/c.jpg");
    run();
    article("MUG", "http://p/b.jpg");
    run();
    next_day();
    EXPECT_THAT(pictures(), ElementsAre("http://p/a.jpg"));
}

TEST_F(PictureFlow, WhereThereIsNoPictureItIsAskedForWithTheNextVersion) {
    shop_.no_pictures = {"http://p/a.jpg"};
    article("MUG", "http://p/a.jpg");
    run();
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    EXPECT_THAT(newest().explain.dump(), HasSubstr("there is no picture"));
    next_day();
    EXPECT_EQ(shop_.written.size(), 2u) << "a comparison does not ask again";
    shop_.no_pictures.clear();
    books_.articles.at("MUG").set("ean", "4006381333931");
    books_.changed.insert("MUG");
    run();
    EXPECT_THAT(pictures(), ElementsAre("http://p/a.jpg"));
}

TEST_F(PictureFlow, ALostAnswerIsLookedUp) {
    shop_.products["1"] = "MUG";
    article("MUG", "http://p/a.jpg");
    shop_.failure = Error{ErrorClass::transient, "http.timeout", "No answer.", ""};
    shop_.failure->outcome_unknown = true;
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    clock_.advance(std::chrono::minutes{3});
    work();
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    EXPECT_EQ(shop_.photos.size(), 1u);
    article("MUG", "http://p/b.jpg");
    run();
    EXPECT_THAT(pictures(), ElementsAre("http://p/b.jpg")) << "it is known which one was the host's";
}

TEST_F(PictureFlow, ALostAnswerIsTheHostsAlsoWhenNobodyWantsItAnyMore) {
    shop_.products["1"] = "MUG";
    article("MUG", "http://p/a.jpg");
    shop_.failure = Error{ErrorClass::transient, "http.timeout", "No answer.", ""};
    shop_.failure->outcome_unknown = true;
    run();
    article("MUG", "");
    read();
    clock_.advance(std::chrono::minutes{3});
    for (int i = 0; i < 3; ++i) work();
    EXPECT_THAT(pictures(), IsEmpty());
    EXPECT_EQ(newest().state, DeliveryState::delivered) << newest().error.dump();
}

TEST_F(PictureFlow, AFailureIsToldAndThePriceWasWritten) {
    article("MUG", "http://p/a.jpg");
    read();
    // The product goes well, its picture is refused.
    shop_.refuse_images = Error{ErrorClass::rejected, "image.size", "The picture is too large.", "Make it smaller."};
    work();
    EXPECT_EQ(newest().state, DeliveryState::dead);
    EXPECT_EQ(newest().error["code"].string(), "image.size");
    EXPECT_THAT(std::string{newest().error["message"].string()}, HasSubstr("Article MUG"));
    EXPECT_EQ(shop_.products.size(), 1u);
    shop_.refuse_images.reset();
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    work();
    EXPECT_EQ(newest().state, DeliveryState::delivered);
    EXPECT_THAT(shop_.ops(), ElementsAre("create product", "create image", "create image"));
}

TEST_F(PictureFlow, AServerThatFailsIsWaitedForSixHours) {
    article("MUG", "http://p/a.jpg");
    shop_.refuse_images = Error{ErrorClass::rate_limited, "image.unreachable", "No answer.", ""};
    shop_.refuse_images->retry_after = std::chrono::minutes{15};
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    clock_.advance(std::chrono::minutes{20});
    work();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    clock_.advance(std::chrono::hours{6});
    work();
    EXPECT_EQ(newest().state, DeliveryState::dead);
    shop_.refuse_images.reset();
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    work();
    EXPECT_THAT(pictures(), ElementsAre("http://p/a.jpg"));
}

TEST_F(PictureFlow, APreviewSendsNone) {
    shop_.products["1"] = "CAP";
    article("MUG", "http://p/a.jpg http://p/b.jpg");
    article("CAP", "http://p/c.jpg");
    const FlowEnds ends{books_, books_catalog_, shop_, shop_catalog_, std::chrono::seconds{90}};
    const auto shown = preview(call(), flow_, rules_, ends, *store_, clock_, log_, {}, 20);
    ASSERT_TRUE(shown.ok()) << shown.error().message;
    EXPECT_EQ((*shown)["records"].at(0)["writes"].size(), 1u) << shown->pretty();
    EXPECT_EQ((*shown)["records"].at(1)["writes"].size(), 3u);
    EXPECT_EQ((*shown)["records"].at(1)["outcome"].string(), "delivered");
    EXPECT_THAT(shop_.written, IsEmpty());
}

TEST_F(PictureFlow, WhatIsNoAddressIsHeld) {
    rule(Write::always, "[1]");
    article("MUG", "");
    run();
    EXPECT_EQ(newest().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "product.bad_image");
    rule(Write::always, R"("http://p/" + product.sku + ".jpg")");
    run();
    EXPECT_THAT(pictures(), ElementsAre("http://p/MUG.jpg")) << "a template by number";
}

TEST(ImageChanges, FollowThePolicy) {
    const std::vector<std::string> wanted{"http://p/a.jpg"};
    const Json none, sent = Json::object({{"0123456789abcdef", "7"}});
    const auto adds = [&](const Json& before, Write write, bool fresh, std::optional<bool> has) {
        return image_changes(wanted, before, write, fresh, has).add.size();
    };
    for (const Write write : {Write::always, Write::keep_existing, Write::on_create})
        EXPECT_EQ(adds(none, write, true, {}), 1u);
    EXPECT_EQ(adds(none, Write::on_update, true, {}), 0u);
    EXPECT_EQ(adds(none, Write::always, false, false), 1u);
    EXPECT_EQ(adds(none, Write::always, false, true), 0u);
    EXPECT_EQ(adds(none, Write::always, false, std::nullopt), 0u) << "not known is not none";
    EXPECT_EQ(adds(none, Write::on_create, false, false), 0u);
    EXPECT_EQ(adds(sent, Write::always, false, true), 1u);
    EXPECT_EQ(image_changes(wanted, sent, Write::always, false, true).remove.size(), 1u);
    EXPECT_EQ(image_changes(wanted, sent, Write::on_create, false, true).remove.size(), 0u);
}

}  // namespace
}  // namespace brygga::flow
