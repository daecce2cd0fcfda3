// Pictures of products: read where the connection says, checked, and given to the shop once.
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Pictures : public ::testing::Test {
protected:
    explicit Pictures(const std::string& connection = {}, bool economic = false)
        : daemon_{vendors_,
                  {.trigger = "{}",
                   .settings = "{ from_date: 2020-01-01 }",
                   .connection = connection,
                   .economic = economic,
                   .image_url = vendors_.pictures_url(),
                   .shop = "settle: 1s\n"}},
          articles_{economic ? "/economic/article" : "/ledger/article"} {
        flow("\"" + vendors_.pictures_url() + "/\" + product.sku + \".jpg\"");
    }
    void flow(const std::string& images) {
        std::ofstream{daemon_.directory() / "flows.d" / "products.yaml"}
            << "flow: products\nfrom: books\nto: shop\nentity: product\ntrigger: { every: 1s }\n"
            << "accept: 'product.sku.starts_with(\"NY-\")'\n"
            << "mapping:\n  product.images: '" << images << "'\n";
    }
    void article(const std::string& sku, int price = 80) const {
        (void)vendors_.post(articles_, Json::object({{"sku", sku}, {"price", price}}));
    }
    /// What the shop shows of each product, by the last bytes of its pictures.
    std::map<std::string, std::vector<std::string>> shown() const {
        std::map<std::string, std::vector<std::string>> out;
        const Json photos = vendors_.get("/shop/photos");
        for (const Json& photo : photos.items())
            out[std::string{photo["sku"].string()}].emplace_back(photo["ends"].string());
        return out;
    }
    Json newest(const std::string& query) const { return daemon_.get("/v1/deliveries?" + query)["items"].at(0); }
    bool becomes(const std::string& sku, const std::string& state) const {
        return eventually(Seconds{30}, [&] { return newest("flow=products&q=" + sku)["state"].string() == state; });
    }
    bool read_again() const {
        const Ended run = daemon_.cli({"run", "products", "--wait"});
        return run.code == 0 || run.code == 3;
    }

    const Simulated vendors_{{"--orders", "0"}};
    Daemon daemon_;
    const std::string articles_;
};

TEST_F(Pictures, ANewProductGetsItsPictureOnce) {
    article("NY-1");
    article("NY-missing-2");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return shown()["NY-1"].size() == 1; })) << daemon_.story();
    EXPECT_THAT(shown()["NY-1"].front(), EndsWith("NY-1.jpg")) << "to the last byte";
    EXPECT_TRUE(vendors_.get("/shop/photos").at(0)["main"].boolean());
    EXPECT_TRUE(becomes("NY-missing-2", "delivered")) << "a product without a picture is one, too";
    article("NY-1", 88);
    ASSERT_TRUE(becomes("NY-1", "delivered"));
    ASSERT_TRUE(read_again());
    EXPECT_EQ(shown()["NY-1"].size(), 1u);
    EXPECT_EQ(vendors_.get("/pictures")["NY-1.jpg"].integer(0), 1) << vendors_.get("/pictures").pretty();
    EXPECT_EQ(daemon_.connection_state("shop"), "ok");

    // Another address: the new picture takes the place of the old one.
    flow("\"" + vendors_.pictures_url() + "/new-\" + product.sku + \".png\"");
    daemon_.signal(SIGHUP);
    EXPECT_TRUE(eventually(Seconds{30}, [&] {
        const auto now = shown()["NY-1"];
        return now.size() == 1 && now.front().ends_with("new-NY-1.png");
    })) << daemon_.story();
}

TEST_F(Pictures, WhatIsNoPictureHoldsNoPriceBack) {
    article("NY-text-1");
    article("NY-large-2");
    article("NY-moved-3");
    daemon_.start();
    for (const auto& [sku, code] : {std::pair{"NY-text-1", "image.type"}, std::pair{"NY-large-2", "image.size"},
                                    std::pair{"NY-moved-3", "image.refused"}}) {
        EXPECT_TRUE(becomes(sku, "dead")) << daemon_.story();
        EXPECT_EQ(newest(std::string{"flow=products&q="} + sku)["error"]["code"].string(), code);
    }
    EXPECT_EQ(vendors_.get("/shop/products").size(), 3u);
    EXPECT_THAT(shown(), IsEmpty());
    EXPECT_FALSE(vendors_.get("/pictures").has("elsewhere.jpg")) << "redirects are not followed";
    EXPECT_EQ(daemon_.connection_state("shop"), "ok");
}

TEST_F(Pictures, AServerThatFailsIsWaitedForAndStopsNothing) {
    article("NY-broken-1");
    article("NY-2");
    daemon_.start();
    ASSERT_TRUE(becomes("NY-broken-1", "waiting")) << daemon_.story();
    EXPECT_TRUE(becomes("NY-2", "delivered"));
    EXPECT_EQ(newest("flow=products&q=NY-broken-1")["error"]["code"].string(), "image.unreachable");
    EXPECT_EQ(daemon_.connection_state("shop"), "ok");
}

TEST_F(Pictures, OfAnotherServerAreNotRead) {
    flow("\"https://elsewhere.example/\" + product.sku + \".jpg\"");
    article("NY-1");
    daemon_.start();
    ASSERT_TRUE(becomes("NY-1", "dead")) << daemon_.story();
    EXPECT_EQ(newest("flow=products&q=NY-1")["error"]["code"].string(), "image.host");
    EXPECT_EQ(daemon_.connection_state("shop"), "ok");
}

TEST_F(Pictures, AnswersThatAreLostAndAKillDoubleNothing) {
    for (int i = 0; i < 4; ++i) article("NY-" + std::to_string(i));
    vendors_.fault("ccvshop", "reset_after", "0.4", Json::object({{"method", "POST"}}));
    daemon_.start();
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return shown().size() >= 2; })) << daemon_.story();
    daemon_.kill_hard();
    daemon_.start();
    ASSERT_TRUE(eventually(Seconds{50}, [&] { return shown().size() == 4; })) << daemon_.story();
    vendors_.clear_faults();
    ASSERT_TRUE(eventually(Seconds{40}, [&] { return daemon_.settle(); })) << daemon_.story();
    for (const auto& [sku, pictures] : shown()) EXPECT_EQ(pictures.size(), 1u) << sku;
}

class PicturesInAProcess : public Pictures {
protected:
    PicturesInAProcess() : Pictures("isolation: process\n", true) {}
};
TEST_F(PicturesInAProcess, ArriveWholeFromEconomicToo) {
    article("NY-1");
    daemon_.start();
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return shown()["NY-1"].size() == 1; })) << daemon_.story();
    EXPECT_THAT(shown()["NY-1"].front(), EndsWith("NY-1.jpg"));
    ASSERT_TRUE(read_again());
    EXPECT_THAT(shown()["NY-1"], ElementsAre(HasSubstr("NY-1.jpg")));
}

}  // namespace
}  // namespace brygga::system_test
