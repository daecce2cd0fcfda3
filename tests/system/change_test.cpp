// Orders that change after they were read: paid later, edited, cancelled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

class Change : public ::testing::Test {
protected:
    void SetUp() override { daemon_.start(); }
    Json order(const std::string& number) const { return member_of(vendors_.report()["orders"], "number", number); }

    Simulated vendors_{{"--orders", "5", "--clean"}};
    Daemon daemon_{vendors_};
};

TEST_F(Change, AnOrderThatIsPaidLaterIsDelivered) {
    const std::string number = vendors_.add_orders(1, "unpaid").front();
    ASSERT_TRUE(daemon_.reaches(number, "skipped"));
    EXPECT_EQ(order(number)["documents"].size(), 0u);
    vendors_.change_order(number, Json::object({{"paid", true}}));
    ASSERT_TRUE(daemon_.reaches(number, "delivered")) << daemon_.delivery(number).pretty();
    EXPECT_TRUE(order(number)["equal"].boolean()) << order(number).pretty();
}

TEST_F(Change, AnOrderThatIsEditedUpdatesItsDocument) {
    const std::string number = vendors_.add_orders(1, "plain_person").front();
    ASSERT_TRUE(daemon_.reaches(number, "delivered"));
    const Json before = order(number);
    vendors_.change_order(number, Json::object({{"edit", true}}));
    ASSERT_TRUE(eventually(
        Seconds{20},
        [&] { return order(number)["equal"].boolean() && order(number)["gross"].text() != before["gross"].text(); }))
        << order(number).pretty() << daemon_.delivery(number).pretty();
    ASSERT_EQ(order(number)["documents"].size(), 1u);
    EXPECT_EQ(order(number)["documents"].at(0)["id"].text(), before["documents"].at(0)["id"].text());
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    EXPECT_EQ(daemon_.delivery(number)["state"].string(), "delivered");
}

TEST_F(Change, AnOrderWhoseDocumentWasDeletedIsHeldAndWrittenAnewByReplayOnly) {
    const std::string number = vendors_.add_orders(1, "plain_person").front();
    ASSERT_TRUE(daemon_.reaches(number, "delivered"));
    const std::string first{order(number)["documents"].at(0)["id"].text()};
    vendors_.post("/ledger/delete", Json::object({{"id", first}}));
    vendors_.change_order(number, Json::object({{"edit", true}}));
    ASSERT_TRUE(daemon_.reaches(number, "held")) << daemon_.delivery(number).pretty();
    const Json held = daemon_.delivery(number);
    EXPECT_EQ(held["error"]["code"].string(), "document.gone");
    EXPECT_THAT(std::string{held["error"]["message"].string()}, ::testing::HasSubstr("written on"));
    EXPECT_EQ(order(number)["documents"].size(), 0u);
    const std::string id{held["id"].text()};
    EXPECT_EQ(daemon_.call("POST", "/v1/deliveries/" + id + "/replay").status, 200);
    ASSERT_TRUE(daemon_.reaches(number, "delivered")) << daemon_.delivery(number).pretty();
    const Json documents = order(number)["documents"];
    ASSERT_EQ(documents.size(), 1u);
    EXPECT_NE(documents.at(0)["id"].text(), first);
    EXPECT_TRUE(order(number)["equal"].boolean()) << order(number).pretty();
}

TEST_F(Change, AnOrderThatIsCancelledAfterDeliveryIsHeld) {
    const std::string number = vendors_.add_orders(1, "plain_person").front();
    ASSERT_TRUE(daemon_.reaches(number, "delivered"));
    vendors_.change_order(number, Json::object({{"status", 8}}));
    ASSERT_TRUE(daemon_.reaches(number, "held")) << daemon_.delivery(number).pretty();
    const Json held = daemon_.delivery(number);
    EXPECT_THAT(std::string{held["error"]["message"].string()}, ::testing::HasSubstr(number));
    EXPECT_FALSE(held["error"]["remedy"].string().empty());
    EXPECT_EQ(order(number)["documents"].size(), 1u);
}

