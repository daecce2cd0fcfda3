// Articles of the books as products of the shop: made once, changed where they differ, through faults and kills.
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

class Products : public ::testing::Test {
protected:
    explicit Products(std::vector<std::string> more = {}, bool economic = false)
        : vendors_{arguments(std::move(more))},
          daemon_{vendors_, {.trigger = "{}", .settings = "{ from_date: 2020-01-01 }", .economic = economic}},
          books_{economic ? "/economic/article" : "/ledger/article"} {
        flow("settings: { match: sku }");
    }
    static std::vector<std::string> arguments(std::vector<std::string> more) {
        std::vector<std::string> all{"--orders", "0"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    /// The books' own articles without a price are none for the shop.
    void flow(const std::string& more) {
        std::ofstream{daemon_.directory() / "flows.d" / "products.yaml"}
            << "flow: products\nfrom: books\nto: shop\nentity: product\ntrigger: { every: 1s }\n"
            << "accept: 'not product.sku.starts_with(\"DIVERSE\")'\n"
            << more << "\n";
    }
    void set(const std::string& sku, const char* members) const {
        Json article = *Json::parse(members);
        (void)vendors_.post(books_, article.set("sku", sku));
    }
    /// Products that were made, by number; a number that was made twice counts.
    std::map<std::string, std::vector<Json>> made() const {
        std::map<std::string, std::vector<Json>> out;
        const Json products = vendors_.get("/shop/products");
        for (const Json& product : products.items())
            out[std::string{product["productnumber"].string()}].push_back(product);
        return out;
    }
    bool shows(const std::string& sku, const std::string& price) const {
        return eventually(Seconds{20}, [&] {
            const auto all = made();
            const auto found = all.find(sku);
            return found != all.end() && found->second.front()["price"].text() == price;
        });
    }
    std::int64_t delivered() const { return daemon_.get("/v1/flows/products")["deliveries"]["delivered"].integer(0); }
    bool read_again() const {
        const Ended run = daemon_.cli({"run", "products", "--wait"});
        return run.code == 0 || run.code == 3;
    }

    const Simulated vendors_;
    Daemon daemon_;
    const std::string books_;
};

TEST_F(Products, FollowTheBooks) {
    set("NY-1", R"({"name":"Ny vara","price":80,"ean":"7312345678901"})");
    set("GAMMAL", R"({"name":"Gammal vara","price":10,"active":false})");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    auto products = made();
    ASSERT_EQ(products.size(), 1u) << vendors_.get("/shop/products").pretty();
    const Json& fresh = products["NY-1"].front();
    EXPECT_EQ(fresh["name"].string(), "Ny vara");
    EXPECT_EQ(fresh["price"].text(), "100") << "with tax, as this shop keeps prices";
    EXPECT_EQ(fresh["taxtariff"].string(), "normal");
    EXPECT_EQ(fresh["eannumber"].string(), "7312345678901");
    EXPECT_FALSE(fresh["is_active"].boolean(true)) << "a person puts it on sale";
    EXPECT_EQ(vendors_.calls("ccvshop", "PATCH"), 0) << "what both have agrees already";
    const Json left = daemon_.get("/v1/deliveries?flow=products&q=GAMMAL")["items"].at(0);
    EXPECT_EQ(left["error"]["code"].string(), "product.inactive") << left.pretty();

    set("NY-1", R"({"name":"Nytt namn","price":88})");
    EXPECT_TRUE(shows("NY-1", "110")) << daemon_.story();
    EXPECT_EQ(made()["NY-1"].front()["name"].string(), "Ny vara") << "the text is the shop's by now";
    ASSERT_TRUE(read_again());
    EXPECT_EQ(vendors_.calls("ccvshop", "PATCH"), 1);
    EXPECT_EQ(vendors_.calls("ccvshop", "POST"), 1);
    EXPECT_EQ(daemon_.connection_state("shop"), "ok");
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

TEST_F(Products, OnlyWhatTheShopHasWhenItSaysSo) {
    set("NY-1", R"({"price":80})");
    flow("settings: { missing: skip }");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_EQ(vendors_.calls("ccvshop", "POST"), 0);
    const Json left = daemon_.get("/v1/deliveries?flow=products&q=NY-1")["items"].at(0);
    EXPECT_EQ(left["error"]["code"].string(), "product.not_in_shop") << left.pretty();
}

TEST_F(Products, AnswersThatAreLostDoubleNothing) {
    for (int i = 0; i < 5; ++i) set("NY-" + std::to_string(i), R"({"price":80})");
    vendors_.fault("ccvshop", "reset_after", "0.6", Json::object({{"method", "POST"}}));
    daemon_.start();
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return made().size() == 5; })) << daemon_.story();
    vendors_.clear_faults();
    EXPECT_TRUE(eventually(Seconds{30}, [&] { return delivered() == 5; })) << daemon_.story();
    for (const auto& [sku, products] : made()) EXPECT_EQ(products.size(), 1u) << sku;
}

