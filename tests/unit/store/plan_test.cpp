// No verb may cost more when the history grows: every statement that the suite runs is explained, and none may
// walk a table from end to end.
#include <sqlite3.h>

#include <mutex>
#include <set>

#include "backend.h"
#include "store/keys.h"

namespace brygga::store {
namespace {

struct Seen {
    std::mutex mutex;
    std::set<std::string> statements;
};
Seen& seen() {
    static Seen all;
    return all;
}

int note(unsigned, void*, void* statement, void*) {
    if (const char* sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement))) {
        const std::lock_guard lock{seen().mutex};
        seen().statements.insert(sql);
    }
    return 0;
}
int watch(sqlite3* database, const char**, const struct sqlite3_api_routines*) {
    return sqlite3_trace_v2(database, SQLITE_TRACE_STMT, note, nullptr);
}

/// Every verb once, with what brings it to each of its statements.
void use(Store& store) {
    NewVersion dead = version("9");
    dead.state = DeliveryState::dead;
    Intake in = page({version("1", "a"), version("2"), version("3"), dead});
    in.checkpoint = "{}";
    ASSERT_TRUE(store.intake(in).ok());
    ASSERT_TRUE(store.intake(page({version("1", "b"), version("2", "h1", "r2")})).ok());
    (void)store.seen("shop-orders", "order", "1", "r1");
    const auto claimed = *store.claim(filter(start, 2));
    ASSERT_EQ(claimed.size(), 2u);
    (void)store.next_due({"shop-orders"});
    ASSERT_TRUE(store.begin_step(claimed[0].id, claimed[0].fence, "document", "k", "q", start + 100s).ok());
    ASSERT_TRUE(store.claim_key("ledger", "customer", "a", claimed[0].id).ok());
    ASSERT_TRUE(store.claim_key("ledger", "customer", "a", claimed[1].id).ok());
    Outcome o = outcome(claimed[0], DeliveryState::delivered);
    o.step = StepDone{"document", Json::object()};
    o.bindings.push_back({"ledger", "order", "shop", "2", "d", "", "order", "open", "h1", {}});
    o.index.push_back({"document", IndexRow{"d", "5", "order", "open", "", {}, {{"reference", "WEB-2"}}, false}});
    o.released_claims = {"a"};
    o.explain = Json::array({Json::object()});
    o.activity = {Json::object({{"kind", "x"}})};
    o.target_ref = Json::object({{"number", "5"}});
    ASSERT_TRUE(store.finish(o).ok());
    Outcome parked = outcome(claimed[1], std::nullopt);
    parked.explain = o.explain;
    parked.withdrawn_step = "document";
    ASSERT_TRUE(store.finish(parked).ok());
    parked.state = DeliveryState::held;
    ASSERT_TRUE(store.finish(parked).ok());
    (void)store.binding("ledger", "order", "shop", "2");
    (void)store.index_find("ledger", "document", "reference", "WEB-2");
    IndexRow gone{"d", "", "", "", "", {}, {}, true};
    ASSERT_TRUE(store.index_put("ledger", "document", {gone}, "c", start).ok());
    (void)store.index_state("ledger", "document");
    ASSERT_TRUE(store.set_fact("a", "b", 1, start).ok());
    (void)store.fact("a", "b");
    ASSERT_TRUE(store.set_secret("a", "b", Secret{"c"}, start).ok());
    EXPECT_TRUE(store.secret("a", "b").ok());
    ASSERT_TRUE(store.flow("f", start).ok());
    ASSERT_TRUE(store.set_flow_state("f", "paused", start).ok());
    ASSERT_TRUE(store.set_checkpoint("f", "{}", start).ok());
    ASSERT_TRUE(store.put_run({"r", "f", "manual", "normal", "done", start, start, {}, {}}).ok());
    (void)store.runs("f", 5);
    (void)store.runs("", 5);
    (void)store.run("r");
    ASSERT_TRUE(store.activate({{"f", "h", "text", 0, ""}}, start, {{"flows", "f", "{}"}, {"flows", "g", ""}}).ok());
    ASSERT_TRUE(store.documents().ok());
    EXPECT_TRUE(store.flow_versions("f", 0, 5).ok());
    EXPECT_TRUE(store.flow_version("f", 1).ok());
    DeliveryQuery query;
    (void)store.deliveries(query);
    query.since = query.until = start;
    query.states = {DeliveryState::held};
    (void)store.deliveries(query);
    query.source_number = "WEB-1";
    (void)store.deliveries(query);
    query.source_number.clear();
    query.source_record = "WEB-1";
    (void)store.deliveries(query);
    query.source_record.clear();
    query.text = "WEB";
    (void)store.deliveries(query);
    (void)store.delivery(1);
    (void)store.payload(1);
    (void)store.activity(1);
    (void)store.counts();
    ASSERT_TRUE(store.requeue(claimed[1].id, start).ok());
    ASSERT_TRUE(store.cancel(claimed[1].id, start).ok());
    ASSERT_TRUE(store.restart("shop-orders", start).ok());
    ASSERT_TRUE(store.put_plan("run", Json::object()).ok());
    ASSERT_TRUE(store.plan("run").ok());
    ASSERT_TRUE(store.abandon_runs(start).ok());
    ASSERT_TRUE(store.prune({start, start, start}).ok());
    ASSERT_TRUE(store.access().put_token({"t", "n", "viewer", start, {}, {}}, "hash").ok());
    ASSERT_TRUE(store.access().token_with("hash").ok());
    ASSERT_TRUE(store.access().used_token("t", start).ok());
    ASSERT_TRUE(store.access().tokens().ok());
    ASSERT_TRUE(store.access().remove_token("t").ok());
    AuditEntry entry{0, start, "admin", "", "flow.pause", "f"};
    entry.id = store.access().begin_audit(entry).value();
    ASSERT_TRUE(store.access().end_audit(entry).ok());
    ASSERT_TRUE(store.access().audit("", 0, 5).ok());
    ASSERT_TRUE(store.access().audit("f", 0, 5).ok());
    ASSERT_TRUE(store.access().begin_answer({"admin", "k", "q"}, start).ok());
    ASSERT_TRUE(store.access().end_answer({"admin", "k", "q"}, 200, "{}").ok());
    ASSERT_TRUE(store.access().begin_answer({"admin", "k", "q"}, start).ok());
    ASSERT_TRUE(store.ping().ok());
    ActivityQuery activity;
    ASSERT_TRUE(store.find_activity(activity).ok());
    activity.since = start;
    activity.flow = "shop-orders";
    ASSERT_TRUE(store.find_activity(activity).ok());
    activity.text = "WEB";
    ASSERT_TRUE(store.find_activity(activity).ok());
    (void)store.resolve(claimed[1].id, {}, "admin", start);
    (void)store.deny(claimed[1].id, "admin", start);
    ASSERT_TRUE(store.keys().rotate(start).ok());
    while (store.keys().seal_anew(start).value()) {
    }
}

