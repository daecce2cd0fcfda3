#include "http/budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

namespace brygga::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// No window of `window`, wherever it begins, holds more than n.
void expect_within(std::vector<MonoTime> times, int n, MonoTime::duration window) {
    std::sort(times.begin(), times.end());
    for (std::size_t i = static_cast<std::size_t>(n); i < times.size(); ++i)
        ASSERT_GE(times[i] - times[i - static_cast<std::size_t>(n)], window) << i;
}

CallContext patient() { return {}; }
CallContext hasty(const Clock& clock) { return {.deadline = clock.mono()}; }

/// Takes a grant as a single worker would: moves the clock until there is one.
MonoTime take(BudgetBook& book, ManualClock& clock, const std::vector<BucketKey>& keys) {
    for (;;) {
        const auto granted = book.acquire(hasty(clock), keys);
        if (granted) return clock.mono();
        EXPECT_EQ(granted.error().error_class, ErrorClass::rate_limited);
        clock.advance(*granted.error().retry_after);
    }
}

TEST(BudgetBook, ABacklogUsesItAndNoWindowExceedsIt) {
    for (const auto& [n, per_s] : {std::pair{1, 1}, {1, 60}, {5, 1}, {30, 60}, {150, 60}, {600, 60}, {20, 3600}}) {
        ManualClock clock;
        BudgetBook book{clock};
        const std::vector<BucketKey> keys{{"b", n, per_s}};
        const MonoTime begin = clock.mono();
        const auto span = seconds{per_s} * 20;
        std::vector<MonoTime> times;
        for (;;) {
            const MonoTime at = take(book, clock, keys);
            if (at >= begin + span) break;
            times.push_back(at);
        }
        expect_within(times, n, seconds{per_s});
        EXPECT_GE(static_cast<double>(times.size()), 0.95 * n * 20) << n << " in " << per_s;
    }
}

