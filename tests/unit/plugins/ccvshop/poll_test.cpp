#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "scan.h"
#include "shop.h"

namespace brygga::ccvshop {
namespace {

using testing::FakeHost;
using testing::Instance;
using testing::Outcome;

constexpr std::int64_t hour_ms = 3'600'000;

class Poll : public ::testing::Test {
protected:
    Poll() { host.unix_ms = *parse_instant("2026-01-15T12:00:00Z") * 1'000; }

    static std::vector<std::string> ids(const Outcome& got) {
        std::vector<std::string> out;
        for (const Json& row : got.rows) out.emplace_back(row["id"].string());
        return out;
    }
    Outcome poll(const Json& cursor = {}, std::uint32_t max_items = 100) {
        return shop.poll("order", cursor, "2026-01-10", max_items);
    }
    /// What the host commits: the rows, known from then on.
    void keep(const Outcome& got) {
        for (const Json& row : got.rows) {
            kept.insert(std::string{row["id"].string()});
            if (row.has("revision")) host.seen.emplace(row["id"].string(), row["revision"].string());
        }
    }
    /// Polls until nothing more comes; returns the last cursor.
    Json drain(Json cursor = {}, std::uint32_t max_items = 100) {
        for (int calls = 0; calls < 200; ++calls) {
            const Outcome got = poll(cursor, max_items);
            EXPECT_TRUE(got.ok()) << got.text();
            if (!got.ok() || got.checkpoints.empty()) return cursor;
            keep(got);
            cursor = got.checkpoints.back().cursor;
            if (!got.checkpoints.back().has_more) return cursor;
        }
        ADD_FAILURE() << "polling does not end";
        return cursor;
    }

    FakeHost host;
    Shop orders{host};
    Instance shop{host, *brygga_plugin_entry(), Json::object({{"base_url", shop_url}})};
    std::set<std::string> kept;
};

TEST_F(Poll, GivesEveryOrderWithItsRowsOldestFirst) {
    orders.add(7);
    orders.add(5);
    const Outcome got = poll();
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(ids(got), (std::vector<std::string>{"5", "7"}));
    const Json& row = got.rows[0];
    EXPECT_EQ(row["type"].string(), "order");
    EXPECT_EQ(row["number"].string(), "N-5");
    EXPECT_EQ(row["entity"]["lines"].at(0)["sku"].string(), "SKU");
    EXPECT_EQ(row["raw"]["orderrows"].size(), 1u);
    EXPECT_EQ(row["raw"]["ordernumber_full"].string(), "N-5");
    EXPECT_FALSE(row["revision"].string().empty());
    ASSERT_FALSE(got.checkpoints.empty());
    EXPECT_FALSE(got.checkpoints.back().has_more);
    EXPECT_EQ(host.problems(), "");
}

TEST_F(Poll, FirstRunStartsADayEarlyAndGivesNothingFromBefore) {
    orders.add(1, "2026-01-09T23:59:59Z");
    orders.add(2, "2026-01-10T00:00:00Z");
    EXPECT_EQ(ids(poll()), (std::vector<std::string>{"2"}));
    EXPECT_EQ(query_value(host.requests().at(0).url, "min_create_date"), "2026-01-09");
}

TEST_F(Poll, LeavesBasketsOut) {
    orders.add(1);
    orders.order(1).set("status", nullptr).set("ordernumber_full", nullptr);
    orders.add(2);
    orders.order(2).set("is_completed", false);
    EXPECT_EQ(ids(poll()), (std::vector<std::string>{"1"}));  // completed though without status: the host judges
}

TEST_F(Poll, KnownOrdersCostNoRequestOfTheirOwn) {
    orders.add_many(1, 250);
    const Json cursor = drain();
    EXPECT_EQ(kept.size(), 250u);
    EXPECT_EQ(orders.row_reads, 250);
    orders.pages = 0;
    const Outcome again = poll(cursor);
    EXPECT_TRUE(again.rows.empty());
    EXPECT_EQ(orders.row_reads, 250);
    EXPECT_EQ(orders.pages, 3);
}

TEST_F(Poll, StopsAtMaxItemsAndGoesOn) {
    orders.add_many(1, 25);
    const Outcome first = poll({}, 10);
    EXPECT_EQ(first.rows.size(), 10u);
    ASSERT_FALSE(first.checkpoints.empty());
    EXPECT_TRUE(first.checkpoints.back().has_more);
    keep(first);
    drain(first.checkpoints.back().cursor, 10);
    EXPECT_EQ(kept.size(), 25u);
    EXPECT_EQ(orders.row_reads, 25);
}

TEST_F(Poll, FollowsPagesThatAreSmallerThanAsked) {
    orders.largest_page = 25;
    orders.add_many(1, 130);
    drain();
    EXPECT_EQ(kept.size(), 130u);
    EXPECT_EQ(orders.row_reads, 130);
}

TEST_F(Poll, NoticesAChangeAndANewOrder) {
    orders.add(1);
    orders.add(2);
    const Json cursor = drain();
    orders.order(1).set("paid", true);
    orders.add(3, "2026-01-15T12:00:01Z");
    EXPECT_EQ(ids(poll(cursor)), (std::vector<std::string>{"1", "3"}));
}

TEST_F(Poll, NoticesAChangeOfAnOlderOrderWithinTheHour) {
    orders.add(1, "2026-01-11T10:00:00Z");
    Json cursor = drain();
    host.unix_ms += hour_ms / 2;
    cursor = drain(cursor);
    orders.order(1).set("status", 8);
    EXPECT_TRUE(poll(cursor).rows.empty());
    host.unix_ms += hour_ms / 2;
    const Outcome swept = poll(cursor);
    EXPECT_EQ(ids(swept), (std::vector<std::string>{"1"}));
    EXPECT_EQ(swept.rows.at(0)["entity"]["status"].string(), "cancelled");
}

TEST_F(Poll, NoticesABasketThatIsCompletedDaysLater) {
    orders.add(1, "2026-01-11T10:00:00Z");
    orders.order(1).set("is_completed", false);
    const Json cursor = drain();
    EXPECT_TRUE(kept.empty());
    host.unix_ms += hour_ms;
    orders.order(1).set("is_completed", true);
    drain(cursor);
    EXPECT_EQ(kept.size(), 1u);
}

TEST_F(Poll, LosesNothingWhenOrdersComeAndGoBetweenPages) {
    orders.add_many(1000, 400);
    int page = 0;
    orders.before_page = [&](const std::string&) {
        ++page;
        if (page > 1 && page <= 8) {
            for (int i = 0; i < 8; ++i) orders.remove(1000 + page * 8 + i);  // seen ones vanish: the list moves up
            orders.add(page);                                                // and one slips in at the front
        }
    };
    const Json cursor = drain();
    const auto is_kept = [&](const Json& order) { return kept.contains(std::string{order["id"].text()}); };
    EXPECT_TRUE(std::all_of(orders.orders.begin(), orders.orders.end(),
                            [&](const Json& order) { return order["id"].integer(0) < 1000 || is_kept(order); }));
    orders.before_page = nullptr;
    drain(cursor);  // what slipped in behind the scan comes with the next
    EXPECT_TRUE(std::all_of(orders.orders.begin(), orders.orders.end(), is_kept));
}

TEST_F(Poll, StartsTheScanAgainWhenMoreVanishThanPagesOverlap) {
    orders.add_many(1000, 200);
    int page = 0;
    orders.before_page = [&](const std::string&) {
        if (++page == 2)
            for (int i = 0; i < 60; ++i) orders.remove(1000 + i);
    };
    drain();
    for (const Json& order : orders.orders) EXPECT_TRUE(kept.contains(std::string{order["id"].text()}));
    EXPECT_EQ(orders.row_reads, 200);
}

TEST_F(Poll, GoesOnFromEveryCheckpointAfterACrash) {
    orders.add_many(1, 60);
    for (const int cut : {0, 1, 19, 20, 21, 40, 59}) {
        host.seen.clear();
        kept.clear();
        host.cancel_after_rows = cut;
        Outcome got = poll();
        EXPECT_EQ(got.status, BRYGGA_CANCELLED);
        host.cancel_after_rows = -1;
        got.rows.resize(got.checkpoints.size() * 20);  // the rest was not committed
        keep(got);
        drain(got.checkpoints.empty() ? Json{} : got.checkpoints.back().cursor);
        EXPECT_EQ(kept.size(), 60u) << cut;
    }
}

TEST_F(Poll, AnOrderWithoutADateIsLeftToTheHost) {
    orders.add(1);
    orders.before_page = [&](const std::string&) { orders.order(1).set("create_date", "2026-99"); };
    EXPECT_EQ(poll().rows.size(), 1u);
}

TEST_F(Poll, KeepsWhatItGaveWhenTheBudgetEnds) {
    FakeHost other;
    other.unix_ms = host.unix_ms;
    other.http("GET", "https://shop.example/api/rest/v1/orders/30/orderrows/?*")
        .fail(BRYGGA_RATE_LIMITED, "http.budget");
    Shop behind{other};
    behind.add_many(1, 30);
    Instance instance{other, *brygga_plugin_entry(), Json::object({{"base_url", shop_url}})};
    const Outcome got = instance.poll("order", {}, "2026-01-10", 100);
    EXPECT_EQ(got.status, BRYGGA_RATE_LIMITED);
    EXPECT_EQ(got.code, "http.budget");
    EXPECT_EQ(got.rows.size(), 29u);
    ASSERT_EQ(got.checkpoints.size(), 2u);  // after 20 rows, and before giving up
    EXPECT_TRUE(got.checkpoints.back().has_more);
}

TEST_F(Poll, EndsBeforeItsDeadline) {
    orders.add_many(1, 50);
    orders.before_page = [&](const std::string&) { host.unix_ms += 56'000; };
    const Outcome got = poll();
    EXPECT_TRUE(got.ok()) << got.text();
    EXPECT_TRUE(got.rows.empty());
    ASSERT_EQ(got.checkpoints.size(), 1u);
    EXPECT_TRUE(got.checkpoints.back().has_more);
}

TEST_F(Poll, AnOrderWhoseRowsCannotBeReadDoesNotStopTheOthers) {
    FakeHost other;
    other.unix_ms = host.unix_ms;
    other.http("GET", "https://shop.example/api/rest/v1/orders/2/orderrows/?*")
        .answer(500, R"({"status":500,"code":"500.20","developermessage":"x"})");
    other.http("GET", "https://shop.example/api/rest/v1/orders/3/orderrows/?*").answer(404, R"({"status":404})");
    Shop behind{other};
    behind.add_many(1, 4);
    Instance instance{other, *brygga_plugin_entry(), Json::object({{"base_url", shop_url}})};
    const Outcome got = instance.poll("order", {}, "2026-01-10");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(ids(got), (std::vector<std::string>{"1", "2", "4"}));
    EXPECT_EQ(got.rows.at(1)["entity"]["lines"].size(), 0u);
    EXPECT_FALSE(got.rows.at(1).has("revision"));
    ASSERT_EQ(other.log().size(), 1u);
}

TEST_F(Poll, CancelledEndsWithoutACheckpoint) {
    orders.add_many(1, 5);
    host.cancel_after_rows = 2;
    const Outcome got = poll();
    EXPECT_EQ(got.status, BRYGGA_CANCELLED);
    EXPECT_EQ(got.rows.size(), 2u);
    EXPECT_TRUE(got.checkpoints.empty());
}

TEST_F(Poll, RefusesAListThatRepeatsItself) {
    FakeHost other;
    Json items = Json::array();
    for (int i = 1; i <= 100; ++i) items.push(Json::object({{"id", i}, {"is_completed", false}}));
    other.http("GET", "*").answer(200, Json::object({{"next", "x"}, {"items", items}})).times(0);
    Instance instance{other, *brygga_plugin_entry(), Json::object({{"base_url", shop_url}})};
    const Outcome got = instance.poll("order");
    EXPECT_EQ(got.status, BRYGGA_MISCONFIGURED);
    EXPECT_EQ(got.code, "answer.paging");
}

TEST_F(Poll, ReadsOldAndHostileCursors) {
    orders.add(1, "2026-01-12T10:00:00Z");
    orders.add(2, "2026-01-14T10:00:00Z");
    // One of another make goes on from its date; a start beyond the end finds the tail missing and begins again.
    EXPECT_EQ(ids(poll(*Json::parse(R"({"v":99,"at":"2026-01-14","scan":7})"))).size(), 2u);
    EXPECT_EQ(ids(poll(*Json::parse(
                  R"({"v":1,"scan":{"begun":"2026-01-15T00:00:00Z","from":"2026-01-01","start":500,"tail":["1"]}})"))),
              (std::vector<std::string>{"1", "2"}));
    EXPECT_TRUE(poll(*Json::parse(R"({"v":1,"at":"2999-01-01T00:00:00Z","swept_at":"2999-01-01T00:00:00Z"})")).ok());
    for (const char* text : {"{}", "[]", "7", "\"x\"", R"({"v":1,"at":"yesterday"})", R"({"v":1,"at":"2026-13-01"})",
                             R"({"v":1,"scan":{"begun":"2026-01-15","start":-5}})",
                             R"({"v":1,"scan":{"begun":"2026-01-15","start":9223372036854775807}})",
                             R"({"v":1,"scan":{"begun":"2026-01-15","start":1e30}})"}) {
        const Outcome got = poll(*Json::parse(text));
        EXPECT_EQ(got.status, BRYGGA_MISCONFIGURED) << text;
        EXPECT_EQ(got.code, "poll.cursor");
        EXPECT_FALSE(got.remedy.empty());
    }
}

TEST_F(Poll, OfAnotherTypeIsUnsupported) { EXPECT_EQ(shop.poll("invoice").status, BRYGGA_UNSUPPORTED); }

TEST(ScanCursor, SurvivesItsText) {
    Cursor cursor;
    cursor.at = parse_instant("2026-01-14T13:05:22Z");
    cursor.plan(*parse_instant("2026-01-15T00:00:01Z"), "2026-01-01", 30);
    cursor.scan->advance({"1", "2", "3", "4", "5", "6", "7", "8"});
    const auto again = Cursor::parse(cursor.to_json());
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->to_json(), cursor.to_json());
    EXPECT_EQ(again->scan->start, 6);
    EXPECT_EQ(again->scan->tail, (std::vector<std::string>{"7", "8"}));
}

TEST(ScanCursor, ReachesBackFarEnough) {
    const std::int64_t now = *parse_instant("2026-03-29T00:30:00Z");
    const auto from = [&](std::string_view at, std::string_view swept, std::string_view first) {
        Cursor cursor;
        cursor.at = parse_instant(at);
        cursor.swept_at = parse_instant(swept).value_or(0);
        cursor.plan(now, first, 30);
        return cursor.scan->from;
    };
    EXPECT_EQ(from("2026-03-29T00:29:00Z", "2026-03-29T00:00:00Z", "2026-01-01"), "2026-03-27");
    EXPECT_EQ(from("2026-03-20T00:00:00Z", "2026-03-29T00:00:00Z", "2026-01-01"), "2026-03-19");  // was off for days
    EXPECT_EQ(from("2026-03-29T00:29:00Z", "2026-03-28T23:00:00Z", "2026-01-01"), "2026-02-27");  // the hourly sweep
    EXPECT_EQ(from("2026-03-29T00:29:00Z", "", "2026-03-25"), "2026-03-24");
    EXPECT_EQ(from("", "", "2026-03-01"), "2026-02-28");
    EXPECT_EQ(from("", "", ""), "");
}

TEST(ScanCursor, ReadsDatesAndInstantsOnly) {
    EXPECT_EQ(parse_instant("1970-01-02"), 86'400);
    EXPECT_EQ(parse_instant("2026-01-14T13:05:22Z"), parse_instant("2026-01-14T13:05:22+00:00"));
    for (const char* text : {"", "2026", "2026-02-30", "2026/01/01", "2026-01-01 10:00:00", "2026-01-01T25:00:00Z",
                             "1969-12-31", "2026-01-01T10:00"})
        EXPECT_EQ(parse_instant(text), std::nullopt) << text;
    EXPECT_EQ(to_instant(*parse_instant("2026-12-31T23:59:59Z")), "2026-12-31T23:59:59Z");
}

}  // namespace
}  // namespace brygga::ccvshop
