// A person's word about a delivery that waits for one.
#include "backend.h"

namespace brygga::store {
namespace {

class RepairTest : public StoreTest {
protected:
    /// Record `id`, ended in this state with a write of unknown outcome.
    Delivery doubtful(const std::string& id, DeliveryState state = DeliveryState::in_doubt) {
        take_in({version(id)});
        const Delivery d = claim_one();
        EXPECT_TRUE(store->begin_step(d.id, d.fence, "document", "key", "hash", start, 0).ok());
        end(d, state);
        return d;
    }
    static IndexRow document(const std::string& id) {
        return {id, "N" + id, "order", "open", "1", Json::object({{"totals", Json::object({{"gross", 10}})}}), {}};
    }
    std::string step_state(std::int64_t id) { return store->delivery(id).value()->steps.at(0).state; }
};
INSTANTIATE_TEST_SUITE_P(Backends, RepairTest, testing::Values(sqlite), backend_name);

TEST_P(RepairTest, AnOrderThatIsThereIsBoundAndDelivered) {
    for (const DeliveryState state : {DeliveryState::in_doubt, DeliveryState::held, DeliveryState::dead}) {
        const std::string id{to_string(state)};
        const Delivery d = doubtful(id, state);
        ASSERT_TRUE(store->resolve(d.id, document(id), "anna", start + 1h).ok());
        const Delivery shown = store->delivery(d.id).value().value();
        EXPECT_EQ(shown.state, DeliveryState::delivered);
        EXPECT_EQ(shown.target_ref["number"].string(), "N" + id);
        EXPECT_EQ(shown.target_ref["connection"].string(), "ledger");
        EXPECT_EQ(shown.totals.dump(), R"({"source":null,"target":{"gross":10}})");
        EXPECT_EQ(shown.explain.at(0)["inputs"]["by"].string(), "anna");
        EXPECT_TRUE(shown.error.is_null());
        EXPECT_EQ(store->binding("ledger", "document", "shop", id).value()->target_id, id);
        EXPECT_EQ(store->activity(d.id).value().back()["kind"].string(), "resolved");
        EXPECT_FALSE(store->payload(d.id).value()) << "it has ended";
        EXPECT_EQ(store->resolve(d.id, document(id), "anna", start).error().code, "delivery.state");
    }
}

TEST_P(RepairTest, AWriteWithoutEffectIsNoIntentAnyMoreAndTheDeliveryGoesOn) {
    const Delivery d = doubtful("1");
    ASSERT_TRUE(store->deny(d.id, "anna", start).ok());
    EXPECT_EQ(state_of(d.id), DeliveryState::pending);
    EXPECT_EQ(step_state(d.id), "denied");
    reopen();
    const Delivery again = claim_one();
    ASSERT_EQ(again.id, d.id);
    EXPECT_EQ(again.steps.at(0).state, "denied");
    EXPECT_EQ(again.steps.at(0).attempt, 1);
    ASSERT_TRUE(store->begin_step(again.id, again.fence, "document", "key", "hash", start, 0).ok());
    EXPECT_EQ(step_state(d.id), "intent") << "it may have an effect again";
}

TEST_P(RepairTest, ADeniedVersionGoesBeforeANewerOne) {
    const Delivery d = doubtful("1");
    ASSERT_TRUE(store->deny(d.id, "anna", start).ok());
    EXPECT_EQ(take_in({version("1", "h2")}).superseded, 0);
    EXPECT_EQ(claim_one().id, d.id);
}

TEST_P(RepairTest, WhatIsNotInDoubtCannotBeDenied) {
    take_in({version("1")});
    EXPECT_EQ(store->deny(1, "anna", start).error().code, "delivery.state") << "pending";
    end(claim_one(), DeliveryState::held);
    const auto refused = store->deny(1, "anna", start);
    EXPECT_EQ(refused.error().code, "delivery.state");
    EXPECT_NE(refused.error().remedy.find("replay"), std::string::npos);
    EXPECT_EQ(store->deny(9, "anna", start).error().code, "delivery.not_found");
}

TEST_P(RepairTest, ADocumentBelongsToOneOrder) {
    const Delivery first = doubtful("1"), second = doubtful("2");
    ASSERT_TRUE(store->resolve(first.id, document("d"), "anna", start).ok());
    const auto taken = store->resolve(second.id, document("d"), "anna", start);
    EXPECT_EQ(taken.error().code, "document.taken");
    EXPECT_NE(taken.error().message.find("WEB-1"), std::string::npos) << taken.error().message;
    EXPECT_EQ(state_of(second.id), DeliveryState::in_doubt);
    EXPECT_FALSE(store->binding("ledger", "document", "shop", "2").value());
}

TEST_P(RepairTest, ANewerVersionIsTheOneToLookAt) {
    take_in({version("1")});
    const Delivery d = claim_one();
    ASSERT_TRUE(store
                    ->finish([&] {
                        Outcome o = outcome(d, DeliveryState::dead);
                        o.step = StepDone{"customer", Json::object({{"id", "1"}})};
                        return o;
                    }())
                    .ok());
    take_in({version("1", "h2")});
    EXPECT_EQ(store->resolve(d.id, document("d"), "anna", start).error().code, "delivery.state");
}

TEST_P(RepairTest, ACreditNoteTakesItsOwnPlace) {
    take_in({version("1")});
    const Delivery d = claim_one();
    Outcome before = outcome(d, DeliveryState::in_doubt);
    before.bindings.push_back(
        {"ledger", "document", "shop", "1", "i1", "1001", "invoice", "booked", "h", {}, Json{"all of it"}});
    before.bindings.push_back(
        {"ledger", "credit:1", "shop", "1", "", "", "credit_note_draft", "planned", "h", {}, Json{"rest"}});
    ASSERT_TRUE(store->begin_step(d.id, d.fence, "credit:1", "key", "hash", start, 0).ok());
    ASSERT_TRUE(store->finish(before).ok());
    EXPECT_EQ(store->resolve(d.id, document("d"), "anna", start).error().code, "document.kind");
    IndexRow note = document("n");
    note.kind = "credit_note";
    ASSERT_TRUE(store->resolve(d.id, note, "anna", start).ok());
    EXPECT_EQ(store->binding("ledger", "document", "shop", "1").value()->target_id, "i1");
    EXPECT_EQ(store->binding("ledger", "document", "shop", "1").value()->billed.string(), "all of it");
    EXPECT_EQ(store->binding("ledger", "credit:1", "shop", "1").value()->target_id, "n");
    EXPECT_EQ(store->binding("ledger", "credit:1", "shop", "1").value()->billed.string(), "rest");

    const Delivery other = doubtful("2");
    note.id = note.number = "n2";
    const auto refused = store->resolve(other.id, note, "anna", start);
    EXPECT_EQ(refused.error().code, "document.kind") << "a credit note is no order's document";
    EXPECT_FALSE(refused.error().remedy.empty());
}

}  // namespace
}  // namespace brygga::store
