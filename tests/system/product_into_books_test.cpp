// Products of the shop, and each of its variants, as articles of the books: made once, changed where they differ,
// through faults and kills.
#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

class Goods : public ::testing::Test {
protected:
    explicit Goods(std::vector<std::string> more = {}, bool economic = false)
        : vendors_{arguments(std::move(more))},
          daemon_{vendors_, {.trigger = "{}", .settings = "{ from_date: 2020-01-01 }", .economic = economic}},
          economic_{economic} {
        flow("");
    }
    static std::vector<std::string> arguments(std::vector<std::string> more) {
        std::vector<std::string> all{"--orders", "0"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    /// The shop's own products are left out, but those that a test changes.
    void flow(const std::string& more, const std::string& trigger = "{ every: 1s }") const {
        std::ofstream{daemon_.directory() / "flows.d" / "goods.yaml"}
            << "flow: goods\nfrom: shop\nto: books\nentity: product\ntrigger: " << trigger << "\n"
            << "accept: 'product.sku.starts_with(\"NY-\")'\n"
            << more << "\n";
    }
    Json set(const std::string& sku, const char* members) const {
        Json product = *Json::parse(members);
        return vendors_.post("/shop/product", product.set("productnumber", sku));
    }
    /// Articles of the books, by number.
    std::map<std::string, std::vector<Json>> articles() const {
        std::map<std::string, std::vector<Json>> out;
        const Json books = vendors_.get(economic_ ? "/economic" : "/ledger");
        for (const Json& article : books[economic_ ? "products" : "articles"].items())
            out[std::string{article[economic_ ? "productNumber" : "Number"].string()}].push_back(article);
        return out;
    }
    Json article(const std::string& sku) const {
        const auto all = articles();
        const auto found = all.find(sku);
        return found == all.end() ? Json{} : found->second.front();
    }
    bool shows(const std::string& sku, const std::string& price) const {
        return eventually(Seconds{20}, [&] {
            return article(sku)[economic_ ? "salesPrice" : "NetPrice"].decimal() == Decimal::parse(price);
        });
    }
    std::int64_t count(const std::string& state) const {
        return daemon_.get("/v1/flows/goods")["deliveries"][state].integer(0);
    }
    bool still() const {
        return eventually(Seconds{60}, [&] {
            return count("pending") + count("in_flight") + count("waiting") == 0 && daemon_.idle("books");
        });
    }
    bool read_again() const {
        const Ended run = daemon_.cli({"run", "goods", "--wait"});
        EXPECT_TRUE(run.code == 0 || run.code == 3) << run.code << run.out << run.err;
        return still();
    }
    std::int64_t calls(const std::string& method = {}) const {
        return vendors_.calls(economic_ ? "economic" : "eaccounting", method);
    }
    std::string code(const std::string& number) const {
        const Json newest = daemon_.get("/v1/deliveries?flow=goods&q=" + number)["items"].at(0);
        return std::string{newest["error"]["code"].string()};
    }

    const Simulated vendors_;
    Daemon daemon_;
    const bool economic_;
};

TEST_F(Goods, BecomeArticlesAndFollow) {
    (void)set("NY-1", R"({"name":"Mugg","price":100,"eannumber":"7312345678901","unit":"st"})");
    (void)set("NY-2", R"({"name":"Kaffe","price":112,"taxtariff":"low a","active":false})");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    Json mug = article("NY-1");
    EXPECT_EQ(mug["Name"].string(), "Mugg");
    EXPECT_EQ(mug["NetPrice"].text(), "80") << "the shop's prices are with tax";
    EXPECT_EQ(mug["GrossPrice"].text(), "100");
    EXPECT_EQ(mug["Barcodes"].at(0)["Barcode"].string(), "7312345678901");
    EXPECT_EQ(mug["CodingName"].string().find("25") == std::string_view::npos, false) << mug.pretty();
    EXPECT_TRUE(mug["IsActive"].boolean());
    EXPECT_EQ(code("NY-2"), "product.inactive");
    EXPECT_EQ(calls("POST"), 1);
    EXPECT_EQ(calls("PUT"), 0);

    (void)set("NY-1", R"({"name":"Stor mugg","price":110})");
    EXPECT_TRUE(shows("NY-1", "88")) << daemon_.story();
    mug = article("NY-1");
    EXPECT_EQ(mug["Name"].string(), "Stor mugg");
    EXPECT_EQ(mug["GrossPrice"].text(), "110");
    EXPECT_EQ(mug["Barcodes"].at(0)["Barcode"].string(), "7312345678901") << "what a PUT leaves out would be gone";
    (void)set("NY-2", R"({"active":true})");
    EXPECT_TRUE(shows("NY-2", "100")) << daemon_.story();
    EXPECT_TRUE(still());
    EXPECT_EQ(calls("POST"), 2);
    EXPECT_EQ(calls("PUT"), 1);
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

TEST_F(Goods, VariantsAreArticlesOfTheirOwn) {
    (void)set("NY-T", R"({"name":"T-shirt","price":100,"variants":[
        {"sku_number":"NY-T-M","value":"M","netto_extra_price":0},
        {"product_number":"NY-T-L","value":"L","netto_extra_price":25},
        {"sku_number":"NY-T-XL","value":"XL","netto_extra_price":-12.5,"active":false}]})");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_EQ(article("NY-T-M")["Name"].string(), "T-shirt, M");
    EXPECT_EQ(article("NY-T-L")["Name"].string(), "T-shirt, L");
    EXPECT_EQ(article("NY-T-L")["GrossPrice"].text(), "125");
    EXPECT_TRUE(article("NY-T").is_null()) << "nothing is sold under its own number";
    EXPECT_TRUE(article("NY-T-XL").is_null());
    EXPECT_EQ(code("NY-T-XL"), "product.inactive");
    (void)set("NY-T", R"({"price":150})");
    EXPECT_TRUE(shows("NY-T-M", "120")) << daemon_.story();
    EXPECT_TRUE(shows("NY-T-L", "140")) << daemon_.story();
    const Ended asked = daemon_.cli({"preview", "goods", "--record", "NY-T-L"});
    EXPECT_EQ(asked.code, 0) << asked.out << asked.err;
    EXPECT_FALSE(vendors_.get("/requests")["ccvshop"].has("GET /api/rest/v1/products/{id}/"))
        << "the list tells the variants";
}

TEST_F(Goods, AQuietRunCostsOneRequestToTheShopAndNoneToTheBooks) {
    flow("", "{}");
    (void)set("NY-1", R"({"price":100})");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    ASSERT_FALSE(article("NY-1").is_null());
    const std::int64_t shop = vendors_.calls("ccvshop"), books = calls();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_EQ(vendors_.calls("ccvshop") - shop, 3);
    EXPECT_EQ(calls(), books);
}

TEST_F(Goods, TheWholeShopAgreesAfterOneComparison) {
    const auto take_all = [&](const char* settings) {
        std::ofstream{daemon_.directory() / "flows.d" / "goods.yaml"}
            << "flow: goods\nfrom: shop\nto: books\nentity: product\ntrigger: {}\nsettings: " << settings << "\n";
    };
    take_all("{ match: sku }");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_EQ(count("held") + count("dead") + count("in_doubt"), 0) << daemon_.story();
    const auto all = articles();
    EXPECT_EQ(std::ranges::count_if(all, [](const auto& a) { return a.first.starts_with("VARA-"); }), 60);
    for (const auto& [sku, same] : all) EXPECT_EQ(same.size(), 1u) << sku;
    const std::int64_t writes = calls("POST") + calls("PUT");
    EXPECT_GT(writes, 10);
    take_all("{ match: sku_then_ean }");
    daemon_.signal(SIGHUP);
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return !daemon_.events("configuration.reloaded").empty(); }));
    ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_EQ(calls("POST") + calls("PUT"), writes) << "nothing is left to write";
    EXPECT_EQ(count("pending") + count("waiting"), 0);
}

