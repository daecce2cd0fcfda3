// The list of products for the host's index, and levels of stock written to them.
#include <gtest/gtest.h>

#include "shop.h"

namespace brygga::ccvshop {
namespace {

using testing::HttpCall;
using testing::Outcome;

const std::string api = std::string{shop_url} + "/api/rest/v1";

class Products : public ::testing::Test {
protected:
    static Json product(std::int64_t id, const char* number, int stock, const char* modified = "2020-01-10T10:00:00Z") {
        return Json::object({{"id", id},
                             {"is_active", true},
                             {"modifydate", modified},
                             {"productnumber", number},
                             {"eannumber", ""},
                             {"name", number},
                             {"price", 100},
                             {"stockenabled", true},
                             {"stocktype", "Product"},
                             {"stock", stock}});
    }
    static Json variant(std::int64_t id, const char* sku, int stock) {
        return Json::object({{"id", id}, {"sku_number", sku}, {"ean_number", ""}, {"active", true}, {"stock", stock}});
    }
    static Json with_variants(Json product, Json variants) {
        product.set("stocktype", "Attribute");
        return product.set("attributecombinations", Json::object({{"collection", std::move(variants)}}));
    }
    static Json page(Json items, bool more = false) {
        return Json::object({{"items", std::move(items)}, {"next", more ? Json{"https://shop.example/next"} : Json{}}});
    }
    std::string list_of(const char* order, int start = 0) {
        return api + "/products/?orderby=" + order + "&expand=attributecombinations&start=" + std::to_string(start) +
               "&size=100";
    }
    static std::string ids(const Outcome& got) {
        std::string out;
        for (const Json& row : got.rows) out += std::string{row["id"].string()} + ' ';
        return out;
    }
    Outcome write(const char* id, const char* fields) {
        return shop.deliver(Json::object(
            {{"op", "update"}, {"type", "stock"}, {"kind", "article"}, {"id", id}, {"fields", *Json::parse(fields)}}));
    }
    void TearDown() override { EXPECT_EQ(host.problems(), ""); }

