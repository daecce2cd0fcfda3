// Lists, look-ups, filters and keys.
#include "query.h"
#include "samples.h"
#include "translate.h"
#include "unit/plugins/within.h"

namespace brygga::economic {
namespace {

using testing::Outcome;

class Reading : public Connected {
protected:
    static std::string list_of(std::string_view path, std::string_view filter, std::string_view sort = {}) {
        std::string url = base + std::string{path} + "?skippages=0&pagesize=1000";
        if (!filter.empty()) url += "&filter=" + percent_encoded(filter);
        if (!sort.empty()) url += "&sort=" + percent_encoded(sort);
        return url;
    }
    Outcome find(const char* request) { return books.find(json(request)); }
};

TEST(Query, FiltersAreEscapedAsTheServerWantsThem) {
    EXPECT_EQ(equals("name", "a$b(c)*d,e[f]"), "name$eq:a$$b$(c$)$*d$,e[f]");
    EXPECT_EQ(contains("email", "a[1]*"), "email$like:a[[]1]$*");
    EXPECT_EQ(path_key("A.B_1 x"), "A_11_B_8_1_9_x");
    EXPECT_EQ(path_key("ZZ-Å/?"), "ZZ-%C3%85_6__10_");
}

TEST(Query, InstantsAreReadAndWritten) {
    EXPECT_EQ(instant_text(*instant_ms("2026-09-14T08:13:05Z")), "2026-09-14T08:13:05Z");
    EXPECT_EQ(instant_text(*instant_ms("2026-09-14")), "2026-09-14T00:00:00Z");
    for (const char* wrong : {"", "2026-13-01", "2026-09-14T25:00:00Z", "yesterday"}) EXPECT_FALSE(instant_ms(wrong));
}

TEST(Countries, NamesInDanishAndEnglishAreUnderstood) {
    EXPECT_EQ(country_code("DK"), "DK");
    EXPECT_EQ(country_code(" danmark "), "DK");
    EXPECT_EQ(country_code("Sweden"), "SE");
    EXPECT_EQ(country_code("BG"), "BG");
    EXPECT_EQ(country_code("Atlantis"), "");
}

TEST_F(Reading, CustomersComePageByPageAndLaterOnlyTheChanged) {
    host.http("GET", list_of("/customers", {}, "customerNumber")).answer(200, page_of({customer_answer()}, 2, true));
    host.http("GET", base + "/customers?skippages=1&pagesize=1000&sort=customerNumber")
        .answer(200, page_of({customer_answer()}, 2));
    const Outcome first = books.list("customer");
    ASSERT_TRUE(first.ok()) << first.text();
    EXPECT_EQ(first.rows.size(), 2u);
    EXPECT_FALSE(first.checkpoints.back().has_more);
    const std::string since{first.checkpoints.back().cursor["since"].string()};
    host.http("GET", list_of("/customers", "lastUpdated$gte:" + since, "customerNumber")).answer(200, page_of({}));
    EXPECT_TRUE(books.list("customer", first.checkpoints.back().cursor).ok());
}

TEST_F(Reading, AServerThatTakesNoInstantIsAskedByDay) {
    host.http("GET", list_of("/products", "lastUpdated$gte:2026-09-14T08:00:00Z", "productNumber"))
        .answer(400, R"({"errors":["no"],"allowedFilteringFields":["lastUpdated"]})");
    host.http("GET", list_of("/products", "lastUpdated$gte:2026-09-14", "productNumber"))
        .answer(200, page_of({product_answer()}));
    const Outcome got = books.list("product", json(R"({"since":"2026-09-14T08:00:00Z"})"));
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_TRUE(got.checkpoints.back().cursor["by_day"].boolean());
}

TEST_F(Reading, StockIsReadFromTheProductsThatKeepIt) {
    Json product = product_answer();
    product.member("inventory").set("orderedByCustomers", 2).set("orderedFromSuppliers", 4);
    Json without = product_answer();
    without.erase("inventory");
    host.http("GET", list_of("/products", "", "productNumber")).answer(200, page_of({product, without}));
    const Outcome got = books.poll("stock");
    ASSERT_TRUE(got.ok()) << got.text();
    ASSERT_EQ(got.rows.size(), 1u);
    EXPECT_EQ(got.rows[0]["entity"].dump(),
              R"({"id":"SHIRT-M","sku":"SHIRT-M","ean":"5701234567890","quantity":7.0,"available":5.0,"reserved":2,)"
              R"("incoming":4})");
    host.seen.emplace("SHIRT-M", got.rows[0]["revision"].string());
    host.http("GET", base + "/products?*").answer(200, page_of({product}));
    EXPECT_EQ(books.poll("stock", got.checkpoints.back().cursor).rows.size(), 0u);
    EXPECT_EQ(books.poll("order").status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(books.list("stock").status, BRYGGA_UNSUPPORTED);
}

TEST_F(Reading, ProductsAreReadForTheShop) {
    Json product = product_answer();
    product.set("description", "Cotton & wool").member("unit").set("name", "stk");
    Json barred = json(R"({"productNumber":"OLD","name":"Old","barred":true})");
    host.http("GET", list_of("/products", "", "productNumber")).answer(200, page_of({product, barred, json("{}")}));
    const Outcome got = books.poll("product");
    ASSERT_TRUE(got.ok()) << got.text();
    ASSERT_EQ(got.rows.size(), 2u);
    EXPECT_EQ(
        got.rows[0]["entity"].dump(),
        R"({"id":"SHIRT-M","sku":"SHIRT-M","ean":"5701234567890","name":"T-shirt, M","long_text":"Cotton & wool",)"
        R"("price":160.00,"price_includes_tax":false,"unit":"stk","treatment":"1","active":true,"categories":["1"]})");
    EXPECT_EQ(got.rows[1]["entity"].dump(), R"({"id":"OLD","sku":"OLD","name":"Old","active":false})");
    EXPECT_EQ(got.rows[0]["raw"]["barCode"].string(), "5701234567890");
    host.http("GET", base + "/products?*").answer(200, page_of({product}));
    EXPECT_EQ(books.poll("product", got.checkpoints.back().cursor).rows.size(), 1u);
}

TEST_F(Reading, GroupsAreCategories) {
    const auto groups = [&](const char* first) {
        host.http("GET", list_of("/product-groups", ""))
            .answer(200, page_of({json(R"({"productGroupNumber":1,"name":"Varer","inventoryEnabled":false})"),
                                  json(first), json("{}")}));
    };
    groups(R"({"productGroupNumber":2,"name":"Kaffe"})");
    const Outcome got = books.poll("category");
    ASSERT_EQ(got.rows.size(), 2u) << got.text();
    EXPECT_EQ(got.rows[1]["entity"].dump(), R"({"id":"2","name":"Kaffe"})");
    EXPECT_EQ(got.rows[1]["number"].string(), "Kaffe");
    EXPECT_FALSE(got.checkpoints.back().has_more);
    groups("{}");
    const Outcome later = books.poll("category", got.checkpoints.back().cursor);
    ASSERT_EQ(later.rows.size(), 2u) << later.text();
    EXPECT_EQ(later.rows[1]["entity"].dump(), R"({"id":"2","deleted":true})");
    groups("{}");
    EXPECT_EQ(find(R"({"type":"category","keys":[{"n":0,"by":"name","value":"Varer"}]})").rows.size(), 1u);
    groups("{}");
    EXPECT_EQ(find(R"({"type":"category","keys":[{"n":0,"by":"id","value":"1"}]})").rows.at(0)["n"].integer(1), 0);
    EXPECT_FALSE(find(R"({"type":"category","keys":[{"n":0,"by":"sku","value":"1"}]})").ok());
}

TEST_F(Reading, AProductIsFoundWithWhatPollGivesOfIt) {
    host.http("GET", base + "/products?*").answer(200, page_of({product_answer()}));
    const Outcome got = find(R"({"type":"product","full":true,"keys":[{"n":0,"by":"sku","value":"SHIRT-M"}]})");
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    EXPECT_EQ(got.rows[0]["entity"]["price"].text(), "160.00");
    EXPECT_EQ(got.rows[0]["fields"]["treatment"].string(), "1");
}

TEST_F(Reading, AnAgreementWithoutInventoryIsTold) {
    Json without = product_answer();
    without.erase("inventory");
    host.http("GET", list_of("/products", "", "productNumber")).answer(200, page_of({without}));
    const Outcome got = books.poll("stock");
    EXPECT_EQ(got.code, "stock.no_inventory") << got.text();
    EXPECT_EQ(got.status, BRYGGA_UNSUPPORTED) << "the connection itself has nothing wrong";
    host.http("GET", list_of("/products", "", "productNumber")).answer(200, page_of({}));
    EXPECT_TRUE(books.poll("stock").ok()) << "no products at all";
}

TEST_F(Reading, StockIsFoundByProductNumber) {
    host.http("GET", base + "/products?*").answer(200, page_of({product_answer()}));
    const Outcome got = find(R"({"type":"stock","full":true,"keys":[{"n":0,"by":"sku","value":"SHIRT-M"}]})");
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    EXPECT_EQ(got.rows[0]["entity"]["available"].text(), "5.0");
}

TEST_F(Reading, RecordsThatWentAwayMeanwhileMakeThePassBeginAgain) {
    host.http("GET", list_of("/customers", {}, "customerNumber")).answer(200, page_of({customer_answer()}, 2, true));
    host.http("GET", base + "/customers?skippages=1&pagesize=1000&sort=customerNumber").answer(200, page_of({}, 1));
    host.http("GET", list_of("/customers", {}, "customerNumber")).answer(200, page_of({customer_answer()}, 1));
    EXPECT_EQ(books.list("customer").rows.size(), 2u);
}

TEST_F(Reading, ACustomerIsFoundByOneOfSeveralAddresses) {
    host.http("GET", list_of("/customers", "email$like:kasse@example.com")).answer(200, page_of({customer_answer()}));
    Outcome got = find(R"({"type":"customer","keys":[{"n":3,"by":"email","value":"kasse@example.com"}]})");
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    EXPECT_EQ(got.rows[0]["n"].integer(0), 3);
    // The address is only a part of the stored one.
    host.http("GET", list_of("/customers", "email$like:e@example.com")).answer(200, page_of({customer_answer()}));
    EXPECT_TRUE(find(R"({"type":"customer","keys":[{"n":0,"by":"email","value":"e@example.com"}]})").rows.empty());
    EXPECT_TRUE(find(R"({"type":"customer","keys":[{"n":0,"by":"number","value":"abc"}]})").rows.empty());
}

TEST_F(Reading, ADocumentIsLookedForInAllFivePlacesByItsExactReference) {
    const std::string filter = "references.other$eq:100234";
    Json other = order_answer();
    other.member("references").set("other", "100234x");
    host.http("GET", list_of("/orders/drafts", filter)).answer(200, page_of({other}));
    host.http("GET", list_of("/orders/sent", filter)).answer(200, page_of({}));
    host.http("GET", list_of("/orders/archived", filter)).answer(200, page_of({order_answer()}));
    host.http("GET", list_of("/invoices/drafts", filter)).answer(200, page_of({}));
    Json invoice = order_answer();
    invoice.set("bookedInvoiceNumber", 77);
    Json credited = invoice;
    credited.set("bookedInvoiceNumber", 78);
    credited.set("grossAmount", 400);
    host.http("GET", list_of("/invoices/booked", filter)).answer(200, page_of({invoice, credited}));
    const Outcome got = find(R"({"type":"document","keys":[{"n":0,"by":"reference","value":"100234"}]})");
    ASSERT_TRUE(got.ok()) << got.text();
    // The invoice with the figures of the archived order is that order's; the other one is not.
    ASSERT_EQ(got.rows.size(), 2u);
    EXPECT_EQ(got.rows[0]["id"].string(), "order-501");
    EXPECT_EQ(got.rows[0]["state"].string(), "closed");
    EXPECT_EQ(got.rows[1]["id"].string(), "invoice-78");
    EXPECT_EQ(got.rows[1]["state"].string(), "booked");
}

TEST_F(Reading, AWholeDocumentIsToldInTheNamesInWhichItIsWritten) {
    host.http("GET", base + "/orders/drafts/501").answer(200, order_answer());
    for (const char* other : {"/orders/sent/501", "/orders/archived/501"})
        host.http("GET", base + other).answer(404, R"({"errorCode":"E06000"})");
    const Outcome got =
        find(R"({"type":"document","kinds":["order"],"full":true,"keys":[{"n":0,"by":"id","value":"order-501"}]})");
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    const Json row = got.rows[0];
    const Json document = order_document();
    expect_within(document["fields"], row["fields"], "fields");
    ASSERT_EQ(row["lines"].size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        Json line = document["lines"].at(i);
        line.erase("sku");
        expect_within(line, row["lines"].at(i), "lines");
    }
    EXPECT_EQ(row["raw"]["orderNumber"].integer(), 501);
    EXPECT_EQ(row["n"].integer(), 0);
}

TEST_F(Reading, AnyDoubtIsNeverNotThere) {
    const char* request = R"({"type":"product","keys":[{"n":0,"by":"sku","value":"SHIRT-M"}]})";
    const std::string url = list_of("/products", "productNumber$eq:SHIRT-M");
    for (const auto& [status, body] : {std::pair{500, "{}"}, std::pair{429, "{}"}, std::pair{200, "{}"},
                                       std::pair{200, "[]"}, std::pair{404, "<html></html>"}}) {
        host.http("GET", url).answer(status, body);
        EXPECT_FALSE(find(request).ok()) << status << body;
    }
    host.http("GET", url).answer(400, R"({"errors":["Filtering is not allowed."],"allowedFilteringFields":[]})");
    EXPECT_EQ(find(request).code, "find.not_searchable");
    EXPECT_EQ(find(R"({"type":"product","keys":[{"n":0,"by":"phone","value":"1"}]})").code, "find.not_searchable");
}

TEST_F(Reading, DocumentsAreListedFromADayOnFromAllPlaces) {
    for (const auto& [path, number] :
         {std::pair{"/orders/drafts", "orderNumber"}, std::pair{"/orders/sent", "orderNumber"},
          std::pair{"/orders/archived", "orderNumber"}, std::pair{"/invoices/drafts", "draftInvoiceNumber"},
          std::pair{"/invoices/booked", "bookedInvoiceNumber"}}) {
        Json document = order_answer();
        document.set(number, 501);
        host.http("GET", list_of(path, "date$gte:2026-09-01", number)).answer(200, page_of({document}));
    }
    const Outcome got = books.list("document", {}, "2026-09-01");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.rows.size(), 5u);
    EXPECT_EQ(got.rows[3]["id"].string(), "draft-501");
    EXPECT_EQ(got.rows[4]["keys"]["reference"].string(), "100234");
}

}  // namespace
}  // namespace brygga::economic
