#include <future>
#include <set>

#include "backend.h"

namespace brygga::store {
namespace {

class WorkTest : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Backends, WorkTest, testing::Values(sqlite), backend_name);

TEST_P(WorkTest, AClaimIsGivenOnce) {
    take_in({version("1"), version("2"), version("3")});
    const auto first = claim(start, 2);
    ASSERT_EQ(first.size(), 2u);
    EXPECT_EQ(first[0].source_id, "1");
    EXPECT_EQ(first[0].payload, version("1").payload);
    EXPECT_EQ(first[0].state, DeliveryState::in_flight);
    EXPECT_EQ(claim().size(), 1u);
    EXPECT_TRUE(claim().empty());
}

TEST_P(WorkTest, OnlyTheAskedFlows) {
    take_in({version("1")});
    ClaimFilter other = filter();
    other.flows = {"other"};
    EXPECT_TRUE(store->claim(other)->empty());
    other.flows = {"other", "shop-orders"};
    EXPECT_EQ(store->claim(other)->size(), 1u);
}

TEST_P(WorkTest, LiveGoesBeforeBackfillAndOldBeforeNew) {
    Intake backfill = page({version("1"), version("2")});
    backfill.lane = Lane::backfill;
    ASSERT_TRUE(store->intake(backfill).ok());
    take_in({version("3"), version("4")});
    std::string order;
    for (const Delivery& d : claim(start, 3)) order += d.source_id;
    EXPECT_EQ(order, "341");
}

TEST_P(WorkTest, ALapsedLeaseIsClaimedAgainWithALaterFence) {
    take_in({version("1")});
    const auto first = claim_one();
    EXPECT_TRUE(claim(start + 119s).empty());
    const auto second = claim_one(start + 120s);
    EXPECT_EQ(second.id, first.id);
    EXPECT_GT(second.fence, first.fence);
    const auto refused = store->finish(outcome(first, DeliveryState::delivered));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, "store.fenced");
    EXPECT_EQ(store->begin_step(first.id, first.fence, "document", "k", "q", start).error().code, "store.fenced");
    EXPECT_EQ(state_of(first.id), DeliveryState::in_flight);
    end(second, DeliveryState::delivered);
    EXPECT_EQ(state_of(first.id), DeliveryState::delivered);
}

TEST_P(WorkTest, AnEndedDeliveryTakesNoMoreOutcomes) {
    take_in({version("1")});
    const auto d = claim_one();
    end(d, DeliveryState::delivered);
    EXPECT_EQ(store->finish(outcome(d, DeliveryState::dead)).error().code, "store.fenced");
    EXPECT_EQ(state_of(d.id), DeliveryState::delivered);
}

TEST_P(WorkTest, AnEndThatNobodyWaitsForIsStoredBeforeWhatIsWrittenAfterIt) {
    take_in({version("1"), version("2")});
    const auto both = claim(start, 2);
    ASSERT_EQ(both.size(), 2u);
    std::promise<bool> ended;
    store->finish_later(outcome(both[0], DeliveryState::delivered),
                        [&](const auto& end) { ended.set_value(end.ok()); });
    ASSERT_TRUE(store->begin_step(both[1].id, both[1].fence, "document", "k", "q", start).ok());
    EXPECT_EQ(state_of(both[0].id), DeliveryState::delivered);
    EXPECT_TRUE(ended.get_future().get());

    std::optional<std::string> refused;
    store->finish_later(outcome(both[0], DeliveryState::dead), [&](const auto& end) { refused = end.error().code; });
    EXPECT_EQ(refused, "store.fenced") << "told before it returns: nothing could be handed in";
}

TEST_P(WorkTest, WhatWasHandedInIsStoredBeforeTheStoreCloses) {
    take_in({version("1")});
    const auto d = claim_one();
    store->finish_later(outcome(d, DeliveryState::delivered), [](const auto&) {});
    reopen();
    EXPECT_EQ(state_of(d.id), DeliveryState::delivered);
}

