// Who may do what: tokens, scopes, the audit log, requests that come twice.
#include <fstream>
#include <set>

#include "base/crypto.h"
#include "unit/control/api_fixture.h"
#include "unit/hidden_table.h"

namespace brygga::control {
namespace {

class AccessTest : public ApiTest {
protected:
    std::string make(const std::string& name, const std::string& scope, const std::string& more = {}) {
        const Response made =
            ask("/v1/tokens", {}, "POST", R"({"name":")" + name + R"(","scope":")" + scope + "\"" + more + "}");
        EXPECT_EQ(made.status, 201) << made.body;
        return std::string{json(made)["token"].string()};
    }
    Json newest_entry() { return json(ask("/v1/audit", {{"limit", "1"}}))["items"].at(0); }
};

TEST_F(AccessTest, EachScopeMayUseItsRoutesAndNoOther) {
    const std::map<Scope, std::string> tokens{{Scope::viewer, make("looks", "viewer")},
                                              {Scope::operator_, make("works", "operator")},
                                              {Scope::admin, make("rules", "admin")}};
    int checked = 0;
    for (const Api::RouteInfo& route : Api::table()) {
        if (!route.scope) continue;
        std::string path{route.pattern};
        for (auto at = path.find("{}"); at != std::string::npos; at = path.find("{}")) path.replace(at, 2, "none");
        const std::string method{route.method};
        EXPECT_EQ(ask_as("", method, path).status, 401) << method << " " << path;
        for (const auto& [scope, token] : tokens) {
            const int status = ask_as(token, method, path).status;
            EXPECT_EQ(status == 403, scope < *route.scope) << method << " " << path << " " << to_string(scope);
            EXPECT_NE(status, 401) << method << " " << path;
            ++checked;
        }
    }
    EXPECT_GT(checked, 90);
}

TEST_F(AccessTest, WhatChangesSomethingNeedsMoreThanAViewer) {
    for (const Api::RouteInfo& route : Api::table())
        EXPECT_TRUE(route.method == "GET" || (route.scope && *route.scope > Scope::viewer) ||
                    route.pattern == "/hooks/{}/{}")  // whose key is the permission, and which changes nothing
            << route.pattern;
    std::set<std::string_view> open;
    for (const Api::RouteInfo& route : Api::table())
        if (!route.scope) open.insert(route.pattern);
    EXPECT_EQ(open, (std::set<std::string_view>{"/health/live", "/health/ready", "/hooks/{}/{}", "/oauth/callback",
                                                "/openapi.json"}));
}

TEST_F(AccessTest, ATokenIsShownOnceAndKeptAsAHash) {
    const std::string secret = make("grafana", "viewer");
    EXPECT_TRUE(secret.starts_with("brygga_")) << secret;
    EXPECT_GT(secret.size(), 50u);
    EXPECT_EQ(ask_as(secret, "GET", "/v1/runs").status, 200);
    const std::string listed = ask("/v1/tokens").body;
    EXPECT_NE(listed.find("grafana"), std::string::npos);
    EXPECT_EQ(listed.find(secret.substr(8)), std::string::npos);
    EXPECT_EQ(ask("/v1/audit").body.find(secret.substr(8)), std::string::npos);
    const std::string whole = [&] {
        EXPECT_TRUE(store_->ping().ok());
        std::string out;
        for (const auto& file : std::filesystem::directory_iterator{directory_}) {
            std::ifstream in{file.path(), std::ios::binary};
            out.append(std::istreambuf_iterator<char>{in}, {});
        }
        return out;
    }();
    EXPECT_EQ(whole.find(secret.substr(8)), std::string::npos);
    EXPECT_NE(whole.find("grafana"), std::string::npos) << "the database is what was searched";
}

TEST_F(AccessTest, AnExpiredOrRemovedTokenIsRefused) {
    const std::string day = make("day", "viewer", R"(,"expires_at":"2026-03-03")");
    EXPECT_EQ(ask_as(day, "GET", "/v1/runs").status, 200);
    clock_.advance(std::chrono::hours{15});
    EXPECT_EQ(ask_as(day, "GET", "/v1/runs").status, 200);
    clock_.advance(std::chrono::hours{1});
    const Response expired = ask_as(day, "GET", "/v1/runs");
    EXPECT_EQ(expired.status, 401);
    EXPECT_EQ(expired.headers.at("WWW-Authenticate"), "Bearer");
    EXPECT_NE(json(expired)["detail"].string().find("day expired on 2026-03-03"), std::string::npos) << expired.body;

    const std::string gone = make("gone", "admin");
    std::string id;
    const Json list = json(ask("/v1/tokens"));
    for (const Json& token : list["items"].items())
        if (token["name"].string() == "gone") id = token["id"].string();
    EXPECT_EQ(ask("/v1/tokens/" + id, {}, "DELETE").status, 204);
    EXPECT_EQ(ask_as(gone, "GET", "/v1/runs").status, 401);
    EXPECT_EQ(ask("/v1/tokens/" + id, {}, "DELETE").status, 404);
}

TEST_F(AccessTest, TheLastUseIsKeptToTheMinute) {
    const std::string secret = make("grafana", "viewer");
    const auto last_use = [&] { return std::string{json(ask("/v1/tokens"))["items"].at(0)["last_used_at"].string()}; };
    EXPECT_EQ(last_use(), "");
    ask_as(secret, "GET", "/v1/runs");
    EXPECT_EQ(last_use(), "2026-03-02T08:00:00.000Z");
    clock_.advance(std::chrono::seconds{59});
    ask_as(secret, "GET", "/v1/runs");
    EXPECT_EQ(last_use(), "2026-03-02T08:00:00.000Z");
    clock_.advance(std::chrono::seconds{1});
    ask_as(secret, "GET", "/v1/runs");
    EXPECT_EQ(last_use(), "2026-03-02T08:01:00.000Z");
}

TEST_F(AccessTest, GuessingIsSlowedDownAndRightTokensGoOn) {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(ask_as("guess" + std::to_string(i), "GET", "/v1/runs").status, 401);
    const Response slowed = ask_as("another", "GET", "/v1/runs");
    EXPECT_EQ(slowed.status, 429);
    EXPECT_EQ(slowed.headers.at("Retry-After"), "60");
    EXPECT_EQ(ask_as("token", "GET", "/v1/runs").status, 200);
    clock_.advance(std::chrono::minutes{1});
    EXPECT_EQ(ask_as("another", "GET", "/v1/runs").status, 401);
}

TEST_F(AccessTest, ATokenThatCannotBeIsRefusedWithAPointer) {
    const auto refused = [&](const std::string& body, std::string_view pointer) {
        const Response answer = ask("/v1/tokens", {}, "POST", body);
        EXPECT_EQ(answer.status, 422) << body;
        EXPECT_EQ(json(answer)["errors"].at(0)["pointer"].string(), pointer) << body;
    };
    for (const char* name : {"", "two words", "files", "admin_token_file", "\\n", "ü"})
        refused(std::string{R"({"scope":"viewer","name":")"} + name + "\"}", "/name");
    refused(R"({"scope":"viewer","name":")" + std::string(65, 'x') + "\"}", "/name");
    for (const char* scope : {"", "Viewer", "root", "operator_"})
        refused(std::string{R"({"name":"x","scope":")"} + scope + "\"}", "/scope");
    for (const char* instant : {"yesterday", "2026-03-02T07:59:59Z", "2026-02-30"})
        refused(std::string{R"({"name":"x","scope":"viewer","expires_at":")"} + instant + "\"}", "/expires_at");
    EXPECT_EQ(ask("/v1/tokens", {}, "POST", "[]").status, 400);
    make("twice", "viewer");
    EXPECT_EQ(ask("/v1/tokens", {}, "POST", R"({"name":"twice","scope":"admin"})").status, 409);
}

