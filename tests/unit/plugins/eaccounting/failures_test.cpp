#include "failures.h"

#include <map>
#include <set>

#include "brygga/sdk/codes.hpp"
#include "samples.h"

namespace brygga::eaccounting {
namespace {

Json manifest() {
    const std::string_view text = sdk::view(brygga_plugin_entry()->manifest_json);
    return Json::parse(text).value_or(Json{});
}

sdk::Failure refused(int status, std::string body, Attempt attempt = {"create a customer", "customer", true, false},
                     Json headers = Json::object()) {
    return Failures{manifest()}.refused({status, std::move(headers), std::move(body)}, attempt);
}
sdk::Failure refused(int status, const Json& body) { return refused(status, body.dump()); }
sdk::Failure refused(int status, const char* body) { return refused(status, std::string{body}); }

TEST(Manifest, HasOneRowForEachVendorCode) {
    std::set<std::string> codes;
    const Json m = manifest();
    for (const Json& row : m["errors"].items()) {
        const std::string code{row["code"].string()};
        EXPECT_TRUE(codes.insert(code).second) << code;
        EXPECT_FALSE(row["cause"].string().empty()) << code;
        EXPECT_FALSE(row["remedy"].string().empty()) << code;
        EXPECT_TRUE((std::set<std::string_view>{"transient", "rate_limited", "auth", "rejected", "misconfigured",
                                                "unsupported"})
                        .contains(row["class"].string()))
            << code;
    }
    std::vector<int> vendor{2000, 3001, 3002, 3003, 4100, 6000, 6001};
    for (int code = 4000; code <= 4039; ++code)
        if (code != 4025 && code != 4036) vendor.push_back(code);
    for (int code = 5000; code <= 5007; ++code) vendor.push_back(code);
    for (const int code : vendor) EXPECT_TRUE(codes.contains(std::to_string(code))) << code;
    EXPECT_TRUE(codes.contains("4002.module"));
    EXPECT_TRUE(codes.contains("tax.vat_number_refused")) << "4025, under the name that the host knows";
    EXPECT_TRUE(codes.contains("reference.gone")) << "3000, likewise";
}

TEST(Manifest, StatesReferenceBudgetAndArithmetic) {
    const Json m = manifest();
    EXPECT_EQ(m["entities"]["document"]["reference"]["field"].string(), "BuyersOrderReference");
    EXPECT_EQ(m["entities"]["document"]["reference"]["length"].integer(), 35);
    EXPECT_EQ(m["budgets"].at(0)["n"].integer(), 600);
    EXPECT_TRUE(m["budgets"].at(0)["per_url"].boolean());
    EXPECT_EQ(m["arithmetic"]["prices"].string(), "by_customer");
    for (const Json& field : m["fields"]["customer"].items()) {
        if (field["path"].string() == "name") {
            EXPECT_EQ(field["length"].integer(), 50);
        }
    }
}

TEST(Refusal, EveryCodeOfTheTableIsClassifiedByIt) {
    const Json m = manifest();
    for (const Json& row : m["errors"].items()) {
        const std::string code{row["code"].string()};
        if (code.find_first_not_of("0123456789") != std::string::npos) continue;
        const sdk::Failure f = refused(400, refusal(std::stoi(code)));
        EXPECT_EQ(f.code, code);
        EXPECT_EQ(f.remedy, row["remedy"].string());
        EXPECT_NE(f.message.find(row["cause"].string()), std::string::npos);
        EXPECT_EQ(f.outcome_unknown, f.status == BRYGGA_TRANSIENT) << code;
    }
}

TEST(Refusal, StatusDecidesWhereThereIsNoCode) {
    struct Case {
        int status;
        brygga_status expected;
        const char* code;
    };
    for (const auto& [status, expected, code] : {Case{400, BRYGGA_REJECTED, "http.4xx"},
                                                 {401, BRYGGA_AUTH, "http.401"},
                                                 {403, BRYGGA_MISCONFIGURED, "http.403"},
                                                 {404, BRYGGA_REJECTED, "http.404"},
                                                 {409, BRYGGA_REJECTED, "http.409"},
                                                 {429, BRYGGA_RATE_LIMITED, "http.429"},
                                                 {500, BRYGGA_TRANSIENT, "http.5xx"},
                                                 {503, BRYGGA_TRANSIENT, "http.5xx"},
                                                 {302, BRYGGA_MISCONFIGURED, "http.address"}}) {
        const sdk::Failure f = refused(status, std::string{});
        EXPECT_EQ(f.status, expected) << status;
        EXPECT_EQ(f.code, code) << status;
        EXPECT_EQ(f.remote_status, static_cast<std::uint32_t>(status));
        EXPECT_EQ(f.outcome_unknown, status >= 500) << status;
    }
}

TEST(Refusal, HtmlIsNotTheApi) {
    EXPECT_EQ(refused(404, "<html>not found</html>").code, "http.address");
    EXPECT_EQ(refused(502, "<html>bad gateway</html>").status, BRYGGA_TRANSIENT);
    EXPECT_TRUE(refused(502, "<html>bad gateway</html>").outcome_unknown);
    EXPECT_EQ(refused(404, "", {"list customers", "customer", false, true}).code, "http.address");
}

TEST(Refusal, StatusWinsOverACodeThatPromisesTooMuch) {
    EXPECT_EQ(refused(500, refusal(2000)).status, BRYGGA_TRANSIENT);
    EXPECT_TRUE(refused(500, refusal(2000)).outcome_unknown);
    EXPECT_EQ(refused(500, refusal(5000)).code, "5000");
    EXPECT_EQ(refused(429, refusal(2000)).status, BRYGGA_RATE_LIMITED);
    EXPECT_EQ(refused(401, refusal(2000)).status, BRYGGA_AUTH);
    EXPECT_EQ(refused(401, refusal(4005)).code, "4005");
    EXPECT_EQ(refused(403, refusal(4006)).status, BRYGGA_MISCONFIGURED);
    EXPECT_EQ(refused(400, refusal(7777)).code, "http.4xx");
}

TEST(Refusal, Code4002HasTwoMeanings) {
    EXPECT_EQ(refused(400, refusal(4002, "The customer cannot be updated.")).status, BRYGGA_REJECTED);
    EXPECT_EQ(refused(400, refusal(4002, "No access to Module: x")).code, "4002.module");
    EXPECT_EQ(refused(403, refusal(4002)).status, BRYGGA_MISCONFIGURED);
}

TEST(Refusal, AServiceBehindTheVendorsRefusesAVatNumber) {
    const auto customer = [](bool vat_number) {
        return Attempt{"create a customer", "customer", true, false, vat_number};
    };
    EXPECT_EQ(refused(400, refusal(4100).dump(), customer(true)).code, code::vat_number_refused);
    EXPECT_EQ(refused(400, refusal(4100).dump(), customer(false)).code, "4100");
    EXPECT_EQ(refused(400, refusal(4100).dump(), {"create the order 1", "document", true}).code, "4100");
    EXPECT_EQ(refused(500, refusal(4100).dump(), customer(true)).code, "http.5xx") << "it may have been written";
}

TEST(Refusal, EveryCodeThatTheHostActsOnHasItsRow) {
    std::map<std::string, std::string, std::less<>> classes;
    const Json m = manifest();
    for (const Json& row : m["errors"].items()) classes.emplace(row["code"].string(), row["class"].string());
    for (const std::string_view name : code::all) {
        ASSERT_TRUE(classes.contains(name)) << name;
        EXPECT_EQ(classes.find(name)->second, "rejected") << name;
    }
}

TEST(Refusal, DuplicateArticleIsTold) {
    const Attempt article{"create the article A", "product", true, false};
    EXPECT_EQ(refused(409, "", article).code, "product.exists");
    EXPECT_EQ(refused(409, refusal(4000).dump(), article).code, "product.exists");
    EXPECT_EQ(refused(400, refusal(4000).dump(), article).status, BRYGGA_REJECTED);
    EXPECT_EQ(refused(400, refusal(4000)).code, "4000");
}

TEST(Refusal, NamesFieldsAndNeverValues) {
    const Json body = json(
        R"({"ErrorCode":2000,"DeveloperErrorMessage":"anna@example.com is bad","ErrorId":"3a1f7d55-0f5b-4a52-9b0c-1d2e3f4a5b6c",
        "Errors":[{"Field":"InvoiceCity","ErrorCode":"MaxLength","Message":"Stockholm-secret is too long"},
                  {"Field":"Strange <b>Name</b>","ErrorCode":"x y","Message":"m"},{"Field":"Iban","ErrorCode":null}, 7, null]})");
    const sdk::Failure f = refused(400, body);
    EXPECT_NE(f.message.find("customer.address.city (MaxLength), Iban"), std::string::npos) << f.message;
    EXPECT_NE(f.message.find("3a1f7d55-0f5b-4a52-9b0c-1d2e3f4a5b6c"), std::string::npos);
    for (const char* value : {"anna", "secret", "<b>"})
        EXPECT_EQ(f.message.find(value), std::string::npos) << f.message;
    const sdk::Failure named =
        refused(400, refusal(2000, "The field Name must be a string with a maximum length of 50."));
    EXPECT_NE(named.message.find("customer.name"), std::string::npos) << named.message;
}

TEST(FieldNames, AreTheHostsWhereKnown) {
    EXPECT_EQ(field_name("customer", "Name"), "customer.name");
    EXPECT_EQ(field_name("product", "CodingId"), "product.treatment");
    EXPECT_EQ(field_name("document", "BuyersOrderReference"), "document.reference");
    EXPECT_EQ(field_name("document", "$.DeliveryCity"), "document.delivery.city");
    EXPECT_EQ(field_name("document", "Rows[1].Text"), "line 2 text");
    EXPECT_EQ(field_name("document", "Rows[0].WorkHours"), "line 1 WorkHours");
    EXPECT_EQ(field_name("document", "UnitPrice"), "line.unit_price");
    EXPECT_EQ(field_name("document", "Rows[x].Text"), "");
    EXPECT_EQ(field_name("document", "Rows[99999999999].Text"), "");
    EXPECT_EQ(field_name("customer", ""), "");
    EXPECT_EQ(field_name("customer", "a b"), "");
}

TEST(Wait, IsReadFromHeaderOrText) {
    EXPECT_EQ(wait_ms("", "API calls quota exceeded! maximum admitted 600 per Minute. Try again in 55 seconds."),
              55'000);
    EXPECT_EQ(wait_ms("7", "Try again in 55 seconds."), 7'000);
    EXPECT_EQ(wait_ms("", ""), 60'000);
    EXPECT_EQ(wait_ms("", "Try again in "), 60'000);
    EXPECT_EQ(wait_ms("", "Try again in a while"), 60'000);
    EXPECT_EQ(wait_ms("-5", ""), 60'000);
    EXPECT_EQ(wait_ms("", "Try again in -5 seconds"), 60'000);
    EXPECT_EQ(wait_ms("0", ""), 60'000);
    EXPECT_EQ(wait_ms("Wed, 21 Oct 2026 07:28:00 GMT", "Try again in 3 seconds"), 3'000);
    EXPECT_EQ(wait_ms("99999999999999999999999", ""), 3'600'000);
    EXPECT_EQ(wait_ms("", "Try again in 99999999999999999999 seconds"), 3'600'000);
}

TEST(Wait, IsPartOfTheFailure) {
    const sdk::Failure f = refused(429, refusal(4010, "Try again in 55 seconds."));
    EXPECT_EQ(f.code, "4010");
    EXPECT_EQ(f.retry_after_ms, 55'000);
    EXPECT_FALSE(f.outcome_unknown);
    EXPECT_EQ(refused(400, refusal(4010)).retry_after_ms, 60'000);
    EXPECT_EQ(refused(503, "", {"x", {}, false, false}, Json::object({{"retry-after", "9"}})).retry_after_ms, 9'000);
    EXPECT_EQ(refused(503, "").retry_after_ms, -1);
}

TEST(Refusal, HostileBodiesAreSurvived) {
    for (const std::string& body :
         {std::string(300'000, '['), std::string{"[]"}, std::string{"null"}, std::string{"\xff\xfe"},
          std::string{R"({"ErrorCode":{"a":1},"Errors":{"Field":1},"DeveloperErrorMessage":[],"ErrorId":7})"},
          std::string{R"({"ErrorCode":99999999999999999999999,"Errors":"x"})"},
          std::string{R"({"ErrorCode":"<script>"})"}}) {
        const sdk::Failure f = refused(400, body);
        EXPECT_EQ(f.code, "http.4xx") << body.substr(0, 60);
        EXPECT_LT(f.message.size(), 2000u);
        EXPECT_EQ(f.message.find("script"), std::string::npos);
    }
    EXPECT_EQ(refused(400, std::string{R"({"ErrorCode":"4025"})"}).code, "tax.vat_number_refused");
    Json many = json(R"({"ErrorCode":2000,"Errors":[]})");
    for (int i = 0; i < 5000; ++i)
        many.member("Errors").push(Json::object({{"Field", "Field" + std::to_string(i) + std::string(40, 'x')}}));
    EXPECT_LT(refused(400, many.dump()).message.size(), 2000u);
}

}  // namespace
}  // namespace brygga::eaccounting
