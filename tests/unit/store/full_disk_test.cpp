// A disk that is full while the host runs: the limit on the size of files stands for it.
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <functional>
#include <mutex>

#include "backend.h"

namespace brygga::store {
namespace {

/// No file of this process may grow beyond `bytes` until this ends.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) : handler_{std::signal(SIGXFSZ, SIG_IGN)} {
        getrlimit(RLIMIT_FSIZE, &before_);
        rlimit now = before_;
        now.rlim_cur = bytes;
        setrlimit(RLIMIT_FSIZE, &now);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    void (*handler_)(int);
    rlimit before_{};
};

class NoteLog final : public Log {
public:
    void write(LogLevel, std::string_view event, const Json&) override {
        const std::lock_guard lock{mutex};
        events.emplace_back(event);
    }
    std::mutex mutex;
    std::vector<std::string> events;
};

/// Writes until the disk refuses, inside `limited`; then the disk has room again.
void fill_and_recover(const std::string& directory, const std::string& code,
                      const std::function<void(const std::function<void()>&)>& limited) {
    NoteLog log;
    auto store = std::move(open_store(directory + "/brygga.db", log).value());
    ASSERT_TRUE(store->intake(page({version("before")})).ok());
    const auto held = store->claim(filter())->at(0);

    std::size_t accepted = 2;  // with "before" and "after"
    limited([&] {
        int refused = 0;
        for (int i = 0; i < 60; ++i) {
            NewVersion v = version(std::to_string(i), "h" + std::to_string(i));
            for (int n = 0; n < 40'000; ++n) v.payload += std::to_string(n * 7919 % 104729);
            const auto result = store->intake(page({v}));
            if (result) {
                ++accepted;
                continue;
            }
            ++refused;
            EXPECT_EQ(result.error().code, code) << result.error().message;
            EXPECT_EQ(result.error().error_class, ErrorClass::transient);
        }
        EXPECT_GT(refused, 0);
        DeliveryQuery all;
        all.limit = 100;
        EXPECT_EQ(store->deliveries(all).value().size() + 1, accepted) << "reads go on";
    });
    EXPECT_TRUE(store->ping().ok());
    EXPECT_TRUE(store->finish(outcome(held, DeliveryState::delivered)).ok());
    EXPECT_TRUE(store->intake(page({version("after")})).ok());
    EXPECT_GE(std::count(log.events.begin(), log.events.end(), "store.write_failed"), 1);
    EXPECT_EQ(log.events.back(), "store.write_recovered");

    store.reset();
    store = std::move(open_store(directory + "/brygga.db", log).value());
    DeliveryQuery all;
    all.limit = 100;
    EXPECT_EQ(store->deliveries(all).value().size(), accepted);
    EXPECT_EQ(store->delivery(held.id).value()->state, DeliveryState::delivered);
    EXPECT_FALSE(store->claim(filter(start, 100))->empty()) << "payloads are whole";
}

TEST(FullDiskTest, AFileThatMayNotGrowIsSaidAndWorkGoesOn) {
    const Directory directory;
    fill_and_recover(directory.path, "store.io", [&](const std::function<void()>& work) {
        const FileSizeLimit limit{std::filesystem::file_size(directory.path + "/brygga.db-wal") + 1024 * 1024};
        work();
    });
}

TEST(FullDiskTest, AFullDiskIsSaidAndWorkGoesOn) {
    const Directory directory;
    if (::mount("tmpfs", directory.path.c_str(), "tmpfs", 0, "size=4m") != 0)
        GTEST_SKIP() << "needs the right to mount a small disk";
    fill_and_recover(directory.path, "store.full", [&](const std::function<void()>& work) {
        work();
        EXPECT_EQ(::mount("tmpfs", directory.path.c_str(), "tmpfs", MS_REMOUNT, "size=64m"), 0);
    });
    ::umount2(directory.path.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace brygga::store