TEST_F(Goods, WhatTheShopDoesNotSellAnyMoreIsDeactivatedWhereTheFlowSaysSo) {
    flow("settings: { active: as_source }");
    const Json made = set("NY-1", R"({"price":100})");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    (void)set("NY-1", R"({"active":false})");
    EXPECT_TRUE(eventually(Seconds{20}, [&] { return !article("NY-1")["IsActive"].boolean(true); })) << daemon_.story();
    (void)set("NY-1", R"({"active":true})");
    EXPECT_TRUE(eventually(Seconds{20}, [&] { return article("NY-1")["IsActive"].boolean(); })) << daemon_.story();
    (void)vendors_.post("/shop/product", Json::object({{"id", made["id"]}, {"removed", true}}));
    ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_TRUE(article("NY-1")["IsActive"].boolean()) << "a removed product says nothing";
}

TEST_F(Goods, AnswersThatAreLostDoubleNothing) {
    for (int i = 0; i < 5; ++i) (void)set("NY-" + std::to_string(i), R"({"price":100})");
    vendors_.fault("eaccounting", "reset_after", "0.6", Json::object({{"method", "POST"}}));
    daemon_.start();
    ASSERT_TRUE(eventually(Seconds{30}, [&] {
        const auto all = articles();
        return std::ranges::all_of(std::array{"NY-0", "NY-1", "NY-2", "NY-3", "NY-4"},
                                   [&](const char* sku) { return all.contains(sku); });
    })) << daemon_.story();
    vendors_.clear_faults();
    ASSERT_TRUE(still()) << daemon_.story();
    for (const auto& [sku, all] : articles()) EXPECT_EQ(all.size(), 1u) << sku;
    EXPECT_EQ(count("delivered"), 5) << daemon_.story();
    EXPECT_EQ(count("held") + count("dead") + count("in_doubt"), 0) << daemon_.story();
}

