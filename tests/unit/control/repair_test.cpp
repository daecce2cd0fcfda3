// What a person does by the API to a flow's checkpoint and to many deliveries at once.
#include "unit/control/api_fixture.h"

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

}  // namespace
}  // namespace brygga::control