bool grows(const std::string& step) {
    if (!step.starts_with("SCAN")) return false;
    // Bounded by a LIMIT, by what is unfinished (payload), or tables that do not grow with the history.
    for (const char* allowed :
         {"SCAN tally", "SCAN fence", "SCAN data_key", "SCAN activity", "SCAN audit", "SCAN (subquery", "SCAN p",
          "SCAN sqlite_schema", "SCAN delivery USING INDEX delivery_due", "SCAN run USING INDEX run_by_start",
          "SCAN CONSTANT ROW", "SCAN token", "SCAN document"})
        if (step.starts_with(allowed)) return false;
    return true;
}

TEST(PlanTest, NoVerbWalksTheHistory) {
    ASSERT_EQ(sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch)), SQLITE_OK);
    NullLog log;
    Directory directory;
    auto store = std::move(open_store(directory.path + "/brygga.db", log).value());
    use(*store);
    store.reset();
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(watch));

    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((directory.path + "/brygga.db").c_str(), &database), SQLITE_OK);
    int explained = 0;
    for (const std::string& sql : seen().statements) {
        // The first word decides; schema and transaction statements have no plan.
        if (!sql.starts_with("SELECT") && !sql.starts_with("UPDATE") && !sql.starts_with("DELETE") &&
            !sql.starts_with("INSERT"))
            continue;
        sqlite3_stmt* plan = nullptr;
        ASSERT_EQ(sqlite3_prepare_v2(database, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &plan, nullptr), SQLITE_OK)
            << sql;
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const std::string step = reinterpret_cast<const char*>(sqlite3_column_text(plan, 3));
            EXPECT_FALSE(grows(step)) << step << "\n" << sql;
        }
        sqlite3_finalize(plan);
        ++explained;
    }
    sqlite3_close(database);
    EXPECT_GT(explained, 60);
}

}  // namespace
}  // namespace brygga::store