TEST_P(WorkTest, AfterARestartWhatWasInFlightIsDueAtOnceAndItsIntentStays) {
    take_in({version("1")});
    const auto d = claim_one();
    ASSERT_TRUE(store->begin_step(d.id, d.fence, "document", "key", "q", start).ok());
    reopen();
    const auto again = claim_one();
    EXPECT_EQ(again.id, d.id);
    ASSERT_EQ(again.steps.size(), 1u);
    EXPECT_EQ(again.steps[0].state, "intent");
    const auto step = store->begin_step(again.id, again.fence, "document", "key", "q", start + 1s);
    EXPECT_EQ(step->attempt, 1);
    EXPECT_EQ(step->begun_at, start);
    EXPECT_EQ(store->begin_step(again.id, again.fence, "document", "key", "q", start + 2s)->attempt, 2);
}

TEST_P(WorkTest, ProgressKeepsTheLease) {
    take_in({version("1")});
    const auto d = claim_one();
    ASSERT_TRUE(store->begin_step(d.id, d.fence, "document", "key", "q", start + 100s).ok());
    EXPECT_TRUE(claim(start + 130s).empty());
    EXPECT_EQ(claim(start + 220s).size(), 1u);
}

TEST_P(WorkTest, ADoneStepIsRememberedWithItsResult) {
    take_in({version("1")});
    const auto d = claim_one();
    EXPECT_EQ(store->begin_step(d.id, d.fence, "customer", "key-c", "q", start)->attempt, 0);
    Outcome o = outcome(d, std::nullopt);
    o.step = StepDone{"customer", Json::object({{"id", "c-1"}, {"email", "ann@example.com"}})};
    ASSERT_TRUE(store->finish(o).ok());
    const auto step = store->begin_step(d.id, d.fence, "customer", "key-c", "q", start);
    EXPECT_EQ(step->state, "done");
    EXPECT_EQ(step->result["id"].string(), "c-1");
    EXPECT_EQ(step->attempt, 1);
    reopen();
    EXPECT_EQ(claim_one().steps.at(0).result["id"].string(), "c-1");
    EXPECT_EQ(store->delivery(d.id).value()->steps.at(0).result["id"].string(), "c-1");
}

TEST_P(WorkTest, OneVersionOfARecordAtATimeAndInOrder) {
    take_in({version("1", "a")});
    const auto first = claim_one();
    take_in({version("1", "b")});
    EXPECT_TRUE(claim().empty());
    end(first, DeliveryState::delivered);
    EXPECT_EQ(claim_one().version, 2);
}

TEST_P(WorkTest, AnOlderVersionInDoubtOrWaitingBlocks) {
    take_in({version("1", "a")});
    const auto first = claim_one();
    ASSERT_TRUE(store->begin_step(first.id, first.fence, "document", "key", "q", start).ok());
    end(first, DeliveryState::in_doubt);
    take_in({version("1", "b")});
    EXPECT_TRUE(claim().empty());
    ASSERT_TRUE(store->requeue(first.id, start).ok());
    const auto again = claim();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].id, first.id);
    Outcome o = outcome(again[0], DeliveryState::waiting);
    o.next_attempt_at = start + 90s;
    ASSERT_TRUE(store->finish(o).ok());
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(claim_one(start + 90s).id, first.id);
}

TEST_P(WorkTest, APersonChoosesTheVersionThatMapsItAndWhatIsDoneAnew) {
    take_in({version("1", "a")});
    const auto first = claim_one();
    for (const char* step : {"customer", "customer-update:1", "product:A-1", "productive", "document"})
        ASSERT_TRUE(store->begin_step(first.id, first.fence, step, "key", "q", start).ok());
    for (const char* step : {"customer", "customer-update:1", "product:A-1", "productive"}) {
        Outcome o = outcome(first, {});
        o.state.reset();
        o.step = StepDone{step, Json{"r"}};
        ASSERT_TRUE(store->finish(o).ok());
    }
    end(first, DeliveryState::dead);
    ASSERT_TRUE(store->requeue(first.id, start, {3, {"customer", "product"}}).ok());
    auto again = claim_one();
    EXPECT_EQ(again.chosen_version, 3);
    std::set<std::string> steps;
    for (const auto& step : again.steps) steps.insert(step.name);
    EXPECT_EQ(steps, (std::set<std::string>{"customer-update:1", "productive", "document"}));
    end(again, DeliveryState::dead);
    ASSERT_TRUE(store->requeue(first.id, start).ok());
    EXPECT_EQ(claim_one().chosen_version, 0) << "the word counts for one time";
}