TEST_F(Goods, AChangeWhoseAnswerIsLostArrives) {
    (void)set("NY-1", R"({"price":100})");
    daemon_.start();
    ASSERT_TRUE(shows("NY-1", "80")) << daemon_.story();
    vendors_.fault("eaccounting", "500", "0.5", Json::object({{"method", "PUT"}}));
    vendors_.fault("eaccounting", "reset_after", "0.3", Json::object({{"method", "PUT"}}));
    (void)set("NY-1", R"({"name":"Ny","price":110})");
    ASSERT_TRUE(shows("NY-1", "88")) << daemon_.story();
    vendors_.clear_faults();
    ASSERT_TRUE(still()) << daemon_.story();
    EXPECT_EQ(article("NY-1")["Name"].string(), "Ny");
    EXPECT_EQ(count("dead") + count("in_doubt"), 0) << daemon_.story();
}

class CutGoods : public Goods, public ::testing::WithParamInterface<const char*> {};
TEST_P(CutGoods, MakeOneArticleEach) {
#ifndef BRYGGA_CRASH_POINTS
    GTEST_SKIP() << "this build has no crash points";
#endif
    for (int i = 0; i < 3; ++i) (void)set("NY-" + std::to_string(i), R"({"price":100})");
    daemon_.launch({{"BRYGGA_CRASH_AT", std::string{GetParam()} + ":1"}});
    ASSERT_EQ(daemon_.wait(Seconds{25}).value_or(0), 128 + SIGKILL) << daemon_.log();
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    const auto all = articles();
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(all.contains("NY-" + std::to_string(i))) << i << daemon_.story();
    for (const auto& [sku, same] : all) EXPECT_EQ(same.size(), 1u) << sku;
    EXPECT_EQ(count("held") + count("dead") + count("in_doubt"), 0) << daemon_.story();
}
INSTANTIATE_TEST_SUITE_P(At, CutGoods,
                         ::testing::Values("page_read", "page_stored", "intent_stored", "answered", "delivery_ended"),
                         [](const auto& point) { return std::string{point.param}; });

