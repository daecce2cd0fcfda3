// What only the SQLite backend has: its file, its lock, its keys, damage and migrations.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

#include "backend.h"
#include "store/migrations.h"

namespace brygga::store {
namespace {

/// A plain connection for looking into a closed store.
struct Raw {
    explicit Raw(const std::string& path) { EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK); }
    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;
    ~Raw() { sqlite3_close(handle); }
    void run(const std::string& sql) {
        EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
    }
    std::int64_t number(const std::string& sql) {
        sqlite3_stmt* statement = nullptr;
        EXPECT_EQ(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
            << sqlite3_errmsg(handle);
        const std::int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
        sqlite3_finalize(statement);
        return value;
    }
    sqlite3* handle = nullptr;
};

std::string bytes_of(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void overwrite(const std::string& path, std::int64_t offset, const std::string& bytes) {
    std::fstream out{path, std::ios::binary | std::ios::in | std::ios::out};
    out.seekp(offset);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

class SqliteTest : public testing::Test {
protected:
    std::string code(Secret master = key()) {
        auto opened = open_store(path, log, std::move(master));
        if (opened) return "opened";
        message = opened.error().message;
        EXPECT_FALSE(opened.error().remedy.empty());
        return opened.error().code;
    }
    std::unique_ptr<Store> open() {
        auto opened = open_store(path, log);
        EXPECT_TRUE(opened.ok()) << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }

    NullLog log;
    Directory directory;
    std::string path = directory.path + "/brygga.db";
    std::string message;
};

TEST_F(SqliteTest, ASecondHostIsRefusedAndToldWho) {
    auto first = open();
    EXPECT_EQ(code(), "store.locked");
    EXPECT_NE(message.find(std::to_string(::getpid())), std::string::npos) << message;
    first.reset();
    EXPECT_EQ(code(), "opened");
}

TEST_F(SqliteTest, OthersCannotReadTheFiles) {
    { const auto created = std::ofstream{path}; }
    ::chmod(path.c_str(), 0666);
    auto store = open();
    ASSERT_TRUE(store->ping().ok());
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
        struct stat status {};
        ASSERT_EQ(::stat((path + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
    }
}

TEST_F(SqliteTest, AWrongKeyIsRefused) {
    open();
    EXPECT_EQ(code(key('x')), "store.key");
    EXPECT_EQ(code(Secret{"short"}), "store.key");
    EXPECT_EQ(code(), "opened");
}

TEST_F(SqliteTest, APlaceThatCannotBeWrittenIsNamed) {
    path = directory.path + "/missing/brygga.db";
    EXPECT_EQ(code(), "store.not_writable");
    EXPECT_NE(message.find("missing"), std::string::npos);
    path = "/proc/brygga.db";
    EXPECT_EQ(code(), "store.not_writable");
    path = directory.path;
    EXPECT_EQ(code(), "store.not_writable");
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsRefused) {
    { std::ofstream{path} << std::string(8192, 'x'); }
    EXPECT_EQ(code(), "store.corrupt");
}

TEST_F(SqliteTest, ADatabaseOfAnotherProgramIsRefusedAndLeftAlone) {
    { Raw{path}.run("CREATE TABLE photos(id INTEGER)"); }
    const std::string before = bytes_of(path);
    EXPECT_EQ(code(), "store.corrupt");
    EXPECT_EQ(bytes_of(path), before);
}

TEST_F(SqliteTest, ANewerSchemaIsRefused) {
    open();
    { Raw{path}.run("PRAGMA user_version=999"); }
    EXPECT_EQ(code(), "store.newer");
    EXPECT_NE(message.find("999"), std::string::npos);
}

TEST_F(SqliteTest, AMigrationCopiesTheDatabaseFirst) {
    const std::array one{Migration{1, "CREATE TABLE a(x INTEGER) STRICT;INSERT INTO a VALUES(7);"}};
    const std::array two{one[0], Migration{2, "ALTER TABLE a ADD COLUMN y INTEGER;"}};
    const std::array broken{two[0], two[1], Migration{3, "INSERT INTO a VALUES(8, 8); INSERT INTO nowhere VALUES(1);"}};
    const std::string copy = path + ".schema-1.backup";
    {
        Database database{path, Database::Role::writer};
        migrate(database, one, log);
        EXPECT_FALSE(std::filesystem::exists(copy)) << "a new database needs no copy";
        migrate(database, two, log);
        migrate(database, two, log);
        EXPECT_THROW(migrate(database, broken, log), Failure);
    }
    struct stat status {};
    ASSERT_EQ(::stat(copy.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(Raw{copy}.number("PRAGMA user_version"), 1);
    EXPECT_EQ(Raw{copy}.number("SELECT x FROM a"), 7);
    Raw raw{path};
    EXPECT_EQ(raw.number("PRAGMA user_version"), 2) << "a migration that fails leaves the one before";
    EXPECT_EQ(raw.number("SELECT count(*) FROM a"), 1);
}

TEST_F(SqliteTest, OnlyTheFourColumnTypes) {
    open();
    Raw raw{path};
    EXPECT_EQ(
        raw.number("SELECT count(*) FROM sqlite_schema s JOIN pragma_table_info(s.name) c WHERE s.type = 'table' AND "
                   "c.type NOT IN ('INTEGER', 'TEXT', 'REAL', 'BLOB')"),
        0);
    EXPECT_EQ(raw.number("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%STRICT%'"), 0);
}

TEST_F(SqliteTest, NothingPersonalIsReadable) {
    const std::string canary = "canary@example.com";
    auto store = open();
    NewVersion v = version("1");
    v.payload = Json::object({{"entity", Json::object({{"email", canary}})}}).dump();
    ASSERT_TRUE(store->intake(page({v})).ok());
    const auto d = store->claim(filter())->at(0);
    ASSERT_TRUE(store->claim_key("ledger", "customer", canary, d.id).value());
    IndexRow row{"c1", "1", "person", "open", "", Json::object({{"email", canary}}), {{"email", canary}}, false};
    ASSERT_TRUE(store->index_put("ledger", "customer", {row}, "", start).ok());
    ASSERT_TRUE(store->set_secret("ledger", "token", Secret{canary}, start).ok());
    Outcome o = outcome(d, DeliveryState::held);
    o.step = StepDone{"customer", Json::object({{"email", canary}})};
    ASSERT_TRUE(store->finish(o).ok());
    EXPECT_EQ(*store->payload(d.id).value(), v.payload);
    for (const char* suffix : {"", "-wal"})
        EXPECT_EQ(bytes_of(path + suffix).find(canary), std::string::npos) << suffix;
    store.reset();
    EXPECT_EQ(bytes_of(path).find(canary), std::string::npos);
}

TEST_F(SqliteTest, ContentMovedToAnotherRowIsDeadAndTheRestGoesOn) {
    auto store = open();
    ASSERT_TRUE(store->intake(page({version("1", "a"), version("2", "b")})).ok());
    store.reset();
    {
        Raw{path}.run(
            "UPDATE payload SET content = (SELECT content FROM payload WHERE delivery = 1) WHERE delivery = 2");
    }
    store = open();
    const auto claimed = *store->claim(filter());
    ASSERT_EQ(claimed.size(), 1u);
    EXPECT_EQ(claimed[0].source_id, "1");
    const auto bad = store->delivery(2).value();
    EXPECT_EQ(bad->state, DeliveryState::dead);
    EXPECT_EQ(bad->error["code"].string(), "store.sealed");
}

TEST_F(SqliteTest, WhatIsDamagedIsAnErrorAndNeverNothing) {
    auto store = open();
    ASSERT_TRUE(store->intake(page({version("1", "a"), version("2", "b")})).ok());
    Outcome o = outcome(store->claim(filter(start, 1))->at(0), DeliveryState::delivered);
    o.bindings.push_back({"ledger", "order", "shop", "1", "d1", "", "order", "open", "a", {}});
    ASSERT_TRUE(store->finish(o).ok());
    store.reset();
    const std::int64_t page_number = Raw{path}.number("SELECT rootpage FROM sqlite_schema WHERE name = 'binding'");
    overwrite(path, (page_number - 1) * 4096, std::string(4096, '\x5a'));

    store = open();
    const auto d = store->claim(filter())->at(0);
    const auto binding = store->binding("ledger", "order", "shop", "1");
    ASSERT_FALSE(binding.ok());
    EXPECT_EQ(binding.error().code, "store.corrupt");
    Outcome again = outcome(d, DeliveryState::delivered);
    again.bindings.push_back({"ledger", "order", "shop", "2", "d2", "", "order", "open", "b", {}});
    EXPECT_EQ(store->finish(again).error().code, "store.corrupt");
    EXPECT_TRUE(store->finish(outcome(d, DeliveryState::pending)).ok()) << "what is whole still works";
}

}  // namespace
}  // namespace brygga::store
