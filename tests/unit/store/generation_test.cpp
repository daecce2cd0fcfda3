// An older copy of the database in its place is noticed; crashes, power cuts and a clean restart are no copy.
#include <sys/stat.h>

#include <fstream>
#include <mutex>

#include "whole.h"

namespace brygga::store {
namespace {

namespace fs = std::filesystem;

class WarningLog final : public Log {
public:
    void write(LogLevel level, std::string_view event, const Json& fields) override {
        const std::lock_guard lock{mutex};
        if (level == LogLevel::warning) warnings.push_back(std::string{event} + " " + fields.dump());
    }
    std::mutex mutex;
    std::vector<std::string> warnings;
};

class GenerationTest : public testing::Test {
protected:
    void open(Instant now = start) {
        store.reset();
        StoreOptions options;
        options.path = path;
        options.master_key = key();
        options.now = now;
        auto opened = Store::open(options, log);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        store = std::move(*opened);
    }
    void take_in(int first) { ASSERT_TRUE(store->intake(orders(first, 3)).ok()); }
    /// As a backup program does it while the store is in use.
    void copy_running() {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, ("VACUUM INTO '" + copy + "'").c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(database);
    }
    void put_back() {
        store.reset();
        fs::copy_file(copy, path, fs::copy_options::overwrite_existing);
    }

    WarningLog log;
    Directory directory;
    std::string path = directory.path + "/brygga.db", copy = directory.path + "/copy.db";
    std::unique_ptr<Store> store;
};

TEST_F(GenerationTest, AStoreThatGoesOnIsNoCopy) {
    for (int life = 0; life < 3; ++life) {
        open();
        take_in(life * 3);
        ASSERT_TRUE(life == 0 || store->mark_progress().ok());
        EXPECT_FALSE(store->restoration().has_value()) << life;
    }
    EXPECT_TRUE(log.warnings.empty()) << log.warnings.front();
    struct stat status {};
    ASSERT_EQ(::stat((path + ".generation").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(GenerationTest, ACopyOfTheStoppedStoreIsNoticed) {
    open();
    take_in(0);
    store.reset();
    fs::copy_file(path, copy);
    open();
    take_in(3);
    put_back();
    open(start + 1h);
    ASSERT_TRUE(store->restoration().has_value());
    EXPECT_EQ(store->restoration()->noticed_at, start + 1h);
    EXPECT_EQ(store->restoration()->last_delivery, 3);
    ASSERT_EQ(log.warnings.size(), 1u);
    EXPECT_NE(log.warnings[0].find(path), std::string::npos) << log.warnings[0];

    // Once; and remembered.
    const std::int64_t generation = store->restoration()->generation;
    open(start + 2h);
    EXPECT_EQ(log.warnings.size(), 1u);
    ASSERT_TRUE(store->restoration().has_value());
    EXPECT_EQ(store->restoration()->generation, generation);
    EXPECT_EQ(store->restoration()->noticed_at, start + 1h);

    // The same copy once more is a restoration of its own.
    put_back();
    open(start + 3h);
    EXPECT_EQ(log.warnings.size(), 2u);
    EXPECT_GT(store->restoration()->generation, generation);
}

TEST_F(GenerationTest, ACopyOfTheRunningStoreIsNoticedAfterAStop) {
    open();
    take_in(0);
    copy_running();
    take_in(3);
    put_back();
    open();
    EXPECT_TRUE(store->restoration().has_value());
}

TEST_F(GenerationTest, ACopyOfTheRunningStoreIsNoticedAfterACrash) {
    open();
    take_in(0);
    copy_running();
    take_in(3);
    ASSERT_TRUE(store->mark_progress().ok());
    fs::copy_file(path + ".generation", directory.path + "/as-it-was");
    put_back();
    fs::copy_file(directory.path + "/as-it-was", path + ".generation", fs::copy_options::overwrite_existing);
    open();
    EXPECT_TRUE(store->restoration().has_value());
}

TEST_F(GenerationTest, NothingWrittenIsNoProgress) {
    open();
    take_in(0);
    ASSERT_TRUE(store->mark_progress().ok());
    const auto read = [&] {
        std::ifstream in{path + ".generation"};
        std::string install, number;
        in >> install >> number;
        return number;
    };
    const std::string before = read();
    ASSERT_TRUE(store->mark_progress().ok());
    EXPECT_EQ(read(), before);
    take_in(3);
    ASSERT_TRUE(store->mark_progress().ok());
    EXPECT_NE(read(), before);
}

TEST_F(GenerationTest, ADatabaseWithoutItsFileWasMoved) {
    open();
    take_in(0);
    store.reset();
    fs::remove(path + ".generation");
    open();
    EXPECT_TRUE(store->restoration().has_value());
    EXPECT_EQ(log.warnings.size(), 1u);
}

TEST_F(GenerationTest, TheFileOfAnotherDatabaseDoesNotCount) {
    open();
    take_in(0);
    store.reset();
    // Begun anew: no copy, whatever the old one's file says.
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(path + suffix);
    open();
    EXPECT_FALSE(store->restoration().has_value());
    // A used database beside the file of another one was put here.
    take_in(0);
    store.reset();
    std::ofstream{path + ".generation"} << "another 1\n";
    open();
    EXPECT_TRUE(store->restoration().has_value());
}

TEST_F(GenerationTest, AnEndBetweenDatabaseAndFileIsNoCopy) {
    open();
    store.reset();
    fs::copy_file(path + ".generation", copy);
    open();
    take_in(0);
    store.reset();
    fs::copy_file(copy, path + ".generation", fs::copy_options::overwrite_existing);
    open();
    EXPECT_FALSE(store->restoration().has_value()) << "the database is ahead";
}

}  // namespace
}  // namespace brygga::store
