// Connections, flows and channels as documents of the API.
#include "control/documents.h"

#include <algorithm>

#include "unit/control/api_fixture.h"

namespace brygga::control {
namespace {

Json parse(std::string_view text) { return *Json::parse(text); }

TEST(DocumentsTest, APatchIsMergedAsRfc7396SaysIt) {
    EXPECT_EQ(merged(parse(R"({"a":1,"b":{"c":2,"d":3}})"), parse(R"({"b":{"c":null,"e":[4]},"f":5})")).dump(),
              R"({"a":1,"b":{"d":3,"e":[4]},"f":5})");
    EXPECT_EQ(merged(parse(R"({"a":[1,2]})"), parse(R"({"a":[3]})")).dump(), R"({"a":[3]})");
    EXPECT_EQ(merged(parse(R"({"a":1})"), parse(R"({"a":{"b":null,"c":1}})")).dump(), R"({"a":{"c":1}})");
    EXPECT_EQ(merged(parse("{}"), parse("[]")).dump(), "[]");
}

TEST(DocumentsTest, AHiddenSecretStaysWhatItWas) {
    const Json before = parse(R"({"connection":"shop","secrets":{"key":"K","other":"O"},"secret":"S"})");
    EXPECT_EQ(
        with_secrets_of(parse(R"({"secrets":{"key":{"hidden":true},"other":"new"},"secret":{"hidden":true}})"), before)
            .dump(),
        R"({"secrets":{"key":"K","other":"new"},"secret":"S"})");
    EXPECT_EQ(with_secrets_of(parse(R"({"secrets":{"unknown":{"hidden":true}}})"), before).dump(),
              R"({"secrets":{"unknown":{"hidden":true}}})");
}

TEST(DocumentsTest, AProblemPointsIntoTheDocumentThatWasSent) {
    const std::string text = parse(R"({"flow":"x","settings":{"rows":{"shipping":1}},"a/b":[1,{"c~":2}]})").pretty();
    const std::vector<store::Document> documents{{"flows", "x", text, {}}};
    const auto pointer = [&](std::string_view needle) {
        const auto at = text.find(needle);
        const auto line = std::ranges::count(text.substr(0, at), '\n') + 1;
        const auto column = at - (text.rfind('\n', at) + 1) + 1;
        return std::string{
            problem_list({{{"api/flows/x", static_cast<int>(line), static_cast<int>(column)}, "why", "how"}}, documents)
                .at(0)["pointer"]
                .string()};
    };
    EXPECT_EQ(pointer("\"shipping\""), "/settings/rows/shipping");
    EXPECT_EQ(pointer("\"c~\""), "/a~1b/1/c~0");
    const Json elsewhere = problem_list({{{"flows.d/y.yaml", 1, 1}, "why", "how"}}, documents);
    EXPECT_EQ(elsewhere.at(0)["pointer"].string("?"), "");
    EXPECT_EQ(elsewhere.at(0)["reason"].string(), "flows.d/y.yaml: why");
}

TEST(DocumentsTest, WhatIsNotNamedGoesOnlyWhenAsked) {
    const std::vector<store::Document> before{{"flows", "a", "1", {}}, {"flows", "b", "1", {}}};
    const std::vector<store::Document> wanted{{"flows", "a", "1", {}}, {"alerts", "c", "1", {}}};
    const Difference kept = compare(wanted, before, false);
    EXPECT_EQ(kept.shown.dump(), R"([{"kind":"flows","id":"a","action":"none"},)"
                                 R"({"kind":"alert-channels","id":"c","action":"create"}])");
    EXPECT_EQ(kept.changes.size(), 1u);
    const Difference pruned = compare(wanted, before, true);
    EXPECT_EQ(pruned.changes.size(), 2u);
    EXPECT_EQ(pruned.changes[1].id, "b");
    EXPECT_TRUE(pruned.changes[1].text.empty());
}

class ObjectsTest : public ApiTest {
protected:
    ObjectsTest() {
        auto& api = configuration_.flows.emplace_back();
        api.id = "mine";
        api.origin = {true, parse(R"({"flow":"mine","from":"a"})"), clock_.now()};
        actions_.changes = [this](const std::vector<store::Document>& documents, bool only_check) {
            changed_ = documents;
            only_check_ = only_check;
            return answer_;
        };
        EXPECT_TRUE(store_->activate({}, clock_.now(), {{"flows", "mine", R"({"flow":"mine","from":"a"})"}}).ok());
    }
    Response send(const std::string& method, const std::string& path, const std::string& body,
                  const std::string& if_match = {}) {
        return judged({method, path, {}, "Bearer token", body, {}, "127.0.0.1", if_match});
    }
    std::string tag() { return ask("/v1/flows/mine").headers.at("ETag"); }

