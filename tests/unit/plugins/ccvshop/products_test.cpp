// The list of products for the host's index, and levels of stock written to them.
#include <gtest/gtest.h>

#include "shop.h"

namespace brygga::ccvshop {
namespace {

using testing::HttpCall;
using testing::Outcome;

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
        return api + "/products/?orderby=" + order +
               "&expand=attributecombinations%2Cproducttocategories&start=" + std::to_string(start) + "&size=100";
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
    Outcome product(const char* op, const char* id, const char* fields) {
        return shop.deliver(Json::object(
            {{"op", op}, {"type", "product"}, {"kind", "article"}, {"id", id}, {"fields", *Json::parse(fields)}}));
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

TEST_F(Products, ArePolledAsWhatOrdersNameOfThem) {
    Json shirt = with_variants(product(2, "SHIRT", 0), Json::array({variant(21, "SHIRT-M", 3), variant(22, "", 4)}));
    shirt.set("taxtariff", "low a").set("eannumber", "1").set("weight", Json{*Decimal::parse("0.35")});
    shirt.set("description",
              "<p>Soft &amp; <b>warm</b>.</p><style>p{}</style><ul><li>caf&eacute;</li></ul>&#8364; 5 < 6");
    Json& variants = shirt.member("attributecombinations").member("collection");
    Json& medium = variants.items_for_writing()[0];
    medium.set("netto_extra_price", *Decimal::parse("-2.5")).set("ean_number", "7").set("active", false);
    medium.set("combination", *Json::parse(R"([{"attribute":{"name":"Size"},"attribute_value":{"name":"M"}},
        {"attribute":{"name":"Colour"},"attribute_value":{"name":"blue"}}])"));
    Json bare = product(4, "", 1);
    host.http("GET", list_of("id")).answer(200, page(Json::array({product(1, "MUG", 7), shirt, bare})));
    const Outcome got = shop.poll("product", {});
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(ids(got), "1 2/21 2 4 ") << "orders of the variant without a number have that of the product";
    EXPECT_EQ(
        got.rows[1]["entity"].dump(),
        R"({"id":"2/21","sku":"SHIRT-M","ean":"7","name":"SHIRT, M, blue","options":"Size: M, Colour: blue",)"
        R"("long_text":"Soft & warm. café € 5 < 6","price":97.5,"weight":0.35,"treatment":"low a","active":false})");
    EXPECT_EQ(got.rows[1]["raw"]["attributecombination"]["id"].integer(), 21);
    EXPECT_FALSE(got.rows[1]["raw"].has("attributecombinations"));
    EXPECT_EQ(got.rows[2]["entity"]["sku"].string(), "SHIRT");
    EXPECT_EQ(got.rows[2]["entity"]["ean"].string(), "1");
    EXPECT_FALSE(got.rows[3]["entity"].has("sku"));
    EXPECT_EQ(got.rows[3]["number"].string(), "4");
}

TEST_F(Products, WhatThePassBeforeHasHadIsNotPolledAgainButForItsLastMinutes) {
    host.http("GET", list_of("id")).answer(200, page(Json::array({product(1, "MUG", 7)})));
    const Json cursor = shop.poll("product", {}).checkpoints.back().cursor;
    const std::int64_t at = *parse_instant(cursor["at"].string());
    host.http("GET", list_of("modifydate_desc"))
        .answer(200, page(Json::array({product(3, "NEW", 1, to_instant(at + 9).c_str()),
                                       product(2, "SAME-SECOND", 1, to_instant(at).c_str()),
                                       product(4, "JUST-BEFORE", 1, to_instant(at - 300).c_str()),
                                       product(1, "MUG", 7, to_instant(at - 301).c_str())}),
                          true));
    const Outcome later = shop.poll("product", cursor);
    EXPECT_EQ(ids(later), "3 2 4 ") << later.text();
    EXPECT_FALSE(later.checkpoints.back().has_more);
    EXPECT_EQ(shop.poll("product", *Json::parse(R"({"since":1})")).code, "poll.products");
}

TEST_F(Products, OneIsFoundWithAllThatAPollTells) {
    Json shirt = product(2, "SHIRT", 0);
    shirt.set("stocktype", "Attribute");
    const auto search = [&](const char* filter, const char* value, Json items) {
        host.http("GET", api + "/productqueries/?" + filter + "=" + value + "&start=0&size=100")
            .answer(200, page(std::move(items)));
    };
    const auto variants = [&] {
        host.http("GET", api + "/products/2/attributecombinations/?start=0&size=100")
            .answer(200, page(Json::array({variant(21, "SHIRT-M", 3)})));
    };
    search("productnumber", "SHIRT-M", Json::array({shirt}));
    variants();
    search("skunumber", "SHIRT-M", Json::array({shirt}));
    const Outcome got =
        shop.find(*Json::parse(R"({"type":"product","full":true,"keys":[{"n":0,"by":"sku","value":"SHIRT-M"}]})"));
    ASSERT_EQ(ids(got), "2/21 ") << got.text();
    EXPECT_EQ(got.rows[0]["entity"]["sku"].string(), "SHIRT-M");
    EXPECT_EQ(got.rows[0]["n"].integer(), 0);
    search("productnumber", "SHIRT", Json::array({shirt}));
    variants();
    search("skunumber", "SHIRT", Json::array());
    const Outcome base =
        shop.find(*Json::parse(R"({"type":"product","full":true,"keys":[{"n":0,"by":"sku","value":"SHIRT"}]})"));
    EXPECT_EQ(ids(base), "") << "nothing is sold under its own number";
}

TEST_F(Products, AForeignPositionIsRefused) {
    EXPECT_EQ(shop.list("product", *Json::parse(R"({"since":1})")).code, "list.cursor");
    EXPECT_EQ(shop.list("customer").status, BRYGGA_UNSUPPORTED);
}

TEST_F(Products, AVariantIsFoundByItsId) {
    host.http("GET", api + "/products/2/?expand=producttocategories").answer(200, product(2, "SHIRT", 0));
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

TEST_F(Products, AProductIsMade) {
    auto& line = host.http("POST", api + "/products/").answer(201, Json::object({{"id", 77}, {"name", "Mug"}}));
    line.check([](const HttpCall& call) {
        if (call.request["read"].boolean() || call.request["idempotent"].boolean())
            return std::string{"it may not repeat"};
        return call.body ==
                       R"({"productnumber":"MUG","eannumber":"4006381333931","name":"Mug","description":"a &lt; b",)"
                       R"("price":12.50,"taxtariff":"normal","active":false,"discount":0,"package_id":1660001,)"
                       R"("memo":"x"})"
                   ? std::string{}
                   : call.body;
    });
    const Outcome got = product("create", "",
                                R"({"sku":"MUG","ean":"4006381333931","name":"Mug","long_text":"a < b","price":12.50,)"
                                R"("price_includes_tax":true,"treatment":"normal","active":false,)"
                                R"("x":{"package_id":"1660001","memo":"x"}})");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["id"].string(), "77");
    EXPECT_EQ(got.result["kind"].string(), "article");
    EXPECT_EQ(got.result["keys"].dump(), R"({"sku":"MUG","ean":"4006381333931"})");
}

TEST_F(Products, AnAnswerWithoutTheProductIsLookedUp) {
    host.http("POST", api + "/products/").answer(204).times(2);
    const std::string search = api + "/productqueries/?productnumber=MUG&start=0&size=100";
    host.http("GET", search)
        .answer(200, page(Json::array({product(3, "MUG", 0), product(9, "MUG", 0), product(12, "MUG-2", 0)})));
    const Outcome got = product("create", "", R"({"sku":"MUG","name":"Mug"})");
    EXPECT_EQ(got.result["id"].string(), "9") << got.text();
    host.http("GET", search).answer(200, page(Json::array()));
    const Outcome lost = product("create", "", R"({"sku":"MUG","name":"Mug"})");
    EXPECT_FALSE(lost.ok());
    EXPECT_TRUE(lost.outcome_unknown) << "it may be there";
    host.http("POST", api + "/products/").answer(204);
    host.http("GET", search).answer(503);
    EXPECT_TRUE(product("create", "", R"({"sku":"MUG","name":"Mug"})").outcome_unknown);
    host.http("POST", api + "/products/").answer(200, "<html>hello</html>");
    EXPECT_TRUE(product("create", "", R"({"sku":"MUG","name":"Mug"})").outcome_unknown);
}

TEST_F(Products, RefusalsOfAProductHaveTheirMeaning) {
    const auto refused = [&](int status, const char* body) {
        host.http("POST", api + "/products/").answer(status, body);
        return product("create", "", R"({"sku":"MUG","name":"Mug"})");
    };
    EXPECT_EQ(refused(500, R"({"code":"500.40","message":"exists"})").code, "product.exists");
    EXPECT_FALSE(refused(500, R"({"code":"500.40"})").outcome_unknown);
    EXPECT_EQ(refused(500, R"({"code":"500.60"})").status, BRYGGA_MISCONFIGURED);
    EXPECT_TRUE(refused(503, "<html>later</html>").outcome_unknown) << "it may have been made";
    EXPECT_FALSE(refused(400, R"({"code":"400.10"})").outcome_unknown);
    EXPECT_EQ(product("create", "", R"({"name":"Mug"})").status, BRYGGA_UNSUPPORTED);
}

TEST_F(Products, AProductIsChanged) {
    auto& line = host.http("PATCH", api + "/products/1/").answer(204);
    line.check([](const HttpCall& call) {
        return call.body == R"({"price":10,"taxtariff":"low a"})" ? std::string{} : call.body;
    });
    const Outcome got = product("update", "1", R"({"price":10,"price_includes_tax":true,"treatment":"low a"})");
    ASSERT_TRUE(got.ok()) << got.text();
    host.http("PATCH", api + "/products/1/").answer(404, R"({"code":"404.10","message":"Not found"})");
    EXPECT_EQ(product("update", "1", R"({"price":10})").code, "reference.gone");
    host.http("PATCH", api + "/products/1/").answer(500, R"({"code":"500.50","message":"same"})");
    EXPECT_TRUE(product("update", "1", R"({"price":10})").ok());
    for (const char* id : {"", "2/21", "a"})
        EXPECT_EQ(product("update", id, R"({"price":10})").status, BRYGGA_UNSUPPORTED) << id;
}

TEST_F(Products, AFoundProductHasWhatCanBeWritten) {
    Json stored = product(1, "MUG", 7);
    stored.set("description", "a &lt; b &amp;amp;").set("taxtariff", "normal");
    stored.set("shortdescription", "Short").set("eannumber", "4006381333931").set("is_active", false);
    host.http("GET", api + "/products/1/?expand=producttocategories").answer(200, stored);
    const Outcome got = shop.find(*Json::parse(R"({"type":"product","keys":[{"n":0,"by":"id","value":"1"}]})"));
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    const Json& fields = got.rows[0]["fields"];
    EXPECT_EQ(fields["long_text"].string(), "a < b &amp;") << "as it was written";
    EXPECT_EQ(fields["treatment"].string(), "normal");
    EXPECT_EQ(fields["ean"].string(), "4006381333931");
    EXPECT_EQ(fields["short_text"].string(), "Short");
    EXPECT_FALSE(fields["active"].boolean(true));
}

TEST_F(Products, TariffsTellWhatTheyChargeAtHome) {
    host.http("GET", api + "/webshops/")
        .answer(200, page(Json::array({Json::object({{"id", 5}, {"api_root", "https://shop.example"}})})))
        .times(0);
    host.http("GET", api + "/webshops/5/merchant/").answer(200, *Json::parse(R"({"country_code":"NL"})")).times(0);
    host.http("GET", api + "/webshops/5/geozonecountries/")
        .answer(200, *Json::parse(R"({"items":[{"code":"BE","tariffs":[{"type":"normal","percentage":21.5}]},
            {"code":"NL","tariffs":[{"type":"normal","percentage":21},{"type":"low a","percentage":9}]}]})"));
    const Outcome got = shop.options("tax_treatment");
    ASSERT_EQ(got.rows.size(), 5u) << got.text();
    EXPECT_EQ(got.rows[0]["id"].string(), "normal");
    EXPECT_EQ(got.rows[0]["attributes"]["rate"].text(), "21");
    EXPECT_EQ(got.rows[1]["attributes"]["rate"].text(), "9");
    EXPECT_FALSE(got.rows[2]["attributes"].has("rate"));
    EXPECT_EQ(got.rows[4]["attributes"]["rate"].text(), "0");
    host.http("GET", api + "/webshops/5/geozonecountries/").answer(403, R"({"code":"403.10"})");
    EXPECT_FALSE(shop.options("tax_treatment").rows.at(0)["attributes"].has("rate")) << "a rule can still name one";
}

TEST_F(Products, PackagesAreOptions) {
    host.http("GET", api + "/packages/").answer(200, page(Json::array({Json::object({{"id", 3}, {"name", "Box"}})})));
    const Outcome got = shop.options("package");
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    EXPECT_EQ(got.rows[0]["label"].string(), "Box");
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