TEST_F(Goods, KillsDoubleNothing_long) {
    vendors_.fault("eaccounting", "500", "0.1", Json::object({{"method", "POST"}}));
    vendors_.fault("eaccounting", "reset_after", "0.2", Json::object({{"method", "POST"}}));
    daemon_.start();
    for (int round = 1; round <= 5; ++round) {
        for (int i = 0; i < 10; ++i) (void)set("NY-" + std::to_string(10 * round + i), R"({"price":100})");
        ASSERT_TRUE(eventually(Seconds{30}, [&] { return calls("POST") > 8 * round; })) << daemon_.story();
        daemon_.kill_hard();
        daemon_.start();
    }
    vendors_.clear_faults();
    EXPECT_TRUE(eventually(Seconds{240}, [&] { return count("delivered") == 50; })) << daemon_.story();
    int made = 0;
    for (const auto& [sku, all] : articles()) {
        EXPECT_EQ(all.size(), 1u) << sku;
        made += sku.starts_with("NY-");
    }
    EXPECT_EQ(made, 50);
}

class GoodsBesideOrders : public ::testing::TestWithParam<int> {};
TEST_P(GoodsBesideOrders, MakeOneArticleTogether) {
    const Simulated vendors{
        {"--orders", "0", "--clean", "--known-share", "0", "--seed", std::to_string(GetParam()), "--latency-ms", "15"}};
    vendors.add_orders(24);
    Daemon daemon{vendors};
    std::ofstream{daemon.directory() / "flows.d" / "goods.yaml"}
        << "flow: goods\nfrom: shop\nto: books\nentity: product\ntrigger: { every: 1s }\n";
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    ASSERT_TRUE(eventually(Seconds{30}, [&] {
        const Json counts = daemon.get("/v1/flows/goods")["deliveries"];
        return counts["delivered"].integer(0) + counts["skipped"].integer(0) > 50 &&
               counts["pending"].integer(0) + counts["in_flight"].integer(0) + counts["waiting"].integer(0) == 0;
    })) << daemon.story();
    std::map<std::string, int> by_number;
    const Json ledger = vendors.get("/ledger");
    for (const Json& article : ledger["articles"].items()) ++by_number[std::string{article["Number"].string()}];
    for (const auto& [number, times] : by_number) EXPECT_EQ(times, 1) << number;
    EXPECT_EQ(daemon.count("dead") + daemon.count("held") + daemon.count("in_doubt"), 0) << daemon.story();
}
INSTANTIATE_TEST_SUITE_P(Seeds, GoodsBesideOrders, ::testing::Values(1, 2));

TEST_F(Goods, CanBeTriedBefore) {
    (void)set("NY-1", R"({"price":100})");
    daemon_.start();
    ASSERT_TRUE(shows("NY-1", "80")) << daemon_.story();
    ASSERT_EQ(daemon_.cli({"flows", "pause", "goods"}).code, 0);
    ASSERT_TRUE(eventually(Seconds{10}, [&] { return daemon_.idle("shop") && daemon_.idle("books"); }));
    const std::int64_t writes = calls("POST") + calls("PUT");
    (void)set("NY-1", R"({"price":110})");
    (void)set("NY-2", R"({"price":10})");
    const Ended shown = daemon_.cli({"preview", "goods", "--record", "NY-1"});
    EXPECT_THAT(shown.out, HasSubstr("price: 80 -> 88")) << shown.out << shown.err;
    const Ended dry = daemon_.cli({"run", "goods", "--dry-run", "--record", "NY-2", "--wait"});
    EXPECT_EQ(dry.code, 0) << dry.out << dry.err;
    const Ended checked = daemon_.cli({"flows", "preflight", "goods"});
    EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
    EXPECT_THAT(checked.out, HasSubstr("Flow goods is ready."));
    EXPECT_EQ(calls("POST") + calls("PUT"), writes);
}

