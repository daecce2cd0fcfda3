// TestDisk: an SQLite VFS over the default one. While it lives it is the default, so that the store under test uses
// it without knowing. Files are written through at once; apart from them it keeps what a sync has made durable, so
// that a power cut can drop or tear the rest. Any call can be made to fail.
// One at a time; safe on any thread. It does not track temporary files and the memory of the WAL index.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace brygga::store {

class TestDisk {
public:
    TestDisk();
    TestDisk(const TestDisk&) = delete;
    TestDisk& operator=(const TestDisk&) = delete;
    ~TestDisk();

    /// The power goes with the n-th call that changes the disk; from then on every call fails.
    void cut_power(std::int64_t nth);
    bool dark() const { return dark_; }
    /// What the platters hold becomes the content of the files. Every file must be closed.
    void restore_power(std::mt19937_64& random);
    /// A sync of the write-ahead log says that it is done and does nothing.
    void lie_about_wal_syncs() { lying_ = true; }

    /// The n-th call from now, and as many after it as told, fails; a full disk refuses writes only.
    enum class Trouble { io, full };
    void fail(std::int64_t nth, std::int64_t calls, Trouble trouble);
    /// Ends it; whether any call has failed.
    bool mend();

private:
    struct Change {  // of a file: bytes written, or its new size when there are none
        std::int64_t at;
        std::string bytes;
    };
    struct Node {
        std::string durable;
        std::vector<Change> pending{};
        void apply();
        std::string torn(std::mt19937_64& random) const;
    };
    struct Handle;
    struct File;
    using Names = std::map<std::string, std::shared_ptr<Node>>;

    /// SQLITE_OK when the call may go on.
    enum class Call { open, read, size, write, truncate, sync, remove, map };
    int enter(Call call);
    static Handle& handle(sqlite3_file* file);
    static const sqlite3_io_methods* methods();

    int open(const char* name, sqlite3_file* file, int flags, int* out);
    int remove(const char* name, int sync);
    int sync(Handle& of, int flags);

    sqlite3_vfs* below_;
    sqlite3_vfs vfs_{};
    std::mutex mutex_;
    Names now_, durable_;  // as programs see them, as they are after a power cut
    std::int64_t changes_until_cut_ = -1;
    bool dark_ = false, lying_ = false;
    std::int64_t calls_ = 0, fail_from_ = -1, fail_to_ = -1;
    Trouble trouble_ = Trouble::io;
    bool failed_ = false;
};

}  // namespace brygga::store
