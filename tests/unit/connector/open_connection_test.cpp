#include "connector/open_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "paths.h"
#include "unit/connector/connection_fixture.h"

namespace brygga::connector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

schema::Manifest manifest() {
    auto parsed =
        schema::parse_manifest(R"({"id":"shop","name":"Shop","version":"1.0.0","entities":{},"auth":{"kind":"keys"},
      "config":{"type":"object","required":["base_url"],"properties":{"base_url":{"type":"string","title":"Address"},
        "requests_per_minute":{"type":"integer","title":"Budget","default":150,"minimum":1},
        "images":{"type":"string","title":"Pictures"}}},
      "hosts":["{base_url}","api.example:8443","{images}"],"budgets":[{"n":10,"config":"requests_per_minute","per_url":true,"scope":["base_url","key"]},
      {"pattern":"^/slow","n":3,"per_s":1}]})");
    if (!parsed) throw std::runtime_error(parsed.error().message);
    return std::move(*parsed);
}

TEST(ClientOptions, ComeFromManifestAndConfig) {
    const http::SecretSource secrets{
        .get = [](const CallContext&, std::string_view) -> Expected<Secret> { return Secret{"secret"}; },
        .refresh = {}};
    const auto config = Json::object({{"base_url", "https://Shop.Example/x"}, {"requests_per_minute", 90}});
    const auto options = client_options("c1", manifest(), config, secrets);
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_THAT(options->allowed_hosts, ElementsAre("shop.example", "api.example:8443"));
    ASSERT_EQ(options->budgets.size(), 2u);
    EXPECT_EQ(options->budgets[0].n, 90);
    EXPECT_TRUE(options->budgets[0].per_url);
    EXPECT_THAT(options->budgets[0].scope, HasSubstr("shop|base_url=https://Shop.Example/x|key="));
    EXPECT_THAT(options->budgets[0].scope, ::testing::Not(HasSubstr("=secret")));
    EXPECT_EQ(options->budgets[1].scope, "");
    EXPECT_EQ(options->budgets[1].per_s, 1);
}

TEST(ClientOptions, AnAddressThatMayBeLeftOutNamesNoHostThen) {
    auto config = Json::object({{"base_url", "https://shop.example"}, {"images", "https://pictures.example/a"}});
    EXPECT_THAT(client_options("c1", manifest(), config, {})->allowed_hosts,
                ElementsAre("shop.example", "api.example:8443", "pictures.example"));
    config.set("images", "");
    EXPECT_THAT(client_options("c1", manifest(), config, {})->allowed_hosts,
                ElementsAre("shop.example", "api.example:8443"));
}

TEST(ClientOptions, RefuseAnAddressThatIsNone) {
    const auto options = client_options("c1", manifest(), Json::object({{"base_url", "shop example"}}), {});
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().code, "connection.config");
    EXPECT_THAT(options.error().message, HasSubstr("{base_url}"));
}

class OpenConnection : public ConnectionTest {};

TEST_F(OpenConnection, NamesEveryWrongKey) {
    auto plugin = std::make_shared<Plugin>();
    plugin->manifest = manifest();
    const auto opened =
        open_connection({.id = "c1",
                         .plugin = plugin,
                         .config = Json::object({{"requests_per_minut", 5}, {"requests_per_minute", 0}}),
                         .secrets = {},
                         .budgets = {},
                         .record = {},
                         .extra_ca_file = {}},
                        clock_, log_, watch_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().error_class, ErrorClass::misconfigured);
    EXPECT_THAT(opened.error().message,
                HasSubstr("config/requests_per_minut is not known; did you mean 'requests_per_minute'?"));
    EXPECT_THAT(opened.error().message, HasSubstr("config/base_url is missing: Address"));
    EXPECT_THAT(opened.error().message, HasSubstr("config/requests_per_minute must be a whole number of at least 1"));
}

TEST_F(OpenConnection, OpensAndSendsNothing) {
    auto plugin = load_plugin(folder_.add("in_c"), folder_.dirs());
    ASSERT_TRUE(plugin);
    const auto opened = open_connection({.id = "c1",
                                         .plugin = *plugin,
                                         .config = {},
                                         .secrets = {},
                                         .budgets = http::make_budget_book(clock_),
                                         .record = {},
                                         .extra_ca_file = {}},
                                        clock_, log_, watch_);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ((*opened)->id(), "c1");
    EXPECT_EQ((*opened)->manifest().id, "in_c");
}

TEST_F(OpenConnection, LoadsWhatWasOnlyInspectedWhenItIsToRunHere) {
    const auto inspected = inspect_plugin(folder_.add("in_c"), folder_.dirs(), BRYGGA_BUILT_RUNNER);
    ASSERT_TRUE(inspected);
    for (const char* runner : {"", BRYGGA_BUILT_RUNNER}) {
        ConnectionSpec spec;
        spec.id = "c1";
        spec.plugin = *inspected;
        spec.budgets = http::make_budget_book(clock_);
        spec.runner = runner;
        const auto opened = open_connection(std::move(spec), clock_, log_, watch_);
        ASSERT_TRUE(opened) << opened.error().message;
        EXPECT_TRUE((*opened)->poll(call(), {.type = "order", .cursor = "", .first_run_from = ""}, sink()));
    }
    EXPECT_EQ(rows_.size(), 4u);
}

}  // namespace
}  // namespace brygga::connector
