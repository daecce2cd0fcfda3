#include "schema/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "paths.h"
#include "schema/capabilities.h"

namespace brygga::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view whole = R"({
  "id":"ledger","name":"Ledger","version":"1.2.3","vendor":"V","description":"D",
  "entities":{
    "customer":{"list":true,"find":["email"],"create":["person","company"],"update":["open"]},
    "document":{"kinds":["order","invoice_draft"],"create":["order"],"update":["draft"],"credit":["invoice_draft"],"idempotency":"reference","settle_ms":5000,
                "reference":{"field":"Ref","length":35,"unique":false}}},
  "config":{"type":"object","properties":{"api_url":{"type":"string","title":"Address"},"rate":{"type":"integer","title":"Rate"}}},
  "secrets":[{"name":"client_id","title":"Client"},{"name":"refresh_token","made_by_host":true}],
  "auth":{"kind":"oauth2","authorize_url":"{api_url}/authorize","token_url":"{api_url}/token","scopes":["a","b"],"client_auth":"form"},
  "hosts":["{api_url}"],
  "budgets":[{"n":600,"per_s":60,"config":"rate","per_url":true,"scope":["client_id"]}],
  "max_concurrency":4,
  "fields":{"customer":[{"path":"name","type":"string","length":50,"required":true},
                        {"path":"payment_term","type":"option","option":"payment_term","writable":false}]},
  "arithmetic":{"prices":"by_customer","by_customer":{"person":"gross","company":"net"},"price_decimals":2,
                "foreign_price_decimals":4,"quantity_decimals":{"order":4,"invoice_draft":2},"zero_rated_cases":["export"]},
  "options":["payment_term"],
  "errors":[{"code":4010,"class":"rate_limited","name":"N","cause":"C","remedy":"R"}]})";

TEST(Manifest, IsTyped) {
    const auto m = parse_manifest(whole);
    ASSERT_TRUE(m) << m.error().message;
    EXPECT_TRUE(m->warnings.empty());
    ASSERT_NE(m->operations("document"), nullptr);
    const Operations& document = *m->operations("document");
    EXPECT_THAT(document.kinds, ElementsAre("order", "invoice_draft"));
    EXPECT_EQ(document.idempotency, Idempotency::reference);
    EXPECT_EQ(document.settle, std::chrono::milliseconds{5000});
    EXPECT_EQ(document.reference->length, 35);
    EXPECT_EQ(m->operations("customer")->settle, std::chrono::seconds{90});
    EXPECT_EQ(m->operations("stock"), nullptr);
    ASSERT_TRUE(m->oauth);
    EXPECT_FALSE(m->oauth->basic);
    EXPECT_EQ(m->oauth->refresh_token, "refresh_token");
    EXPECT_TRUE(m->secret("client_id")->required);
    EXPECT_FALSE(m->secret("refresh_token")->required) << "the host makes it";
    EXPECT_EQ(m->budgets.at(0).config, "rate");
    EXPECT_EQ(m->max_concurrency, 4);
    EXPECT_EQ(m->arithmetic.quantity_places("order"), 4);
    EXPECT_EQ(m->arithmetic.quantity_places("other"), 2);
    EXPECT_EQ(m->arithmetic.person, Prices::gross);
    EXPECT_TRUE(m->arithmetic.zero_rated("export"));
    EXPECT_FALSE(m->arithmetic.zero_rated("domestic"));
    ASSERT_NE(m->error("4010"), nullptr);
    EXPECT_EQ(m->error("4010")->error_class, ErrorClass::rate_limited);
    EXPECT_EQ(m->document["name"].string(), "Ledger");
}

