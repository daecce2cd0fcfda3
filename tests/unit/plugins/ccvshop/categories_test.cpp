// Categories of the shop, what is written of them, and the links of products.
#include <gtest/gtest.h>

#include "shop.h"

namespace brygga::ccvshop {
namespace {

using testing::HttpCall;
using testing::Outcome;

class Categories : public ::testing::Test {
protected:
    static Json category(std::int64_t id, const char* name, std::int64_t parent = 0) {
        const Json above = parent == 0 ? Json::object({{"id", Json{}}, {"href", Json{}}})
                                       : Json::object({{"id", parent}, {"href", "https://shop.example"}});
        return Json::object({{"id", id},
                             {"name", name},
                             {"description", "<p>a &amp; b</p>"},
                             {"position", 2},
                             {"show_on_website", true},
                             {"parentcategory", above}});
    }
    void shows(std::initializer_list<Json> items) {
        Json all = Json::array();
        for (const Json& each : items) all.push(each);
        host.http("GET", api + "/categories/?start=0&size=100")
            .answer(200, Json::object({{"items", std::move(all)}, {"next", nullptr}}));
    }
    Outcome write(const char* op, const char* id, const char* fields) {
        return shop.deliver(Json::object(
            {{"op", op}, {"type", "category"}, {"kind", "category"}, {"id", id}, {"fields", *Json::parse(fields)}}));
    }
    static std::string ids(const Outcome& got) {
        std::string out;
        for (const Json& row : got.rows) out += std::string{row["id"].string()} + ' ';
        return out;
    }
    void TearDown() override { EXPECT_EQ(host.problems(), ""); }

