#include <map>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "schema/config.h"
#include "schema/manifest.h"
#include "shop.h"

namespace brygga::ccvshop {
namespace {

using testing::FakeHost;
using testing::HttpCall;
using testing::Instance;
using testing::Outcome;

const std::string_view manifest_text = sdk::view(brygga_plugin_entry()->manifest_json);
class Calls : public ::testing::Test {
protected:
    Outcome answered(int status, std::string body, std::string_view header = {}, std::string_view value = {}) {
        auto& line = host.http("GET", api + "/").answer(status, std::move(body));
        if (!header.empty()) line.header(header, value);
        return shop.check();
    }
    static Json key(std::string_view by, std::string_view value) {
        return Json::array({Json::object({{"n", 0}, {"by", by}, {"value", value}})});
    }
    Outcome find(std::string_view type, std::string_view by, std::string_view value, bool full = false) {
        return shop.find(Json::object({{"type", type}, {"keys", key(by, value)}, {"full", full}}));
    }
    FakeHost host;
    Instance shop{host, *brygga_plugin_entry(),
                  Json::object({{"base_url", "https://shop.example/"}, {"language", "nl"}})};
};

TEST(CcvshopManifest, IsUnderstoodWhole) {
    const auto manifest = schema::parse_manifest(manifest_text);
    ASSERT_TRUE(manifest) << manifest.error().message;
    EXPECT_TRUE(manifest->warnings.empty()) << manifest->warnings.front();
    EXPECT_EQ(manifest->id, "ccvshop");
    for (const schema::ErrorRow& row : manifest->errors) {
        EXPECT_FALSE(row.cause.empty()) << row.code;
        EXPECT_FALSE(row.remedy.empty()) << row.code;
    }
}

TEST(CcvshopManifest, HasARowForEveryCodeOfTheVendor) {
    const auto manifest = schema::parse_manifest(manifest_text);
    ASSERT_TRUE(manifest);
    for (const char* code :
         {"404.20", "405.10", "429.10", "429.11", "500.10", "500.20", "500.21", "500.22", "500.23", "500.24",
          "500.25", "500.40", "500.50", "500.60", "500.70", "500.80", "500.90", "501.10", "501.20", "501.30"})
        EXPECT_NE(manifest->error(code), nullptr) << code;
}

TEST(CcvshopManifest, CountsEachResourceOnce) {
    const auto manifest = schema::parse_manifest(manifest_text);
    ASSERT_TRUE(manifest);
    const auto buckets = [&](std::string_view path) {
        std::vector<std::size_t> out;
        const std::string text = "/api/rest/v1" + std::string{path};
        for (std::size_t i = 0; i < manifest->budgets.size(); ++i)
            if (manifest->budgets[i].method == "GET" &&
                std::regex_search(text, std::regex{manifest->budgets[i].pattern}))
                out.push_back(i);
        return out;
    };
    std::set<std::size_t> seen;
    for (const char* path : {"/orders/", "/orders/1/orderrows/", "/users/1/", "/products/1/",
                             "/products/1/attributecombinations/", "/productqueries/", "/webshops/1/settings/"}) {
        ASSERT_EQ(buckets(path).size(), 1u) << path;
        EXPECT_TRUE(seen.insert(buckets(path)[0]).second) << path;
    }
    EXPECT_EQ(buckets("/orders/"), buckets("/orders/340000123/"));
    for (const char* path : {"/", "/paymethods/", "/webshops/"}) EXPECT_EQ(buckets(path).size(), 1u) << path;
}

TEST_F(Calls, EveryRequestIsADeclaredSignedRead) {
    EXPECT_TRUE(answered(200, R"({"items":[]})").ok());
    const HttpCall& call = host.requests().at(0);
    EXPECT_EQ(call.url, "https://shop.example/api/rest/v1/");
    EXPECT_TRUE(call.request["read"].boolean());
    EXPECT_TRUE(call.request["idempotent"].boolean());
    EXPECT_EQ(call.request["secret_headers"]["x-public"].string(), "${public_key}");
    EXPECT_EQ(call.header("accept-language"), "nl");
    for (const char* member : {"sign", "verify"}) {
        const Json& signing = call.request[member];
        EXPECT_EQ(signing["alg"].string(), "hmac-sha512");
        EXPECT_EQ(signing["key"].string(), "secret_key");
        EXPECT_EQ(signing["header"].string(), "x-hash");
        EXPECT_EQ(signing["date_header"].string(), "x-date");
        EXPECT_EQ(signing["encoding"].string(), "hex");
    }
}

/// Made-up keys; the message is what the vendor's reference says, the hash was computed with openssl.
struct Vector {
    const char *method, *target, *body, *date, *hash;
    bool answer = false;
};
const Vector vectors[] = {
    {"GET", "/api/rest/v1/orders/?status=1&is_paid=true&size=50", "", "2026-01-15T09:30:00Z",
     "15beb4f33e5117f11af1d6260f283d9c7891c230694808f698a2c122b148bd7d992e0f082d09be57762c7f67112305eadf943f8af453243cd"
     "80bfe3"
     "b302e2a91"},
    {"PATCH", "/api/rest/v1/orders/340000123/",
     R"({"status":5,"track_and_trace_code":"3SABCD0123456","track_and_trace_carrier":"PostNL","mail":true})",
     "2026-01-15T09:30:00Z",
     "1e7d6347c58fa7cfa5ed4ba290ee769089d8257397b7f8c61840a87ad75bd60fb2e76eb63cae8e90a5b4c56b5fd9b37da1e45c0e373c62d91"
     "ebe61a"
     "d918691e9"},
    {"POST", "/api/rest/v1/orders/340000123/ordernotes/", R"({"note":"Café – geleverd ✓"})", "2026-01-15T09:30:00Z",
     "aa0df5215e020a055c4b0dc8c8abb058dc982d874e6a4ac0342769ca1b5b597c5507a450c54544c5bd6eaa126091930d29c1c47cb328c010d"
     "63d03b"
     "feb11cd2d"},
    {"GET", "/api/rest/v1/packages/", R"({"href":"https:\/\/demo.example\/api\/rest\/v1\/packages\/","items":[]})",
     "2026-01-15T09:30:01+00:00",
     "a3df0b233252fe260924c38a9ddc58c62ce6ab4733fc4a68cbd9d3ed9b0d2746c23fd3bd2c2281e9815d82cad7eaa09b7eb8d6a524d059fbc"
     "c65416"
     "10efb08a1",
     true},
};

TEST_F(Calls, TheDeclaredMessageMakesTheKnownHashes) {
    answered(200, "{}");
    for (const Vector& vector : vectors) {
        std::string message{host.requests().at(0).request[vector.answer ? "verify" : "sign"]["message"].string()};
        for (const auto& [placeholder, value] :
             std::vector<std::pair<std::string, std::string>>{{"${public_key}", "exampleApiPublicKey0123456789abc"},
                                                              {"{method}", vector.method},
                                                              {"{target}", vector.target},
                                                              {"{body}", vector.body},
                                                              {"{date}", vector.date}})
            message.replace(message.find(placeholder), placeholder.size(), value);
        EXPECT_EQ(crypto::hex(crypto::hmac(crypto::Hash::sha512, "exampleApiSecretKey0123456789xyz", message)),
                  vector.hash)
            << vector.method << " " << vector.target;
    }
}

TEST_F(Calls, CheckSaysWhenTheKeysMayNotReadOrders) {
    EXPECT_TRUE(answered(200, R"({"items":[{"uri":"/api/rest/v1/orders/","title":"Orders"}]})").ok());
    const Outcome got = answered(200, R"({"items":[{"uri":"/api/rest/v1/products/"}]})");
    EXPECT_EQ(got.status, BRYGGA_MISCONFIGURED);
    EXPECT_EQ(got.code, "check.permission");
    EXPECT_NE(got.remedy.find("permission"), std::string::npos);
}

TEST_F(Calls, EveryVendorCodeHasTheClassOfItsRow) {
    const auto manifest = schema::parse_manifest(manifest_text);
    ASSERT_TRUE(manifest);
    const std::map<ErrorClass, brygga_status> statuses{{ErrorClass::transient, BRYGGA_TRANSIENT},
                                                       {ErrorClass::rate_limited, BRYGGA_RATE_LIMITED},
                                                       {ErrorClass::auth, BRYGGA_AUTH},
                                                       {ErrorClass::rejected, BRYGGA_REJECTED},
                                                       {ErrorClass::misconfigured, BRYGGA_MISCONFIGURED},
                                                       {ErrorClass::unsupported, BRYGGA_UNSUPPORTED}};
    for (const schema::ErrorRow& row : manifest->errors) {
        if (row.code.find_first_not_of("0123456789.") != std::string::npos) continue;
        const int status = std::stoi(row.code.substr(0, 3));
        const Outcome got = answered(status, Json::object({{"status", status}, {"code", row.code}}).dump());
        EXPECT_EQ(got.status, statuses.at(row.error_class)) << row.code;
        EXPECT_EQ(got.code, row.code);
        EXPECT_EQ(got.remote_status, static_cast<std::uint32_t>(status));
        EXPECT_EQ(got.remedy, row.remedy);
        EXPECT_NE(got.message.find(row.cause), std::string::npos);
        EXPECT_NE(got.message.find("GET /"), std::string::npos);
    }
}

TEST_F(Calls, RateLimitsWaitAMinuteUnlessTheShopSaysOtherwise) {
    const std::string body = R"({"status":429,"code":"429.10","developermessage":"x"})";
    EXPECT_EQ(answered(429, body).retry_after_ms, 60'000);
    EXPECT_EQ(answered(429, body, "retry-after", "7").retry_after_ms, 7'000);
    EXPECT_EQ(answered(429, body, "retry-after", "999999999").retry_after_ms, 3'600'000);
    EXPECT_EQ(answered(429, body, "retry-after", "-5").retry_after_ms, 60'000);
    EXPECT_EQ(answered(429, "<html>", "retry-after", "soon").retry_after_ms, 60'000);
    EXPECT_EQ(answered(500, R"({"code":"500.10"})").retry_after_ms, 60'000);
    EXPECT_EQ(answered(500, "{}").retry_after_ms, -1);
}

TEST_F(Calls, StatusesWithoutAKnownCodeAreClassifiedToo) {
    const struct {
        int status;
        const char *body, *code;
        brygga_status expected;
    } cases[] = {{401, "", "http.401", BRYGGA_AUTH},
                 {401, R"({"status":401,"code":"401.99"})", "401.99", BRYGGA_AUTH},
                 {403, "<html>no</html>", "http.403", BRYGGA_MISCONFIGURED},
                 {404, "<html>no</html>", "answer.not_api", BRYGGA_MISCONFIGURED},
                 {404, R"({"status":404})", "http.404", BRYGGA_REJECTED},
                 {400, R"({"code":"400.10","developermessage":"size too large"})", "400.10", BRYGGA_REJECTED},
                 {422, "not json", "http.4xx", BRYGGA_REJECTED},
                 {301, "", "http.3xx", BRYGGA_MISCONFIGURED},
                 {500, "", "http.5xx", BRYGGA_TRANSIENT},
                 {502, "<html>Bad gateway</html>", "http.5xx", BRYGGA_TRANSIENT},
                 {503, R"({"code":7})", "7", BRYGGA_TRANSIENT},
                 {500, R"({"code":"../../x"})", "http.5xx", BRYGGA_TRANSIENT},
                 {200, "<html>maintenance</html>", "answer.not_json", BRYGGA_TRANSIENT},
                 {200, "[1]", "answer.not_json", BRYGGA_TRANSIENT},
                 {200, R"({"items":[)", "answer.not_json", BRYGGA_TRANSIENT}};
    for (const auto& c : cases) {
        const Outcome got = answered(c.status, c.body);
        EXPECT_EQ(got.status, c.expected) << c.status << " " << c.body;
        EXPECT_EQ(got.code, c.code) << c.status << " " << c.body;
        EXPECT_FALSE(got.remedy.empty());
        EXPECT_EQ(got.failures, 1);
    }
}

TEST_F(Calls, VendorTextIsShownOnlyWhereNothingElseIsKnownAndNeverAnAddress) {
    EXPECT_NE(answered(400, R"({"code":"400.10","developermessage":"size\ntoo large"})").message.find("size too large"),
              std::string::npos);
    EXPECT_EQ(answered(400, R"({"code":"400.10","developermessage":"anna@example.com is no"})").message.find("anna"),
              std::string::npos);
    EXPECT_EQ(answered(500, R"({"code":"500.20","developermessage":"secret words"})").message.find("secret words"),
              std::string::npos);
    EXPECT_LT(answered(400, R"({"code":"1","developermessage":")" + std::string(5000, 'x') + "\"}").message.size(),
              500u);
}

TEST_F(Calls, AFailureOfTheServiceIsPassedOn) {
    host.http("GET", api + "/").fail(BRYGGA_TRANSIENT, "http.timeout");
    const Outcome got = shop.check();
    EXPECT_EQ(got.status, BRYGGA_TRANSIENT);
    EXPECT_EQ(got.code, "http.timeout");
    EXPECT_EQ(got.failures, 1);
}

TEST(Config, BaseUrlIsSchemeAndHost) {
    FakeHost host;
    const auto manifest = schema::parse_manifest(manifest_text);
    ASSERT_TRUE(manifest);
    const auto passes_check = [&](const Json& config) { return schema::check_config(*manifest, config).empty(); };
    for (const char* good : {"https://shop.example", "https://shop.example///", "https://shop.example/api/rest/v1/",
                             "http://127.0.0.1:8080", "https://shop.example/API/Docs/"}) {
        const Json config = Json::object({{"base_url", good}});
        EXPECT_TRUE(passes_check(config)) << good;
        EXPECT_NO_THROW((Instance{host, *brygga_plugin_entry(), config})) << good;
    }
    for (const char* bad :
         {"", "shop.example", "ftp://shop.example", "https://", "https://u:p@shop.example", "https://shop.example/nl",
          "https://shop.example/api", "https://shop.example?x=1", "https://shop.example/nl/api/rest/v1/"}) {
        const Json config = Json::object({{"base_url", bad}});
        EXPECT_FALSE(passes_check(config)) << bad;
        EXPECT_THROW((Instance{host, *brygga_plugin_entry(), config}), std::runtime_error) << bad;
    }
    const auto told = schema::check_config(*manifest, Json::object({{"base_url", "https://shop.example/nl"}}));
    EXPECT_NE(told.at(0).reason.find("Scheme and host"), std::string::npos) << told.at(0).reason;
}

TEST_F(Calls, DescribeReadsTheShopAtThisAddress) {
    host.http("GET", api + "/webshops/")
        .answer(
            200,
            R"({"items":[{"id":11,"api_root":"https://other.example"},{"id":12,"api_root":"https://shop.example"}]})");
    host.http("GET", api + "/webshops/12/").answer(200, R"({"id":12,"name":"Voorbeeld"})");
    host.http("GET", api + "/webshops/12/settings/").answer(200, R"({"currency":"EUR"})");
    host.http("GET", api + "/webshops/12/merchant/").answer(403, R"({"status":403})");
    const Outcome got = shop.describe();
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["account"],
              *Json::parse(R"({"id":"12","name":"Voorbeeld","currency":"EUR","time_zone":"Europe/Amsterdam"})"));
    EXPECT_EQ(host.problems(), "");
}

TEST_F(Calls, OptionsOfPaymentMethodsAndStatuses) {
    host.http("GET", api + "/paymethods/")
        .answer(
            200,
            R"({"items":[{"id":3,"psp":"Own","method":"BankTransfer","combined_name":"BankTransfer","label":"Vooraf overmaken"}]})");
    const Outcome methods = shop.options("payment_method");
    ASSERT_EQ(methods.rows.size(), 1u) << methods.text();
    EXPECT_EQ(methods.rows[0]["id"].string(), "3");
    EXPECT_EQ(methods.rows[0]["label"].string(), "Vooraf overmaken");
    EXPECT_EQ(methods.rows[0]["attributes"]["code"].string(), "BankTransfer");

    host.http("GET", api + "/webshops/").answer(200, R"({"items":[{"id":12}]})");
    host.http("GET", api + "/webshops/12/settings/")
        .answer(200, R"({"order_status":[{"id":900,"status":5,"status_name":"Verzonden"}]})");
    const Outcome statuses = shop.options("order_status");
    ASSERT_EQ(statuses.rows.size(), 1u) << statuses.text();
    EXPECT_EQ(statuses.rows[0]["id"].string(), "5");
    EXPECT_EQ(statuses.rows[0]["label"].string(), "Verzonden");
    EXPECT_EQ(statuses.rows[0]["attributes"]["status"].string(), "shipped");
    EXPECT_EQ(shop.options("unit").status, BRYGGA_UNSUPPORTED);
}

TEST_F(Calls, FindsOrdersById) {
    host.http("GET", api + "/orders/77/")
        .answer(200, R"({"id":77,"ordernumber_full":"N-77","status":7,"total_price":10,"total_tax":2})");
    host.http("GET", api + "/orders/78/").answer(404, R"({"status":404,"code":"404.10"})");
    host.http("GET", api + "/orders/79/").answer(200, R"({"id":79,"is_completed":false})");
    const Outcome hit = find("order", "id", "77");
    ASSERT_EQ(hit.rows.size(), 1u) << hit.text();
    EXPECT_EQ(hit.rows[0]["n"].integer(-1), 0);
    EXPECT_EQ(hit.rows[0]["state"].string(), "closed");
    EXPECT_EQ(hit.rows[0]["totals"]["gross"].integer(0), 10);
    for (const char* none : {"78", "79", "x/../users", ""}) {
        const Outcome got = find("order", "id", none);
        EXPECT_TRUE(got.ok()) << none << got.text();
        EXPECT_TRUE(got.rows.empty());
    }
    EXPECT_EQ(host.problems(), "");
    host.http("GET", api + "/orders/80/").answer(404, "<html>");
    EXPECT_EQ(find("order", "id", "80").status, BRYGGA_MISCONFIGURED);
    EXPECT_EQ(find("order", "email", "a@example.com").status, BRYGGA_UNSUPPORTED);
}

TEST_F(Calls, FindsOrdersByTheirWholePrintedNumber) {
    Shop orders{host};
    orders.add(77);
    orders.add(5077);
    orders.order(5077).set("ordernumber", 77).set("ordernumber_full", "B-77");  // numbering started anew
    const Outcome got = find("order", "number", "B-77", true);
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    EXPECT_EQ(got.rows[0]["id"].string(), "5077");
    EXPECT_EQ(got.rows[0]["entity"]["number"].string(), "B-77");
    EXPECT_EQ(got.rows[0]["raw"]["orderrows"].size(), 1u);
    EXPECT_EQ(query_value(host.requests().at(0).url, "ordernumber"), "77");
    EXPECT_EQ(find("order", "number", "77").rows.size(), 2u);  // without its prefix it is ambiguous
    EXPECT_TRUE(find("order", "number", "C-77").rows.empty());
    EXPECT_TRUE(find("order", "number", "none").rows.empty());
}

TEST_F(Calls, FindsCustomersById) {
    host.http("GET", api + "/users/24000111/")
        .answer(
            200,
            R"({"id":24000111,"username":"u","status":true,"userinfo":{"email":"Inkoop@example.com","customertype":"b2b","btw":"NL1",
            "billingaddress":{"full_name":"Sanne de Vries","company":"Voorbeeld","city":"Amsterdam","country_code":"NL"}}})");
    const Outcome got = find("customer", "id", "24000111");
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    EXPECT_EQ(got.rows[0]["kind"].string(), "company");
    EXPECT_EQ(got.rows[0]["keys"]["email"].string(), "Inkoop@example.com");
    EXPECT_EQ(got.rows[0]["fields"]["address"]["city"].string(), "Amsterdam");
    EXPECT_EQ(find("customer", "email", "x@example.com").code, "find.key");
}

TEST_F(Calls, FindsProductsAndVariantsBySku) {
    host.http("GET", api + "/productqueries/?productnumber=SKU%20A&start=0&size=100")
        .answer(200, R"({"items":[],"next":null})");
    host.http("GET", api + "/productqueries/?skunumber=SKU%20A&start=0&size=100")
        .answer(
            200,
            R"({"items":[{"id":845,"productnumber":"P","name":"T-shirt","price":24.95,"is_active":true}],"next":null})");
    host.http("GET", api + "/products/845/attributecombinations/?*")
        .answer(
            200,
            R"({"items":[{"id":66,"sku_number":"SKU A","netto_extra_price":2,"active":true},{"id":67,"sku_number":"SKU B"}]})");
    const Outcome got = find("product", "sku", "SKU A");
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    EXPECT_EQ(got.rows[0]["id"].string(), "845/66");
    EXPECT_EQ(got.rows[0]["fields"]["price"], *Json::parse("26.95"));
    EXPECT_EQ(host.problems(), "");
}

TEST_F(Calls, RefusesWhatIsNotOffered) {
    EXPECT_EQ(shop.deliver(Json::object()).status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(shop.list("customer").status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(find("invoice", "id", "1").status, BRYGGA_UNSUPPORTED);
}

}  // namespace
}  // namespace brygga::ccvshop