struct Wrong {
    const char *name, *from, *to, *says;
};
class WrongManifest : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongManifest, SaysWhereAndWhy) {
    std::string text{whole};
    const std::size_t at = text.find(GetParam().from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, std::string_view{GetParam().from}.size(), GetParam().to);
    const auto m = parse_manifest(text);
    ASSERT_FALSE(m);
    EXPECT_EQ(m.error().code, "plugin.manifest");
    EXPECT_EQ(m.error().error_class, ErrorClass::misconfigured);
    EXPECT_THAT(m.error().message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Places, WrongManifest,
    ::testing::Values(
        Wrong{"json", "{", "", "is not JSON"}, Wrong{"id", "\"ledger\"", "\"Ledger\"", "/id must be 1 to 32 of"},
        Wrong{"version", "1.2.3", "1.2", "/version must be three numbers"},
        Wrong{"name", "\"Ledger\"", "7", "/name must be a string"},
        Wrong{"no_entities", "\"entities\":", "\"x\":", "/entities is missing"},
        Wrong{"list", "\"list\":true", "\"list\":1", "/entities/customer/list must be true or false"},
        Wrong{"kind", "\"create\":[\"order\"]", "\"create\":[\"invoice\"]",
              "/entities/document/create/0 is not among the kinds"},
        Wrong{"credit", "\"credit\":[\"invoice_draft\"]", "\"credit\":[\"note\"]",
              "/entities/document/credit/0 is not among the kinds"},
        Wrong{"nearest", "\"reference\",\"settle", "\"referense\",\"settle", "did you mean 'reference'?"},
        Wrong{"placeholder", "\"hosts\":[\"{api_url}", "\"hosts\":[\"{api_uri}",
              "/hosts/0 uses the config key 'api_uri'"},
        Wrong{"brace", "{api_url}/token", "{api_url/token", "/auth/token_url has a '{' without"},
        Wrong{"budget", "\"n\":600", "\"n\":0", "/budgets/0/n must be a whole number from 1"},
        Wrong{"budget_key", "\"config\":\"rate\"", "\"config\":\"rat\"", "/budgets/0/config is not a key of config"},
        Wrong{"concurrency", "\"max_concurrency\":4", "\"max_concurrency\":400",
              "/max_concurrency must be a whole number from 1 to 64"},
        Wrong{"field", "\"type\":\"option\",\"option\":\"payment_term\"", "\"type\":\"option\"",
              "/fields/customer/1/option is missing"},
        Wrong{"prices", "\"by_customer\",", "\"buy_customer\",",
              "/arithmetic/prices must be one of net, gross, by_customer; did you mean 'by_customer'?"},
        Wrong{"guess", "\"person\":\"gross\"", "\"person\":\"by_customer\"",
              "/arithmetic/by_customer/person must be net or gross"},
        Wrong{"decimals", "\"order\":4", "\"order\":40", "/arithmetic/quantity_decimals/order must be a whole number"},
        Wrong{"error_class", "\"rate_limited\"", "\"rate_limit\"", "/errors/0/class must be one of"},
        Wrong{"remedy", ",\"remedy\":\"R\"", "", "/errors/0/remedy is missing"}),
    [](const auto& test) { return test.param.name; });

TEST(Manifest, TellsOfSeveralErrorsAtOnce) {
    const auto m = parse_manifest(R"({"id":"X","version":"1"})");
    ASSERT_FALSE(m);
    for (const char* pointer : {"/id ", "/name ", "/version ", "/entities "})
        EXPECT_THAT(m.error().message, HasSubstr(pointer));
}

TEST(Manifest, AnUnknownMemberIsAWarning) {
    std::string text{whole};
    text.replace(text.find("\"settle_ms\""), 11, "\"settle_mss\"");
    const auto m = parse_manifest(text);
    ASSERT_TRUE(m) << m.error().message;
    EXPECT_THAT(m->warnings, ElementsAre("/entities/document/settle_mss is not known; did you mean 'settle_ms'?"));
}

TEST(Manifest, BoundsWhatIsRead) {
    EXPECT_FALSE(parse_manifest(std::string(2u << 20, ' ')));
    EXPECT_FALSE(parse_manifest(std::string(100, '[') + std::string(100, ']')));
}

TEST(Manifest, ThoseOfThisProductAreValidWithoutWarnings) {
    for (const auto& entry : std::filesystem::directory_iterator{BRYGGA_SOURCE_DIR "/plugins"}) {
        std::ifstream in{entry.path() / "manifest.json"};
        if (!in) continue;
        const auto m = parse_manifest(std::string{std::istreambuf_iterator<char>{in}, {}});
        ASSERT_TRUE(m) << entry.path() << m.error().message;
        EXPECT_THAT(m->warnings, ElementsAre()) << entry.path();
    }
}

TEST(Capabilities, StayAsTheManifestSaysWithoutAnAnswer) {
    const auto m = parse_manifest(whole);
    ASSERT_TRUE(m);
    const auto c = capabilities(*m, Json::object());
    ASSERT_TRUE(c) << c.error().message;
    EXPECT_TRUE(c->can_create("document", "order"));
    EXPECT_FALSE(c->can_create("document", "invoice_draft"));
    EXPECT_FALSE(c->can_create("nothing", "order"));
    EXPECT_TRUE(c->can_update("customer", "open"));
    EXPECT_TRUE(c->can_credit("document", "invoice_draft"));
    EXPECT_FALSE(c->can_credit("document", "order"));
    EXPECT_FALSE(c->can_credit("customer", "person"));
    EXPECT_EQ(c->field("customer", "name")->length, 50);
    EXPECT_EQ(c->field("customer", "none"), nullptr);
    EXPECT_EQ(c->field("none", "name"), nullptr);
}

TEST(Capabilities, TakeWhatTheAccountSays) {
    const auto m = parse_manifest(whole);
    ASSERT_TRUE(m);
    const auto described = Json::parse(
        R"({"account":{"id":"a1","name":"AB","country":"SE","currency":"SEK","time_zone":"Europe/Stockholm"},
      "operations":{"document":{"create":["invoice_draft"]}},"fields":{"customer":[{"path":"name","length":60},{"path":"note"}]},
      "arithmetic":{"negative_rows":true},"limits":["No orders in this licence."]})");
    const auto c = capabilities(*m, *described);
    ASSERT_TRUE(c) << c.error().message;
    EXPECT_EQ(c->account.country, "SE");
    EXPECT_FALSE(c->can_create("document", "order"));
    EXPECT_TRUE(c->can_create("document", "invoice_draft"));
    EXPECT_TRUE(c->can_update("document", "draft")) << "left out, so as before";
    EXPECT_EQ(c->field("customer", "name")->length, 60);
    EXPECT_NE(c->field("customer", "note"), nullptr);
    EXPECT_TRUE(c->arithmetic.negative_rows);
    EXPECT_EQ(c->arithmetic.foreign_price_decimals, 4);
    EXPECT_THAT(c->limits, ElementsAre("No orders in this licence."));
}

TEST(Capabilities, AnAnswerOfTheWrongFormIsABugOfTheConnector) {
    const auto m = parse_manifest(whole);
    ASSERT_TRUE(m);
    const auto c = capabilities(*m, *Json::parse(R"({"account":{"country":"Sweden"}})"));
    ASSERT_FALSE(c);
    EXPECT_EQ(c.error().code, "plugin.describe");
    EXPECT_THAT(c.error().message, HasSubstr("/account/country must be two capital letters"));
}

}  // namespace
}  // namespace brygga::schema
