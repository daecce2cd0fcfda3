// The OpenAPI document against the table of routes, both ways; every other test here judges answers by it.
#include <set>

#include "unit/control/api_fixture.h"

namespace brygga::control {
namespace {

using ContractTest = ApiTest;

TEST_F(ContractTest, TheDocumentAndTheRoutesAreTheSameWithTheirScopes) {
    std::set<std::string> routes, documented;
    for (const Api::RouteInfo& route : Api::table())
        routes.insert(std::string{route.method} + " " + std::string{route.pattern} + " " +
                      std::string{route.scope ? to_string(*route.scope) : ""});
    for (const auto& operation : test::Contract::of_the_source().operations())
        documented.insert(operation.method + " " + operation.pattern + " " + operation.scope);
    EXPECT_EQ(routes, documented);
    EXPECT_GT(routes.size(), 40u);
}

TEST_F(ContractTest, TheServedDocumentIsThatOfTheSource) {
    const Response served = ask_as("", "GET", "/openapi.json");
    EXPECT_EQ(served.status, 200);
    auto document = Json::parse(served.body, nullptr, {.bytes = 1u << 20, .depth = 64});
    ASSERT_TRUE(document.has_value());
    EXPECT_EQ((*document)["openapi"].string(), "3.1.0");
    EXPECT_EQ(test::Contract{*document}.operations().size(), Api::table().size());
}

TEST_F(ContractTest, EveryReferenceLeadsSomewhereAndNamesAreUnique) {
    const Response served = ask_as("", "GET", "/openapi.json");
    const Json document = *Json::parse(served.body, nullptr, {.bytes = 1u << 20, .depth = 64});
    std::set<std::string> ids;
    int references = 0;
    const std::function<void(const Json&)> walk = [&](const Json& at) {
        if (at.is_object() && at["operationId"].is_string()) {
            EXPECT_TRUE(ids.emplace(at["operationId"].string()).second) << at["operationId"].string();
        }
        if (at.is_object() && at["$ref"].is_string()) {
            ++references;
            const Json* to = &document;
            std::string_view path = at["$ref"].string();
            ASSERT_TRUE(path.starts_with("#/")) << path;
            for (path.remove_prefix(2); to && !path.empty();) {
                const auto end = std::min(path.find('/'), path.size());
                to = to->find(path.substr(0, end));
                path.remove_prefix(std::min(path.size(), end + 1));
            }
            EXPECT_TRUE(to) << at["$ref"].string();
        }
        for (const auto& member : at.members()) walk(member.value);
        for (const Json& item : at.items()) walk(item);
    };
    walk(document);
    EXPECT_GT(references, 100);
    EXPECT_GT(ids.size(), 40u);
}

TEST_F(ContractTest, TheJudgeSeesABreach) {
    const auto& contract = test::Contract::of_the_source();
    const std::string type = "application/json";
    EXPECT_EQ(contract.breach("GET", "/health/live", 200, type, R"({"status":"live","version":"1"})"), "");
    EXPECT_NE(contract.breach("GET", "/health/live", 200, type, R"({"status":"live"})"), "");
    EXPECT_NE(contract.breach("GET", "/health/live", 200, type, R"({"status":"live","version":"1","more":1})"), "");
    EXPECT_NE(contract.breach("GET", "/health/live", 200, "text/plain", ""), "");
    EXPECT_NE(contract.breach("GET", "/health/live", 201, type, "{}"), "");
    EXPECT_NE(contract.breach("GET", "/v1/runs", 200, type, R"({"items":[{"id":"r"}],"next":null})"), "");
    EXPECT_NE(contract.breach("GET", "/v1/runs", 503, type, "{}"), "");
    EXPECT_NE(contract.breach("GET", "/v1/nothing", 200, type, "{}"), "");
    EXPECT_NE(contract.breach("DELETE", "/v1/tokens/x", 204, type, "{}"), "");
}

TEST_F(ContractTest, AWayThatIsNotThereNamesThoseThatAre) {
    const Response answer = ask("/v1/tokens", {}, "PATCH");
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.headers.at("Allow"), "GET, POST");
}

}  // namespace
}  // namespace brygga::control