class GoodsOfEconomic : public Goods {
protected:
    GoodsOfEconomic() : Goods({}, true) { flow("settings: { target: { product_group: [Varor 25, Varor 12] } }"); }
};
TEST_F(GoodsOfEconomic, BecomeArticlesAndFollow) {
    (void)set(
        "NY-1",
        R"({"name":"Mugg","price":100,"eannumber":"7312345678901","description":"<p>Tål <b>60</b> &amp; mer</p>"})");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    Json mug = article("NY-1");
    EXPECT_EQ(mug["name"].string(), "Mugg");
    EXPECT_EQ(mug["salesPrice"].text(), "80");
    EXPECT_EQ(mug["barCode"].string(), "7312345678901");
    EXPECT_EQ(mug["description"].string(), "Tål 60 & mer");
    EXPECT_EQ(mug["productGroup"]["productGroupNumber"].integer(), 1);
    (void)set("NY-1", R"({"name":"Stor mugg","price":112,"taxtariff":"low a"})");
    EXPECT_TRUE(shows("NY-1", "100")) << daemon_.story();
    mug = article("NY-1");
    EXPECT_EQ(mug["name"].string(), "Stor mugg");
    EXPECT_EQ(mug["productGroup"]["productGroupNumber"].integer(), 2);
    EXPECT_EQ(mug["barCode"].string(), "7312345678901") << "what a PUT leaves out would be gone";
    EXPECT_EQ(mug["description"].string(), "Tål 60 & mer");
    EXPECT_TRUE(still());
    EXPECT_EQ(calls("POST"), 1);
    EXPECT_EQ(calls("PUT"), 1);
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

TEST_F(GoodsOfEconomic, AQuietRunCostsOneRequestToTheShopAndNoneToTheBooks) {
    flow("settings: { target: { product_group: [Varor 25, Varor 12] } }", "{}");
    (void)set("NY-1", R"({"price":100})");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    ASSERT_FALSE(article("NY-1").is_null());
    const std::int64_t shop = vendors_.calls("ccvshop"), books = calls();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_EQ(vendors_.calls("ccvshop") - shop, 3);
    EXPECT_EQ(calls(), books);
}

TEST_F(GoodsOfEconomic, AnswersThatAreLostDoubleNothing) {
    for (int i = 0; i < 5; ++i) (void)set("NY-" + std::to_string(i), R"({"price":100})");
    vendors_.fault("economic", "reset_after", "0.6", Json::object({{"method", "POST"}}));
    daemon_.start();
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return count("delivered") > 1; })) << daemon_.story();
    vendors_.clear_faults();
    ASSERT_TRUE(still()) << daemon_.story();
    EXPECT_EQ(count("delivered"), 5) << daemon_.story();
    for (const auto& [sku, all] : articles()) EXPECT_EQ(all.size(), 1u) << sku;
}

