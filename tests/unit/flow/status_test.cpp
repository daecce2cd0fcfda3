// A flow of order statuses (E7): which status is written, and that none goes over a newer one.
#include <map>

#include <gtest/gtest.h>

#include "flow/preflight.h"
#include "flow/status_goal.h"
#include "flow/status_pipeline.h"
#include "flow/status_reception.h"
#include "flow/tracking.h"
#include "schema/manifest.h"
#include "unit/flow/flow_test.h"

namespace brygga::flow {
namespace {

using store::DeliveryState;

/// Both ends: books that tell how far orders are, and a shop that has orders.
class FakeDesk final : public connector::Connection {
public:
    explicit FakeDesk(std::string id) : id_{std::move(id)}, manifest_{*schema::parse_manifest(manifest_text)} {}

    const std::string& id() const override { return id_; }
    const schema::Manifest& manifest() const override { return manifest_; }
    Expected<void> check(const CallContext&) override { return {}; }
    Expected<Json> describe(const CallContext&) override {
        return Json::object(
            {{"account", Json::object({{"id", "1"}, {"name", id_}, {"time_zone", "Europe/Stockholm"}})}});
    }
    Expected<void> poll(const CallContext&, const connector::PollCall&, const connector::RowSink& sink) override {
        for (const auto& [id, entity] : documents)
            if (!sink.seen || !sink.seen(id, entity.dump() + raw)) sink.row(row(id, entity));
        sink.checkpoint("\"later\"", false);
        return {};
    }
    Expected<void> list(const CallContext&, const connector::ListCall&, const connector::RowSink&) override {
        return {};
    }
    Expected<void> find(const CallContext&, const Json& request, const connector::RowSink& sink) override {
        if (failure_of_find) return *std::exchange(failure_of_find, {});
        for (const Json& key : request["keys"].items()) {
            const std::string value{key["value"].string()};
            for (const auto& [id, entity] : documents)
                if (entity["reference"].string() == value) sink.row(row(id, entity).set("n", key["n"]));
            for (const auto& [id, order] : orders)
                if (order.number == value || id == value)
                    sink.row(Json::object({{"n", key["n"]},
                                           {"id", id},
                                           {"number", order.number},
                                           {"kind", "order"},
                                           {"state", "open"},
                                           {"version", ""},
                                           {"keys", Json::object()},
                                           {"fields", Json::object({{"status", order.status},
                                                                    {"meaning", meanings.at(order.status)},
                                                                    {"tracking_code", order.tracking}})},
                                           {"totals", Json::object({{"gross", order.gross}})}}));
        }
        return {};
    }
    Expected<Json> deliver(const CallContext&, const Json& document, const std::string&) override {
        if (failure && !failure->outcome_unknown) return *std::exchange(failure, {});
        written.push_back(document);
        const std::string id{document["id"].string()};
        const Json& fields = document["fields"];
        if (fields.has("status")) orders.at(id).status = fields["status"].string();
        if (fields.has("tracking_code")) orders.at(id).tracking = fields["tracking_code"].string();
        if (failure) return *std::exchange(failure, {});
        return Json::object({{"id", id},
                             {"number", ""},
                             {"kind", "order"},
                             {"state", "open"},
                             {"version", ""},
                             {"keys", Json::object()},
                             {"fields", fields},
                             {"changed", Json::object()},
                             {"notices", Json::array()}});
    }
    Expected<void> options(const CallContext&, const std::string&, const connector::RowSink& sink) override {
        for (const auto& [id, meaning] : meanings)
            sink.row(Json::object({{"id", id},
                                   {"label", "Status " + id},
                                   {"active", true},
                                   {"attributes", Json::object({{"status", meaning}})}}));
        return {};
    }
    void tell(const std::string& id, const char* entity) {
        documents[id] = *Json::parse(entity);
        documents[id].set("id", id).set("number", id);
    }

