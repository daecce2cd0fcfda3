// Searching what happened to deliveries.
#include "backend.h"
#include "store/migrations.h"
#include "store/sqlite.h"

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

TEST(Activity, OfASchemaBeforeIsFoundToo) {
    const Directory directory;
    const std::string path = directory.path + "/brygga.db";
    NullLog log;
    {
        Database before{path, Database::Role::writer};
        migrate(before, migrations().first(4), log);
        before.script(R"(INSERT INTO delivery(id, record, version, flow, run_id, type, source_connection, source_id,
                source_number, target_connection, hash, state, lane, attempts, created_at, updated_at)
                VALUES(7, 1, 1, 'f', 'r', 'order', 'shop', '1', 'WEB-1', 'books', 'h', 'held', 0, 0, 1, 1);
            INSERT INTO activity(delivery, at, body) VALUES(7, 1, '{"kind":"attempt","state":"held"}'),
                (7, 2, '{"kind":"requeued","from":"held"}'), (8, 3, '{"kind":"attempt"}'))");
    }
    const auto store = std::move(open_store(path, log).value());
    ActivityQuery query;
    query.flow = "f";
    EXPECT_EQ(store->find_activity(query).value().size(), 2u);
    query.state = DeliveryState::pending;
    const auto found = store->find_activity(query).value();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].source_number, "WEB-1");
    EXPECT_EQ(store->find_activity({}).value().size(), 3u);
}

}  // namespace
}  // namespace brygga::store