TEST(BudgetBook, RandomTrafficNeverExceedsIt) {
    std::mt19937 random{7};
    for (int round = 0; round < 20; ++round) {
        ManualClock clock;
        BudgetBook book{clock};
        const int n = 1 + static_cast<int>(random() % 40);
        std::vector<MonoTime> times;
        for (int i = 0; i < 400; ++i) {
            clock.advance(milliseconds{random() % 3 == 0 ? random() % 20'000 : random() % 50});
            times.push_back(take(book, clock, {{"b", n, 60}}));
        }
        expect_within(times, n, seconds{60});
    }
}

TEST(BudgetBook, ArrivalsThatJitterStayWithinIt) {
    ManualClock clock;
    BudgetBook book{clock};
    std::mt19937 random{3};
    std::vector<MonoTime> arrivals;
    for (int i = 0; i < 3000; ++i)
        arrivals.push_back(take(book, clock, {{"b", 150, 60}}) + milliseconds{random() % 800});
    expect_within(arrivals, 150, seconds{60});
}

TEST(BudgetBook, OneBucketDoesNotHoldUpAnother) {
    ManualClock clock;
    BudgetBook book{clock};
    const BucketKey total{"total", 100, 60}, narrow{"narrow", 1, 60};
    ASSERT_TRUE(book.acquire(hasty(clock), {total, narrow}));
    EXPECT_FALSE(book.acquire(hasty(clock), {total, narrow}));
    for (int i = 0; i < 99; ++i) EXPECT_TRUE(book.acquire(hasty(clock), {total})) << i;
    EXPECT_FALSE(book.acquire(hasty(clock), {total}));
}

TEST(BudgetBook, ARefusalCostsNothing) {
    ManualClock clock;
    BudgetBook book{clock};
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(book.acquire(hasty(clock), {{"b", 3, 60}}));
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(book.acquire(hasty(clock), {{"b", 3, 60}}));
    const auto refused = book.acquire(hasty(clock), {{"b", 3, 60}});
    EXPECT_EQ(refused.error().code, "http.budget");
    EXPECT_EQ(refused.error().retry_after, milliseconds{60'900});
    clock.advance(milliseconds{60'900});
    EXPECT_TRUE(book.acquire(hasty(clock), {{"b", 3, 60}}));
}

TEST(BudgetBook, WaitersAreServedInOrderWhenTheTimeComes) {
    ManualClock clock;
    BudgetBook book{clock};
    const std::vector<BucketKey> keys{{"b", 1, 60}};
    ASSERT_TRUE(book.acquire(patient(), keys));
    std::mutex mutex;
    std::vector<int> order;
    const auto served = [&] {
        const std::lock_guard lock{mutex};
        return order.size();
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            ASSERT_TRUE(book.acquire(patient(), keys));
            const std::lock_guard lock{mutex};
            order.push_back(i);
        });
        while (book.waiting() != static_cast<std::size_t>(i + 1)) std::this_thread::yield();
    }
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(book.waiting(), 4 - i);
        clock.advance(milliseconds{60'900});
        book.wake();
        while (served() != i + 1) std::this_thread::yield();
    }
    threads.clear();
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
}

TEST(BudgetBook, CancellingAWaiterGivesItsPlaceToTheNext) {
    ManualClock clock;
    BudgetBook book{clock};
    const std::vector<BucketKey> keys{{"b", 1, 60}};
    ASSERT_TRUE(book.acquire(patient(), keys));
    std::stop_source stop;
    std::jthread first{[&] {
        const auto granted = book.acquire({.stop = stop.get_token()}, keys);
        ASSERT_FALSE(granted);
        EXPECT_EQ(granted.error().error_class, ErrorClass::cancelled);
    }};
    while (book.waiting() != 1) std::this_thread::yield();
    std::jthread second{[&] { EXPECT_TRUE(book.acquire(patient(), keys)); }};
    while (book.waiting() != 2) std::this_thread::yield();
    stop.request_stop();
    first.join();
    clock.advance(milliseconds{60'900});
    book.wake();
    second.join();
    EXPECT_EQ(book.waiting(), 0u);
}

TEST(BudgetBook, A429PausesAndShrinksAndRecovers) {
    ManualClock clock;
    BudgetBook book{clock};
    const std::vector<BucketKey> keys{{"b", 100, 60}};
    ASSERT_TRUE(book.acquire(hasty(clock), keys));
    book.throttled(keys, seconds{30});
    book.throttled(keys, seconds{30});
    const auto refused = book.acquire(hasty(clock), keys);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().retry_after, seconds{30});
    const auto grants = [&] {
        int count = 0;
        while (book.acquire(hasty(clock), keys)) ++count;
        return count;
    };
    clock.advance(seconds{90});
    EXPECT_EQ(grants(), 92) << "90 after one excess, and two for the window since the pause";
    clock.advance(seconds{600});
    EXPECT_EQ(grants(), 100);
}

TEST(BudgetBook, A429MovesThoseWhoWaitAlready) {
    ManualClock clock;
    BudgetBook book{clock};
    const std::vector<BucketKey> keys{{"b", 1, 1}};
    ASSERT_TRUE(book.acquire(patient(), keys));
    std::jthread waiter{[&] {
        const auto granted = book.acquire({.deadline = clock.mono() + seconds{20}}, keys);
        ASSERT_FALSE(granted);
        EXPECT_EQ(granted.error().code, "http.budget");
    }};
    while (book.waiting() != 1) std::this_thread::yield();
    book.throttled(keys, seconds{60});
}

TEST(BudgetBook, PricedCallsAndOthersUseCount) {
    ManualClock clock;
    BudgetBook book{clock};
    const BucketKey key{"b", 10, 60};
    ASSERT_TRUE(book.acquire(hasty(clock), {key}));
    book.charge(key, 2);
    book.observed(key, 8);
    EXPECT_TRUE(book.acquire(hasty(clock), {key}));
    EXPECT_TRUE(book.acquire(hasty(clock), {key}));
    EXPECT_FALSE(book.acquire(hasty(clock), {key}));
}

TEST(BudgetBook, ManyPathsDoNotGrowItForEver) {
    ManualClock clock;
    BudgetBook book{clock};
    for (int i = 0; i < 5000; ++i) {
        ASSERT_TRUE(book.acquire(hasty(clock), {{"path " + std::to_string(i), 5, 1}}));
        clock.advance(milliseconds{20});
    }
    EXPECT_LE(book.buckets(), 600u);
}

TEST(BudgetTable, MatchesMethodPatternAndPath) {
    const auto table = std::move(*BudgetTable::create({{.pattern = "^/api/", .method = "GET", .n = 150},
                                                       {.pattern = "/productqueries/$", .method = "GET", .n = 30},
                                                       {.n = 600, .per_url = true, .scope = "client"},
                                                       {.n = 0}},
                                                      "shop"));
    const auto names = [&](std::string_view method, const char* url) {
        std::vector<std::string> out;
        for (const BucketKey& key : table.match(method, *parse_url(url)).keys) out.push_back(key.name);
        return out;
    };
    EXPECT_EQ(names("GET", "https://a/api/productqueries/?x").size(), 3u);
    EXPECT_EQ(names("POST", "https://a/api/x").size(), 1u);
    EXPECT_EQ(names("GET", "https://a/api/orders/1").at(1), names("GET", "https://a/api/orders/2?y").at(1));
    EXPECT_NE(names("GET", "https://a/api/orders").at(1), names("GET", "https://a/api/articles").at(1));
    const auto other =
        std::move(*BudgetTable::create({{.n = 600, .per_url = true, .scope = "client"}, {.n = 5}}, "other"));
    EXPECT_EQ(other.match("PUT", *parse_url("https://a/api/x")).keys.at(0).name,
              names("POST", "https://a/api/x").at(0));
    EXPECT_NE(other.match("PUT", *parse_url("https://a/api/x")).keys.at(1).name.find("other"), std::string::npos);
    EXPECT_FALSE(BudgetTable::create({{.pattern = "(", .n = 1}}, "shop"));
}

}  // namespace
}  // namespace brygga::http