    testing::FakeHost host;
    testing::Instance shop{host, *brygga_plugin_entry(), Json::object({{"base_url", "https://shop.example"}})};
};

TEST_F(Categories, AreReadWholeAndThoseThatAreGoneAreTold) {
    shows({category(7, "Herr"), category(8, "T-shirts", 7)});
    const Outcome got = shop.list("category");
    ASSERT_EQ(ids(got), "7 8 ") << got.text();
    EXPECT_EQ(got.rows[1]["keys"].dump(), R"({"id":"8","name":"T-shirts"})");
    EXPECT_EQ(got.rows[1]["fields"]["parent"].string(), "7");
    EXPECT_FALSE(got.rows[0]["fields"].has("parent"));
    EXPECT_TRUE(got.rows[0]["fields"]["visible"].boolean());
    EXPECT_EQ(got.rows[0]["fields"]["position"].text(), "2");
    shows({category(7, "Herr")});
    const Outcome later = shop.list("category", got.checkpoints.back().cursor);
    ASSERT_EQ(ids(later), "7 8 ");
    EXPECT_TRUE(later.rows[1]["deleted"].boolean());
}

TEST_F(Categories, AreFoundByNameAndId) {
    shows({category(7, "Herr"), category(8, "HERR", 7), category(9, "Dam")});
    EXPECT_EQ(ids(shop.find(*Json::parse(R"({"type":"category","keys":[{"n":0,"by":"name","value":"Herr"}]})"))),
              "7 8 ");
    host.http("GET", api + "/categories/7/").answer(200, category(7, "Herr"));
    EXPECT_EQ(ids(shop.find(*Json::parse(R"({"type":"category","keys":[{"n":0,"by":"id","value":"7"}]})"))), "7 ");
    host.http("GET", api + "/categories/8/").answer(404, R"({"status":404,"code":"404.10"})");
    EXPECT_EQ(ids(shop.find(*Json::parse(R"({"type":"category","keys":[{"n":0,"by":"id","value":"8"}]})"))), "");
    EXPECT_FALSE(shop.find(*Json::parse(R"({"type":"category","keys":[{"n":0,"by":"sku","value":"8"}]})")).ok());
}

TEST_F(Categories, AreOptionsWithTheirWayFromTheTop) {
    // One that is its own ancestor ends somewhere, too.
    shows({category(7, "Herr"), category(8, "T-shirts", 7), category(9, "Dam", 9)});
    const Outcome got = shop.options("category");
    ASSERT_EQ(got.rows.size(), 3u) << got.text();
    EXPECT_EQ(got.rows[0]["label"].string(), "Herr");
    EXPECT_EQ(got.rows[1]["label"].string(), "Herr / T-shirts");
}

TEST_F(Categories, AreMadeAndChanged) {
    host.http("POST", api + "/categories/").answer(201, category(9, "Cups")).check([](const HttpCall& call) {
        if (call.request["read"].boolean() || call.request["idempotent"].boolean())
            return std::string{"it may not repeat"};
        return call.body == R"({"name":"Cups","position":3,"show_on_website":false,"description":"a &lt; b",)"
                            R"("parentcategory_id":7,"page_title":"x"})"
                   ? std::string{}
                   : call.body;
    });
    const Outcome made = write("create", "",
                               R"({"name":"Cups","description":"a < b","parent":"7","position":3,"visible":false,)"
                               R"("x":{"page_title":"x"}})");
    ASSERT_TRUE(made.ok()) << made.text();
    EXPECT_EQ(made.result["id"].string(), "9");
    EXPECT_EQ(made.result["keys"].dump(), R"({"id":"9","name":"Cups"})");
    host.http("PATCH", api + "/categories/9/").answer(204).check([](const HttpCall& call) {
        return call.body == R"({"name":"Mugs"})" ? std::string{} : call.body;
    });
    EXPECT_TRUE(write("update", "9", R"({"name":"Mugs"})").ok());
    host.http("PATCH", api + "/categories/9/").answer(404, R"({"status":404,"code":"404.10"})");
    EXPECT_EQ(write("update", "9", R"({"name":"Mugs"})").code, "reference.gone");
    EXPECT_EQ(write("create", "", "{}").status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(write("update", "../9", R"({"name":"Mugs"})").status, BRYGGA_UNSUPPORTED);
}

TEST_F(Categories, AnAnswerWithoutOneIsLookedUpUnderItsParent) {
    host.http("POST", api + "/categories/").answer(204).times(2);
    shows({category(6, "Cups"), category(8, "Cups", 7)});
    EXPECT_EQ(write("create", "", R"({"name":"Cups","parent":"7"})").result["id"].string(), "8");
    shows({category(6, "Cups")});
    EXPECT_TRUE(write("create", "", R"({"name":"Cups","parent":"7"})").outcome_unknown);
    host.http("POST", api + "/categories/").answer(503, "later");
    EXPECT_TRUE(write("create", "", R"({"name":"Cups"})").outcome_unknown);
}

TEST_F(Categories, ProductsAreLinkedAndUnlinked) {
    auto& line = host.http("POST", api + "/producttocategories/").answer(201, Json::object({{"id", 51}}));
    line.check([](const HttpCall& call) {
        return call.body == R"({"product_id":1,"category_id":9})" ? std::string{} : call.body;
    });
    const Outcome made = write("link", "9", R"({"product":"1"})");
    EXPECT_EQ(made.result["id"].string(), "51") << made.text();
    host.http("POST", api + "/producttocategories/").answer(204);
    host.http("GET", api + "/products/1/producttocategories/")
        .answer(200,
                R"({"items":[{"id":50,"product_id":1,"category_id":8},{"id":52,"product_id":1,"category_id":9}]})");
    EXPECT_EQ(write("link", "9", R"({"product":"1"})").result["id"].string(), "52");
    host.http("POST", api + "/producttocategories/").answer(404, R"({"status":404,"code":"404.10"})");
    EXPECT_EQ(write("link", "9", R"({"product":"1"})").code, "reference.gone");
    host.http("DELETE", api + "/producttocategories/51/").answer(204);
    EXPECT_TRUE(write("unlink", "9", R"({"product":"1","link":"51"})").ok());
    host.http("DELETE", api + "/producttocategories/51/").answer(404, R"({"status":404,"code":"404.10"})");
    EXPECT_EQ(write("unlink", "9", R"({"product":"1","link":"51"})").code, "reference.gone");
    EXPECT_EQ(write("unlink", "9", R"({"product":"1"})").status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(write("link", "9", R"({"product":"1/2"})").status, BRYGGA_UNSUPPORTED) << "a variant has no category";
}

TEST_F(Categories, TheListOfProductsTellsTheirLinks) {
    const Json product = *Json::parse(
        R"({"id":1,"productnumber":"MUG","producttocategories":{"href":"x","collection":[
        {"id":51,"product_id":1,"category_id":9},{"id":52,"product_id":1,"category_id":8}]}})");
    host.http("GET", api + "/products/?orderby=id&expand=attributecombinations%2Cproducttocategories&start=0&size=100")
        .answer(200, Json::object({{"items", Json::array({product})}, {"next", nullptr}}));
    EXPECT_EQ(shop.list("product").rows.at(0)["fields"]["links"].dump(), R"({"9":"51","8":"52"})");
    host.http("GET", api + "/products/1/?expand=producttocategories").answer(200, product);
    EXPECT_EQ(shop.find(*Json::parse(R"({"type":"product","keys":[{"n":0,"by":"id","value":"1"}]})"))
                  .rows.at(0)["fields"]["links"]
                  .dump(),
              R"({"9":"51","8":"52"})");
    host.http("GET", api + "/productqueries/?productnumber=MUG&start=0&size=100")
        .answer(200, Json::object({{"items", Json::array({product})}, {"next", nullptr}}));
    host.http("GET", api + "/productqueries/?skunumber=MUG&start=0&size=100")
        .answer(200, R"({"items":[],"next":null})");
    EXPECT_FALSE(shop.find(*Json::parse(R"({"type":"product","keys":[{"n":0,"by":"sku","value":"MUG"}]})"))
                     .rows.at(0)["fields"]
                     .has("links"))
        << "a search shows none, which says nothing";
}

}  // namespace
}  // namespace brygga::ccvshop
