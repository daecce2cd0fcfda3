// The status of orders back in the shop: what the books say, never over something newer, through faults and kills.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

constexpr const char* of_economic =
    "{ from_date: 2020-01-01, document: invoice_draft, target: { customer_group: Inhemska, product_group: [ \"Varor "
    "25\", \"Varor 12\", \"Varor 6\", \"Varor 0\" ] } }";

class OrderStatus : public ::testing::Test {
protected:
    explicit OrderStatus(bool economic = false)
        : vendors_{{"--orders", "30", "--known-share", "1"}},
          daemon_{vendors_, {.settings = economic ? of_economic : "{ from_date: 2020-01-01 }", .economic = economic}} {
        flow("{ written: processing, shipped: Skickad, invoiced: Slutförd }");
    }
    void flow(const std::string& statuses, const std::string& more = {}) const {
        std::ofstream{daemon_.directory() / "flows.d" / "statuses.yaml"}
            << "flow: statuses\nfrom: books\nto: shop\nentity: order_status\ntrigger: { every: 1s }\n"
            << "settings: { from_date: 2020-01-01, statuses: " << statuses << more << " }\n";
    }
    Json shop() const { return vendors_.get("/shop/statuses"); }
    bool shows(const std::string& number, int status) const {
        return eventually(Seconds{30}, [&] { return shop()[number]["status"].integer(0) == status; });
    }
    /// Numbers of orders that are in the books and that the shop calls new, before any status was brought back.
    std::vector<std::string> delivered_new() const {
        std::vector<std::string> out;
        const Json statuses = shop();
        for (const Json& delivery : daemon_.deliveries("delivered"))
            if (const std::string number{delivery["source_ref"]["number"].text()};
                delivery["flow"].string() == "orders" && statuses[number]["status"].integer(0) == 1)
                out.push_back(number);
        return out;
    }
    void advance(const std::string& reference, int status) const {
        (void)vendors_.post("/ledger/advance", Json::object({{"reference", reference}, {"status", status}}));
    }
    Json told(const std::string& number, const std::string& state) const {
        return daemon_.get("/v1/deliveries?flow=statuses&state=" + state + "&q=" + number)["items"].at(0);
    }
    std::vector<std::string> written() {
        EXPECT_EQ(daemon_.cli({"flows", "pause", "statuses"}).code, 0);
        EXPECT_TRUE(daemon_.settle()) << daemon_.story();
        auto numbers = delivered_new();
        EXPECT_GE(numbers.size(), 3u) << shop().pretty() << daemon_.story();
        return numbers;
    }

    const Simulated vendors_;
    Daemon daemon_;
};

TEST_F(OrderStatus, FollowsTheBooks) {
    daemon_.start();
    const auto numbers = written();
    vendors_.change_order(numbers[1], Json::object({{"status", 6}}));
    ASSERT_EQ(daemon_.cli({"flows", "resume", "statuses"}).code, 0);
    EXPECT_TRUE(shows(numbers[0], 2)) << daemon_.story();
    EXPECT_TRUE(shows(numbers[2], 2)) << daemon_.story();

    advance(numbers[0], 3);
    EXPECT_TRUE(shows(numbers[0], 5)) << daemon_.get("/v1/deliveries?flow=statuses&q=" + numbers[0]).pretty()
                                      << daemon_.get("/v1/runs?flow=statuses&limit=2").pretty();
    advance(numbers[0], 4);
    EXPECT_TRUE(shows(numbers[0], 7)) << daemon_.story();
    advance(numbers[1], 3);
    EXPECT_TRUE(eventually(Seconds{20}, [&] { return !told(numbers[1], "skipped").is_null(); })) << daemon_.story();
    EXPECT_EQ(shop()[numbers[1]]["status"].integer(), 6) << "it was delivered before the books said shipped";
    const Json left = told(numbers[1], "skipped");
    EXPECT_EQ(left["error"]["code"].string(), "status.not_newer") << left.pretty();
    const Json statuses = shop();
    for (const auto& order : statuses.members()) EXPECT_EQ(order.value["mails"].integer(), 0) << order.name;
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

TEST_F(OrderStatus, FaultsAndKillsLeaveTheStatusesRightAndNothingStale_long) {
    flow("{ written: processing, shipped: Skickad, invoiced: Slutförd }", ", mail: true");
    daemon_.start();
    const auto numbers = written();
    vendors_.fault("ccvshop", "500", "0.1", Json::object({{"method", "PATCH"}}));
    vendors_.fault("ccvshop", "reset_after", "0.2", Json::object({{"method", "PATCH"}}));
    ASSERT_EQ(daemon_.cli({"flows", "resume", "statuses"}).code, 0);
    for (const int stage : {3, 4}) {
        for (const std::string& number : numbers) advance(number, stage);
        daemon_.kill_hard();
        daemon_.start();
        // A person is faster than the flow.
        if (stage == 3) vendors_.change_order(numbers[0], Json::object({{"status", 8}}));
    }
    vendors_.clear_faults();
    const auto right = [&] {
        const Json statuses = shop();
        return std::ranges::all_of(numbers, [&](const std::string& number) {
            return number == numbers[0] || statuses[number]["status"].integer(0) == 7;
        });
    };
    EXPECT_TRUE(eventually(Seconds{60}, right)) << shop().pretty() << daemon_.story();
    EXPECT_EQ(shop()[numbers[0]]["status"].integer(), 8) << "cancelled stays";
    const Json statuses = shop();
    for (const std::string& number : numbers)
        EXPECT_LE(statuses[number]["mails"].integer(0), 3) << number << ": one mail for each status at most";
}

TEST_F(OrderStatus, CanBeTriedBefore) {
    daemon_.start();
    const auto numbers = written();
    ASSERT_TRUE(eventually(Seconds{10}, [&] { return daemon_.idle("shop") && daemon_.idle("books"); }));
    const std::int64_t writes = vendors_.calls("ccvshop", "PATCH");
    const Ended shown = daemon_.cli({"preview", "statuses", "--record", numbers[0]});
    EXPECT_THAT(shown.out, HasSubstr("status: 1 -> 2")) << shown.out << shown.err;
    const Ended checked = daemon_.cli({"flows", "preflight", "statuses"});
    EXPECT_THAT(checked.out, HasSubstr("Flow statuses is ready.")) << checked.out << checked.err;
    EXPECT_EQ(vendors_.calls("ccvshop", "PATCH"), writes);
}

class OrderStatusOfEconomic : public OrderStatus {
protected:
    OrderStatusOfEconomic() : OrderStatus(true) {}
};
TEST_F(OrderStatusOfEconomic, FollowsTheBooks) {
    daemon_.start();
    const auto numbers = written();
    ASSERT_EQ(daemon_.cli({"flows", "resume", "statuses"}).code, 0);
    EXPECT_TRUE(shows(numbers[0], 2)) << daemon_.story();
    const Json drafts = daemon_.get("/v1/deliveries?flow=orders&state=delivered&q=" + numbers[0])["items"];
    (void)vendors_.post("/economic/book", Json::object({{"number", drafts.at(0)["target_ref"]["number"]}}));
    EXPECT_TRUE(shows(numbers[0], 7)) << daemon_.story();
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace brygga::system_test