    struct Order {
        std::string number, status = "1", tracking{};
        Decimal gross = 100;
    };
    std::map<std::string, Json> documents;
    std::map<std::string, Order> orders;
    std::map<std::string, std::string> meanings{{"1", "new"},       {"2", "processing"}, {"3", "backorder"},
                                                {"5", "shipped"},   {"6", "delivered"},  {"7", "completed"},
                                                {"8", "cancelled"}, {"99", "odd"}};
    std::vector<Json> written;
    std::optional<Error> failure, failure_of_find;  ///< of the next call; with an unknown outcome it has its effect
    std::string raw = "{}";

private:
    Json row(const std::string& id, const Json& entity) const {
        return Json::object({{"type", "order_status"},
                             {"id", id},
                             {"number", id},
                             {"revision", entity.dump() + raw},
                             {"entity", entity},
                             {"raw", raw}});
    }
    static constexpr const char* manifest_text =
        R"({"id":"desk","name":"Desk","version":"1.0.0","vendor":"Example","entities":{
        "order":{"find":["id","number"]},
        "order_status":{"poll":true,"find":["id","reference"],"update":["open"],"idempotency":"none"}},
        "config":{"type":"object","properties":{}},"secrets":[],"auth":{"kind":"keys"},"hosts":[],"budgets":[],
        "options":["order_status"],"max_concurrency":4,"errors":[]})";

    std::string id_;
    schema::Manifest manifest_;
};

class StatusFlow : public FlowTest {
protected:
    StatusFlow() : FlowTest{"statuses", "books", "shop", "order_status"} {
        flow_.order_status.statuses = {{"written", "processing"}, {"shipped", "Status 5"}, {"invoiced", "7"}};
        shop_.orders = {{"901", {"1001"}}, {"902", {"1002"}}};
    }
    Ends ends() override { return {books_, books_catalog_, shop_, shop_catalog_}; }
    void expect_left(std::string_view state, std::string_view code) {
        EXPECT_EQ(store::to_string(newest().state), state);
        EXPECT_EQ(newest().error["code"].string(), code) << newest().error.dump();
        EXPECT_TRUE(shop_.written.empty());
    }
    const std::string& shown(const char* id = "901") { return shop_.orders.at(id).status; }

    FakeDesk books_{"books"}, shop_{"shop"};
    connector::Catalog books_catalog_{books_, *store_, clock_, log_}, shop_catalog_{shop_, *store_, clock_, log_};
};

constexpr const char* written = R"({"kind":"order","reference":"1001","gross":100})";
constexpr const char* shipped = R"({"kind":"order","reference":"1001","gross":100,"shipped":true})";
constexpr const char* both = R"({"kind":"order","reference":"1001","gross":100,"shipped":true,"invoiced":true})";

TEST_F(StatusFlow, EachStageIsWrittenOnce) {
    books_.tell("d1", written);
    run();
    run();
    EXPECT_EQ(shown(), "2");
    ASSERT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(shop_.written[0]["fields"].dump(), R"({"status":"2"})") << "the shop's customer is not told";
    EXPECT_EQ(newest().source_number, "1001");
    EXPECT_EQ(newest().target_ref["id"].string(), "901");
    books_.tell("d1", shipped);
    run();
    EXPECT_EQ(shown(), "5");
    books_.tell("d1", both);
    run();
    EXPECT_EQ(shown(), "7") << "the one that goes furthest of all that has been reached";
    EXPECT_EQ(shop_.written.size(), 3u);
    EXPECT_EQ(store_->delivery(newest().id).value()->explain.at(0)["inputs"]["present"].string(), "shipped");
}

TEST_F(StatusFlow, NothingGoesOverANewerStatus) {
    for (const auto& [present, entity] : std::map<std::string, const char*>{
             {"2", written}, {"3", written}, {"5", written}, {"6", both}, {"7", shipped}, {"8", both}, {"99", both}}) {
        shop_.orders["901"].status = present;
        books_.tell("d" + present, entity);
        run();
        EXPECT_EQ(shown(), present);
        if (present != "2") expect_left("skipped", "status.not_newer");
    }
    EXPECT_TRUE(shop_.written.empty());
}