/// Two flows over the same products, in opposite directions.
class GoodsBothWays : public Goods {
protected:
    explicit GoodsBothWays(bool economic = false) : Goods({"--known-share", "0"}, economic) {
        const std::string target =
            economic ? "settings: { target: { product_group: [Varor 25, Varor 12] } }\n" : std::string{};
        flow(target + "unset: [product.price, product.price_includes_tax]");
        std::ofstream{daemon_.directory() / "flows.d" / "products.yaml"}
            << "flow: products\nfrom: books\nto: shop\nentity: product\ntrigger: { every: 1s }\n"
            << "accept: 'product.sku.starts_with(\"NY-\")'\n";
    }
    void in_books(const std::string& sku, const char* members) const {
        Json article = *Json::parse(members);
        (void)vendors_.post(economic_ ? "/economic/article" : "/ledger/article", article.set("sku", sku));
    }
    Json in_shop(const std::string& sku) const {
        const Json all = vendors_.get("/shop/products");
        return member_of(all, "productnumber", sku);
    }
    std::int64_t writes() const {
        return calls("POST") + calls("PUT") + vendors_.calls("ccvshop", "POST") + vendors_.calls("ccvshop", "PATCH");
    }
    /// Both have read what there is, and nothing is on its way.
    bool calm() const {
        bool read = true;
        for (const char* flow : {"goods", "products", "goods", "products"}) {
            const Ended run = daemon_.cli({"run", flow, "--wait"});
            read = read && (run.code == 0 || run.code == 3);
        }
        return read && eventually(Seconds{30}, [&] {
                   return daemon_.count("pending") + daemon_.count("in_flight") + daemon_.count("waiting") == 0 &&
                          daemon_.idle("shop") && daemon_.idle("books");
               });
    }
    void follow_each_other() {
        in_books("NY-1", R"({"name":"Bok","price":80})");
        (void)set("NY-2", R"({"name":"Mugg","price":100})");
        daemon_.start();
        ASSERT_TRUE(calm()) << daemon_.story();
        EXPECT_EQ(in_shop("NY-1")["price"].text(), "100");
        EXPECT_EQ(article("NY-2")[economic_ ? "name" : "Name"].string(), "Mugg");
        std::int64_t before = writes();
        ASSERT_TRUE(calm()) << daemon_.story();
        EXPECT_EQ(writes(), before) << "neither sends back what it was sent";

        in_books("NY-1", R"({"price":88})");
        ASSERT_TRUE(calm()) << daemon_.story();
        EXPECT_EQ(in_shop("NY-1")["price"].text(), "110");
        EXPECT_EQ(writes(), before + 1) << "one write for one change";
        (void)set("NY-1", R"({"name":"Ny bok"})");
        ASSERT_TRUE(calm()) << daemon_.story();
        EXPECT_EQ(article("NY-1")[economic_ ? "name" : "Name"].string(), "Ny bok");
        EXPECT_EQ(writes(), before + 2);

        // Both sides in one interval: the price is the books', the name the shop's.
        in_books("NY-1", R"({"name":"Bokens namn","price":96})");
        (void)set("NY-1", R"({"name":"Butikens namn","price":999})");
        ASSERT_TRUE(calm()) << daemon_.story();
        EXPECT_EQ(in_shop("NY-1")["price"].text(), "120");
        EXPECT_EQ(article("NY-1")[economic_ ? "name" : "Name"].string(), "Butikens namn");
        EXPECT_EQ(in_shop("NY-1")["name"].string(), "Butikens namn");
        before = writes();
        ASSERT_TRUE(calm()) << daemon_.story();
        EXPECT_EQ(writes(), before);
        EXPECT_EQ(daemon_.count("held") + daemon_.count("dead") + daemon_.count("in_doubt"), 0) << daemon_.story();
        EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
    }
};
TEST_F(GoodsBothWays, NeitherSendsBackAndEachFieldHasItsMaster) { follow_each_other(); }

TEST_F(GoodsBothWays, WithTwoMastersTheLaterChangeStaysAndTheCheckSaysSo) {
    flow("");
    in_books("NY-1", R"({"name":"Bok","price":80})");
    daemon_.start();
    ASSERT_TRUE(calm()) << daemon_.story();
    EXPECT_THAT(daemon_.log(), HasSubstr("go opposite ways, and each writes product.price whenever it differs"));
    std::int64_t before = writes();
    in_books("NY-1", R"({"price":88})");
    ASSERT_TRUE(calm()) << daemon_.story();
    EXPECT_EQ(in_shop("NY-1")["price"].text(), "110");
    EXPECT_EQ(writes(), before + 1);
    (void)set("NY-1", R"({"price":99.99})");
    ASSERT_TRUE(calm()) << daemon_.story();
    EXPECT_EQ(article("NY-1")["GrossPrice"].text(), "99.99");
    EXPECT_EQ(in_shop("NY-1")["price"].text(), "99.99") << "and is not counted back";
    EXPECT_EQ(writes(), before + 2);
}

class GoodsBothWaysOfEconomic : public GoodsBothWays {
protected:
    GoodsBothWaysOfEconomic() : GoodsBothWays(true) {}
};
TEST_F(GoodsBothWaysOfEconomic, NeitherSendsBackAndEachFieldHasItsMaster) { follow_each_other(); }

}  // namespace
}  // namespace brygga::system_test
