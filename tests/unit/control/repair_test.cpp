// What a person does by the API to a flow's checkpoint and to many deliveries at once.
#include "store/keys.h"
#include "unit/control/api_fixture.h"
#include "unit/flow/fake_books.h"

namespace brygga::control {
namespace {

class RepairTest : public ApiTest {
protected:
    Response change(const std::string& method, const std::string& if_match, const std::string& body = {}) {
        return judged({method, "/v1/flows/orders/checkpoint", {}, "Bearer token", body, {}, "127.0.0.1", if_match});
    }
    void end_all(store::DeliveryState state) {
        store::ClaimFilter filter;
        filter.flows = {"orders"};
        filter.now = clock_.now();
        const auto claimed = store_->claim(filter);
        for (const auto& delivery : *claimed) {
            store::Outcome outcome;
            outcome.delivery = delivery.id;
            outcome.fence = delivery.fence;
            outcome.now = clock_.now();
            outcome.state = state;
            ASSERT_TRUE(store_->finish(outcome).ok());
        }
    }
};

TEST_F(RepairTest, ACheckpointChangesOnlyWhileTheFlowIsStoppedAndOnlyFromWhatWasRead) {
    ASSERT_TRUE(store_->set_checkpoint("orders", "one", clock_.now()).ok());
    const Response shown = ask("/v1/flows/orders/checkpoint");
    EXPECT_EQ(shown.body, R"({"checkpoint":"one"})");
    const std::string tag = shown.headers.at("ETag");
    EXPECT_EQ(change("PUT", tag, R"({"checkpoint":"two"})").status, 409) << "it runs";
    ASSERT_TRUE(store_->set_flow_state("orders", "stopped", clock_.now()).ok());
    EXPECT_EQ(change("PUT", "", R"({"checkpoint":"two"})").status, 428);
    EXPECT_EQ(change("PUT", "\"other\"", R"({"checkpoint":"two"})").status, 412);
    for (const char* body : {"", "{}", "[]", R"({"checkpoint":1})"}) EXPECT_EQ(change("PUT", tag, body).status, 400);
    EXPECT_EQ(store_->flow("orders", clock_.now())->checkpoint, "one");
    const Response set = change("PUT", tag, R"({"checkpoint":"two"})");
    EXPECT_EQ(set.status, 200);
    EXPECT_NE(set.headers.at("ETag"), tag);
    EXPECT_EQ(change("DELETE", tag).status, 412);
    EXPECT_EQ(change("DELETE", set.headers.at("ETag")).status, 204);
    EXPECT_EQ(store_->flow("orders", clock_.now())->checkpoint, "");
    const Json entry = json(ask("/v1/audit", {{"limit", "1"}}))["items"].at(0);
    EXPECT_EQ(entry["action"].string(), "checkpoint.reset");
    EXPECT_EQ(entry["before"].dump(), R"({"checkpoint":"two"})");
    EXPECT_EQ(ask("/v1/flows/none/checkpoint").status, 404);
}

TEST_F(RepairTest, AFilteredSetIsTriedAgainOldestFirst) {
    take_in(3);
    end_all(store::DeliveryState::dead);
    const std::string filter = R"({"filter":{"flow":"orders","state":"dead"})";
    actions_.previews = [](const flow::RunRequest& request) {
        Json records = Json::array();
        for (const auto& number : request.records)
            records.push(Json::object({{"number", number}, {"id", number}, {"outcome", "delivered"}, {"error", {}}}));
        return Json::object({{"records", std::move(records)}});
    };
    const Json preview = json(ask("/v1/replays", {}, "POST", filter + R"(,"preview":true})"));
    EXPECT_EQ(preview["count"].text(), "3");
    EXPECT_EQ(preview["deliveries"].dump(), R"(["1","2","3"])");
    EXPECT_EQ(preview["records"].at(0)["number"].string(), "0");
    EXPECT_EQ(store_->delivery(1).value()->state, store::DeliveryState::dead);
    const Json done = json(ask("/v1/replays", {}, "POST", filter + "}"));
    EXPECT_EQ(done.dump(), R"({"count":3,"deliveries":["1","2","3"],"refused":[]})");
    EXPECT_EQ(store_->delivery(3).value()->state, store::DeliveryState::pending);
    EXPECT_EQ(json(ask("/v1/replays", {}, "POST", filter + "}"))["count"].text(), "0");
}

TEST_F(RepairTest, WhatCannotBeTriedAgainIsNamedWithItsReason) {
    take_in(2);
    end_all(store::DeliveryState::dead);
    ASSERT_TRUE(store_->prune({.dead_payload = clock_.now() + std::chrono::hours{1}}).ok());
    const Json done = json(ask("/v1/replays", {}, "POST", R"({"filter":{"flow":"orders"}})"));
    EXPECT_EQ(done["count"].text(), "0");
    ASSERT_EQ(done["refused"].size(), 2u);
    EXPECT_NE(done["refused"].at(0)["reason"].string().find("retention"), std::string::npos);
}

TEST_F(RepairTest, AnotherTryMayBeginFromTheStartAndBeMappedByAnOlderVersion) {
    take_in(2);
    end_all(store::DeliveryState::dead);
    actions_.checks_version = [](const std::string& flow, std::int64_t number) -> Expected<void> {
        if (flow == "orders" && number <= 2) return {};
        return Error{ErrorClass::rejected, "version.not_found", "There is no such version.", "Name another."};
    };
    const auto replay = [&](const char* id, const std::string& body) {
        return ask("/v1/deliveries/" + std::string{id} + "/replay", {}, "POST", body);
    };
    EXPECT_EQ(replay("1", R"({"flow_version":3})").status, 404);
    for (const char* body : {R"({"from":"there"})", R"({"from":3})", R"({"flow_version":0})", R"({"flow_version":"2"})",
                             R"({"flow_version":1.5})"})
        EXPECT_EQ(replay("1", body).status, 422) << body;
    EXPECT_EQ(replay("1", "[]").status, 400);
    EXPECT_EQ(store_->delivery(1).value()->state, store::DeliveryState::dead);
    const Json one = json(replay("1", R"({"from":"start","flow_version":2})"));
    EXPECT_EQ(one["chosen_version"].text(), "2");
    EXPECT_EQ(one["activity"].at(one["activity"].size() - 1)["steps"].string(), "from the start");
    const Json rest = json(ask("/v1/replays", {}, "POST", R"({"filter":{"flow":"orders"},"flow_version":1})"));
    EXPECT_EQ(rest["count"].text(), "1");
    EXPECT_EQ(store_->delivery(2).value()->chosen_version, 1);
    EXPECT_EQ(ask("/v1/replays", {}, "POST", R"({"filter":{"flow":"orders"},"flow_version":9})").status, 404);
}

TEST_F(RepairTest, AMisspeltNameIsRefusedAndNamesTheRightOne) {
    take_in(1);
    end_all(store::DeliveryState::dead);
    const auto suggestion = [&](const Response& answer) {
        return std::string{json(answer)["errors"].at(0)["suggestion"].string()};
    };
    const Response run = ask("/v1/flows/orders/runs", {}, "POST", R"({"record":["1042"]})");
    EXPECT_EQ(run.status, 422);
    EXPECT_EQ(suggestion(run), "Did you mean records?");
    EXPECT_EQ(json(run)["errors"].at(0)["pointer"].string(), "/record");
    EXPECT_EQ(ask("/v1/flows/orders/runs", {}, "POST", R"({"dry_run":true})").status, 422) << "it is mode: dry_run";
    const Response inner = ask("/v1/replays", {}, "POST", R"({"filter":{"flow":"orders","stat":"dead"}})");
    EXPECT_EQ(inner.status, 422);
    EXPECT_EQ(json(inner)["errors"].at(0)["pointer"].string(), "/filter/stat");
    const Response query = ask("/v1/deliveries", {{"stat", "held"}});
    EXPECT_EQ(query.status, 400);
    EXPECT_EQ(suggestion(query), "Did you mean state?");
    EXPECT_EQ(store_->delivery(1).value()->state, store::DeliveryState::dead);
}

TEST_F(RepairTest, AFilterThatMeansNothingIsRefused) {
    for (const char* body :
         {"", "[]", "{}", R"({"filter":[]})", R"({"filter":{"flow":"orders","state":"ded"}})",
          R"({"filter":{"flow":"orders","state":"delivered"}})", R"({"filter":{"flow":"orders","since":"yesterday"}})"})
        EXPECT_EQ(ask("/v1/replays", {}, "POST", body).status, 400) << body;
    EXPECT_EQ(ask("/v1/replays", {}, "POST", R"({"filter":{}})").status, 404);
    EXPECT_EQ(ask("/v1/replays", {}, "POST", R"({"filter":{"flow":"none"}})").status, 404);
}

TEST_F(RepairTest, OneRecordIsFoundByItsNumberAtItsSource) {
    take_in(12);
    const Json story = json(ask("/v1/entities/order/shop/1"));
    ASSERT_EQ(story["deliveries"].size(), 1u) << "not 10 and 11";
    EXPECT_EQ(story["deliveries"].at(0)["source_ref"]["number"].string(), "1");
    EXPECT_TRUE(story["deliveries"].at(0)["activity"].is_array());
    EXPECT_EQ(ask("/v1/entities/order/shop/%31").status, 200) << "percent-encoded";
    for (const char* path : {"/v1/entities/order/shop/99", "/v1/entities/order/books/1", "/v1/entities/stock/shop/1",
                             "/v1/entities/order/shop/%zz"})
        EXPECT_EQ(ask(path).status, 404) << path;
}

class ResolveTest : public RepairTest {
protected:
    ResolveTest() { catalogs_["books"] = &catalog_; }
    /// Order 0, in doubt whether its document was written.
    void doubt() {
        take_in(1);
        store::ClaimFilter filter;
        filter.flows = {"orders"};
        filter.now = clock_.now();
        const auto claimed = store_->claim(filter);
        ASSERT_EQ(claimed->size(), 1u);
        store::Outcome outcome;
        outcome.delivery = claimed->at(0).id;
        outcome.fence = claimed->at(0).fence;
        outcome.now = clock_.now();
        ASSERT_TRUE(
            store_->begin_step(outcome.delivery, outcome.fence, "document", "key", "hash", clock_.now(), 0).ok());
        outcome.state = store::DeliveryState::in_doubt;
        ASSERT_TRUE(store_->finish(outcome).ok());
    }
    Response resolve(const std::string& body) { return ask("/v1/deliveries/1/resolve", {}, "POST", body); }
    static std::string there(const std::string& target) { return R"({"outcome":"delivered","target":)" + target + "}"; }