TEST_P(WorkTest, ALaterVersionInheritsTheOpenWritesOfADeadOne) {
    take_in({version("1", "a")});
    const auto first = claim_one();
    ASSERT_TRUE(store->begin_step(first.id, first.fence, "document", "key", "q", start).ok());
    ASSERT_TRUE(store->begin_step(first.id, first.fence, "customer", "key-c", "q", start).ok());
    Outcome o = outcome(first, DeliveryState::dead);
    o.step = StepDone{"customer", Json{"c"}};
    ASSERT_TRUE(store->finish(o).ok());
    take_in({version("1", "b")});
    const auto second = claim_one(start + 1s);
    ASSERT_EQ(second.steps.size(), 1u);
    EXPECT_EQ(second.steps[0].name, "document");
    EXPECT_EQ(second.steps[0].attempt, 1);
    const auto step = store->begin_step(second.id, second.fence, "document", "key", "q2", start + 1s);
    EXPECT_EQ(step->attempt, 1);
    EXPECT_EQ(step->begun_at, start);
}

TEST_P(WorkTest, AWithdrawnIntentIsForgotten) {
    take_in({version("1")});
    const auto d = claim_one();
    const auto begin = [&](Instant now) {
        return store->begin_step(d.id, d.fence, "document", "key", "q", now).value();
    };
    const auto withdraw = [&] {
        Outcome o = outcome(d, std::nullopt);
        o.withdrawn_step = "document";
        ASSERT_TRUE(store->finish(o).ok());
    };
    EXPECT_EQ(begin(start).attempt, 0);
    withdraw();
    EXPECT_TRUE(store->delivery(d.id).value()->steps.empty());
    EXPECT_EQ(begin(start + 1s).attempt, 0);
    const auto second = begin(start + 2s);
    EXPECT_EQ(second.attempt, 1);
    EXPECT_EQ(second.begun_at, start + 1s);
    withdraw();
    EXPECT_EQ(begin(start + 3s).attempt, 0) << "earlier attempts were looked for before the last one";
}

TEST_P(WorkTest, AWaitingDeliveryComesWhenItIsDue) {
    take_in({version("1")});
    const auto d = claim_one();
    EXPECT_FALSE(store->next_due({"shop-orders"}).value().has_value());
    Outcome o = outcome(d, DeliveryState::waiting);
    o.next_attempt_at = start + 30s;
    o.attempts = 3;
    o.error = Json::object({{"code", "remote.down"}});
    ASSERT_TRUE(store->finish(o).ok());
    EXPECT_EQ(store->next_due({"shop-orders"}).value(), start + 30s);
    EXPECT_FALSE(store->next_due({"other"}).value().has_value());
    EXPECT_TRUE(claim(start + 29s).empty());
    const auto again = claim_one(start + 30s);
    EXPECT_EQ(again.attempts, 3);
    EXPECT_EQ(again.payload, d.payload);
    EXPECT_FALSE(store->next_due({"shop-orders"}).value().has_value());
}

TEST_P(WorkTest, ManyWaitingOnesDoNotStarveTheQueue) {
    std::vector<NewVersion> many;
    for (int i = 0; i < 50; ++i) many.push_back(version(std::to_string(i)));
    take_in(many);
    for (const Delivery& d : claim(start, 50)) {
        Outcome o = outcome(d, DeliveryState::waiting);
        o.next_attempt_at = start + 1s;
        ASSERT_TRUE(store->finish(o).ok());
    }
    take_in({version("new")});
    EXPECT_EQ(claim_one().source_id, "new");
    EXPECT_EQ(claim(start + 1s, 50).size(), 50u);
}

