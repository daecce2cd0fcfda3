#include "backend.h"

namespace brygga::store {
namespace {

class MemoryTest : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Backends, MemoryTest, testing::Values(sqlite), backend_name);

IndexRow customer(std::string id, std::string email, std::string number = "100") {
    IndexRow row;
    row.id = std::move(id);
    row.number = number;
    row.kind = "person";
    row.state = "open";
    row.version = "2026";
    row.fields = Json::object({{"email", email}});
    row.keys = {{"email", email}, {"number", number}};
    return row;
}

TEST_P(MemoryTest, RowsAreFoundByEachKey) {
    ASSERT_TRUE(store
                    ->index_put("ledger", "customer",
                                {customer("1", "a@example.com"), customer("2", "a@example.com", "200")}, "c1", start)
                    .ok());
    EXPECT_EQ(store->index_find("ledger", "customer", "email", "a@example.com").value().size(), 2u);
    const auto rows = store->index_find("ledger", "customer", "number", "200").value();
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].id, "2");
    EXPECT_EQ(rows[0].fields["email"].string(), "a@example.com");
    EXPECT_TRUE(store->index_find("ledger", "customer", "email", "200").value().empty());
    EXPECT_TRUE(store->index_find("ledger", "product", "number", "200").value().empty());
    EXPECT_TRUE(store->index_find("other", "customer", "number", "200").value().empty());
    EXPECT_TRUE(store->index_find("ledger", "customer", "email", "").value().empty());
}

TEST_P(MemoryTest, AChangedRowLosesItsOldKeys) {
    ASSERT_TRUE(store->index_put("ledger", "customer", {customer("1", "a@example.com")}, "c1", start).ok());
    ASSERT_TRUE(store->index_put("ledger", "customer", {customer("1", "b@example.com")}, "c2", start + 1s).ok());
    EXPECT_TRUE(store->index_find("ledger", "customer", "email", "a@example.com").value().empty());
    EXPECT_EQ(store->index_find("ledger", "customer", "email", "b@example.com").value().size(), 1u);
    EXPECT_EQ(store->index_find("ledger", "customer", "number", "100").value().size(), 1u);
    const auto state = store->index_state("ledger", "customer").value();
    EXPECT_EQ(state.cursor, "c2");
    EXPECT_EQ(state.read_at, start + 1s);
    EXPECT_EQ(state.rows, 1);
}

TEST_P(MemoryTest, ADeletedRowLeaves) {
    ASSERT_TRUE(store->index_put("ledger", "customer", {customer("1", "a@example.com")}, "c1", start).ok());
    IndexRow gone = customer("1", "");
    gone.deleted = true;
    IndexRow unknown = customer("9", "");
    unknown.deleted = true;
    ASSERT_TRUE(store->index_put("ledger", "customer", {gone, unknown}, "c2", start).ok());
    EXPECT_TRUE(store->index_find("ledger", "customer", "email", "a@example.com").value().empty());
    EXPECT_EQ(store->index_state("ledger", "customer").value().rows, 0);
}

TEST_P(MemoryTest, AnUnreadIndexHasNoState) {
    const auto state = store->index_state("ledger", "customer").value();
    EXPECT_EQ(state.cursor, "");
    EXPECT_FALSE(state.read_at.has_value());
    EXPECT_EQ(state.rows, 0);
}

TEST_P(MemoryTest, FactsAndSecretsSurviveARestart) {
    EXPECT_FALSE(store->fact("ledger", "prices").value().has_value());
    EXPECT_FALSE(store->secret("ledger", "refresh_token")->has_value());
    ASSERT_TRUE(store->set_fact("ledger", "prices", "net", start).ok());
    ASSERT_TRUE(store->set_fact("ledger", "prices", Json::object({{"person", "gross"}}), start).ok());
    ASSERT_TRUE(store->set_secret("ledger", "refresh_token", Secret{"one"}, start).ok());
    ASSERT_TRUE(store->set_secret("ledger", "refresh_token", Secret{"two"}, start).ok());
    const std::string install = store->install_id();
    reopen();
    EXPECT_EQ(store->fact("ledger", "prices").value().value()["person"].string(), "gross");
    EXPECT_EQ(store->secret("ledger", "refresh_token")->value().reveal(), "two");
    EXPECT_EQ(store->install_id(), install);
    EXPECT_EQ(install.size(), 32u);
}

TEST_P(MemoryTest, AFactMayBeNull) {
    ASSERT_TRUE(store->set_fact("a", "b", Json{}, start).ok());
    EXPECT_TRUE(store->fact("a", "b").value().has_value());
}

TEST_P(MemoryTest, FlowsAndRuns) {
    EXPECT_EQ(store->flow("f", start)->state, "running");
    EXPECT_EQ(store->flow("f", start + 1s)->created_at, start);
    ASSERT_TRUE(store->set_flow_state("f", "paused", start).ok());
    EXPECT_FALSE(store->set_flow_state("f", "jumping", start).ok());
    ASSERT_TRUE(store->set_checkpoint("f", "{}", start).ok());
    store::Run run{"r1", "f", "manual", "normal", "running", start, {}, {}, {}};
    ASSERT_TRUE(store->put_run(run).ok());
    run.state = "done";
    run.ended_at = start + 1s;
    run.counts = Json::object({{"read", 3}});
    ASSERT_TRUE(store->put_run(run).ok());
    ASSERT_TRUE(store->put_run({"r2", "f", "interval", "normal", "running", start + 5s, {}, {}, {}}).ok());
    reopen();
    EXPECT_EQ(store->flow("f", start)->state, "paused");
    EXPECT_EQ(store->flow("f", start)->checkpoint, "{}");
    EXPECT_EQ(store->flow("f", start)->last_run_at, start + 5s);
    const auto runs = store->runs("f", 10).value();
    ASSERT_EQ(runs.size(), 2u);
    EXPECT_EQ(runs[0].id, "r2");
    EXPECT_EQ(runs[1].counts["read"].integer(0), 3);
    EXPECT_EQ(store->runs("f", 1).value().size(), 1u);
    EXPECT_EQ(store->runs("", 10).value().size(), 2u);
    EXPECT_EQ(store->run("r1").value()->state, "done");
    EXPECT_FALSE(store->run("r9").value().has_value());
}

}  // namespace
}  // namespace brygga::store
