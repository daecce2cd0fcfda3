// A disk that refuses, a disk that is full, memory that runs out, at call n of a script of verbs, for every n: each
// verb is durable or gives its error, nothing is damaged, and the same store goes on when the trouble is over.
#include <atomic>
#include <functional>

#include "test_disk.h"
#include "whole.h"

namespace brygga::store {
namespace {

/// Memory of SQLite that can be made to run out. SQLite is shut down to exchange it: no connection may be open.
class ScarceMemory {
public:
    ScarceMemory() {
        sqlite3_shutdown();
        sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain());
        sqlite3_mem_methods scarce = plain();
        scarce.xMalloc = [](int size) { return refused() ? nullptr : plain().xMalloc(size); };
        scarce.xRealloc = [](void* old, int size) { return refused() ? nullptr : plain().xRealloc(old, size); };
        sqlite3_config(SQLITE_CONFIG_MALLOC, &scarce);
    }
    ScarceMemory(const ScarceMemory&) = delete;
    ScarceMemory& operator=(const ScarceMemory&) = delete;
    ~ScarceMemory() {
        sqlite3_shutdown();
        sqlite3_config(SQLITE_CONFIG_MALLOC, &plain());
    }
    void fail(std::int64_t nth, std::int64_t calls) {
        failed() = false;
        until_failure() = nth;
        failures() = calls;
    }
    bool mend() {
        failures() = 0;
        return failed();
    }

private:
    static sqlite3_mem_methods& plain() {
        static sqlite3_mem_methods methods{};
        return methods;
    }
    static std::atomic<std::int64_t>& until_failure() {
        static std::atomic<std::int64_t> calls{0};
        return calls;
    }
    static std::atomic<std::int64_t>& failures() {
        static std::atomic<std::int64_t> calls{0};
        return calls;
    }
    static std::atomic<bool>& failed() {
        static std::atomic<bool> any{false};
        return any;
    }
    static bool refused() {
        if (failures() <= 0 || --until_failure() > 0) return false;
        --failures();
        failed() = true;
        return true;
    }
};

/// Lets the n-th call fail; ends the trouble and says whether there was any.
struct Trouble {
    std::function<void(std::int64_t nth)> begin;
    std::function<bool()> end;
};

constexpr std::int64_t lasting = 1'000'000;

/// One pass of the script in a time of its own. Each verb notes what must be there when it said so.
class Pass {
public:
    Pass(Store& store, int number)
        : store_{store}, number_{number}, now_{start + std::chrono::hours{number}}, mark_{std::to_string(number)} {}

    void run() {
        if (noted(store_.intake(in()))) promises_.push_back([this] { EXPECT_EQ(known(), 3u); });
        const auto claimed = store_.claim(filter(now_, 3));
        noted(claimed);
        for (const Delivery& d : claimed ? *claimed : std::vector<Delivery>{}) one(d);
        row_.id = row_.number = mark_;
        row_.fields = Json::object({{"email", "a@example.com"}});
        row_.keys = {{"email", "a@example.com"}, {"number", mark_}};
        if (noted(store_.index_put("ledger", "customer", {row_}, mark_, now_)))
            promises_.push_back(
                [this] { EXPECT_EQ(store_.index_find("ledger", "customer", "number", mark_).value().size(), 1u); });
        if (noted(store_.set_fact("test", "mark", mark_, now_)))
            promises_.push_back(
                [this] { EXPECT_EQ(store_.fact("test", "mark").value().value_or(Json{}).string(), mark_); });
        if (noted(store_.set_secret("ledger", "token", Secret{mark_}, now_)))
            promises_.push_back(
                [this] { EXPECT_EQ(store_.secret("ledger", "token")->value_or(Secret{}).reveal(), mark_); });
        noted(store_.put_run({"run-1", "shop-orders", "manual", "live", "running", now_, {}, {}, {}}));
        noted(store_.prune({start - 1h, start - 1h, start - 1h}));
        noted(store_.counts());
        noted(store_.deliveries({}));
        noted(store_.seen("shop-orders", "order", mark_, "r1"));
    }

    void expect_promises() const {
        for (const auto& promise : promises_) promise();
    }
    /// The same store works: what is open is taken up again and ends.
    void complete() {
        EXPECT_TRUE(store_.ping().ok());
        EXPECT_TRUE(store_.intake(in()).ok());
        now_ += 10min;  // what was in the hands of somebody has lapsed
        for (;;) {
            const auto claimed = store_.claim(filter(now_, 3));
            ASSERT_TRUE(claimed.ok()) << claimed.error().message;
            if (claimed->empty()) break;
            for (const Delivery& d : *claimed) {
                EXPECT_FALSE(begun_.contains(d.id) && d.steps.empty()) << "an acknowledged intent is lost";
                ASSERT_TRUE(store_.begin_step(d.id, d.fence, "document", "k" + d.source_id, "q", now_).ok());
                ASSERT_TRUE(store_.finish(delivered(d, now_)).ok());
            }
        }
        EXPECT_EQ(known(), 3u);
        for (const Delivery& d : rows()) EXPECT_EQ(d.state, DeliveryState::delivered) << d.source_id;
    }
    int refused() const { return refused_; }

private:
    Intake in() const {
        Intake in = page({version(mark_ + "a"), version(mark_ + "b"), version(mark_ + "c")}, now_);
        in.checkpoint = std::to_string((number_ + 1) * 3);
        return in;
    }
    std::vector<Delivery> rows() const {
        DeliveryQuery newest;
        newest.limit = 6;
        auto rows = store_.deliveries(newest).value();
        std::erase_if(rows, [&](const Delivery& d) { return d.source_id.substr(0, d.source_id.size() - 1) != mark_; });
        return rows;
    }
    std::size_t known() const { return rows().size(); }

