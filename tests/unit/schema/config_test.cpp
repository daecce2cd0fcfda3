#include "schema/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brygga::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Manifest manifest() {
    Manifest m;
    m.id = "shop";
    m.config_schema = *Json::parse(R"({"type":"object","required":["base_url"],"properties":{
      "base_url":{"type":"string","title":"Address","pattern":"^https?://"},
      "rate":{"type":"integer","minimum":1,"maximum":600,"default":150},
      "mode":{"enum":["a","b"]},"list":{"type":"array","items":{"type":"string"}},
      "inner":{"type":"object","properties":{"flag":{"type":"boolean"}}}}})");
    return m;
}

std::vector<std::string> findings(const char* config) {
    std::vector<std::string> out;
    for (const ConfigFinding& f : check_config(manifest(), *Json::parse(config)))
        out.push_back(f.pointer + " " + f.reason);
    return out;
}

TEST(CheckConfig, TakesWhatFits) {
    EXPECT_THAT(findings(R"({"base_url":"https://x.example","rate":5,"mode":"a","list":["x"],"inner":{"flag":true}})"),
                IsEmpty());
}

TEST(CheckConfig, NamesEachWrongKeyOnce) {
    EXPECT_THAT(findings("{}"), ElementsAre("/base_url is missing: Address"));
    EXPECT_THAT(findings(R"({"base_url":"https://x.example","rates":5})"),
                ElementsAre("/rates is not known; did you mean 'rate'?"));
    EXPECT_THAT(findings(R"({"base_ulr":"https://x.example"})"),
                ElementsAre("/base_ulr is not known; did you mean 'base_url'?"));
    EXPECT_THAT(findings(R"({"base_url":"ftp://x.example"})"),
                ElementsAre("/base_url must be text, of the form ^https?://"));
    EXPECT_THAT(findings(R"({"base_url":"https://x.example","rate":601})"),
                ElementsAre("/rate must be a whole number from 1 to 600"));
    EXPECT_THAT(findings(R"({"base_url":"https://x.example","rate":"5"})"),
                ElementsAre("/rate must be a whole number from 1 to 600"));
    EXPECT_THAT(findings(R"({"base_url":"https://x.example","mode":"c"})"), ElementsAre("/mode must be one of a, b"));
    EXPECT_THAT(findings(R"({"base_url":"https://x.example","inner":{"flag":1}})"),
                ElementsAre("/inner/flag must be true or false"));
    EXPECT_THAT(findings(R"({"base_url":"https://x.example","inner":{"flog":true}})"),
                ElementsAre("/inner/flog is not known; did you mean 'flag'?"));
    EXPECT_THAT(findings(R"({"base_url":"https://x.example","list":[1]})"), ElementsAre("/list/0 must be text"));
    EXPECT_THAT(findings("[]"), ElementsAre("/ must be a group of keys"));
}

TEST(CheckConfig, ATextBeyondAllReasonIsNotMatched) {
    const Json config = Json::object({{"base_url", "https://" + std::string(1'000'000, 'x')}});
    const auto found = check_config(manifest(), config);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].pointer + " " + found[0].reason, "/base_url has more than 2000 bytes");
}

TEST(CheckConfig, WordsGoBeforeAPattern) {
    Manifest m;
    m.config_schema =
        *Json::parse(R"({"type":"object","properties":{"a":{"type":"string","pattern":"^x$","description":"An x."}}})");
    EXPECT_EQ(check_config(m, Json::object({{"a", "y"}})).at(0).reason, "must be text: An x");
}

TEST(CheckConfig, ASchemaThatIsNoneIsAFinding) {
    Manifest m;
    m.config_schema = *Json::parse(R"({"type":"object","properties":{"a":{"type":7}}})");
    EXPECT_EQ(check_config(m, Json::object({{"a", 1}})).size(), 1u);
}

TEST(WithDefaults, FillsOnlyWhatIsAbsent) {
    EXPECT_EQ(with_defaults(manifest(), Json::object()).dump(), R"({"rate":150})");
    EXPECT_EQ(with_defaults(manifest(), Json::object({{"rate", 7}})).dump(), R"({"rate":7})");
}

TEST(Expand, PutsConfigIntoAddresses) {
    const auto config = Json::object({{"a", "https://x.example"}, {"n", 7}});
    EXPECT_EQ(*expand("{a}/token/{n}", config), "https://x.example/token/7");
    EXPECT_EQ(*expand("plain", config), "plain");
    const auto missing = expand("{b}/token", config);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, "connection.config");
}

}  // namespace
}  // namespace brygga::schema