    testing::FakeHost host;
    testing::Instance shop{host, *brygga_plugin_entry(), Json::object({{"base_url", "https://shop.example"}})};
};

TEST_F(Products, AreListedAsWhatIsSoldOfThem) {
    host.http("GET", list_of("id"))
        .answer(200,
                page(Json::array({product(1, "MUG", 7),
                                  with_variants(product(2, "SHIRT", 0), Json::array({variant(21, "SHIRT-M", 3),
                                                                                     variant(22, "SHIRT-L", 4)}))})));
    const Outcome got = shop.list("product");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(ids(got), "1 2/21 2/22 ");
    EXPECT_EQ(got.rows[0]["keys"]["sku"].string(), "MUG");
    EXPECT_EQ(got.rows[0]["fields"]["stock"].integer(), 7);
    EXPECT_TRUE(got.rows[0]["fields"]["manage_stock"].boolean());
    EXPECT_EQ(got.rows[2]["keys"]["sku"].string(), "SHIRT-L");
    EXPECT_EQ(got.rows[2]["fields"]["stock"].integer(), 4);
    EXPECT_FALSE(got.checkpoints.back().has_more);
}

TEST_F(Products, VariantsThatTheListLeavesOutAreRead) {
    host.http("GET", list_of("id")).answer(200, page(Json::array({with_variants(product(2, "SHIRT", 0), Json{})})));
    host.http("GET", api + "/products/2/attributecombinations/?start=0&size=100")
        .answer(200, page(Json::array({variant(21, "SHIRT-M", 3)})));
    EXPECT_EQ(ids(shop.list("product")), "2/21 ");
}

TEST_F(Products, LaterOnlyTheNewestChangesAreRead) {
    host.http("GET", list_of("id")).answer(200, page(Json::array({product(1, "MUG", 7)})));
    const Json cursor = shop.list("product").checkpoints.back().cursor;
    EXPECT_FALSE(cursor["at"].string().empty()) << cursor.dump();
    host.http("GET", list_of("modifydate_desc"))
        .answer(200, page(Json::array({product(3, "NEW", 1, "2999-01-01T00:00:00Z"), product(1, "MUG", 7)}), true));
    const Outcome later = shop.list("product", cursor);
    ASSERT_TRUE(later.ok()) << later.text();
    EXPECT_EQ(ids(later), "3 1 ") << "the old one ends the pass, though the list goes on";
    EXPECT_FALSE(later.checkpoints.back().has_more);
}

TEST_F(Products, EveryPageIsACheckpointToGoOnFrom) {
    Json many = Json::array();
    for (int i = 1; i <= 100; ++i) many.push(product(i, ("P-" + std::to_string(i)).c_str(), i));
    host.http("GET", list_of("id")).answer(200, page(std::move(many), true));
    const Outcome first = shop.list("product", {}, {}, 50);
    ASSERT_TRUE(first.ok()) << first.text();
    ASSERT_TRUE(first.checkpoints.back().has_more);
    Json rest = Json::array();
    for (int i = 91; i <= 102; ++i) rest.push(product(i, ("P-" + std::to_string(i)).c_str(), i));
    host.http("GET", list_of("id", 90)).answer(200, page(std::move(rest)));
    const Outcome second = shop.list("product", first.checkpoints.back().cursor);
    EXPECT_EQ(second.rows.size(), 12u) << second.text();
    EXPECT_FALSE(second.checkpoints.back().has_more);
}

TEST_F(Products, AForeignPositionIsRefused) {
    EXPECT_EQ(shop.list("product", *Json::parse(R"({"since":1})")).code, "list.cursor");
    EXPECT_EQ(shop.list("customer").status, BRYGGA_UNSUPPORTED);
}

TEST_F(Products, AVariantIsFoundByItsId) {
    host.http("GET", api + "/products/2/").answer(200, product(2, "SHIRT", 0));
    host.http("GET", api + "/products/2/attributecombinations/?start=0&size=100")
        .answer(200, page(Json::array({variant(21, "SHIRT-M", 3)})));
    const Outcome got = shop.find(*Json::parse(R"({"type":"product","keys":[{"n":0,"by":"id","value":"2/21"}]})"));
    EXPECT_EQ(ids(got), "2/21 ") << got.text();
}

TEST_F(Products, ALevelIsWrittenToAProduct) {
    auto& line = host.http("PATCH", api + "/products/1/").answer(204);
    line.check([](const HttpCall& call) {
        if (call.request["read"].boolean()) return std::string{"it is a write"};
        return call.body == R"({"stock":7.5,"stockenabled":true})" ? std::string{} : call.body;
    });
    const Outcome got = write("1", R"({"stock":7.5,"manage_stock":true})");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["id"].string(), "1");
    EXPECT_EQ(got.result["fields"]["stock"].text(), "7.5");
    EXPECT_EQ(got.result["notices"].size(), 0u);
}

TEST_F(Products, ALevelIsWrittenToAVariant) {
    auto& line = host.http("PATCH", api + "/attributecombinations/21/").answer(204);
    line.check([](const HttpCall& call) { return call.body == R"({"stock":0})" ? std::string{} : call.body; });
    const Outcome got = write("2/21", R"({"stock":0,"manage_stock":true})");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["notices"].size(), 1u) << "managed is of the whole product";
}

TEST_F(Products, RefusalsOfALevelHaveTheirMeaning) {
    const auto refused = [&](int status, const char* body) {
        host.http("PATCH", api + "/products/1/").answer(status, body);
        return write("1", R"({"stock":3})");
    };
    EXPECT_EQ(refused(404, R"({"code":"404.10","message":"Not found"})").code, "reference.gone");
    EXPECT_TRUE(refused(500, R"({"code":"500.50","message":"same"})").ok()) << "it has this level already";
    EXPECT_EQ(refused(404, "<html>no</html>").status, BRYGGA_MISCONFIGURED);
    EXPECT_EQ(refused(429, R"({"code":"429.10"})").status, BRYGGA_RATE_LIMITED);
    const Outcome forbidden = refused(403, R"({"code":"403.10"})");
    EXPECT_EQ(forbidden.status, BRYGGA_MISCONFIGURED);
    EXPECT_NE(forbidden.message.find("PATCH /products/1/"), std::string::npos) << forbidden.message;
    for (const char* id : {"", "a", "1/", "/2", "1/a", "../orders/1"})
        EXPECT_EQ(write(id, R"({"stock":3})").status, BRYGGA_UNSUPPORTED) << id;
    EXPECT_EQ(write("1", R"({"stock":"3"})").status, BRYGGA_UNSUPPORTED);
}

}  // namespace
}  // namespace brygga::ccvshop