    void one(const Delivery& d) {
        noted(store_.claim_key("ledger", "customer", "email:" + d.source_id, d.id));
        if (!noted(store_.begin_step(d.id, d.fence, "document", "k" + d.source_id, "q", now_))) return;
        begun_.insert(d.id);
        if (d.source_id.ends_with('c')) {
            Outcome o = outcome(d, DeliveryState::waiting, now_);
            o.next_attempt_at = now_ + 1min;
            noted(store_.finish(o));
        } else if (noted(store_.finish(delivered(d, now_)))) {
            promises_.push_back([this, d] {
                EXPECT_EQ(store_.delivery(d.id).value().value_or(Delivery{}).state, DeliveryState::delivered);
                EXPECT_TRUE(store_.binding("ledger", "order", "shop", d.source_id).value().has_value());
            });
        }
    }
    template <class Result>
    bool noted(const Result& result) {
        if (result.ok()) return true;
        ++refused_;
        const Error& error = result.error();
        EXPECT_TRUE(error.code.starts_with("store.")) << error.code;
        EXPECT_NE(error.code, "store.internal") << error.message;
        EXPECT_NE(error.code, "store.corrupt") << error.message;
        EXPECT_FALSE(error.message.empty());
        EXPECT_FALSE(error.remedy.empty()) << error.code;
        return false;
    }

    Store& store_;
    int number_;
    Instant now_;
    std::string mark_;
    IndexRow row_;
    std::set<std::int64_t> begun_;
    std::vector<std::function<void()>> promises_;
    int refused_ = 0;
};

class FaultTest : public testing::Test {
protected:
    /// The script again and again in one store, until the n-th call is one too many; in steps of `stride` calls from
    /// the `first`.
    void script_at_every_call(const Trouble& trouble, int stride = 1, std::int64_t first = 1) {
        NullLog log;
        int passes = 0, refused = 0;
        {
            auto store = std::move(open_store(path_, log).value());
            for (bool more = true; more; ++passes) {
                Pass pass{*store, passes};
                trouble.begin(first + passes * stride);
                pass.run();
                more = trouble.end();
                refused += pass.refused();
                pass.expect_promises();
                pass.complete();
                pass.expect_promises();
                ASSERT_FALSE(HasFailure()) << "call " << first + passes * stride;
            }
        }
        EXPECT_GT(passes, 20);
        EXPECT_GT(refused, passes / 20);
        check_whole(path_);
        std::printf("%d calls, %d verbs refused\n", passes - 1, refused);
    }

    /// Opening, which makes the database, for every `stride`-th call.
    void opening_at_every_call(const Trouble& trouble, int stride) {
        NullLog log;
        int refused = 0;
        for (int n = 1;; n += stride) {
            const Directory directory;
            trouble.begin(n);
            const bool opened = open_store(directory.path + "/brygga.db", log).ok();
            const bool more = trouble.end();
            refused += opened ? 0 : 1;
            auto again = open_store(directory.path + "/brygga.db", log);
            ASSERT_TRUE(again.ok()) << "call " << n << ": " << again.error().message;
            ASSERT_TRUE((*again)->intake(orders(0, 1)).ok());
            if (!more) break;
        }
        EXPECT_GT(refused, 10);
    }

    Trouble of_disk(TestDisk::Trouble kind, std::int64_t calls) {
        return {[this, kind, calls](std::int64_t nth) { disk_.fail(nth, calls, kind); },
                [this] { return disk_.mend(); }};
    }

    TestDisk disk_;
    Directory directory_;
    std::string path_ = directory_.path + "/brygga.db";
};

TEST_F(FaultTest, OneCallOfTheDiskFails) { script_at_every_call(of_disk(TestDisk::Trouble::io, 1)); }
TEST_F(FaultTest, TheDiskFailsFromACallOn) { script_at_every_call(of_disk(TestDisk::Trouble::io, lasting)); }
TEST_F(FaultTest, TheDiskIsFullFromAWriteOn) { script_at_every_call(of_disk(TestDisk::Trouble::full, lasting)); }
TEST_F(FaultTest, TheDiskFailsWhileTheStoreOpens) { opening_at_every_call(of_disk(TestDisk::Trouble::io, lasting), 7); }

// Memory before disk: SQLite registers its own VFS anew when it starts.
class MemoryFaultTest : ScarceMemory, public FaultTest {
protected:
    Trouble of_memory(std::int64_t calls) {
        return {[this, calls](std::int64_t nth) { fail(nth, calls); }, [this] { return mend(); }};
    }
};

/// Every allocation, shared out so that each test stays short.
constexpr int shares = 5;
class EveryAllocation : public MemoryFaultTest, public testing::WithParamInterface<int> {};
TEST_P(EveryAllocation, Fails) { script_at_every_call(of_memory(1), shares, GetParam()); }
INSTANTIATE_TEST_SUITE_P(From, EveryAllocation, testing::Range(1, 1 + shares), testing::PrintToStringParamName());

TEST_F(MemoryFaultTest, MemoryIsOutFromAnAllocationOn) { script_at_every_call(of_memory(lasting), 11); }
TEST_F(MemoryFaultTest, MemoryIsOutWhileTheStoreOpens) { opening_at_every_call(of_memory(1), 97); }

}  // namespace
}  // namespace brygga::store