TEST_F(StatusFlow, WithoutSettingsOnlyNewOrdersMove) {
    flow_.order_status = {};
    books_.tell("d1", both);
    run();
    EXPECT_EQ(shown(), "2");
    flow_.order_status.statuses = {{"shipped", "5"}};
    books_.tell("d2", R"({"kind":"order","reference":"1002","gross":100})");
    run();
    EXPECT_EQ(shown("902"), "1");
    EXPECT_EQ(newest().error["code"].string(), "status.not_named");
}

TEST_F(StatusFlow, DocumentsOfOtherOriginAreLeftOut) {
    books_.tell("d1", R"({"kind":"invoice","invoiced":true})");
    run();
    expect_left("skipped", "status.no_order");
    books_.tell("d2", R"({"kind":"invoice","reference":"7777","invoiced":true,"gross":100})");
    run();
    expect_left("skipped", "status.no_order");
    books_.tell("d3", R"({"kind":"invoice","reference":"1001","invoiced":true,"gross":55})");
    run();
    expect_left("skipped", "status.no_order");
    flow_.order_status.reference_prefix = "NL-";
    books_.tell("d4", R"({"kind":"invoice","reference":"1001","invoiced":true,"gross":100})");
    run();
    expect_left("skipped", "status.no_order");
    books_.tell("d5", R"({"kind":"invoice","reference":"NL-1001","invoiced":true,"gross":100})");
    run();
    EXPECT_EQ(shown(), "7");
}

TEST_F(StatusFlow, TwoOrdersOfOneNumberAreHeld) {
    shop_.orders["903"] = {"1001"};
    books_.tell("d1", written);
    run();
    expect_left("held", "status.ambiguous");
}

TEST_F(StatusFlow, AnUnknownOptionIsHeldWithTheChoices) {
    for (const char* wrong : {"Sent away", "8", "99"}) {
        flow_.order_status.statuses = {{"written", wrong}};
        books_.tell(std::string{"d"} + wrong, written);
        run();
        expect_left("held", "status.option");
        EXPECT_NE(newest().error["remedy"].string().find("Status 5"), std::string::npos);
    }
}

TEST_F(StatusFlow, AWriteOfUnknownOutcomeIsSettledByWhatTheShopShows) {
    flow_.order_status.mail = true;
    books_.tell("d1", written);
    shop_.failure = Error{ErrorClass::transient, "fake.reset", "No answer came.", "", 0, {}, true};
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    books_.tell("d2", R"({"kind":"invoice","reference":"1001","gross":100,"invoiced":true})");
    run();
    EXPECT_EQ(newest().error["code"].string(), "status.being_written");
    clock_.advance(std::chrono::minutes{5});
    work();
    clock_.advance(std::chrono::minutes{5});
    work();
    EXPECT_EQ(shown(), "7") << "the first does not stay in the way";
    ASSERT_EQ(shop_.written.size(), 2u) << "its customer is told once of each";
    EXPECT_EQ(shop_.written[0]["fields"]["status"].string(), "2");
    store::DeliveryQuery delivered;
    delivered.states = {DeliveryState::delivered};
    EXPECT_EQ(store_->deliveries(delivered).value().size(), 2u);
}

TEST_F(StatusFlow, AnOrderThatIsGoneAfterAnUnknownOutcomeKeepsNoClaim) {
    books_.tell("d1", written);
    shop_.failure = Error{ErrorClass::transient, "fake.reset", "No answer came.", "", 0, {}, true};
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    const auto order = shop_.orders.at("901");
    shop_.orders.erase("901");
    clock_.advance(std::chrono::minutes{5});
    work();
    EXPECT_EQ(newest().error["code"].string(), "status.no_order") << newest().error.dump();
    shop_.orders["901"] = order;
    books_.tell("d2", R"({"kind":"invoice","reference":"1001","gross":100,"invoiced":true})");
    run();
    EXPECT_EQ(shown(), "7") << newest().error.dump();
}