class ProductsWithoutAnswer : public Products {
protected:
    ProductsWithoutAnswer() : Products({"--switch", "product_answer=none"}) {}
};
TEST_F(ProductsWithoutAnswer, AreFoundByTheirNumber) {
    set("NY-1", R"({"price":80})");
    daemon_.start();
    EXPECT_TRUE(shows("NY-1", "100")) << daemon_.story();
    set("NY-1", R"({"price":88})");
    EXPECT_TRUE(shows("NY-1", "110")) << daemon_.story();
}

TEST_F(Products, KillsDoubleNothing_long) {
    vendors_.fault("ccvshop", "500", "0.1", Json::object({{"method", "POST"}}));
    vendors_.fault("ccvshop", "reset_after", "0.2", Json::object({{"method", "POST"}}));
    daemon_.start();
    for (int round = 1; round <= 5; ++round) {
        for (int i = 0; i < 10; ++i) set("NY-" + std::to_string(10 * round + i), R"({"price":80})");
        ASSERT_TRUE(eventually(Seconds{20}, [&] { return vendors_.calls("ccvshop", "POST") > 8 * round; }));
        daemon_.kill_hard();
        daemon_.start();
    }
    vendors_.clear_faults();
    EXPECT_TRUE(eventually(Seconds{240}, [&] { return made().size() == 50 && delivered() == 50; })) << daemon_.story();
    for (const auto& [sku, products] : made()) EXPECT_EQ(products.size(), 1u) << sku;
}

TEST_F(Products, CanBeTriedBefore) {
    set("NY-1", R"({"price":80})");
    daemon_.start();
    ASSERT_TRUE(shows("NY-1", "100")) << daemon_.story();
    ASSERT_EQ(daemon_.cli({"flows", "pause", "products"}).code, 0);
    ASSERT_TRUE(eventually(Seconds{10}, [&] { return daemon_.idle("shop") && daemon_.idle("books"); }));
    set("NY-1", R"({"price":88})");
    set("NY-2", R"({"price":8})");
    const Ended shown = daemon_.cli({"preview", "products", "--record", "NY-1"});
    EXPECT_THAT(shown.out, HasSubstr("price: 100 -> 110")) << shown.out << shown.err;
    const Ended dry = daemon_.cli({"run", "products", "--dry-run", "--record", "NY-2", "--wait"});
    EXPECT_EQ(dry.code, 0) << dry.out << dry.err;
    const Ended checked = daemon_.cli({"flows", "preflight", "products"});
    EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
    EXPECT_THAT(checked.out, HasSubstr("Flow products is ready."));
    EXPECT_EQ(made().size(), 1u);
    EXPECT_EQ(vendors_.calls("ccvshop", "PATCH"), 0);
}

class ProductsOfEconomic : public Products {
protected:
    ProductsOfEconomic() : Products({}, true) {}
};
TEST_F(ProductsOfEconomic, FollowTheBooks) {
    set("NY-1", R"({"name":"Ny vara","price":80,"text":"Tål 60 & mer"})");
    daemon_.start();
    EXPECT_TRUE(shows("NY-1", "100")) << daemon_.story();
    EXPECT_EQ(made()["NY-1"].front()["description"].string(), "Tål 60 &amp; mer");
    set("NY-1", R"({"price":80.05})");
    EXPECT_TRUE(shows("NY-1", "100.06")) << daemon_.story();
    EXPECT_EQ(vendors_.calls("ccvshop", "PATCH"), 1);
}

}  // namespace
}  // namespace brygga::system_test
