#include "support.hpp"

namespace brygga::sim::test {
namespace {

using Shop = Vendors;

TEST(Signature, MatchesTheVendorsVectors) {
    const std::string key = "exampleApiSecretKey0123456789xyz";
    const std::string who = "exampleApiPublicKey0123456789abc";
    EXPECT_EQ(
        hmac_sha512_hex(key, who + "|GET|/api/rest/v1/orders/?status=1&is_paid=true&size=50||2026-01-15T09:30:00Z"),
        "15beb4f33e5117f11af1d6260f283d9c7891c230694808f698a2c122b148bd7d992e0f082d09be57762c7f67112305eadf943f8af45324"
        "3cd80bf"
        "e3b302e2a91");
    EXPECT_EQ(
        hmac_sha512_hex(
            key, who + "|GET|/api/rest/v1/packages/|{\"href\":\"https:\\/\\/demo.example\\/api\\/rest\\/v1\\/packages"
                       "\\/\",\"items\":[]}|2026-01-15T09:30:01+00:00"),
        "a3df0b233252fe260924c38a9ddc58c62ce6ab4733fc4a68cbd9d3ed9b0d2746c23fd3bd2c2281e9815d82cad7eaa09b7eb8d6a524d059"
        "fbcc654"
        "1610efb08a1");
    EXPECT_EQ(
        hmac_sha512_hex(key, who + "|POST|/api/rest/v1/orders/340000123/ordernotes/|{\"note\":\"Café – geleverd ✓\"}|"
                                   "2026-01-15T09:30:00Z"),
        "aa0df5215e020a055c4b0dc8c8abb058dc982d874e6a4ac0342769ca1b5b597c5507a450c54544c5bd6eaa126091930d29c1c47cb328c0"
        "10d63d0"
        "3bfeb11cd2d");
}

TEST(PhpText, EscapesSlashesAndEverythingButAscii) {
    EXPECT_EQ(php_escaped(R"({"a":"x/yé😊"})"), R"({"a":"x\/y\u00e9\ud83d\ude0a"})");
}

TEST_F(Shop, RefusesWhatIsNotSignedRight) {
    open(3);
    Request request = shop_request("GET", "/api/rest/v1/orders/?size=2");
    EXPECT_EQ(simulation->shop().serve(request).status, 200);
    request.target = "/api/rest/v1/orders/?size=3";  // the query belongs to the signature
    EXPECT_EQ(code(simulation->shop().serve(request)), "401/401.10");
    request = shop_request("GET", "/api/rest/v1/orders/");
    simulation->clock().set_offset_ms(300'000);
    EXPECT_EQ(simulation->shop().serve(request).status, 200);
    simulation->clock().set_offset_ms(301'000);
    EXPECT_EQ(simulation->shop().serve(request).status, 401);
    set("bad_signature_status", "403");
    EXPECT_EQ(simulation->shop().serve(request).status, 403);
}

TEST_F(Shop, APersonMakesAndChangesProductsWithTheirVariants) {
    open(1);
    const Json id = simulation->shop().set_product(*Json::parse(R"({"productnumber":"T","price":10,"variants":[
        {"sku_number":"T-M","value":"M","netto_extra_price":2},{"product_number":"T-L","value":"L","active":false}]})"));
    const std::string path = "/products/" + std::string{id.text()} + "/";
    const Json listed = shop_json("/products/?productnumber=T&expand=attributecombinations")["items"].at(0);
    EXPECT_EQ(listed["stocktype"].string(), "Attribute");
    const Json& variants = listed["attributecombinations"]["collection"];
    ASSERT_EQ(variants.size(), 2u);
    EXPECT_EQ(variants.at(0)["netto_extra_price"].integer(), 2);
    EXPECT_EQ(variants.at(1)["combination"].at(0)["attribute_value"]["name"].string(), "L");
    EXPECT_EQ(shop_json(path + "attributecombinations/")["items"].size(), 2u);
    EXPECT_EQ(shop_json("/productqueries/?skunumber=T-M")["items"].size(), 1u);
    EXPECT_EQ(shop_json("/productqueries/?productnumber=T-L")["items"].size(), 1u);
    EXPECT_TRUE(simulation->shop().set_product(*Json::parse(R"({"productnumber":"T","taxtariff":"high"})")).is_null());
    simulation->clock().set_offset_ms(5'000);
    simulation->shop().set_product(*Json::parse(R"({"productnumber":"T","price":12})"));
    EXPECT_EQ(shop_json("/products/?orderby=modifydate_desc&size=1")["items"].at(0)["id"], id);
    EXPECT_EQ(shop_json(path)["price"].integer(), 12);
    simulation->shop().set_product(Json::object({{"id", id}, {"removed", true}}));
    EXPECT_EQ(shop("GET", path).status, 404);
}

TEST_F(Shop, ListsUsersByIdAndThoseWhoWaitForApproval) {
    open(1);
    simulation->shop().set_user(*Json::parse(R"({"email":"b@example.com","first_name":"Bo","approved":false})"));
    const Json id = simulation->shop().set_user(*Json::parse(R"({"email":"a@example.com","first_name":"Aa"})"));
    EXPECT_EQ(shop_json("/users/?orderby=id_desc&size=1")["items"].at(0)["id"], id);
    EXPECT_EQ(shop_json("/users/?orderby=first_name&size=1")["items"].at(0)["id"], id);
    const Json waiting = shop_json("/users/?approval_status=pending");
    ASSERT_EQ(waiting["items"].size(), 1u);
    EXPECT_EQ(waiting["items"].at(0)["username"].string(), "b@example.com");
    EXPECT_EQ(shop("GET", "/users/?orderby=email").status, 400);
    simulation->shop().set_user(Json::object({{"id", id}, {"status", false}}));
    EXPECT_FALSE(shop_json("/users/" + std::string{id.text()} + "/")["status"].boolean(true));
    simulation->shop().set_user(Json::object({{"id", id}, {"removed", true}}));
    EXPECT_EQ(shop("GET", "/users/" + std::string{id.text()} + "/").status, 404);
    EXPECT_TRUE(simulation->shop().set_user(Json::object({{"id", id}})).is_null());
}

TEST_F(Shop, SignsItsAnswers) {
    open(1);
    const Reply reply = shop("GET", "/paymethods/");
    std::string date, hash;
    for (const auto& [name, value] : reply.headers) (name == "x-date" ? date : hash) = value;
    EXPECT_EQ(hash, hmac_sha512_hex(
                        "exampleApiSecretKey0123456789xyz",
                        "exampleApiPublicKey0123456789abc|GET|/api/rest/v1/paymethods/|" + reply.body + "|" + date));
    EXPECT_TRUE(shop("GET", "/orders/1/").headers.empty());
    set("signed_errors", "on");
    EXPECT_EQ(shop("GET", "/orders/1/").headers.size(), 2u);
}

TEST_F(Shop, PagesFollowNextUntilNull) {
    open(25);
    std::string target = "/orders/?size=10&orderby=id_desc";
    int orders = 0, pages = 0;
    std::int64_t last = INT64_MAX;
    while (!target.empty()) {
        const Json page = shop_json(target);
        ++pages;
        for (const Json& order : page["items"].items()) {
            ++orders;
            EXPECT_LT(order["id"].integer(0), last);
            last = order["id"].integer(0);
        }
        const std::string next{page["next"].string()};
        target = next.empty() ? "" : next.substr(next.find("/orders/"));
    }
    int baskets = 0;
    simulation->shop().each_order([&](const ShopOrder& o) { baskets += o.completed ? 0 : 1; });
    EXPECT_EQ(orders, 25 - baskets);
    EXPECT_EQ(pages, (orders + 9) / 10);
}

TEST_F(Shop, RefusesFiltersItDoesNotKnow) {
    open(2);
    for (const char* bad : {"/orders/?foo=1", "/orders/?status=new", "/orders/?status=15", "/orders/?is_paid=1",
                            "/orders/?ordernumber=x", "/orders/?orderby=email", "/orders/?min_create_date=yesterday",
                            "/orders/?min_create_date=2026-11-24T00:00:00Z", "/orders/?size=0", "/orders/?start=-1"})
        EXPECT_EQ(code(shop("GET", bad)), "400/400.10") << bad;
    set("date_filter", "datetime");
    EXPECT_EQ(shop("GET", "/orders/?min_create_date=2026-11-24T00:00:00Z").status, 200);
    EXPECT_EQ(code(shop("GET", "/orders/7/")), "404/404.10");
    EXPECT_EQ(code(shop("GET", "/nothing/")), "404/404.20");
    EXPECT_EQ(code(shop("DELETE", "/orders/" + std::to_string(340'000'123) + "/")), "405/405.10");
    EXPECT_EQ(code(shop("GET", "/invoices/")), "501/501.20");
}

TEST_F(Shop, FiltersByDateStatusAndPayment) {
    open(60);
    for (const Json& order : shop_items("/orders/?is_paid=false&size=100")) EXPECT_FALSE(order["paid"].boolean(true));
    for (const Json& order : shop_items("/orders/?status=8&size=100")) EXPECT_EQ(order["status"].integer(0), 8);
    for (const Json& order : shop_items("/orders/?is_completed=false&size=100")) {
        EXPECT_TRUE(order["status"].is_null());
        EXPECT_TRUE(order["ordernumber_full"].is_null());
        EXPECT_TRUE(order.has("basket_href"));
    }
    EXPECT_EQ(shop_json("/orders/?min_create_date=2026-11-26")["items"].size(), 0u);
    EXPECT_GT(shop_json("/orders/?min_create_date=2026-11-24")["items"].size(), 0u);
}

TEST_F(Shop, PatchesStatusPaymentAndTracking) {
    open(1, true);
    const std::string path = "/orders/340000123/";
    EXPECT_EQ(shop("PATCH", path,
                   R"({"status":5,"track_and_trace_code":"X1","track_and_trace_carrier":"PostNord","mail":true})")
                  .status,
              204);
    EXPECT_EQ(shop_json(path)["status"].integer(0), 5);
    EXPECT_EQ(shop_json(path)["track_and_trace_code"].string(), "X1");
    EXPECT_EQ(shop("PATCH", path, R"({"status":15})").status, 400);
    EXPECT_EQ(shop("PATCH", path, R"({"paid":"yes"})").status, 400);
    EXPECT_EQ(shop("PATCH", path, R"({"email":"x"})").status, 400);
    EXPECT_EQ(shop("PATCH", path, "{").status, 400);
    EXPECT_EQ(shop_json(path)["status"].integer(0), 5);
}

TEST_F(Shop, KeepsCategoriesAndLinks) {
    open();
    EXPECT_EQ(code(shop("POST", "/categories/", "{}")), "400/400.10") << "name is required";
    EXPECT_EQ(code(shop("POST", "/categories/", R"({"name":"A","colour":1})")), "400/400.10");
    EXPECT_EQ(code(shop("POST", "/categories/", R"({"name":"A","parentcategory_id":5})")), "400/400.10");
    EXPECT_EQ(code(shop("POST", "/categories/", R"({"name":1})")), "400/400.10");
    const Json top = *Json::parse(shop("POST", "/categories/", R"({"name":"Herr"})").body);
    const std::string id{top["id"].text()};
    EXPECT_TRUE(top["parentcategory"]["id"].is_null());
    const Json below =
        *Json::parse(shop("POST", "/categories/", R"({"name":"Herr","parentcategory_id":)" + id + "}").body);
    EXPECT_EQ(below["parentcategory"]["id"].text(), id) << "names may be the same";
    EXPECT_EQ(shop_items("/categories/?start=1&size=1").size(), 1u);
    EXPECT_EQ(shop_items("/categories/" + id + "/categories/").size(), 1u);
    EXPECT_EQ(shop("PATCH", "/categories/" + id + "/", R"({"name":"Dam","show_on_website":false})").status, 204);
    EXPECT_EQ(shop_json("/categories/" + id + "/")["name"].string(), "Dam");
    EXPECT_EQ(code(shop("GET", "/categories/1/")), "404/404.10");

    const std::string link = R"({"product_id":845000001,"category_id":)" + id + "}";
    EXPECT_EQ(code(shop("POST", "/producttocategories/", R"({"product_id":845000001,"category_id":1})")), "404/404.10");
    EXPECT_EQ(code(shop("POST", "/producttocategories/", R"({"category_id":1})")), "400/400.10");
    EXPECT_EQ(shop("POST", "/producttocategories/", link).status, 201);
    EXPECT_EQ(shop("POST", "/producttocategories/", link).status, 201) << "a link may be there twice";
    const auto links = shop_items("/products/845000001/producttocategories/");
    ASSERT_EQ(links.size(), 2u);
    EXPECT_EQ(shop_json("/products/845000001/?expand=producttocategories")["producttocategories"]["collection"].size(),
              2u);
    EXPECT_EQ(shop_json("/products/845000001/")["producttocategories"]["collection"].size(), 0u);
    EXPECT_EQ(code(shop("GET", "/products/845000001/?expand=all")), "400/400.10");
    const std::string one = "/producttocategories/" + std::string{links[0]["id"].text()} + "/";
    EXPECT_EQ(shop("DELETE", one).status, 204);
    EXPECT_EQ(code(shop("DELETE", one)), "404/404.10");
    EXPECT_EQ(shop("DELETE", "/categories/" + id + "/").status, 204);
    EXPECT_EQ(shop_items("/products/845000001/producttocategories/").size(), 0u);
    set("product_answer", "none");
    EXPECT_EQ(shop("POST", "/categories/", R"({"name":"Herr"})").status, 204);
}

TEST_F(Shop, KeepsPhotosOfProducts) {
    open();
    const std::string photos = "/products/845000001/productphotos/";
    EXPECT_EQ(code(shop("POST", photos, R"({"file_type":"jpg"})")), "400/400.10") << "source is required";
    EXPECT_EQ(code(shop("POST", photos, R"({"file_type":"jpg","source":"no!"})")), "400/400.10");
    EXPECT_EQ(code(shop("POST", photos, R"({"file_type":"jpg","source":"TXVn"})")), "500/500.22");
    EXPECT_EQ(code(shop("POST", photos, R"({"file_type":"gif","source":"R0lGODlh","size":1})")), "400/400.10");
    const Reply made = shop("POST", photos, R"({"file_type":"gif","source":"R0lGODlh","is_mainphoto":true})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(shop("POST", photos, R"({"file_type":"gif","source":"R0lGODlh","is_mainphoto":true})").status, 201);
    const auto all = shop_items(photos);
    ASSERT_EQ(all.size(), 2u) << "the same photo may be there twice";
    EXPECT_FALSE(all[0]["is_mainphoto"].boolean(true));
    EXPECT_EQ(shop_json("/products/845000001/")["productmainphoto"].string(), all[1]["deeplink"].string());
    const std::string one = "/productphotos/" + std::string{all[1]["id"].text()} + "/";
    EXPECT_EQ(shop("DELETE", one).status, 204);
    EXPECT_EQ(code(shop("DELETE", one)), "404/404.10");
    EXPECT_TRUE(shop_json("/products/845000001/")["productmainphoto"].is_null());
}

TEST_F(Shop, LimitsRequestsPerMethodAndResource) {
    open(1);
    for (int i = 0; i < 150; ++i) ASSERT_EQ(shop("GET", "/orders/").status, 200);
    EXPECT_EQ(code(shop("GET", "/orders/340000123/")), "429/429.10");
    EXPECT_EQ(shop("GET", "/orders/340000123/orderrows/").status, 200);
    EXPECT_EQ(shop("PATCH", "/orders/340000123/", "{}").status, 204);
    for (int i = 0; i < 30; ++i) ASSERT_EQ(shop("GET", "/productqueries/?productnumber=A").status, 200);
    EXPECT_EQ(shop("GET", "/productqueries/?productnumber=A").status, 429);
    simulation->clock().set_offset_ms(60'000);
    EXPECT_EQ(shop("GET", "/orders/").status, 200);
}

TEST_F(Shop, HasTheQuirksOfTheRealPayload) {
    open(40, true);
    bool text_id = false, guest = false;
    for (const Json& order : shop_items("/orders/?size=100")) {
        text_id = text_id || order["user"]["id"].is_string();
        guest = guest || order["user"]["id"].is_null();
        EXPECT_TRUE(order["discountcoupon"].is_object());
        EXPECT_EQ(order["customer"]["deliveryaddress"]["street"].string("?"), "");
        EXPECT_TRUE(order["customer"]["billingaddress"]["housenumber"].is_number());
    }
    EXPECT_TRUE(text_id);
    EXPECT_TRUE(guest);
    set("total_orderrow_price", "total_price");
    simulation->shop().forget_texts();
    const Json order = shop_json("/orders/340000123/");
    EXPECT_EQ(order["total_orderrow_price"], order["total_price"]);
}

}  // namespace
}  // namespace brygga::sim::test