TEST_F(StatusFlow, AFailedWriteOrReadIsTriedAgain) {
    books_.tell("d1", written);
    shop_.failure = Error{ErrorClass::transient, "fake.down", "The shop does not answer.", ""};
    run();
    EXPECT_EQ(newest().state, DeliveryState::waiting);
    shop_.failure_of_find = Error{ErrorClass::transient, "fake.down", "The shop does not answer.", ""};
    clock_.advance(std::chrono::minutes{5});
    work();
    EXPECT_EQ(newest().state, DeliveryState::waiting) << "a failed look-up is never 'not found'";
    clock_.advance(std::chrono::minutes{5});
    work();
    EXPECT_EQ(shown(), "2");
}

TEST_F(StatusFlow, ATrackingCodeComesFromTheFieldThatIsNamed) {
    flow_.order_status.tracking_code = "delivery.code";
    flow_.order_status.tracking_carrier = "PostNL";
    books_.raw = R"({"delivery":{"code":" 3SABC "}})";
    books_.tell("d1", shipped);
    run();
    ASSERT_EQ(shop_.written.size(), 1u);
    EXPECT_EQ(shop_.written[0]["fields"].dump(),
              R"({"tracking_code":"3SABC","tracking_carrier":"PostNL","status":"5"})");
    books_.raw = R"({"delivery":{"code":"3SNEW"}})";
    run();
    EXPECT_EQ(shop_.orders["901"].tracking, "3SNEW") << "also when it comes later than the status";
    EXPECT_FALSE(shop_.written[1]["fields"].has("status"));
    const std::string two_lines = R"({"delivery":{"code":"3S\nABC"}})";
    EXPECT_EQ(tracking_code(two_lines, flow_.order_status), "");
    EXPECT_EQ(tracking_code(R"({"delivery":[]})", flow_.order_status), "");
    EXPECT_EQ(tracking_code("no json", flow_.order_status), "");
}

TEST_F(StatusFlow, WhatCannotBeReadIsDeadAndStopsNothing) {
    books_.tell("d1", R"({"kind":"order","reference":7,"shipped":"yes"})");
    books_.tell("d2", written);
    run();
    EXPECT_EQ(shown(), "2");
    store::DeliveryQuery dead;
    dead.states = {DeliveryState::dead};
    EXPECT_EQ(store_->deliveries(dead).value().at(0).error["code"].string(), "status.invalid");
}

TEST_F(StatusFlow, OneOrderCanBeAskedForAndTriedBefore) {
    books_.tell("d1", written);
    books_.tell("d2", R"({"kind":"order","reference":"1002","gross":100})");
    const FlowEnds ends{books_, books_catalog_, shop_, shop_catalog_, std::chrono::seconds{90}};
    const auto rules = std::make_shared<const FieldRules>();
    const auto tried = preview(call(), flow_, rules, ends, *store_, clock_, log_, {}, 20);
    ASSERT_TRUE(tried.ok()) << tried.error().message;
    EXPECT_EQ((*tried)["records"].at(0)["writes"].at(0)["changes"].dump(), R"({"status":["1","2"]})")
        << tried->pretty();
    EXPECT_TRUE(shop_.written.empty());
    const Json ready = preflight(call(), flow_, rules, ends, *store_, clock_, log_);
    EXPECT_TRUE(ready["ready"].boolean()) << ready.pretty();
    run({"1002"});
    EXPECT_EQ(shown("902"), "2");
    EXPECT_EQ(shown("901"), "1");
}

}  // namespace
}  // namespace brygga::flow
