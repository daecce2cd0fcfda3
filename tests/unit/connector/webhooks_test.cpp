// brygga.webhook/1 over both adapters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "paths.h"
#include "unit/connector/connection_fixture.h"

namespace brygga::connector {
namespace {

class Webhooks : public ConnectionTest, public ::testing::WithParamInterface<bool> {
protected:
    Webhooks() {
        if (GetParam()) runner_ = BRYGGA_BUILT_RUNNER;
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Webhooks, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "process" : "here"; });

TEST_P(Webhooks, CrossTheBorder) {
    auto connection = open("webhooks");
    const auto made = connection.subscribe(call(), Json::object({{"url", "x"}}));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->dump(), R"({"id":"7","asked":{"url":"x"}})");
    EXPECT_TRUE(connection.unsubscribe(call(), Json::object({{"id", "7"}})));
    ASSERT_TRUE(connection.decode(call(), Json::object({{"url", "genuine"}}), sink()));
    ASSERT_EQ(rows_.size(), 1u);
    EXPECT_EQ(rows_[0]["type"].string(), "order");
}

TEST_P(Webhooks, RefusalsAreThePluginsOwn) {
    auto connection = open("webhooks");
    for (const auto& refused : {connection.subscribe(call(), Json::object({{"url", "refuse"}})).error(),
                                connection.unsubscribe(call(), Json::object()).error(),
                                connection.decode(call(), Json::object(), sink()).error()}) {
        EXPECT_EQ(refused.error_class, ErrorClass::rejected);
        EXPECT_EQ(refused.code, "webhook.forged");
    }
    const auto thrown = connection.decode(call(), Json::object({{"url", "throw"}}), sink());
    ASSERT_FALSE(thrown);
    EXPECT_EQ(thrown.error().error_class, ErrorClass::bug);
}

TEST_P(Webhooks, ThatAPluginLacksAreUnsupported) {
    auto connection = open("misbehaves");
    for (const auto& lacking :
         {connection.subscribe(call(), Json::object()).error(), connection.unsubscribe(call(), Json::object()).error(),
          connection.decode(call(), Json::object(), sink()).error()})
        EXPECT_EQ(lacking.error_class, ErrorClass::unsupported) << lacking.message;
}

}  // namespace
}  // namespace brygga::connector
