#include "support.hpp"

namespace brygga::sim::test {
namespace {

using LedgerTest = Vendors;

TEST_F(LedgerTest, RefusesWithoutAToken) {
    open();
    token = "wrong";
    EXPECT_EQ(code(ledger("GET", "/customers")), "401/4005");
}

TEST_F(LedgerTest, AccessTokensLiveAnHour) {
    open();
    simulation->clock().set_offset_ms(3'599'000);
    EXPECT_EQ(ledger("GET", "/units").status, 200);
    simulation->clock().set_offset_ms(3'600'000);
    EXPECT_EQ(code(ledger("GET", "/units")), "401/4005");
}

TEST_F(LedgerTest, RefreshTokensWorkOnce) {
    open();
    set("refresh_reuse", "invalid_grant");
    const std::string first = simulation->identity().consent();
    const Json answer = *Json::parse(refresh(first).body);
    EXPECT_EQ(answer["expires_in"].integer(0), 3600);
    EXPECT_NE(answer["refresh_token"].string(), first);
    EXPECT_EQ(refresh(first).status, 400);
    const std::string second{answer["refresh_token"].string()};
    EXPECT_EQ(refresh(second).status, 200);
}

TEST_F(LedgerTest, ReuseOfARefreshTokenKillsItsChain) {
    open();
    const std::string first = simulation->identity().consent();
    const std::string second{Json::parse(refresh(first).body).value_or(Json{})["refresh_token"].string()};
    EXPECT_EQ(refresh(first).body, R"({"error":"invalid_grant"})");
    EXPECT_EQ(refresh(second).status, 400);
    EXPECT_EQ(ledger("GET", "/units").status, 200);  // another chain
    simulation->identity().revoke_all();
    EXPECT_EQ(ledger("GET", "/units").status, 401);
}

TEST_F(LedgerTest, TokenRequestsNeedAFormAndTheClient) {
    open();
    Request request = token_request("grant_type=refresh_token&refresh_token=" + simulation->identity().consent());
    Request json = request;
    json.headers[0].second = "application/json";
    EXPECT_EQ(simulation->identity().serve(json).body, R"({"error":"invalid_request"})");
    Request stranger = request;
    stranger.headers.emplace_back("authorization", "Basic d3Jvbmc6d3Jvbmc=");
    EXPECT_EQ(simulation->identity().serve(stranger).body, R"({"error":"invalid_client"})");
    EXPECT_EQ(simulation->identity().serve(request).status, 200);
}

TEST_F(LedgerTest, CodeFlowWithProofKey) {
    open();
    const std::string verifier = "a-verifier-of-some-length-0123456789012345678";
    const Reply sent = simulation->identity().serve({"GET",
                                                     "/connect/"
                                                     "authorize?response_type=code&client_id=example-client&redirect_"
                                                     "uri=https%3A%2F%2Fb.example%2Fcb&scope=ea%3Aapi&state=s1"
                                                     "&code_challenge_method=S256&code_challenge=" +
                                                         sha256_base64url(verifier),
                                                     "",
                                                     {}});
    ASSERT_EQ(sent.status, 302);
    const std::string location = sent.headers[0].second;
    const std::string given = location.substr(location.find("code=") + 5, 32);
    EXPECT_NE(location.find("state=s1"), std::string::npos);
    const std::string form = "grant_type=authorization_code&redirect_uri=https%3A%2F%2Fb.example%2Fcb&code=" + given;
    EXPECT_EQ(simulation->identity().serve(token_request(form + "&code_verifier=" + verifier)).status, 200);
    EXPECT_EQ(simulation->identity().serve(token_request(form + "&code_verifier=" + verifier)).status, 400);
}

TEST_F(LedgerTest, ScopesModulesAndVariants) {
    open();
    set("product_variant", "solo");
    EXPECT_EQ(code(ledger("GET", "/orders")), "403/4009");
    EXPECT_EQ(ledger("GET", "/customerinvoicedrafts").status, 200);
    EXPECT_EQ(ledger_json("/companysettings")["ProductVariant"].integer(0), 4);
    set("product_variant", "standard");
    set("activated_modules", "no_sales");
    EXPECT_EQ(code(ledger("GET", "/orders")), "403/4002");
    set("activated_modules", "all");
    EXPECT_EQ(code(ledger("POST", "/bankaccounts", Json::object())), "403/4006");  // purchase_readonly
}

TEST_F(LedgerTest, CountsRequestsPerEndpoint) {
    open();
    for (int i = 0; i < 600; ++i) ASSERT_EQ(ledger("GET", "/units").status, 200);
    const Reply refused = ledger("GET", "/units");
    EXPECT_EQ(code(refused), "429/4010");
    EXPECT_NE(refused.body.find("Try again in 60 seconds."), std::string::npos);
    EXPECT_TRUE(refused.headers.empty());
    EXPECT_EQ(ledger("GET", "/customers").status, 200);
    simulation->clock().set_offset_ms(60'000);
    EXPECT_EQ(ledger("GET", "/units").status, 200);
}

TEST_F(LedgerTest, CustomersKeepTheRules) {
    open();
    const auto post = [&](std::string_view field, Json value) {
        Json body = customer_body("Anna", true);
        body.set(field, std::move(value));
        return code(ledger("POST", "/customers", body));
    };
    EXPECT_EQ(post("Name", std::string(51, 'a')), "400/2000");
    EXPECT_EQ(post("InvoiceCity", ""), "400/2000");
    EXPECT_EQ(post("InvoiceCity", Json{}), "400/2000");
    EXPECT_EQ(post("InvoicePostalCode", "12345678901"), "400/2000");
    EXPECT_EQ(post("InvoiceCountryCode", "XX"), "400/2000");
    EXPECT_EQ(post("Telephone", 5), "400/2000");
    EXPECT_EQ(post("Nmae", "x"), "400/2000");
    EXPECT_EQ(post("Name", "a\x01"), "400/2000");
    EXPECT_EQ(post("EmailAddress", "nobody"), "400/2000");
    EXPECT_EQ(post("DiscountPercentage", Decimal{2}), "400/2000");
    EXPECT_EQ(post("TermsOfPaymentId", guid(1, 1)), "404/3000");
    EXPECT_EQ(post("VatNumber", "SE12"), "400/4025");
    EXPECT_EQ(post("VatNumber", "DE136695976"), "400/4025");  // not the country of the address
    EXPECT_EQ(post("VatNumber", make_vat_number("SE", 5)), "201/");
    EXPECT_EQ(post("ForceBookkeepVat", true), "400/4035");
    EXPECT_EQ(post("CustomerNumber", "77"), "201/");
    EXPECT_EQ(post("CustomerNumber", "77"), "409/4000");
    set("duplicate_status", "400");
    EXPECT_EQ(post("CustomerNumber", "77"), "400/4000");
}

TEST_F(LedgerTest, PutReplacesTheWholeCustomer) {
    open();
    Json body = customer_body("Anna", true);
    body.set("Telephone", "070");
    const std::string id = new_customer(body);
    const Json before = ledger_json("/customers/" + id);
    EXPECT_EQ(ledger("PUT", "/customers/" + id, customer_body("Anna B", true)).status, 200);
    const Json after = ledger_json("/customers/" + id);
    EXPECT_TRUE(after["Telephone"].is_null());
    EXPECT_EQ(after["CustomerNumber"], before["CustomerNumber"]);
    Json whole = before;
    EXPECT_EQ(ledger("PUT", "/customers/" + id, whole).status, 200);  // as read, read-only fields included
    EXPECT_EQ(ledger_json("/customers/" + id)["Telephone"].string(), "070");
    EXPECT_EQ(code(ledger("PUT", "/customers/" + guid(9, 9), whole)), "404/3000");
}

TEST_F(LedgerTest, FiltersFollowTheVendorsSubset) {
    open();
    Json body = customer_body("O'Hara", false);
    body.set("EmailAddress", "ohara@example.com");
    new_customer(body);
    EXPECT_EQ(find("customers", "Name eq 'O''Hara'").size(), 1u);
    EXPECT_EQ(find("customers", "EmailAddress eq 'OHARA@example.com'").size(), 0u);
    EXPECT_EQ(find("customers", "EmailAddress eq 'ohara@example.com' or EmailAddress eq 'none@example.com'").size(),
              1u);
    EXPECT_EQ(find("customers", "startswith(Name,'O''') and (IsActive eq true)").size(), 1u);
    EXPECT_EQ(find("articles", "startswith(Number,'FRAKT') and CodingType eq 2").size(), 4u);
    EXPECT_EQ(find("articles", "contains(Number,'OUND')").size(), 1u);
    EXPECT_EQ(find("articles", "length(Number) eq 8 and endswith(Number,'ING')").size(), 1u);
    EXPECT_EQ(find("customers", "ChangedUtc gt 2026-01-01T00:00:00.00Z and Name eq 'O''Hara'").size(), 1u);
    const auto refused = [&](const std::string& resource, const std::string& filter) {
        return code(ledger("GET", "/" + resource + "?$filter=" + encoded(filter)));
    };
    EXPECT_EQ(refused("customers", "Name eq Anna"), "400/6000");
    EXPECT_EQ(refused("customers", "Telephone eq '070'"), "400/6000");
    EXPECT_EQ(refused("customers", "Name eq 'a' garbage"), "400/6000");
    EXPECT_EQ(refused("customers", "ChangedUtc gt 2026-13-01"), "400/6001");
    EXPECT_EQ(refused("orders", "BuyersOrderReference eq '1'"), "400/6000");
    set("orders_filter_reference", "accept");
    EXPECT_EQ(refused("orders", "BuyersOrderReference eq '1'"), "200/");
    set("orders_filter_modified", "refuse");
    EXPECT_EQ(refused("orders", "ModifiedUtc gt 2026-01-01T00:00:00Z"), "400/6000");
    EXPECT_EQ(code(ledger("GET", "/customers?$top=5")), "400/6000");
}

TEST_F(LedgerTest, PagesSelectAndSort) {
    open();
    const Json page = ledger_json("/articles?$page=2&$pagesize=5&$select=Number,Name&$orderby=Number");
    EXPECT_EQ(page["Meta"]["CurrentPage"].integer(0), 2);
    EXPECT_EQ(page["Data"].size(), 5u);
    EXPECT_EQ(page["Data"].at(0).size(), 2u);
    EXPECT_LT(page["Data"].at(0)["Number"].string(), page["Data"].at(1)["Number"].string());
    EXPECT_EQ(ledger_json("/articles")["Meta"]["PageSize"].integer(0), 50);
    EXPECT_EQ(code(ledger("GET", "/articles?$pagesize=1001")), "400/6000");
    EXPECT_EQ(code(ledger("GET", "/articles?$orderby=Number%20desc")), "400/6000");
}

TEST_F(LedgerTest, ArticlesKeepTheRules) {
    open();
    const Json coding = ledger_json("/articleaccountcodings")["Data"].at(0);
    Json body = Json::object({{"Number", "NY-1"},
                              {"Name", "Ny"},
                              {"IsActive", true},
                              {"CodingId", coding["Id"]},
                              {"UnitId", ledger_json("/units")["Data"].at(0)["Id"]},
                              {"NetPrice", Decimal{100}}});
    const Reply made = ledger("POST", "/articles", body);
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(Json::parse(made.body).value_or(Json{})["GrossPrice"].decimal(), Decimal{125});
    EXPECT_EQ(code(ledger("POST", "/articles", body)), "409/4000");
    body.set("Number", std::string(41, '1'));
    EXPECT_EQ(code(ledger("POST", "/articles", body)), "400/2000");
    body.set("Number", "NY-2").set("NetPrice", *Decimal::parse("1.234"));
    EXPECT_EQ(code(ledger("POST", "/articles", body)), "400/2000");
    body.set("NetPrice", 1).set("CodingId", guid(1, 2));
    EXPECT_EQ(code(ledger("POST", "/articles", body)), "404/3000");
    set("unknown_reference_status", "400");
    EXPECT_EQ(code(ledger("POST", "/articles", body)), "400/3000");
}

}  // namespace
}  // namespace brygga::sim::test