TEST_P(WorkTest, ThePayloadLeavesWithTheDelivery) {
    const DeliveryState keeps[] = {DeliveryState::held, DeliveryState::dead, DeliveryState::in_doubt,
                                   DeliveryState::waiting, DeliveryState::pending};
    const DeliveryState drops[] = {DeliveryState::delivered, DeliveryState::skipped, DeliveryState::superseded,
                                   DeliveryState::cancelled};
    int n = 0;
    const auto kept_after = [&](DeliveryState state) {
        take_in({version(std::to_string(++n))});
        auto all = claim(start, 100);
        EXPECT_FALSE(all.empty());
        const Delivery d = all.back();
        for (const Delivery& one : all) end(one, one.id == d.id ? state : DeliveryState::delivered);
        return store->payload(d.id).value().has_value();
    };
    for (const DeliveryState state : drops) EXPECT_FALSE(kept_after(state)) << to_string(state);
    for (const DeliveryState state : keeps) EXPECT_TRUE(kept_after(state)) << to_string(state);
}

TEST_P(WorkTest, FinishIsOneTransaction) {
    take_in({version("1")});
    const auto d = claim_one();
    ASSERT_TRUE(store->begin_step(d.id, d.fence, "document", "key", "q", start).ok());
    Outcome o = outcome(d, DeliveryState::delivered, start + 1s);
    o.step = StepDone{"document", Json::object({{"id", "doc-1"}})};
    o.bindings.push_back({"ledger", "order", "shop", "1", "doc-1", "5001", "order", "open", "h1",
                          Json::object({{"gross", Decimal::scaled(12500, 2)}})});
    o.index.push_back(
        {"document",
         IndexRow{"doc-1", "5001", "order", "open", "v1", Json::object({{"x", 1}}), {{"reference", "WEB-1"}}, false}});
    o.target_ref = Json::object({{"connection", "ledger"}, {"id", "doc-1"}, {"kind", "order"}, {"number", "5001"}});
    o.totals = Json::object({{"source", 1}});
    o.explain = Json::array({Json::object({{"decision", "customer"}}), Json::object({{"decision", "rows"}})});
    o.activity = {Json::object({{"kind", "delivered"}}), Json::object({{"kind", "note"}})};
    ASSERT_TRUE(store->finish(o).ok());

    const auto row = store->delivery(d.id).value().value();
    EXPECT_EQ(row.state, DeliveryState::delivered);
    EXPECT_EQ(row.updated_at, start + 1s);
    EXPECT_EQ(row.target_ref["number"].string(), "5001");
    EXPECT_EQ(row.explain.size(), 2u);
    EXPECT_EQ(row.totals["source"].integer(0), 1);
    EXPECT_EQ(row.steps.at(0).state, "done");
    const auto binding = store->binding("ledger", "order", "shop", "1").value();
    ASSERT_TRUE(binding.has_value());
    EXPECT_EQ(binding->target_id, "doc-1");
    EXPECT_EQ(binding->totals["gross"].decimal(), Decimal::scaled(12500, 2));
    EXPECT_EQ(store->index_find("ledger", "document", "reference", "WEB-1").value().size(), 1u);
    EXPECT_EQ(store->index_state("ledger", "document").value().rows, 1);
    const auto story = store->activity(d.id).value();
    ASSERT_EQ(story.size(), 2u);
    EXPECT_EQ(story[0]["kind"].string(), "delivered");
    EXPECT_EQ(story[0]["at"].string(), "2026-01-01T00:00:01.000Z");
}

TEST_P(WorkTest, ARefusedFinishLeavesNothing) {
    take_in({version("1")});
    const auto d = claim_one();
    Outcome o = outcome(d, DeliveryState::delivered);
    o.fence = d.fence - 1;
    o.bindings.push_back({"ledger", "order", "shop", "1", "doc-1", "", "order", "open", "h1", {}});
    o.activity = {Json::object({{"kind", "delivered"}})};
    EXPECT_EQ(store->finish(o).error().code, "store.fenced");
    EXPECT_FALSE(store->binding("ledger", "order", "shop", "1").value().has_value());
    EXPECT_TRUE(store->activity(d.id).value().empty());
}