TEST_F(AccessTest, TheAuditSaysWhoDidWhatWithBeforeAndAfter) {
    const std::string works = make("works", "operator");
    EXPECT_EQ(ask_as(works, "POST", "/v1/flows/orders/pause").status, 200);
    EXPECT_EQ(newest_entry().dump(),
              R"({"id":"2","at":"2026-03-02T08:00:00.000Z","who":"works","client":"127.0.0.1","action":"flow.pause",)"
              R"("object":"orders","outcome":"done","before":{"state":"running"},"after":{"state":"paused"}})");
    EXPECT_EQ(ask_as(works, "POST", "/v1/flows/none/pause").status, 404);
    EXPECT_EQ(newest_entry()["outcome"].string(), "refused");
    EXPECT_EQ(json(ask("/v1/audit", {{"object", "orders"}}))["items"].size(), 1u);
    const Json first = json(ask("/v1/audit", {{"limit", "2"}}));
    EXPECT_EQ(first["next"].string(), "2");
    EXPECT_EQ(json(ask("/v1/audit", {{"cursor", "2"}}))["items"].at(0)["action"].string(), "token.create");
    EXPECT_EQ(ask("/v1/audit", {{"limit", "0"}}).status, 400);
    ask_as(works, "GET", "/v1/flows");
    EXPECT_EQ(newest_entry()["object"].string(), "none") << "looking leaves no entry";
}

