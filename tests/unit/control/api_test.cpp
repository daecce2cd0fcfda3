// The control API without its transport, on a store of its own: what it does with questions that nobody should ask,
// and with a store that does not answer.
#include "base/utf8.h"
#include "unit/control/api_fixture.h"
#include "unit/hidden_table.h"

namespace brygga::control {
namespace {

TEST_F(ApiTest, ACursorLeadsThroughTheListOnce) {
    take_in(5);
    std::vector<std::string> seen;
    std::string cursor;
    for (int pages = 0; pages < 4; ++pages) {
        std::map<std::string, std::string> query{{"limit", "2"}};
        if (!cursor.empty()) query["cursor"] = cursor;
        const Json page = json(ask("/v1/deliveries", query));
        for (const Json& item : page["items"].items()) seen.emplace_back(item["source_ref"]["number"].string());
        cursor = page["next"].string();
        if (cursor.empty()) break;
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"4", "3", "2", "1", "0"}));
}

TEST_F(ApiTest, ACursorThatNoAnswerGaveIsRefusedOrHarmless) {
    take_in(3);
    for (const std::string cursor : {"", " ", "-1", "+1", "0x10", "1.5", "1e3", "9223372036854775808",
                                     "18446744073709551616", "1 OR 1=1", "next", "\xff\xfe", "{\"before\":1}", "1,2"}) {
        const Response answer = ask("/v1/deliveries", {{"cursor", cursor}});
        EXPECT_EQ(answer.status, 400) << cursor;
        EXPECT_EQ(json(answer)["title"].string(), "query.limit") << cursor;
    }
    EXPECT_EQ(ask("/v1/deliveries", {{"cursor", std::string(4000, '9')}}).status, 400);
    // A number is all there is to a cursor, so one of another list only begins elsewhere.
    EXPECT_EQ(json(ask("/v1/deliveries", {{"cursor", "9223372036854775807"}}))["items"].size(), 3u);
    EXPECT_EQ(json(ask("/v1/deliveries", {{"cursor", "1"}}))["items"].size(), 0u);
    EXPECT_EQ(json(ask("/v1/deliveries", {{"cursor", "2"}, {"state", "dead"}}))["items"].size(), 0u);
}

TEST_F(ApiTest, LimitsStatesTimesAndIdsAreBounded) {
    for (const std::string limit : {"0", "501", "-1", "", "many"})
        EXPECT_EQ(ask("/v1/deliveries", {{"limit", limit}}).status, 400) << limit;
    EXPECT_EQ(ask("/v1/runs", {{"limit", "501"}}).status, 400);
    for (const std::string state : {"ded", "dead,", ",", "dead,,held", "DEAD", "\xff"}) {
        const Response answer = ask("/v1/deliveries", {{"state", state}});
        EXPECT_EQ(answer.status, state == "dead," ? 200 : 400) << state;
        EXPECT_TRUE(Json::parse(answer.body)) << state;
    }
    for (const std::string time : {"yesterday", "2026-13-01", "99999999-01-01", "2026-01-01T25:00:00Z"})
        EXPECT_EQ(ask("/v1/deliveries", {{"since", time}}).status, 400) << time;
    for (const std::string id : {"0", "-1", "9223372036854775808", "1x", "%31", "\xff"}) {
        const Response answer = ask("/v1/deliveries/" + id);
        EXPECT_EQ(answer.status, 404) << id;
        EXPECT_TRUE(Json::parse(answer.body)) << id;
    }
}

TEST_F(ApiTest, APathOfAnyBytesGetsAnAnswerThatIsJson) {
    for (const std::string path : {"/\xff", "/v1/flows/\xc3", "/v1/runs/\xed\xa0\x80", "/v1/connections/\x80\x01"}) {
        const Response answer = ask(path);
        EXPECT_EQ(answer.status, 404);
        EXPECT_TRUE(is_utf8(answer.body));
        EXPECT_FALSE(json(answer)["detail"].string().empty());
    }
}

TEST_F(ApiTest, VersionsAreListedNewestFirstAndShownWithWhatChanged) {
    EXPECT_TRUE(json(ask("/v1/flows/orders"))["version"].is_null()) << "none yet";
    activate("a: 1\n");
    activate("a: 2\n");
    activate("a: 1\n", 1);
    const Json list = json(ask("/v1/flows/orders/versions", {{"limit", "2"}}));
    ASSERT_EQ(list["items"].size(), 2u);
    EXPECT_EQ(list["next"].string(), "2");
    const Json& newest = list["items"].at(0);
    EXPECT_EQ(newest.dump(),
              R"({"flow":"orders","number":3,"since":"2026-03-02T08:00:00.000Z","active":true,"cause":"rollback",)"
              R"("same_as":1,"hash":"hash of a: 1\n"})");
    EXPECT_FALSE(list["items"].at(1)["active"].boolean());
    EXPECT_EQ(json(ask("/v1/flows/orders/versions", {{"cursor", "2"}}))["items"].at(0)["number"].text(), "1");

    const Json second = json(ask("/v1/flows/orders/versions/2", {{"against", "1"}}));
    EXPECT_EQ(second["definition"].string(), "a: 2\n");
    EXPECT_EQ(second["difference"].string(),
              "--- orders, version 1\n+++ orders, version 2\n@@ -1 +1 @@\n-a: 1\n+a: 2\n");
    EXPECT_EQ(json(ask("/v1/flows/orders/versions/3", {{"against", "1"}}))["difference"].string("none"), "");
    EXPECT_FALSE(json(ask("/v1/flows/orders/versions/2")).has("difference"));

    const Json flow = json(ask("/v1/flows/orders"));
    EXPECT_EQ(flow["version"].text(), "3");
    EXPECT_EQ(flow["rolled_back_to"].text(), "1");
}