TEST_P(WorkTest, ABindingIsReplaced) {
    take_in({version("1", "a")});
    Outcome o = outcome(claim_one(), DeliveryState::delivered);
    o.bindings.push_back({"ledger", "order", "shop", "1", "doc-1", "1", "order", "draft", "a", {}});
    ASSERT_TRUE(store->finish(o).ok());
    take_in({version("1", "b")});
    o.delivery = 0;
    Outcome second = outcome(claim_one(), DeliveryState::delivered);
    second.bindings.push_back({"ledger", "order", "shop", "1", "doc-1", "2", "order", "open", "b", {}});
    ASSERT_TRUE(store->finish(second).ok());
    EXPECT_EQ(store->binding("ledger", "order", "shop", "1").value()->number, "2");
    EXPECT_EQ(store->binding("ledger", "order", "shop", "1").value()->hash, "b");
}

TEST_P(WorkTest, WhatABindingBillsGoesWithIt) {
    take_in({version("1", "a")});
    Outcome o = outcome(claim_one(), DeliveryState::delivered);
    const Json billed = Json::object({{"lines", Json::array({"a mug of Anna"})}});
    o.bindings.push_back({"ledger", "document", "shop", "1", "doc-1", "1", "invoice", "booked", "a", {}, billed});
    ASSERT_TRUE(store->finish(o).ok());
    reopen();
    EXPECT_EQ(store->binding("ledger", "document", "shop", "1").value()->billed, billed);
    take_in({version("1", "b")});
    Outcome second = outcome(claim_one(), DeliveryState::delivered);
    second.bindings.push_back({"ledger", "document", "shop", "1", "doc-2", "2", "invoice", "booked", "b", {}});
    ASSERT_TRUE(store->finish(second).ok());
    EXPECT_TRUE(store->binding("ledger", "document", "shop", "1").value()->billed.is_null()) << "of another document";
}

TEST_P(WorkTest, AKeyIsTakenByOneUnfinishedDelivery) {
    take_in({version("1"), version("2")});
    const auto both = claim();
    const auto take = [&](const Delivery& d) {
        return store->claim_key("ledger", "customer", "ann@example.com", d.id).value();
    };
    EXPECT_TRUE(take(both[0]));
    EXPECT_TRUE(take(both[0]));
    EXPECT_FALSE(take(both[1]));
    EXPECT_TRUE(store->claim_key("ledger", "product", "ann@example.com", both[1].id).value());
    EXPECT_TRUE(store->claim_key("other", "customer", "ann@example.com", both[1].id).value());
    reopen();
    EXPECT_FALSE(take(both[1]));
}

TEST_P(WorkTest, AKeyIsReleasedByNameOrWithTheDelivery) {
    take_in({version("1"), version("2")});
    const auto both = claim();
    const auto take = [&](const Delivery& d, const std::string& key) {
        return store->claim_key("ledger", "customer", key, d.id).value();
    };
    ASSERT_TRUE(take(both[0], "a"));
    ASSERT_TRUE(take(both[0], "b"));
    Outcome o = outcome(both[0], std::nullopt);
    o.released_claims = {"a"};
    ASSERT_TRUE(store->finish(o).ok());
    EXPECT_TRUE(take(both[1], "a"));
    EXPECT_FALSE(take(both[1], "b"));
    end(both[0], DeliveryState::held);
    EXPECT_TRUE(take(both[1], "b"));
}

TEST_P(WorkTest, AKeyStaysWithAnOpenWrite) {
    take_in({version("1"), version("2")});
    const auto both = claim();
    ASSERT_TRUE(store->claim_key("ledger", "customer", "a", both[0].id).value());
    ASSERT_TRUE(store->begin_step(both[0].id, both[0].fence, "customer", "k", "q", start).ok());
    end(both[0], DeliveryState::dead);
    EXPECT_FALSE(store->claim_key("ledger", "customer", "a", both[1].id).value());
    ASSERT_TRUE(store->cancel(both[0].id, start).ok());
    EXPECT_TRUE(store->claim_key("ledger", "customer", "a", both[1].id).value());
}

}  // namespace
}  // namespace brygga::store
