// HiddenTable: while it lives, one table of a store's database cannot be read or written; the rest can. For tests of
// what happens when the store cannot answer one question.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace brygga {

class HiddenTable {
public:
    HiddenTable(std::filesystem::path database, std::string table)
        : database_{std::move(database)}, table_{std::move(table)} {
        rename(table_, table_ + "_hidden");
    }
    HiddenTable(const HiddenTable&) = delete;
    HiddenTable& operator=(const HiddenTable&) = delete;
    ~HiddenTable() { rename(table_ + "_hidden", table_); }

private:
    void rename(const std::string& from, const std::string& to) {
        sqlite3* handle = nullptr;
        EXPECT_EQ(sqlite3_open(database_.c_str(), &handle), SQLITE_OK);
        const std::string sql = "ALTER TABLE " + from + " RENAME TO " + to;
        EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
        sqlite3_close(handle);
    }

    std::filesystem::path database_;
    std::string table_;
};

}  // namespace brygga
