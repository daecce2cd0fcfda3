#include "backend.h"

namespace brygga::store {
namespace {

class WatchTest : public StoreTest {
protected:
    std::string ids(const DeliveryQuery& query) {
        std::string out;
        const auto found = store->deliveries(query);
        for (const Delivery& d : found.value()) out += d.source_id;
        return out;
    }
};
INSTANTIATE_TEST_SUITE_P(Backends, WatchTest, testing::Values(sqlite), backend_name);

TEST_P(WatchTest, DeliveriesAreListedNewestFirstAndPaged) {
    for (int i = 1; i <= 5; ++i) take_in({version(std::to_string(i))}, start + i * 1s);
    DeliveryQuery q;
    q.limit = 2;
    EXPECT_EQ(ids(q), "54");
    q.before_id = store->deliveries(q).value().back().id;
    EXPECT_EQ(ids(q), "32");
    DeliveryQuery time;
    time.since = start + 2s;
    time.until = start + 4s;
    EXPECT_EQ(ids(time), "32");
    time.since = start + 9s;
    time.until = {};
    EXPECT_EQ(ids(time), "");
}

TEST_P(WatchTest, DeliveriesAreFiltered) {
    take_in({version("1"), version("2"), version("3")});
    Intake other = page({version("4")});
    other.flow = "other";
    other.lane = Lane::backfill;
    ASSERT_TRUE(store->intake(other).ok());
    const auto claimed = claim(start, 2);
    end(claimed[0], DeliveryState::held);
    Outcome o = outcome(claimed[1], DeliveryState::delivered);
    o.target_ref = Json::object({{"number", "5002"}});
    ASSERT_TRUE(store->finish(o).ok());
    const auto where = [](auto&& set) {
        DeliveryQuery q;
        set(q);
        return q;
    };
    EXPECT_EQ(ids(where([](auto& q) { q.states = {DeliveryState::held}; })), "1");
    EXPECT_EQ(ids(where([](auto& q) { q.states = {DeliveryState::held, DeliveryState::pending}; })), "431");
    EXPECT_EQ(ids(where([](auto& q) { q.states = {DeliveryState::pending}, q.flow = "shop-orders"; })), "3");
    EXPECT_EQ(ids(where([](auto& q) { q.flow = "other"; })), "4");
    EXPECT_EQ(ids(where([](auto& q) { q.type = "order"; })), "4321");
    EXPECT_EQ(ids(where([](auto& q) { q.type = "invoice"; })), "");
    EXPECT_EQ(ids(where([](auto& q) { q.text = "WEB-3"; })), "3");
    EXPECT_EQ(ids(where([](auto& q) { q.text = "5002"; })), "2");
    EXPECT_EQ(ids(where([](auto& q) { q.text = "WEB-"; })), "4321");
    EXPECT_EQ(ids(where([](auto& q) { q.text = "WEB-", q.states = {DeliveryState::held}; })), "1");
    EXPECT_EQ(ids(where([](auto& q) { q.text = "web%"; })), "");
}

TEST_P(WatchTest, CountsFollowEveryMove) {
    take_in({version("1"), version("2"), version("3", "a")});
    take_in({version("3", "b")});
    const auto claimed = claim(start, 2);
    end(claimed[0], DeliveryState::delivered);
    end(claimed[1], DeliveryState::held);
    ASSERT_TRUE(store->requeue(claimed[1].id, start).ok());
    std::map<DeliveryState, std::int64_t> counts;
    const auto shown = store->counts();
    for (const auto& c : shown.value()) {
        EXPECT_EQ(c.flow, "shop-orders");
        counts[c.state] = c.count;
    }
    const std::map<DeliveryState, std::int64_t> expected{
        {DeliveryState::delivered, 1}, {DeliveryState::pending, 2}, {DeliveryState::superseded, 1}};
    EXPECT_EQ(counts, expected);
}

TEST_P(WatchTest, OfStockOnlyTheNewestLevelIsKept) {
    const auto take = [&](const char* type, const char* id, const char* hash) {
        NewVersion v = version(id, hash);
        v.type = type;
        take_in({v});
        for (const Delivery& d : claim(start, 9)) end(d, DeliveryState::delivered);
    };
    for (const char* hash : {"a", "b", "c"}) take("stock", "1", hash), take("order", "2", hash);
    take("stock", "3", "a");
    ASSERT_TRUE(store->prune({start - 1h, start - 1h, start}).ok());
    EXPECT_EQ(ids({}), "3212121") << "they are young";
    ASSERT_TRUE(store->prune({start + 1h, start - 1h, start}).ok());
    EXPECT_EQ(ids({}), "32122") << "the last level of each article stays, and every version of an order";
    const auto counts = store->counts().value();
    ASSERT_EQ(counts.size(), 1u);
    EXPECT_EQ(counts.front().count, 5);
    take("stock", "1", "c");
    EXPECT_EQ(store->deliveries({}).value().size(), 5u) << "its hash is still known";
}

TEST_P(WatchTest, APlanGoesWithItsRun) {
    const Json plan = *Json::parse(R"({"records":[{"number":"WEB-1","source":{"email":"anna@example.com"}}]})");
    store::Run run{"r1", "shop-orders", "manual", "dry_run", "running", start, std::nullopt, {}, {}};
    ASSERT_TRUE(store->put_run(run).ok());
    EXPECT_FALSE(store->plan("r1").value());
    ASSERT_TRUE(store->put_plan("r1", Json::object()).ok());
    ASSERT_TRUE(store->put_plan("r1", plan).ok());
    EXPECT_EQ(store->plan("r1").value(), plan);
    ASSERT_TRUE(store->prune({start, start + 1h, start}).ok());
    EXPECT_TRUE(store->plan("r1").value()) << "it has not ended";
    run.ended_at = start;
    ASSERT_TRUE(store->put_run(run).ok());
    ASSERT_TRUE(store->prune({start, start + 1h, start}).ok());
    EXPECT_FALSE(store->plan("r1").value());
    EXPECT_FALSE(store->run("r1").value());
}

TEST_P(WatchTest, RunsThatNobodyEndsAreCancelled) {
    for (const char* state : {"queued", "running", "done"}) {
        store::Run run{state, "shop-orders", "manual", "live", state, start, std::nullopt, {}, {}};
        if (run.state == "done") run.ended_at = start;
        ASSERT_TRUE(store->put_run(run).ok());
    }
    ASSERT_TRUE(store->abandon_runs(start + 1h).ok());
    for (const char* left : {"queued", "running"}) {
        const auto run = store->run(left).value();
        EXPECT_EQ(run->state, "cancelled");
        EXPECT_EQ(run->ended_at, start + 1h);
    }
    EXPECT_EQ(store->run("done").value()->state, "done");
    EXPECT_EQ(store->run("done").value()->ended_at, start);
}

TEST_P(WatchTest, RequeueStartsAgainAndKeepsDoneSteps) {
    take_in({version("1")});
    const auto d = claim_one();
    ASSERT_TRUE(store->begin_step(d.id, d.fence, "customer", "k", "q", start).ok());
    Outcome o = outcome(d, DeliveryState::dead);
    o.step = StepDone{"customer", Json::object({{"id", "c"}})};
    o.attempts = 8;
    o.error = Json::object({{"code", "x"}});
    ASSERT_TRUE(store->finish(o).ok());
    ASSERT_TRUE(store->requeue(d.id, start + 1s).ok());
    const auto again = claim_one(start + 1s);
    EXPECT_EQ(again.attempts, 0);
    EXPECT_TRUE(again.error.is_null());
    EXPECT_EQ(again.steps.at(0).result["id"].string(), "c");
    EXPECT_EQ(store->activity(d.id).value().at(0)["kind"].string(), "requeued");
}

TEST_P(WatchTest, RequeueAndCancelSayWhyNot) {
    take_in({version("1", "a")});
    EXPECT_EQ(store->requeue(99, start).error().code, "delivery.not_found");
    const auto d = claim_one();
    EXPECT_EQ(store->requeue(d.id, start).error().code, "delivery.state");
    EXPECT_EQ(store->cancel(d.id, start).error().code, "delivery.state");
    ASSERT_TRUE(store->begin_step(d.id, d.fence, "document", "k", "q", start).ok());
    end(d, DeliveryState::held);
    take_in({version("1", "b")});
    const auto refused = store->requeue(d.id, start);
    EXPECT_EQ(refused.error().code, "delivery.state");
    EXPECT_NE(refused.error().message.find("newer version"), std::string::npos);
    EXPECT_TRUE(store->cancel(d.id, start).ok());
    EXPECT_EQ(state_of(d.id), DeliveryState::cancelled);
    EXPECT_EQ(store->cancel(d.id, start).error().code, "delivery.state");
}

TEST_P(WatchTest, ACancelledPendingDeliveryIsNotClaimed) {
    take_in({version("1")});
    ASSERT_TRUE(store->cancel(store->deliveries({}).value().front().id, start).ok());
    EXPECT_TRUE(claim().empty());
}

TEST_P(WatchTest, RestartRequeuesTheDeadOfOneFlow) {
    take_in({version("1"), version("2"), version("3")});
    const auto all = claim();
    end(all[0], DeliveryState::dead);
    end(all[1], DeliveryState::dead);
    end(all[2], DeliveryState::held);
    EXPECT_EQ(store->restart("other", start).value(), 0);
    EXPECT_EQ(store->restart("shop-orders", start).value(), 2);
    EXPECT_EQ(claim().size(), 2u);
}

TEST_P(WatchTest, PruneKeepsWhatIsYoungAndWhatMayStillGo) {
    take_in({version("1"), version("2"), version("3")});
    const auto all = claim();
    Outcome o = outcome(all[0], DeliveryState::dead, start + 1s);
    for (int i = 0; i < 1200; ++i) o.activity.push_back(Json::object({{"kind", "old"}}));
    ASSERT_TRUE(store->finish(o).ok());
    Outcome young = outcome(all[1], DeliveryState::dead, start + 10s);
    young.activity = {Json::object({{"kind", "young"}})};
    ASSERT_TRUE(store->finish(young).ok());
    end(all[2], DeliveryState::held, start + 1s);
    ASSERT_TRUE(store->put_run({"r1", "f", "manual", "normal", "done", start, start, {}, {}}).ok());
    ASSERT_TRUE(store->put_run({"r2", "f", "manual", "normal", "running", start, {}, {}, {}}).ok());
    ASSERT_TRUE(store->put_run({"r3", "f", "manual", "normal", "done", start + 9s, start + 9s, {}, {}}).ok());

    ASSERT_TRUE(store->prune({start + 5s, start + 5s, start + 5s}).ok());
    EXPECT_TRUE(store->activity(all[0].id).value().empty());
    EXPECT_EQ(store->activity(all[1].id).value().size(), 1u);
    EXPECT_FALSE(store->payload(all[0].id).value().has_value());
    EXPECT_TRUE(store->payload(all[1].id).value().has_value());
    EXPECT_TRUE(store->payload(all[2].id).value().has_value());
    EXPECT_FALSE(store->run("r1").value().has_value());
    EXPECT_TRUE(store->run("r2").value().has_value());
    EXPECT_TRUE(store->run("r3").value().has_value());
    EXPECT_EQ(store->requeue(all[0].id, start).error().code, "delivery.state");
    EXPECT_EQ(store->restart("shop-orders", start).value(), 1);
}

TEST_P(WatchTest, PingIsAWrite) { EXPECT_TRUE(store->ping().ok()); }

}  // namespace
}  // namespace brygga::store