TEST(Cancelled, AnOrdersDraftIsDeletedInEitherBooks) {
    for (const bool economic : {false, true}) {
        const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "1"}};
        const std::string target =
            economic ? ", target: { customer_group: Inhemska, product_group: [ \"Varor 25\", \"Varor 12\", "
                       "\"Varor 6\", \"Varor 0\" ] }"
                     : "";
        Daemon daemon{
            vendors,
            {.settings = "{ from_date: 2020-01-01, on_cancel: cancel_draft" + target + " }", .economic = economic}};
        daemon.start();
        const auto documents = [&](const std::string& number) {
            return member_of(vendors.report()["orders"], "number", number)["documents"].size();
        };
        const std::string number = vendors.add_orders(1, "plain_person").front();
        ASSERT_TRUE(daemon.reaches(number, "delivered")) << daemon.story();
        ASSERT_EQ(documents(number), 1u);
        vendors.fault(economic ? "economic" : "eaccounting", "reset_after", "1",
                      Json::object({{"method", "DELETE"}, {"times", 1}}));
        vendors.change_order(number, Json::object({{"status", 8}}));
        ASSERT_TRUE(eventually(Seconds{30}, [&] {
            return daemon.delivery(number)["error"]["code"].string() == "order.cancelled";
        })) << daemon.delivery(number).pretty();
        EXPECT_EQ(daemon.delivery(number)["state"].string(), "skipped") << daemon.delivery(number).pretty();
        EXPECT_EQ(documents(number), 0u);
    }
}

TEST_F(Change, AnOrderThatIsCancelledBeforeDeliveryStaysOut) {
    const std::string number = vendors_.add_orders(1, "unpaid").front();
    ASSERT_TRUE(daemon_.reaches(number, "skipped"));
    vendors_.change_order(number, Json::object({{"status", 8}, {"paid", true}}));
    ASSERT_TRUE(eventually(Seconds{20}, [&] {
        return daemon_.delivery(number)["error"]["code"].string() == "order.cancelled";
    })) << daemon_.delivery(number).pretty();
    EXPECT_EQ(order(number)["documents"].size(), 0u);
}

TEST_F(Change, AStatusThatMapsToNothingCostsNothing) {
    const std::string number = vendors_.add_orders(1, "plain_person").front();
    ASSERT_TRUE(daemon_.reaches(number, "delivered"));
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    const std::int64_t calls = vendors_.calls("eaccounting");
    vendors_.change_order(number, Json::object({{"status", 6}}));
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    EXPECT_EQ(vendors_.calls("eaccounting"), calls);
}

TEST_F(Change, AHeldOrderIsDeliveredByReplayOnceItsCauseIsGone) {
    Daemon strict{vendors_, {.settings = "{ from_date: 2020-01-01, missing_product: hold }"}};
    daemon_.kill_hard();
    vendors_.add_orders(1, "unknown_sku");
    strict.start();
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return strict.count("held") > 0; }));
    ASSERT_TRUE(strict.settle()) << strict.story();
    const Json held = strict.deliveries("held").front();
    auto flow = read_file(strict.directory() / "flows.d/orders.yaml");
    flow.replace(flow.find("missing_product: hold"), 21, "missing_product: create");
    write_file(strict.directory() / "flows.d/orders.yaml", flow);
    EXPECT_EQ(strict.stop(Seconds{30}), 0);
    strict.start();
    const std::string id{held["id"].text()};
    EXPECT_EQ(strict.call("POST", "/v1/deliveries/" + id + "/replay").status, 200);
    ASSERT_TRUE(eventually(Seconds{20}, [&] {
        return strict.get("/v1/deliveries/" + id)["state"].string() == "delivered";
    })) << strict.get("/v1/deliveries/" + id).pretty();
}

}  // namespace
}  // namespace brygga::system_test