TEST_F(ApiTest, VersionsThatAreNotThereAreToldAsProblems) {
    activate("a: 1\n");
    for (const std::string path : {"/v1/flows/none/versions", "/v1/flows/none/versions/1",
                                   "/v1/flows/orders/versions/2", "/v1/flows/orders/versions/0",
                                   "/v1/flows/orders/versions/\xff", "/v1/flows/orders/versions/9223372036854775808"}) {
        const Response answer = ask(path);
        EXPECT_EQ(answer.status, 404) << path;
        EXPECT_EQ(answer.content_type, "application/problem+json");
        EXPECT_FALSE(json(answer)["detail"].string().empty());
    }
    EXPECT_EQ(ask("/v1/flows/orders/versions/1", {{"against", "7"}}).status, 404);
    EXPECT_EQ(ask("/v1/flows/orders/versions", {{"limit", "0"}}).status, 400);
    EXPECT_EQ(ask("/v1/flows/orders/versions", {{"cursor", "x"}}).status, 400);
    const HiddenTable hidden{database(), "flow_version"};
    EXPECT_EQ(ask("/v1/flows/orders/versions").status, 503);
}

TEST_F(ApiTest, AFlowThatIsNotThereComesWithTheNearestName) {
    const Json answer = json(ask("/v1/flows/order"));
    EXPECT_EQ(answer["title"].string(), "flow.not_found");
    EXPECT_NE(answer.dump().find("Did you mean 'orders'?"), std::string::npos) << answer.dump();
}

TEST_F(ApiTest, ARunOfDaysGoesForwards) {
    const Response answer = ask("/v1/flows/orders/runs", {}, "POST", R"({"from":"2026-02-01","to":"2026-01-31"})");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(json(answer)["title"].string(), "run.date");
}

TEST_F(ApiTest, ARollbackNeedsAVersionAndSaysWhyItIsRefused) {
    std::int64_t asked = 0;
    actions_.rolls_back = [&](const std::string&, std::int64_t number) -> Expected<settings::FlowNumber> {
        asked = number;
        if (number == 1) return settings::FlowNumber{3, 1};
        return Error{ErrorClass::rejected, number == 2 ? "version.refused" : "version.not_found", "why", "what to do"};
    };
    for (const char* body : {"", "1", "[]", "{}", R"({"version":"1"})", R"({"version":0})", R"({"version":1.5})", "{"})
        EXPECT_EQ(ask("/v1/flows/orders/rollback", {}, "POST", body).status, 400) << body;
    EXPECT_EQ(asked, 0);
    EXPECT_EQ(ask("/v1/flows/none/rollback", {}, "POST", R"({"version":1})").status, 404);
    const Response done = ask("/v1/flows/orders/rollback", {}, "POST", R"({"version":1})");
    EXPECT_EQ(done.body, R"({"id":"orders","version":3,"rolled_back_to":1})");
    const Response refused = ask("/v1/flows/orders/rollback", {}, "POST", R"({"version":2})");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(json(refused)["errors"].at(0)["suggestion"].string(), "what to do");
    EXPECT_EQ(ask("/v1/flows/orders/rollback", {}, "POST", R"({"version":9})").status, 404);
    EXPECT_EQ(ask("/v1/flows/orders/rollback").status, 405);
}

TEST_F(ApiTest, ADeliveryShowsWhichVersionMappedIt) {
    take_in(1);
    EXPECT_TRUE(json(ask("/v1/deliveries"))["items"].at(0)["flow_version"].is_null());
    store::ClaimFilter filter;
    filter.flows = {"orders"};
    filter.now = clock_.now();
    const auto claimed = store_->claim(filter);
    ASSERT_EQ(claimed->size(), 1u);
    store::Outcome outcome;
    outcome.delivery = claimed->at(0).id;
    outcome.fence = claimed->at(0).fence;
    outcome.now = clock_.now();
    outcome.state = store::DeliveryState::held;
    outcome.flow_version = 2;
    ASSERT_TRUE(store_->finish(outcome).ok());
    EXPECT_EQ(json(ask("/v1/deliveries/1"))["flow_version"].text(), "2");
}

TEST_F(ApiTest, AStoreThatCannotBeReadIsNoEmptyListAndNo404) {
    take_in(1);
    const std::string id = std::string{json(ask("/v1/deliveries"))["items"].at(0)["id"].string()};
    for (const auto& [table, path] :
         std::initializer_list<std::pair<const char*, std::string>>{{"delivery", "/v1/deliveries"},
                                                                    {"delivery", "/v1/deliveries/" + id},
                                                                    {"activity", "/v1/deliveries/" + id},
                                                                    {"run", "/v1/runs"},
                                                                    {"run", "/v1/runs/r1"},
                                                                    {"tally", "/v1/flows"},
                                                                    {"tally", "/v1/flows/orders"},
                                                                    {"tally", "/metrics"}}) {
        const HiddenTable hidden{database(), table};
        const Response answer = ask(path);
        EXPECT_EQ(answer.status, 503) << path;
        EXPECT_TRUE(json(answer)["title"].string().starts_with("store.")) << answer.body;
    }
    EXPECT_EQ(ask("/v1/flows/orders").status, 200);
}

}  // namespace
}  // namespace brygga::control
