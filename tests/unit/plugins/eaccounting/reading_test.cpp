// The calls list and find over the plugin border.
#include "query.h"
#include "samples.h"

namespace brygga::eaccounting {
namespace {

using testing::Outcome;

class Listing : public Connected {};
class Finding : public Connected {};

Json customer(std::string_view id, std::string_view changed = "2026-03-02T09:00:00Z") {
    Json c = customer_answer();
    c.set("Id", id);
    c.set("ChangedUtc", changed);
    return c;
}
Json an_order(std::string_view id, std::string_view reference, std::string_view at = "2026-03-02T09:00:00Z") {
    Json o = order_answer();
    o.set("Id", id);
    o.set("BuyersOrderReference", reference);
    o.set("ModifiedUtc", at);
    o.set("CreatedUtc", at);
    return o;
}
Json a_draft(std::string_view id, std::string_view reference) {
    Json d = draft_answer();
    d.set("Id", id);
    d.set("BuyersOrderReference", reference);
    return d;
}
/// Of a company in Sweden, to a customer abroad: what counts is in the customer's currency.
Json invoice(std::string_view id, std::string_view reference) {
    Json i = json(R"({"InvoiceNumber":4711,"CustomerId":"c","InvoiceDate":"2026-03-02","CurrencyCode":"EUR",
        "IncludesVat":false,"TotalAmount":1400,"TotalVatAmount":280,"TotalRoundings":0,
        "TotalAmountInvoiceCurrency":125,"TotalVatAmountInvoiceCurrency":25,
        "Rows":[{"Amount":100,"VatRate":25}],"ModifiedUtc":"2026-03-02T10:00:00Z"})");
    i.set("Id", id);
    i.set("BuyersOrderReference", reference);
    return i;
}
std::string ids(const Outcome& got) {
    std::string out;
    for (const Json& row : got.rows) out.append(out.empty() ? "" : " ").append(row["id"].string());
    return out;
}
Json find(std::string_view type, std::string_view by, std::initializer_list<std::string_view> values,
          std::string_view more = "{}") {
    Json request = json(more);
    request.set("type", type);
    Json keys = Json::array();
    int n = 0;
    for (const std::string_view value : values) keys.push(Json::object({{"n", n++}, {"by", by}, {"value", value}}));
    request.set("keys", keys);
    return request;
}

TEST(Query, IsEncoded) {
    EXPECT_EQ(encoded("EmailAddress eq 'anna@example.se'"), "EmailAddress%20eq%20'anna%40example.se'");
    EXPECT_EQ(encoded("å&#?+/"), "%C3%A5%26%23%3F%2B%2F");
    EXPECT_EQ(equals("Name", "O'Brien' or 1 eq 1"), "Name eq 'O''Brien'' or 1 eq 1'");
}

TEST(Query, InstantsGoBothWays) {
    EXPECT_EQ(instant_text(*instant_ms("2026-03-02T09:30:00.12Z"), true), "2026-03-02T09:30:00.120Z");
    EXPECT_EQ(instant_text(*instant_ms("2024-02-29"), true), "2024-02-29T00:00:00.000Z");
    EXPECT_EQ(instant_text(-1, true), "1969-12-31T23:59:59.999Z");
    for (const char* bad : {"", "2026", "2026-02-30", "2026-03-02Tabc", "2026-03-02T25:00:00Z", "x026-03-02"})
        EXPECT_FALSE(instant_ms(bad)) << bad;
}

TEST_F(Listing, FirstRunReadsEverythingAndLeavesACursor) {
    host.http("GET", base + "/customers?$pagesize=1000&$page=1")
        .answer(200, page_of({customer("a"), json("null"), json("{}")}, 1, 2));
    host.http("GET", base + "/customers?$pagesize=1000&$page=2").answer(200, page_of({customer("b")}, 2, 2));
    const Outcome got = books.list("customer");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(ids(got), "a b");
    ASSERT_EQ(got.checkpoints.size(), 2u);
    EXPECT_TRUE(got.checkpoints[0].has_more);
    EXPECT_FALSE(got.checkpoints[1].has_more);
    EXPECT_EQ(got.checkpoints[1].cursor["since"].string(), "2026-03-02T09:25:00.000Z");

    host.http("GET", base + "/customers?$filter=ChangedUtc%20gt%202026-03-02T09%3A25%3A00.000Z&$pagesize=1000&$page=1")
        .answer(200, page_of({customer("c")}));
    const Outcome next = books.list("customer", got.checkpoints[1].cursor);
    EXPECT_EQ(ids(next), "c");
    EXPECT_FALSE(next.checkpoints.at(0).has_more);
}

TEST_F(Listing, GoesOnFromACheckpointInTheMiddle) {
    host.http("GET", base + "/articles?$pagesize=1000&$page=1").answer(200, page_of({article_answer()}, 1, 3));
    const Outcome first = books.list("product", {}, {}, 1);
    ASSERT_EQ(first.checkpoints.size(), 1u);
    EXPECT_TRUE(first.checkpoints[0].has_more);
    host.http("GET", base + "/articles?$pagesize=1000&$page=2").answer(200, page_of({article_answer()}, 2, 3));
    host.http("GET", base + "/articles?$pagesize=1000&$page=3").answer(503);
    const Outcome second = books.list("product", first.checkpoints[0].cursor, {}, 5);
    EXPECT_EQ(second.status, BRYGGA_TRANSIENT);
    ASSERT_EQ(second.checkpoints.size(), 1u) << "what was read before the failure counts";
    host.http("GET", base + "/articles?$pagesize=1000&$page=3").answer(200, page_of({}, 3, 3));
    EXPECT_TRUE(books.list("product", second.checkpoints[0].cursor).ok());
}

TEST_F(Listing, DeletionsBetweenPagesLoseNothing) {
    const auto counted = [](Json page, int total) {
        page.member("Meta").set("TotalNumberOfResults", total);
        return page;
    };
    host.http("GET", base + "/customers?$pagesize=1000&$page=1")
        .answer(200, counted(page_of({customer("a")}, 1, 2), 1500));
    host.http("GET", base + "/customers?$pagesize=1000&$page=2")
        .answer(200, counted(page_of({customer("b")}, 2, 2), 1499));
    host.http("GET", base + "/customers?$pagesize=1000&$page=1")
        .answer(200, counted(page_of({customer("a"), customer("moved")}, 1, 2), 1499));
    host.http("GET", base + "/customers?$pagesize=1000&$page=2")
        .answer(200, counted(page_of({customer("b")}, 2, 2), 1499));
    const Outcome got = books.list("customer");
    EXPECT_EQ(ids(got), "a a moved b");
}

TEST_F(Listing, DocumentsAreOrdersAndDraftsFromADate) {
    Json old = an_order("old", "1");
    old.set("OrderDate", "2025-12-31");
    host.http("GET", base + "/orders?$pagesize=1000&$page=1").answer(200, page_of({an_order("o", "2"), old}));
    host.http("GET", base + "/customerinvoicedrafts?$pagesize=1000&$page=1").answer(200, page_of({a_draft("d", "3")}));
    host.http("GET", base + "/customerinvoices?*").answer(200, page_of({}));
    const Outcome got = books.list("document", {}, "2026-01-01");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(ids(got), "o d");
    EXPECT_EQ(got.rows[1]["kind"].string(), "invoice_draft");
    host.http("GET", base + "/orders?$filter=ModifiedUtc%20gt%20*").answer(200, page_of({}));
    host.http("GET", base + "/customerinvoicedrafts?$pagesize=1000&$page=1").answer(200, page_of({a_draft("d", "3")}));
    host.http("GET", base + "/customerinvoices?*").answer(200, page_of({}));
    EXPECT_EQ(ids(books.list("document", got.checkpoints.back().cursor, "2026-01-01")), "d");
}

TEST_F(Listing, NoOrdersInTheLicenceMeansNone) {
    host.http("GET", base + "/orders?*").answer(403, refusal(4009));
    host.http("GET", base + "/customerinvoicedrafts?*").answer(200, page_of({a_draft("d", "3")}));
    host.http("GET", base + "/customerinvoices?*").answer(200, page_of({}));
    const Outcome got = books.list("document");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(ids(got), "d");
    host.http("GET", base + "/orders?*").answer(403, refusal(4003));
    EXPECT_EQ(books.list("document").status, BRYGGA_MISCONFIGURED);
}

const char* const since_nine = R"({"since":"2026-03-02T09:00:00Z"})";

TEST_F(Listing, RefusedFilterReadsTheNewestFirstAndStops) {
    host.http("GET", base + "/orders?$filter=*").answer(400, refusal(6000));
    host.http("GET", base + "/orders?$orderby=ModifiedUtc%20desc&$pagesize=1000&$page=1")
        .answer(200,
                page_of({an_order("new", "1", "2026-03-02T09:10:00Z"), an_order("older", "2", "2026-03-02T08:00:00Z")},
                        1, 9));
    host.http("GET", base + "/customerinvoicedrafts?*").answer(200, page_of({})).times(2);
    host.http("GET", base + "/customerinvoices?*").answer(200, page_of({})).times(2);
    const Outcome got = books.list("document", json(since_nine));
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(ids(got), "new");
    // The next pass knows the way already.
    host.http("GET", base + "/orders?$orderby=ModifiedUtc%20desc*").answer(200, page_of({}));
    EXPECT_TRUE(books.list("document", got.checkpoints.back().cursor).ok());
}

TEST_F(Listing, AnOrderThatIsNotFallingProvesNothing) {
    host.http("GET", base + "/orders?$filter=*").answer(400, refusal(6000));
    host.http("GET", base + "/orders?$orderby=*&$page=1")
        .answer(200, page_of({an_order("a", "1", "2026-03-02T07:00:00Z"), an_order("b", "2", "2026-03-02T08:00:00Z")},
                             1, 2));
    host.http("GET", base + "/orders?$orderby=*&$page=2")
        .answer(200, page_of({an_order("new", "3", "2026-03-02T09:10:00Z")}, 2, 2));
    host.http("GET", base + "/customerinvoicedrafts?*").answer(200, page_of({}));
    host.http("GET", base + "/customerinvoices?*").answer(200, page_of({}));
    EXPECT_EQ(ids(books.list("document", json(since_nine))), "new");
}

TEST_F(Listing, APageOfOneInstantProvesNothing) {
    host.http("GET", base + "/orders?$filter=*").answer(400, refusal(6000));
    host.http("GET", base + "/orders?$orderby=*&$page=1")
        .answer(200, page_of({an_order("a", "1", "2026-03-02T07:00:00Z"), an_order("b", "2", "2026-03-02T07:00:00Z")},
                             1, 2));
    host.http("GET", base + "/orders?$orderby=*&$page=2")
        .answer(200, page_of({an_order("new", "3", "2026-03-02T09:10:00Z")}, 2, 2));
    host.http("GET", base + "/customerinvoicedrafts?*").answer(200, page_of({}));
    host.http("GET", base + "/customerinvoices?*").answer(200, page_of({}));
    EXPECT_EQ(ids(books.list("document", json(since_nine))), "new");
}

TEST_F(Listing, WhereNothingCanBeAskedEverythingIsRead) {
    host.http("GET", base + "/orders?$filter=*").answer(400, refusal(6001));
    host.http("GET", base + "/orders?$orderby=*").answer(400, refusal(2000));
    Json unknown = an_order("no-time", "3");
    unknown.set("ModifiedUtc", Json{});
    host.http("GET", base + "/orders?$pagesize=1000&$page=1")
        .answer(200, page_of({an_order("old", "1", "2026-03-01T00:00:00Z"),
                              an_order("new", "2", "2026-03-02T10:00:00Z"), unknown}));
    host.http("GET", base + "/customerinvoicedrafts?*").answer(200, page_of({}));
    host.http("GET", base + "/customerinvoices?*").answer(200, page_of({}));
    EXPECT_EQ(ids(books.list("document", json(since_nine))), "new no-time");
}

TEST_F(Listing, HostileAnswersAndCursorsAreSurvived) {
    for (const char* body : {"", "<html>", R"({"Data":{}})", "{}", "7", "\"x\""}) {
        host.http("GET", base + "/customers?*").answer(200, body);
        const Outcome got = books.list("customer");
        EXPECT_EQ(got.code, "answer.unreadable") << body;
        EXPECT_FALSE(got.outcome_unknown);
        EXPECT_TRUE(got.checkpoints.empty());
    }
    host.http("GET", base + "/customers?*")
        .answer(200, R"({"Meta":{"TotalNumberOfPages":999999999,"ServerTimeUtc":7},"Data":[]})");
    EXPECT_TRUE(books.list("customer").ok()) << "an empty page is the last one";
    host.http("GET", base + "/customers?*").answer(200, R"({"Meta":"x","Data":[[],1,"a",{"Id":{}}]})");
    Outcome got = books.list("customer",
                             json(R"({"since":"' or 1 eq 1","page":-4,"part":99,"way":77,"restarts":-1,"total":"x"})"));
    EXPECT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.rows.size(), 0u);
    EXPECT_EQ(got.checkpoints.at(0).cursor["since"].string(), "2025-12-31T23:55:00.000Z")
        << "the host's clock where the vendor tells no time";
    host.http("GET", base + "/customers?*").answer(200, R"({"Data":[{"Id":"a"}],"Meta":{"TotalNumberOfPages":1e18}})");
    host.http("GET", base + "/customers?*").answer(500);
    got = books.list("customer", json(R"({"since":"2026-03-02T09:00:00Z and more","page":9223372036854775807})"));
    ASSERT_EQ(got.checkpoints.size(), 1u) << got.text();
    EXPECT_EQ(got.checkpoints[0].cursor["page"].integer(), 1'000'001);
    EXPECT_EQ(got.checkpoints[0].cursor["since"].string(), "2026-03-02T09:00:00.000Z");
}

TEST_F(Finding, CustomersBySeveralEmailsInOneRequest) {
    host.http("GET", base +
                         "/customers?$filter=EmailAddress%20eq%20'Anna%40example.com'%20or%20EmailAddress%20eq%20'anna%"
                         "40example.com'%20or%20"
                         "EmailAddress%20eq%20'kim%40example.com'&$pagesize=1000&$page=1")
        .answer(200, [] {
            Json other = customer("b");
            other.set("EmailAddress", "KIM@example.com ");
            Json stranger = customer("c");
            stranger.set("EmailAddress", "stranger@example.com");
            Json anna = customer("a");
            anna.set("EmailAddress", "anna@Example.com");
            return page_of({anna, other, stranger});
        }());
    const Outcome got = books.find(find("customer", "email", {"Anna@example.com", "kim@example.com", ""}));
    ASSERT_TRUE(got.ok()) << got.text();
    ASSERT_EQ(ids(got), "a b");
    EXPECT_EQ(got.rows[0]["n"].integer(), 0);
    EXPECT_EQ(got.rows[1]["n"].integer(), 1);
    EXPECT_FALSE(got.rows[0].has("raw"));
}

TEST_F(Finding, OrganisationNumbersInEveryForm) {
    Json company = customer("a");
    company.set("CorporateIdentityNumber", "556677-8899");
    host.http("GET", base +
                         "/customers?$filter=CorporateIdentityNumber%20eq%20'5566778899'%20or%"
                         "20CorporateIdentityNumber%20eq%20'556677-8899'&*")
        .answer(200, page_of({company}));
    EXPECT_EQ(ids(books.find(find("customer", "organisation_number", {"5566778899"}))), "a");
}

TEST_F(Finding, ARecordThatMovesToTheNextPageIsOneHit) {
    host.http("GET", base + "/articles?*&$page=1").answer(200, page_of({article_answer()}, 1, 2));
    host.http("GET", base + "/articles?*&$page=2").answer(200, page_of({article_answer()}, 2, 2));
    EXPECT_EQ(books.find(find("product", "sku", {"mug-red"})).rows.size(), 1u);
}

TEST_F(Finding, QuotesAreDoubled) {
    host.http("GET", base + "/articles?$filter=Number%20eq%20'O''Brien'&*").answer(200, page_of({}));
    EXPECT_TRUE(books.find(find("product", "sku", {"O'Brien"})).ok());
}

TEST_F(Finding, ManyKeysStayInShortAddresses) {
    std::vector<std::string> skus;
    for (int i = 0; i < 100; ++i) skus.push_back("SKU-" + std::to_string(i));
    Json request = find("product", "sku", {});
    Json keys = Json::array();
    for (int i = 0; i < 100; ++i)
        keys.push(Json::object({{"n", i}, {"by", "sku"}, {"value", skus[static_cast<std::size_t>(i)]}}));
    request.set("keys", keys);
    host.http("GET", base + "/articles?*").answer(200, page_of({})).times(0);
    ASSERT_TRUE(books.find(request).ok());
    EXPECT_EQ(host.requests().size(), 5u);
    for (const auto& sent : host.requests()) EXPECT_LT(sent.url.size(), 1700u);
}

TEST_F(Finding, APropertyThatCannotBeSearchedIsNotAnAnswer) {
    host.http("GET", base + "/customers?*").answer(400, refusal(6000)).times(1);
    const Outcome got = books.find(find("customer", "vat_number", {"SE556677889901"}));
    EXPECT_EQ(got.status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(got.code, "find.not_searchable");
    EXPECT_EQ(books.find(find("customer", "vat_number", {"SE556677889901"})).status, BRYGGA_UNSUPPORTED)
        << "remembered";
    EXPECT_EQ(books.find(find("product", "ean", {"1"})).status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(books.find(find("document", "reference", {"1"}, R"({"kinds":["quote"]})")).status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(books.find(find("stock", "ean", {"1"})).status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(books.find(find("project", "id", {"1"})).status, BRYGGA_UNSUPPORTED);
}

Json article(std::string_view id, std::string_view number, const char* balance) {
    Json a = article_answer();
    a.set("Id", id);
    a.set("Number", number);
    a.set("StockBalance", json(balance));
    a.set("StockBalanceReserved", 2);
    a.set("StockBalanceAvailable", json(balance));
    a.set("ShowStockInformation", true);
    return a;
}

TEST_F(Listing, StockIsReadFromTheArticlesThatKeepIt) {
    Json service = article("s", "WORK", "0");
    service.set("ShowStockInformation", false);
    host.http("GET", base + "/articles?$pagesize=1000&$page=1")
        .answer(200, page_of({article("a", "MUG", "40.50"), service, json("{}")}));
    const Outcome got = books.poll("stock");
    ASSERT_TRUE(got.ok()) << got.text();
    ASSERT_EQ(got.rows.size(), 1u);
    EXPECT_EQ(got.rows[0]["number"].string(), "MUG");
    EXPECT_EQ(got.rows[0]["entity"].dump(),
              R"({"id":"a","sku":"MUG","ean":"4006381333931","quantity":40.50,"reserved":2,"available":40.50})");
    host.seen.emplace("a", got.rows[0]["revision"].string());
    host.http("GET", base + "/articles?$filter=ChangedUtc%20gt%20*")
        .answer(200, page_of({article("a", "MUG", "40.50"), article("b", "CAP", "1")}));
    EXPECT_EQ(ids(books.poll("stock", got.checkpoints.back().cursor)), "b") << "the figures of the mug are known";
    host.http("GET", base + "/articles?$filter=ChangedUtc%20gt%20*").answer(200, page_of({article("a", "MUG", "41")}));
    EXPECT_EQ(ids(books.poll("stock", got.checkpoints.back().cursor)), "a") << "also when no instant has moved";
    EXPECT_EQ(books.poll("order").status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(books.list("stock").status, BRYGGA_UNSUPPORTED);
}

TEST_F(Listing, ArticlesAreReadForTheShop) {
    Json old = json(R"({"Id":"o","Number":"OLD","IsActive":false,"IsServiceArticle":true})");
    host.http("GET", base + "/articles?$pagesize=1000&$page=1")
        .answer(200, page_of({article("a", "MUG", "4"), old, json("{}")}));
    const Outcome got = books.poll("product");
    ASSERT_TRUE(got.ok()) << got.text();
    ASSERT_EQ(got.rows.size(), 2u);
    EXPECT_EQ(got.rows[0]["entity"].dump(),
              R"({"id":"a","sku":"MUG","ean":"4006381333931","name":"Mug, red","price":100.00,)"
              R"("price_includes_tax":false,"price_with_tax":125.00,"unit":"Styck",)"
              R"("treatment":"a7f1b7de-6a7e-4e0b-8e0f-2f1f4c3d2b10","service":false,"active":true})");
    EXPECT_EQ(got.rows[1]["entity"].dump(), R"({"id":"o","sku":"OLD","service":true,"active":false})");
    EXPECT_EQ(got.rows[0]["raw"]["CodingName"].string(), "Varor 25% moms");
    host.http("GET", base + "/articles?$filter=ChangedUtc%20gt%20*").answer(200, page_of({article("b", "CAP", "1")}));
    EXPECT_EQ(ids(books.poll("product", got.checkpoints.back().cursor)), "b");
}

TEST_F(Listing, LabelsAreCategories) {
    const auto labels = [&](std::initializer_list<Json> rows) {
        host.http("GET", base + "/articlelabels?$pagesize=1000&$page=1").answer(200, page_of(rows));
    };
    const Json cups = json(R"({"Id":"l1","Name":"Cups","Description":"To drink from"})"),
               sale = json(R"({"Id":"l2","Name":"Sale","Description":null})");
    labels({cups, sale, json("{}")});
    const Outcome got = books.poll("category");
    ASSERT_EQ(got.rows.size(), 2u) << got.text();
    EXPECT_EQ(got.rows[0]["entity"].dump(), R"({"id":"l1","name":"Cups","description":"To drink from"})");
    EXPECT_EQ(got.rows[0]["number"].string(), "Cups");
    labels({cups});
    const Outcome later = books.poll("category", got.checkpoints.back().cursor);
    EXPECT_EQ(later.rows.back()["entity"].dump(), R"({"id":"l2","deleted":true})") << later.text();
    labels({cups, sale});
    EXPECT_EQ(ids(books.find(find("category", "name", {"Sale"}))), "l2");
    host.http("GET", base + "/articlelabels/l1").answer(200, cups);
    EXPECT_EQ(ids(books.find(find("category", "id", {"l1"}))), "l1");
    EXPECT_FALSE(books.find(find("category", "sku", {"l1"})).ok());
}

TEST_F(Listing, AnArticleTellsItsLabels) {
    Json mug = article("a", "MUG", "4");
    mug.set("ArticleLabels", json(R"([{"Id":"l2","Name":"Sale"},{"Id":"l1","Name":"Cups"},{}])"));
    host.http("GET", base + "/articles?$pagesize=1000&$page=1").answer(200, page_of({mug}));
    EXPECT_EQ(books.poll("product").rows.at(0)["entity"]["categories"].dump(), R"(["l2","l1"])");
}

TEST_F(Finding, AnArticleWithWhatPollGivesOfIt) {
    host.http("GET", base + "/articles?$filter=Number%20eq%20'MUG'&$pagesize=1000&$page=1")
        .answer(200, page_of({article("a", "MUG", "3")}));
    const Outcome got = books.find(find("product", "sku", {"MUG"}, R"({"full":true})"));
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    EXPECT_EQ(got.rows[0]["entity"]["price_with_tax"].text(), "125.00");
    EXPECT_EQ(got.rows[0]["keys"]["sku"].string(), "MUG");
}

TEST_F(Finding, StockByArticleNumber) {
    host.http("GET", base + "/articles?$filter=Number%20eq%20'MUG'&$pagesize=1000&$page=1")
        .answer(200, page_of({article("a", "MUG", "3")}));
    const Outcome got = books.find(find("stock", "sku", {"MUG"}, R"({"full":true})"));
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    EXPECT_EQ(got.rows[0]["n"].integer(), 0);
    EXPECT_EQ(got.rows[0]["entity"]["quantity"].integer(), 3);
}

TEST_F(Finding, ById) {
    host.http("GET", base + "/customers/a").answer(200, customer("a"));
    host.http("GET", base + "/customers/b").answer(404);
    host.http("GET", base + "/customers/c").answer(400, refusal(3000));
    const Outcome got = books.find(find("customer", "id", {"a", "b", "c"}, R"({"full":true})"));
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(ids(got), "a");
    EXPECT_EQ(got.rows[0]["raw"]["TermsOfPayment"]["NumberOfDays"].integer(), 30);
    host.http("GET", base + "/customers/d").answer(404, "<html>proxy</html>");
    EXPECT_EQ(books.find(find("customer", "id", {"d"})).status, BRYGGA_MISCONFIGURED);
    host.http("GET", base + "/customers/e").answer(500);
    EXPECT_EQ(books.find(find("customer", "id", {"e"})).status, BRYGGA_TRANSIENT);
}

TEST_F(Finding, AWholeDocumentHasItsLines) {
    host.http("GET", base + "/orders/x").answer(200, order_answer());
    const Outcome got = books.find(find("document", "id", {"x"}, R"({"full":true,"kinds":["order"]})"));
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    EXPECT_EQ(got.rows[0]["n"].integer(), 0);
    EXPECT_EQ(got.rows[0]["fields"]["our_reference"].string(), "Kim");
    EXPECT_EQ(got.rows[0]["lines"].at(0)["discount_percent"].decimal(), Decimal{10});
    EXPECT_EQ(got.rows[0]["raw"]["Number"].integer(), 317);
}

TEST_F(Finding, KindsAreKept) {
    host.http("GET", base + "/customers?*").answer(200, page_of({customer("a")}));
    EXPECT_EQ(books.find(find("customer", "number", {"1042"}, R"({"kinds":["company"]})")).rows.size(), 0u);
    host.http("GET", base + "/orders/x").answer(200, an_order("x", "1"));
    EXPECT_EQ(ids(books.find(find("document", "id", {"x"}, R"({"kinds":["order"]})"))), "x");
}

TEST_F(Finding, DocumentsByReferenceAmongOrdersAndDrafts) {
    host.http("GET", base + "/orders?$filter=BuyersOrderReference%20eq%20'100234'&$pagesize=1000&$page=1")
        .answer(200, page_of({an_order("o", "100234")}));
    host.http("GET",
              base + "/customerinvoicedrafts?$filter=BuyersOrderReference%20eq%20'100234'&$pagesize=1000&$page=1")
        .answer(200, page_of({}));
    // The invoice of that order is not a second document.
    Json billed = invoice("i", "100234");
    billed.set("CreatedFromOrderId", "o");
    host.http("GET", base + "/customerinvoices?*").answer(200, page_of({billed}));
    EXPECT_EQ(ids(books.find(find("document", "reference", {"100234"}))), "o");
}

TEST_F(Finding, ADraftThatWasBookedIsFoundAsItsInvoice) {
    host.http("GET", base + "/orders?*").answer(200, page_of({}));
    host.http("GET", base + "/customerinvoicedrafts?*").answer(200, page_of({}));
    host.http("GET", base + "/customerinvoices?$filter=BuyersOrderReference%20eq%20'100234'&$pagesize=1000&$page=1")
        .answer(200, page_of({invoice("i", "100234")}));
    const Outcome got = books.find(find("document", "reference", {"100234"}));
    ASSERT_EQ(ids(got), "i") << got.text();
    const Json& row = got.rows[0];
    EXPECT_EQ(row["kind"].string(), "invoice");
    EXPECT_EQ(row["state"].string(), "booked");
    EXPECT_EQ(row["number"].text(), "4711");
    EXPECT_EQ(row["fields"]["currency"].string(), "EUR");
    EXPECT_EQ(row["totals"], *Json::parse(R"({"net":100,"tax":25,"gross":125,
        "taxes":[{"rate":25,"base":100,"amount":25}]})"))
        << row.dump();
}

TEST_F(Finding, RefusedFilterLooksThroughTheRecentDocuments) {
    host.http("GET", base + "/orders?$filter=BuyersOrderReference*").answer(400, refusal(6000));
    // 15 minutes before `since`
    host.http("GET", base + "/orders?$filter=CreatedUtc%20gt%202026-03-02T08%3A45%3A00.000Z&$pagesize=1000&$page=1")
        .answer(200, page_of({an_order("no", "100233"), an_order("o", "100234")}));
    const Json request =
        find("document", "reference", {"100234"}, R"({"kinds":["order"],"since":"2026-03-02T09:00:00Z"})");
    EXPECT_EQ(ids(books.find(request)), "o");
    host.http("GET", base + "/orders?$filter=CreatedUtc*").answer(200, page_of({}));
    const Outcome again = books.find(request);
    EXPECT_TRUE(again.ok()) << "the refused filter is not tried again: " << again.text();
}

TEST_F(Finding, WithoutAFilterOnTimeTheNewestComeFirst) {
    host.http("GET", base + "/customerinvoicedrafts?$filter=*").answer(400, refusal(6000)).times(2);
    Json young = a_draft("d", "100234"), old = a_draft("e", "9");
    old.set("CreatedUtc", "2026-03-01T00:00:00Z");
    host.http("GET", base + "/customerinvoicedrafts?$orderby=CreatedUtc%20desc&$pagesize=1000&$page=1")
        .answer(200, page_of({young, old}, 1, 40));
    EXPECT_EQ(ids(books.find(find("document", "reference", {"100234"},
                                  R"({"kinds":["invoice_draft"],"since":"2026-03-02T09:00:00Z"})"))),
              "d");
}

TEST_F(Finding, WithoutSinceEveryDocumentIsLookedAt) {
    host.http("GET", base + "/orders?$filter=*").answer(400, refusal(6000));
    host.http("GET", base + "/orders?$pagesize=1000&$page=1").answer(200, page_of({an_order("a", "1")}, 1, 2));
    host.http("GET", base + "/orders?$pagesize=1000&$page=2").answer(200, page_of({an_order("o", "X-100234 ")}, 2, 2));
    EXPECT_EQ(ids(books.find(find("document", "reference", {"x-100234"}, R"({"kinds":["order"]})"))), "o");
}

TEST_F(Finding, AStrangeReferenceIsNoVerdictOnTheFilter) {
    host.http("GET", base + "/orders?$filter=BuyersOrderReference%20eq%20'a%0Ab'*").answer(400, refusal(6000));
    host.http("GET", base + "/orders?$pagesize=1000&$page=1").answer(200, page_of({}));
    EXPECT_TRUE(books.find(find("document", "reference", {"a\nb"}, R"({"kinds":["order"]})")).ok());
    host.http("GET", base + "/orders?$filter=BuyersOrderReference%20eq%20'100234'*")
        .answer(200, page_of({an_order("o", "100234")}));
    EXPECT_EQ(ids(books.find(find("document", "reference", {"100234"}, R"({"kinds":["order"]})"))), "o");
}

TEST_F(Finding, NoOrdersInTheLicenceNeedsTheDraftsToSaySo) {
    host.http("GET", base + "/orders?*").answer(403, refusal(4009)).times(2);
    host.http("GET", base + "/customerinvoicedrafts?*").answer(200, page_of({}));
    host.http("GET", base + "/customerinvoices?*").answer(200, page_of({}));
    EXPECT_TRUE(books.find(find("document", "reference", {"1"})).ok());
    EXPECT_EQ(books.find(find("document", "reference", {"1"}, R"({"kinds":["order"]})")).status, BRYGGA_MISCONFIGURED);
}

TEST_F(Finding, AFailureIsNeverNotFound) {
    host.http("GET", base + "/orders?*").answer(200, page_of({}, 1, 2));
    host.http("GET", base + "/orders?*").answer(502, "<html>");
    Json first = page_of({an_order("a", "1")}, 1, 2);
    host.reset();
    host.http("GET", base + "/orders?*").answer(200, first);
    host.http("GET", base + "/orders?*").answer(502, "<html>");
    const Outcome got = books.find(find("document", "reference", {"100234"}, R"({"kinds":["order"]})"));
    EXPECT_EQ(got.status, BRYGGA_TRANSIENT);
}

}  // namespace
}  // namespace brygga::eaccounting
