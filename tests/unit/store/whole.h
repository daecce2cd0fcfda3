// What a crash test does with the store, and what it asks of the database afterwards: facts that belong together
// are there together. Used with one flow whose orders are named 0, 1, 2, ...
#pragma once

#include <sqlite3.h>

#include "backend.h"

namespace brygga::store {

inline std::int64_t number(sqlite3* database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    const std::int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_finalize(statement);
    return value;
}

/// A page of `count` orders that moves the checkpoint behind them.
inline Intake orders(int first, int count) {
    std::vector<NewVersion> versions;
    for (int n = first; n < first + count; ++n) versions.push_back(version(std::to_string(n)));
    Intake in = page(std::move(versions));
    in.checkpoint = std::to_string(first + count);
    return in;
}

/// Delivered, with its step, binding and activity.
inline Outcome delivered(const Delivery& d, Instant now = start) {
    Outcome o = outcome(d, DeliveryState::delivered, now);
    o.step = StepDone{"document", Json::object({{"id", d.source_id}})};
    o.bindings.push_back({"ledger", "order", "shop", d.source_id, "t" + d.source_id, "", "order", "open", d.hash, {}});
    o.activity = {Json::object({{"kind", "delivered"}})};
    return o;
}

inline void check_whole(const std::string& path) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(number(database, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    for (const char* broken : {
             "delivery d WHERE (state = 'delivered') <> EXISTS(SELECT 1 FROM binding WHERE source_id = d.source_id)",
             "delivery d WHERE (state = 'delivered') <> EXISTS(SELECT 1 FROM activity WHERE delivery = d.id)",
             "delivery d WHERE (state = 'delivered') <> NOT EXISTS(SELECT 1 FROM payload WHERE delivery = d.id)",
             "step s JOIN delivery d ON d.id = s.delivery WHERE (s.state = 'done') <> (d.state = 'delivered')",
             "record r WHERE 1 <> (SELECT count(*) FROM delivery WHERE record = r.id)",
         })
        EXPECT_EQ(number(database, ("SELECT count(*) FROM " + std::string{broken}).c_str()), 0) << broken;
    EXPECT_EQ(number(database, "SELECT coalesce(sum(count), 0) = (SELECT count(*) FROM delivery) FROM tally"), 1);
    EXPECT_EQ(
        number(database,
               "SELECT coalesce((SELECT CAST(checkpoint AS INTEGER) FROM flow), 0) = (SELECT count(*) FROM record)"),
        1)
        << "checkpoint and rows move together";
    sqlite3_close(database);
}

}  // namespace brygga::store
