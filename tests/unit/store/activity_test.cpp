// Searching what happened to deliveries.
#include "backend.h"

namespace brygga::store {
namespace {

class ActivityTest : public StoreTest {
protected:
    /// One attempt at a record of a flow, with this end.
    void attempt(const std::string& flow, const std::string& id, DeliveryState state, Instant at) {
        Intake in = page({version(id)}, at);
        in.flow = flow;
        ASSERT_TRUE(store->intake(in).ok());
        ClaimFilter mine = filter(at, 1);
        mine.flows = {flow};
        Outcome o = outcome(store->claim(mine).value().at(0), state, at);
        o.activity.push_back(Json::object({{"kind", "attempt"}, {"state", to_string(state)}}));
        if (state == DeliveryState::delivered) o.target_ref = Json::object({{"number", "5" + id}});
        ASSERT_TRUE(store->finish(o).ok());
    }
    std::string numbers(const ActivityQuery& query) {
        std::string out;
        const auto found = store->find_activity(query);
        EXPECT_TRUE(found.ok());
        for (const ActivityRow& row : *found) out += row.source_id;
        return out;
    }
    static ActivityQuery where(const std::function<void(ActivityQuery&)>& set) {
        ActivityQuery q;
        set(q);
        return q;
    }
};
INSTANTIATE_TEST_SUITE_P(Backends, ActivityTest, testing::Values(sqlite), backend_name);

TEST_P(ActivityTest, IsFoundByFlowStateTimeAndNumber) {
    attempt("a", "1", DeliveryState::delivered, start);
    attempt("b", "2", DeliveryState::held, start + 1s);
    attempt("a", "3", DeliveryState::held, start + 2s);
    attempt("b", "4", DeliveryState::delivered, start + 3s);
    EXPECT_EQ(numbers({}), "4321");
    EXPECT_EQ(numbers(where([](auto& q) { q.flow = "a"; })), "31");
    EXPECT_EQ(numbers(where([](auto& q) { q.state = DeliveryState::held; })), "32");
    EXPECT_EQ(numbers(where([](auto& q) { q.flow = "b", q.state = DeliveryState::held; })), "2");
    EXPECT_EQ(numbers(where([](auto& q) { q.since = start + 1s, q.until = start + 3s; })), "32");
    EXPECT_EQ(numbers(where([](auto& q) { q.since = start + 1h; })), "");
    EXPECT_EQ(numbers(where([](auto& q) { q.text = "WEB-3"; })), "3");
    EXPECT_EQ(numbers(where([](auto& q) { q.text = "54"; })), "4") << "the document's number";
    EXPECT_EQ(numbers(where([](auto& q) { q.text = "WEB-", q.flow = "a", q.state = DeliveryState::delivered; })), "1");
    EXPECT_EQ(numbers(where([](auto& q) { q.text = "web%"; })), "");
}

TEST_P(ActivityTest, ACursorStaysRightWhileMoreIsWritten) {
    for (int i = 1; i <= 4; ++i) attempt("a", std::to_string(i), DeliveryState::delivered, start);
    ActivityQuery q;
    q.flow = "a";
    q.limit = 2;
    EXPECT_EQ(numbers(q), "43");
    q.before_id = store->find_activity(q).value().back().id;
    attempt("a", "9", DeliveryState::delivered, start);
    EXPECT_EQ(numbers(q), "21");
}

TEST_P(ActivityTest, WhatAPersonDidIsThereWithTheStateItLedTo) {
    attempt("a", "1", DeliveryState::held, start);
    ASSERT_TRUE(store->requeue(1, start).ok());
    ASSERT_TRUE(store->cancel(1, start).ok());
    const auto found = store->find_activity({}).value();
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].body["kind"].string(), "cancelled");
    EXPECT_EQ(found[1].body.dump(), R"({"kind":"requeued","from":"held","state":"pending"})");
}

}  // namespace
}  // namespace brygga::store