    flow::FakeBooks books_;
    connector::Catalog catalog_{books_, *store_, clock_, log_, std::chrono::milliseconds{0}};
};

TEST_F(ResolveTest, WhatIsInTheBooksIsBoundAsTheyShowIt) {
    doubt();
    books_.add("document",
               *Json::parse(R"({"id":"d7","number":"1007","kind":"order","state":"open","keys":{},"fields":{},
                               "totals":{"net":80,"tax":[],"gross":100}})"));
    EXPECT_EQ(resolve(there(R"({"id":"none"})")).status, 409);
    const Response other = resolve(there(R"({"id":"d7","number":"1008"})"));
    EXPECT_EQ(json(other)["title"].string(), "resolve.number");
    EXPECT_EQ(json(ask("/v1/deliveries/1"))["state"].string(), "in_doubt");

    const Json done = json(resolve(there(R"({"id":"d7","number":"1007"})")));
    EXPECT_EQ(done["state"].string(), "delivered");
    EXPECT_EQ(done["target_ref"]["number"].string(), "1007");
    EXPECT_EQ(done["totals"]["target"]["gross"].text(), "100");
    EXPECT_EQ(store_->binding("books", "document", "shop", "0").value()->state, "open");
    const Json entry = json(ask("/v1/audit", {{"limit", "1"}}))["items"].at(0);
    EXPECT_EQ(entry["action"].string(), "delivery.resolve");
    EXPECT_EQ(entry["before"].dump(), R"({"state":"in_doubt"})");
    EXPECT_EQ(entry["after"]["target"]["id"].string(), "d7");
    EXPECT_EQ(json(ask("/v1/activity"))["items"].at(0)["by"].string(), "admin_token_file");
    EXPECT_EQ(resolve(there(R"({"id":"d7"})")).status, 409) << "it has ended";
}

TEST_F(ResolveTest, WhatIsNotThereIsTriedAgain) {
    doubt();
    const Json done = json(resolve(R"({"outcome":"not_delivered"})"));
    EXPECT_EQ(done["state"].string(), "pending");
    EXPECT_EQ(done["steps"].at(0)["state"].string(), "denied");
    const Response again = resolve(R"({"outcome":"not_delivered"})");
    EXPECT_EQ(again.status, 409);
    EXPECT_FALSE(json(again)["errors"].at(0)["suggestion"].string().empty());
}

TEST_F(ResolveTest, AnAnswerIsNeededFromTheBooksOrFromThePerson) {
    doubt();
    EXPECT_EQ(json(resolve(R"({"outcome":"delivered"})"))["title"].string(), "resolve.target");
    books_.unreachable = true;
    EXPECT_EQ(resolve(there(R"({"id":"d7"})")).status, 502) << "nothing is bound unseen";
    catalogs_.clear();
    EXPECT_EQ(json(resolve(there(R"({"id":"d7","number":"1007"})")))["target_ref"]["number"].string(), "1007");
}

TEST_F(ResolveTest, ABodyThatMeansNothingIsRefused) {
    doubt();
    for (const char* body : {"[]", "{", "1"}) EXPECT_EQ(resolve(body).status, 400) << body;
    for (const char* body : {"", "{}", R"({"outcome":"perhaps"})", R"({"outcome":1})"})
        EXPECT_EQ(resolve(body).status, 422) << body;
    EXPECT_EQ(ask("/v1/deliveries/9/resolve", {}, "POST", R"({"outcome":"not_delivered"})").status, 404);
    EXPECT_EQ(ask("/v1/deliveries/x/resolve", {}, "POST", R"({"outcome":"not_delivered"})").status, 404);
}

TEST_F(RepairTest, AnOpenAlertIsAcknowledgedUnderTheNameOfTheToken) {
    EXPECT_EQ(ask("/v1/alerts/none/acknowledge", {}, "POST").status, 404);
    view_.flows = {{"orders", "books", 1, "Order 7 is held.", "Correct it."}};
    monitor_->turn({});
    const std::string id{json(ask("/v1/alerts"))["items"].at(0)["id"].string()};
    const Json alert = json(ask("/v1/alerts/" + id + "/acknowledge", {}, "POST"));
    EXPECT_EQ(alert["acknowledged"]["by"].string(), "admin_token_file");
    EXPECT_EQ(json(ask("/v1/alerts"))["items"].at(0)["acknowledged"].dump(), alert["acknowledged"].dump());
    EXPECT_EQ(json(ask("/v1/audit", {{"limit", "1"}}))["items"].at(0)["object"].string(), id);
}

TEST_F(RepairTest, ARunThatHasEndedCannotBeCancelled) {
    ASSERT_TRUE(store_->put_run({"r", "orders", "manual", "live", "done", clock_.now(), clock_.now(), {}, {}}).ok());
    const Response refused = ask("/v1/runs/r/cancel", {}, "POST");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(json(refused)["title"].string(), "run.ended");
    EXPECT_EQ(ask("/v1/runs/none/cancel", {}, "POST").status, 404);
}

TEST_F(RepairTest, ActivityIsSearchedInPages) {
    take_in(3);
    end_all(store::DeliveryState::dead);
    for (int id = 1; id <= 3; ++id) ASSERT_TRUE(store_->requeue(id, clock_.now()).ok());
    const Json page = json(ask("/v1/activity", {{"flow", "orders"}, {"state", "pending"}, {"limit", "2"}}));
    ASSERT_EQ(page["items"].size(), 2u);
    EXPECT_EQ(page["items"].at(0)["source_ref"]["number"].string(), "2");
    EXPECT_EQ(page["items"].at(0)["kind"].string(), "requeued");
    const Json rest = json(ask("/v1/activity", {{"flow", "orders"}, {"cursor", std::string{page["next"].string()}}}));
    EXPECT_EQ(rest["items"].size(), 1u);
    EXPECT_TRUE(rest["next"].is_null());
    EXPECT_EQ(json(ask("/v1/activity", {{"q", "1"}}))["items"].size(), 1u);
    for (const std::map<std::string, std::string>& wrong : {std::map<std::string, std::string>{{"state", "ded"}},
                                                            {{"state", "dead,held"}},
                                                            {{"since", "yesterday"}},
                                                            {{"limit", "501"}},
                                                            {{"cursor", "x"}}})
        EXPECT_EQ(ask("/v1/activity", wrong).status, 400) << wrong.begin()->second;
}

TEST_F(RepairTest, AKeyIsRotatedOnceAtATime) {
    EXPECT_EQ(json(ask("/v1/keys/rotate"))["key"].text(), "1");
    const Response begun = ask("/v1/keys/rotate", {}, "POST");
    EXPECT_EQ(begun.status, 202);
    EXPECT_EQ(json(begun)["key"].text(), "2");
    EXPECT_EQ(ask("/v1/keys/rotate", {}, "POST").status, 409);
    while (store_->keys().seal_anew(clock_.now()).value()) {
    }
    EXPECT_FALSE(json(ask("/v1/keys/rotate"))["sealed_anew_at"].is_null());
    EXPECT_EQ(json(ask("/v1/keys/rotate", {}, "POST"))["key"].text(), "3");
}

}  // namespace
}  // namespace brygga::control