TEST_F(AccessTest, WithoutAnAuditEntryNothingIsDone) {
    const HiddenTable hidden{database(), "audit"};
    EXPECT_EQ(ask("/v1/flows/orders/pause", {}, "POST").status, 503);
    EXPECT_EQ(store_->flow("orders", clock_.now())->state, "running");
}

TEST_F(AccessTest, ARequestThatComesAgainIsDoneOnce) {
    const std::string body = R"({"name":"once","scope":"viewer"})";
    const Response first = ask_as("token", "POST", "/v1/tokens", body, "k1");
    EXPECT_EQ(first.status, 201);
    const Response again = ask_as("token", "POST", "/v1/tokens", body, "k1");
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.headers.at("Idempotency-Replayed"), "true");
    EXPECT_EQ(json(ask("/v1/tokens"))["items"].size(), 1u);
    EXPECT_EQ(ask_as("token", "POST", "/v1/tokens", R"({"name":"other","scope":"viewer"})", "k1").status, 422);
    EXPECT_EQ(ask_as("token", "POST", "/v1/tokens", body, "k2").status, 409) << "another key is another request";
    EXPECT_EQ(ask_as("token", "POST", "/v1/tokens", body, std::string(256, 'k')).status, 400);

    const std::string works = make("works", "operator");
    EXPECT_EQ(ask_as(works, "POST", "/v1/flows/orders/pause", "", "k1").status, 200) << "keys are each caller's own";
}

TEST_F(AccessTest, ARequestOfUnknownEndSaysSo) {
    ASSERT_TRUE(store_->access()
                    .begin_answer({"admin_token_file", "k1",
                                   crypto::hex(crypto::digest(crypto::Hash::sha256, "POST /v1/flows/orders/pause\n"))},
                                  clock_.now())
                    .ok());
    const Response answer = ask_as("token", "POST", "/v1/flows/orders/pause", "", "k1");
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(json(answer)["title"].string(), "idempotency_key.unknown");
    EXPECT_EQ(store_->flow("orders", clock_.now())->state, "running");
}

TEST_F(AccessTest, AVendorNeedsTheKeyAndNothingElse) {
    actions_.takes_hook = [](const std::string& connection, const std::string& key, const Request& request) {
        return connection == "shop" && key == "k k" && request.body == "{}";
    };
    const Response taken = ask_as("", "POST", "/hooks/shop/k%20k", "{}");
    EXPECT_EQ(taken.status, 200);
    EXPECT_EQ(taken.body, R"({"taken":true})");
    const Response wrong_key = ask_as("", "POST", "/hooks/shop/x", "{}"),
                   wrong_name = ask_as("", "POST", "/hooks/other/k%20k", "{}"),
                   nowhere = ask_as("", "POST", "/hooks/shop/k%20k/more", "{}");
    for (const Response* wrong : {&wrong_key, &wrong_name, &nowhere}) {
        EXPECT_EQ(wrong->status, 404);
        EXPECT_EQ(wrong->body, wrong_key.body);
    }
}

}  // namespace
}  // namespace brygga::control
