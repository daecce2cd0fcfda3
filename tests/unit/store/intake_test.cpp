#include "backend.h"

namespace brygga::store {
namespace {

class IntakeTest : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Backends, IntakeTest, testing::Values(sqlite), backend_name);

TEST_P(IntakeTest, ANewRecordGetsOneDelivery) {
    const auto result = take_in({version("1"), version("2")});
    EXPECT_EQ(result.fresh, 2);
    EXPECT_EQ(result.unchanged, 0);
    const auto rows = store->deliveries({}).value();
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].source_number, "WEB-2");
    EXPECT_EQ(rows[0].state, DeliveryState::pending);
    EXPECT_EQ(rows[0].version, 1);
    EXPECT_EQ(rows[0].run_id, "run-1");
    EXPECT_EQ(rows[0].created_at, start);
}

TEST_P(IntakeTest, TheSameHashOnlyNotesTheRevision) {
    take_in({version("1", "h1", "r1")});
    const auto again = take_in({version("1", "h1", "r2")});
    EXPECT_EQ(again.fresh, 0);
    EXPECT_EQ(again.unchanged, 1);
    EXPECT_EQ(store->deliveries({}).value().size(), 1u);
    EXPECT_TRUE(store->seen("shop-orders", "order", "1", "r2").value());
    EXPECT_FALSE(store->seen("shop-orders", "order", "1", "r1").value());
}

TEST_P(IntakeTest, SeenIsExact) {
    take_in({version("1", "h1", "r1"), version("2", "h1", "")});
    EXPECT_TRUE(store->seen("shop-orders", "order", "1", "r1").value());
    EXPECT_FALSE(store->seen("shop-orders", "order", "1", "r").value());
    EXPECT_FALSE(store->seen("shop-orders", "order", "1", "").value());
    EXPECT_FALSE(store->seen("shop-orders", "order", "2", "").value());
    EXPECT_FALSE(store->seen("shop-orders", "invoice", "1", "r1").value());
    EXPECT_FALSE(store->seen("other", "order", "1", "r1").value());
}

TEST_P(IntakeTest, FlowsDoNotShareVersions) {
    take_in({version("1")});
    Intake other = page({version("1")});
    other.flow = "shop-invoices";
    EXPECT_EQ(store->intake(other)->fresh, 1);
}

TEST_P(IntakeTest, AnOldHashThatComesBackIsANewVersion) {
    take_in({version("1", "a")});
    take_in({version("1", "b")});
    EXPECT_EQ(take_in({version("1", "a")}).fresh, 1);
    EXPECT_EQ(claim_one().version, 3);
}

TEST_P(IntakeTest, ANewVersionSupersedesWhatNobodyBegan) {
    for (const DeliveryState state : {DeliveryState::pending, DeliveryState::held, DeliveryState::dead}) {
        const std::string id{to_string(state)};
        NewVersion old = version(id, "a");
        old.state = state;
        take_in({old});
        const auto first = store->deliveries({}).value().front().id;
        EXPECT_EQ(take_in({version(id, "b")}).superseded, 1) << id;
        EXPECT_EQ(state_of(first), DeliveryState::superseded);
        EXPECT_FALSE(store->payload(first).value().has_value());
        EXPECT_TRUE(store->payload(store->deliveries({}).value().front().id).value().has_value());
    }
}

TEST_P(IntakeTest, AWaitingVersionIsSupersededUnlessItsWriteIsOpen) {
    take_in({version("1", "a"), version("2", "a")});
    const auto both = claim();
    ASSERT_EQ(both.size(), 2u);
    ASSERT_TRUE(store->begin_step(both[1].id, both[1].fence, "document", "key-2", "q", start).ok());
    for (const Delivery& d : both) end(d, DeliveryState::waiting);
    EXPECT_EQ(take_in({version("1", "b"), version("2", "b")}).superseded, 1);
    EXPECT_EQ(state_of(both[0].id), DeliveryState::superseded);
    EXPECT_EQ(state_of(both[1].id), DeliveryState::waiting);
}

TEST_P(IntakeTest, AHeldVersionThatBeganToWriteStays) {
    take_in({version("1", "a")});
    const auto d = claim_one();
    ASSERT_TRUE(store->begin_step(d.id, d.fence, "document", "key", "q", start).ok());
    Outcome o = outcome(d, DeliveryState::held);
    o.step = StepDone{"document", Json::object({{"id", "77"}})};
    ASSERT_TRUE(store->finish(o).ok());
    EXPECT_EQ(take_in({version("1", "b")}).superseded, 0);
    EXPECT_EQ(state_of(d.id), DeliveryState::held);
}

TEST_P(IntakeTest, AVersionInFlightIsLeftAlone) {
    take_in({version("1", "a")});
    const auto d = claim_one();
    EXPECT_EQ(take_in({version("1", "b")}).superseded, 0);
    EXPECT_EQ(state_of(d.id), DeliveryState::in_flight);
}

TEST_P(IntakeTest, TwoVersionsInOnePageBothCount) {
    const auto result = take_in({version("1", "a"), version("1", "b"), version("1", "b")});
    EXPECT_EQ(result.fresh, 2);
    EXPECT_EQ(result.superseded, 1);
    EXPECT_EQ(result.unchanged, 1);
    EXPECT_EQ(claim_one().hash, "b");
}

TEST_P(IntakeTest, SkippedKeepsTheReasonAndNoPayload) {
    NewVersion v = version("1");
    v.state = DeliveryState::skipped;
    v.error = Json::object({{"code", "order.unpaid"}});
    v.explain = Json::array({Json::object({{"decision", "eligible"}})});
    take_in({v});
    const auto row = store->deliveries({}).value().at(0);
    EXPECT_EQ(row.state, DeliveryState::skipped);
    EXPECT_EQ(row.error["code"].string(), "order.unpaid");
    EXPECT_EQ(row.explain.size(), 1u);
    EXPECT_FALSE(store->payload(row.id).value().has_value());
    EXPECT_TRUE(claim().empty());
}

TEST_P(IntakeTest, TheCheckpointMovesWithTheRows) {
    Intake in = page({version("1")});
    in.checkpoint = R"({"page":2})";
    ASSERT_TRUE(store->intake(in).ok());
    EXPECT_EQ(store->flow("shop-orders", start)->checkpoint, R"({"page":2})");
    reopen();
    EXPECT_EQ(store->flow("shop-orders", start)->checkpoint, R"({"page":2})");
    EXPECT_EQ(store->deliveries({}).value().size(), 1u);
}

TEST_P(IntakeTest, ARecordCannotEnterAsDelivered) {
    NewVersion v = version("1");
    v.state = DeliveryState::delivered;
    EXPECT_FALSE(store->intake(page({v})).ok());
    EXPECT_TRUE(store->deliveries({}).value().empty());
}

}  // namespace
}  // namespace brygga::store