    Changed answer_;
    std::vector<store::Document> changed_;
    bool only_check_ = false;
};

TEST_F(ObjectsTest, ANewOneIsChangedAndShownWithoutSecrets) {
    const Response made = send("POST", "/v1/connections", R"({"connection":"shop","secrets":{"key":"K"}})");
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.headers.at("Location"), "/v1/connections/shop");
    EXPECT_EQ(made.body.find("\"K\""), std::string::npos);
    ASSERT_EQ(changed_.size(), 1u);
    EXPECT_EQ(changed_[0].kind, "connections");
    EXPECT_NE(changed_[0].text.find("\"K\""), std::string::npos);
    EXPECT_EQ(ask("/v1/audit").body.find("\"K\""), std::string::npos);
    EXPECT_EQ(send("POST", "/v1/flows", R"({"flow":"orders"})").status, 409);
    for (const char* body : {"", "[]", "{}", R"({"connection":"x"})", R"({"flow":1})"})
        EXPECT_EQ(send("POST", "/v1/flows", body).status, 400) << body;
}

TEST_F(ObjectsTest, AChangeNeedsTheTagOfWhatItChanges) {
    EXPECT_EQ(send("PATCH", "/v1/flows/mine", R"({"to":"b"})").status, 428);
    EXPECT_EQ(send("PATCH", "/v1/flows/mine", R"({"to":"b"})", "\"old\"").status, 412);
    EXPECT_TRUE(changed_.empty());
    EXPECT_EQ(send("PATCH", "/v1/flows/mine", R"({"to":"b"})", tag()).status, 200);
    EXPECT_EQ(Json::parse(changed_.at(0).text)->dump(), R"({"flow":"mine","from":"a","to":"b"})");
    EXPECT_EQ(send("PUT", "/v1/flows/mine", R"({"flow":"other"})", tag()).status, 422);
    EXPECT_EQ(send("PUT", "/v1/flows/none", R"({"flow":"none"})", tag()).status, 404);
    EXPECT_EQ(send("DELETE", "/v1/flows/mine", "", tag()).status, 204);
    EXPECT_TRUE(changed_.at(0).text.empty());
}

TEST_F(ObjectsTest, WhatComesFromAFileIsReadOnly) {
    const std::string orders = ask("/v1/flows/orders").headers.at("ETag");
    for (const char* method : {"PUT", "PATCH", "DELETE"}) {
        const Response refused = send(method, "/v1/flows/orders", "{}", orders);
        EXPECT_EQ(refused.status, 409) << method;
        EXPECT_EQ(json(refused)["title"].string(), "object.managed_by_file");
    }
    EXPECT_TRUE(changed_.empty());
    EXPECT_EQ(json(ask("/v1/flows/orders"))["managed_by"].string(), "file");
    EXPECT_EQ(json(ask("/v1/flows/mine"))["managed_by"].string(), "api");
}

TEST_F(ObjectsTest, WhatIsWrongIsToldAndChangesNothing) {
    answer_.errors.push_back({{"api/flows/mine", 2, 3}, "unknown key", "did you mean"});
    const Response refused = send("PATCH", "/v1/flows/mine", R"({"tto":"b"})", tag());
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(json(refused)["errors"].at(0)["reason"].string(), "unknown key");
    EXPECT_EQ(json(ask("/v1/audit", {{"limit", "1"}}))["items"].at(0)["outcome"].string(), "refused");
    const Json checked = json(send("POST", "/v1/flows/mine/validate", R"({"flow":"mine"})"));
    EXPECT_TRUE(only_check_);
    EXPECT_FALSE(checked["valid"].boolean(true));
    answer_ = {{}, {}, Error{ErrorClass::transient, "store.full", "no space", "make room"}};
    EXPECT_EQ(send("PATCH", "/v1/flows/mine", R"({"to":"b"})", tag()).status, 503);
}

TEST_F(ObjectsTest, AFlowWithWorkUnderWayStays) {
    store::Intake intake;
    intake.flow = "mine";
    intake.now = clock_.now();
    store::NewVersion version;
    version.type = "order";
    version.source_id = version.source_number = version.hash = "1";
    intake.versions = {version};
    ASSERT_TRUE(store_->intake(intake).ok());
    const Response refused = send("DELETE", "/v1/flows/mine", "", tag());
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(json(refused)["title"].string(), "flow.has_work");
    ASSERT_TRUE(store_->cancel(1, clock_.now()).ok());
    EXPECT_EQ(send("DELETE", "/v1/flows/mine", "", tag()).status, 204);
}

TEST_F(ObjectsTest, ASetIsPlannedAndApplied) {
    const std::string body = R"({"documents":[{"channel":"ops","url":"http://127.0.0.1/x"}],"prune":true})";
    const Json plan = json(send("POST", "/v1/config/plan", body));
    EXPECT_TRUE(only_check_);
    EXPECT_EQ(plan["changes"].dump(), R"([{"kind":"alert-channels","id":"ops","action":"create"},)"
                                      R"({"kind":"flows","id":"mine","action":"remove"}])");
    EXPECT_EQ(send("POST", "/v1/config/apply", body).status, 200);
    EXPECT_FALSE(only_check_);
    EXPECT_EQ(changed_.size(), 2u);
    EXPECT_EQ(json(ask("/v1/config/export"))["documents"].dump(), R"([{"flow":"mine","from":"a"}])");
    for (const char* wrong : {"", "[]", "{}", R"({"documents":{}})"})
        EXPECT_EQ(send("POST", "/v1/config/apply", wrong).status, 400) << wrong;
    for (const char* wrong :
         {R"({"documents":[1]})", R"({"documents":[{}]})", R"({"documents":[{"flow":"a"},{"flow":"a"}]})"})
        EXPECT_EQ(send("POST", "/v1/config/apply", wrong).status, 422) << wrong;
    EXPECT_EQ(send("POST", "/v1/config/apply", R"({"documents":[{"flow":"orders"}]})").status, 409);
}

}  // namespace
}  // namespace brygga::control
