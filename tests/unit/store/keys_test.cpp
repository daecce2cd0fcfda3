// Rotation of the data key: all stays readable, and nothing stays sealed with an old one.
#include <sqlite3.h>

#include "backend.h"
#include "store/keys.h"

namespace brygga::store {
namespace {

class KeysTest : public StoreTest {
protected:
    /// One cell of every sealed table, in many records.
    void fill(int records) {
        for (int i = 1; i <= records; ++i) {
            const std::string id = std::to_string(i);
            take_in({version(id)});
            Delivery d = claim_one();
            Outcome o = outcome(d, DeliveryState::held);
            o.step = StepDone{"customer", Json::object({{"id", id}})};
            if (i == 1)
                o.bindings.push_back(
                    {"ledger", "document", "shop", id, "d", "1", "invoice", "booked", "h", {}, "mugs"});
            ASSERT_TRUE(store->finish(o).ok());
        }
        IndexRow row{"7", "", "", "", "", Json::object({{"name", "x"}}), {{"email", "a@example.com"}}};
        ASSERT_TRUE(store->index_put("ledger", "customer", {row}, "c", start).ok());
        ASSERT_TRUE(store->set_secret("ledger", "refresh_token", Secret{"r"}, start).ok());
        ASSERT_TRUE(store->put_plan("run", Json::object({{"records", 1}})).ok());
        ASSERT_TRUE(store->activate({{"f", "h", "text", 0, ""}}, start, {{"flows", "f", "{}"}}).ok());
        ASSERT_TRUE(store->access().begin_answer({"admin", "k", "q"}, start).ok());
        ASSERT_TRUE(store->access().end_answer({"admin", "k", "q"}, 200, "{}").ok());
    }
    void expect_all(int records) {
        for (int i = 1; i <= records; ++i) {
            EXPECT_EQ(store->payload(i).value().value(), version(std::to_string(i)).payload);
            EXPECT_EQ(store->delivery(i).value()->steps.at(0).result["id"].string(), std::to_string(i));
        }
        EXPECT_EQ(store->binding("ledger", "document", "shop", "1").value()->billed.string(), "mugs");
        EXPECT_EQ(store->index_find("ledger", "customer", "email", "a@example.com").value().size(), 1u);
        EXPECT_EQ(store->secret("ledger", "refresh_token").value()->reveal(), "r");
        EXPECT_EQ(store->plan("run").value()->dump(), R"({"records":1})");
        EXPECT_EQ(store->flow_version("f", 1).value()->definition, "text");
        EXPECT_EQ(store->documents().value().at(0).text, "{}");
        EXPECT_EQ(store->access().begin_answer({"admin", "k", "q"}, start).value()->content, "{}");
    }
    int pieces() {
        int n = 0;
        while (store->keys().seal_anew(start).value()) ++n;
        return n;
    }
    /// Cells that another key than this one has sealed, over all tables.
    int sealed_by_others(int number) {
        sqlite3* db = nullptr;
        EXPECT_EQ(sqlite3_open((directory.path + "/brygga.db").c_str(), &db), SQLITE_OK);
        int found = 0, tables = 0;
        for (const auto& [table, column] :
             {std::pair{"secret", "value"}, std::pair{"document", "content"}, std::pair{"flow_version", "definition"},
              std::pair{"run_plan", "content"}, std::pair{"answer", "content"}, std::pair{"payload", "content"},
              std::pair{"target", "fields"}, std::pair{"step", "result"}, std::pair{"billed", "content"}}) {
            sqlite3_stmt* q = nullptr;
            const std::string sql = std::string{"SELECT substr("} + column + ", 1, 1) FROM " + table;
            EXPECT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &q, nullptr), SQLITE_OK);
            int rows = 0;
            for (; sqlite3_step(q) == SQLITE_ROW; ++rows)
                if (sqlite3_column_bytes(q, 0) == 1 && *static_cast<const char*>(sqlite3_column_blob(q, 0)) != number)
                    ++found;
            sqlite3_finalize(q);
            EXPECT_GT(rows, 0) << table;
            ++tables;
        }
        sqlite3_close(db);
        EXPECT_EQ(tables, 9);
        return found;
    }
};
INSTANTIATE_TEST_SUITE_P(Backends, KeysTest, testing::Values(sqlite), backend_name);

TEST_P(KeysTest, ARotationSealsEverythingAnewAndAllStaysReadable) {
    fill(450);
    EXPECT_FALSE(store->keys().seal_anew(start).value()) << "there is nothing to do";
    EXPECT_FALSE(store->keys().key_state().value().rotated_at);
    const KeyState begun = store->keys().rotate(start + 1h).value();
    EXPECT_EQ(begun.number, 2);
    EXPECT_EQ(begun.rotated_at, start + 1h);
    EXPECT_EQ(begun.table, "secret");
    expect_all(450);
    EXPECT_EQ(store->keys().rotate(start).error().code, "keys.rotating");
    EXPECT_GT(pieces(), 10) << "in pieces";
    const KeyState over = store->keys().key_state().value();
    EXPECT_TRUE(over.sealed_anew_at);
    EXPECT_EQ(over.sealed, 450 * 2 + 7);
    EXPECT_EQ(over.unreadable, 0);
    EXPECT_EQ(sealed_by_others(2), 0);
    reopen();
    expect_all(450);
    EXPECT_EQ(store->keys().rotate(start + 2h).value().number, 3);
    pieces();
    EXPECT_EQ(sealed_by_others(3), 0);
}

TEST_P(KeysTest, ARotationGoesOnWhereARestartCutIt) {
    fill(300);
    ASSERT_TRUE(store->keys().rotate(start).ok());
    int restarts = 0;
    for (; store->keys().seal_anew(start).value(); ++restarts) {
        reopen();
        if (restarts % 7 == 0) expect_all(300);
    }
    EXPECT_GT(restarts, 10);
    EXPECT_EQ(store->keys().key_state().value().sealed, 300 * 2 + 7) << "none twice";
    EXPECT_EQ(sealed_by_others(2), 0);
}

TEST_P(KeysTest, WhatIsWrittenMeanwhileIsSealedWithTheNewestKey) {
    fill(1);
    ASSERT_TRUE(store->keys().rotate(start).ok());
    ASSERT_TRUE(store->set_secret("shop", "key", Secret{"s"}, start).ok());
    pieces();
    EXPECT_EQ(store->keys().key_state().value().sealed, 2 + 7);
    EXPECT_EQ(store->secret("shop", "key").value()->reveal(), "s");
}

TEST_P(KeysTest, DamagedCellsAreCountedAndLeft) {
    fill(1);
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((directory.path + "/brygga.db").c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, "UPDATE secret SET value = x'01ffff'", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
    ASSERT_TRUE(store->keys().rotate(start).ok());
    pieces();
    const KeyState over = store->keys().key_state().value();
    EXPECT_TRUE(over.sealed_anew_at);
    EXPECT_EQ(over.unreadable, 1);
}

TEST_P(KeysTest, AnotherMasterKeyOpensNoneOfThem) {
    fill(1);
    ASSERT_TRUE(store->keys().rotate(start).ok());
    store.reset();
    EXPECT_EQ(open_store(directory.path + "/brygga.db", log, key('x')).error().code, "store.key");
}

}  // namespace
}  // namespace brygga::store
