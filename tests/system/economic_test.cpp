// Orders of the shop in e-conomic: every one that can be entered is there once, with totals equal to the cent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

constexpr const char* groups = "product_group: [ \"Varor 25\", \"Varor 12\", \"Varor 6\", \"Varor 0\" ]";

std::string settings(const std::string& more = {}) {
    return "{ from_date: 2020-01-01, " + more + "target: { customer_group: Inhemska, " + groups + " } }";
}

TEST(Economic, OrdersComeInOnceAndEqualToTheCent) {
    const Simulated vendors{{"--orders", "120"}};
    Daemon daemon{vendors, {.settings = settings(), .economic = true}};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const Verdict verdict = judge(vendors.report(), daemon.deliveries());
    EXPECT_THAT(verdict.complaints, ::testing::IsEmpty()) << verdict.text();
    EXPECT_TRUE(verdict.share_reached()) << verdict.text();
    EXPECT_GT(verdict.entered, 60) << verdict.text();
    EXPECT_EQ(verdict.dead, 0) << verdict.text();
    EXPECT_THAT(daemon.errors_logged(), ::testing::IsEmpty());

    const Json books = vendors.get("/economic");
    EXPECT_GT(books["orders"].size(), 60u);
    EXPECT_EQ(books["drafts"].size(), 0u);
    EXPECT_EQ(vendors.calls("eaccounting"), 0);
}

TEST(Economic, UnclearAnswersAndLimitsDoubleNothing) {
    const Simulated vendors{{"--orders", "60", "--clean"}};
    Daemon daemon{vendors, {.settings = settings(), .economic = true}};
    vendors.fault("economic", "reset_after", "0.1", Json::object({{"method", "POST"}}));
    vendors.fault("economic", "429", "0.05", Json::object({{"retry_after", "1"}}));
    daemon.start();
    const auto in_books = [&] { return daemon.count("delivered") > 20; };
    EXPECT_TRUE(eventually(Seconds{30}, in_books)) << daemon.story();
    vendors.clear_faults();
    ASSERT_TRUE(daemon.settle(Seconds{50})) << daemon.story();
    const Verdict verdict = judge(vendors.report(), daemon.deliveries());
    EXPECT_THAT(verdict.complaints, ::testing::IsEmpty()) << verdict.text();
    EXPECT_TRUE(verdict.share_reached()) << verdict.text();
}

TEST(Economic, AnAgreementWithInventoryGetsInvoiceDrafts) {
    const Simulated vendors{{"--orders", "10", "--clean", "--switch", "economic_inventory=on"}};
    Daemon daemon{vendors, {.settings = settings(), .economic = true}};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const Json books = vendors.get("/economic");
    EXPECT_EQ(books["orders"].size(), 0u);
    EXPECT_GT(books["drafts"].size(), 3u) << daemon.story();
    const Json& draft = books["drafts"].at(0);
    EXPECT_FALSE(draft["references"]["other"].string().empty());
    EXPECT_EQ(draft["layout"]["layoutNumber"].integer(0), 19);
}

TEST(Economic, ANewVersionChangesTheDraftAndABookedOneHolds) {
    const Simulated vendors{{"--orders", "0", "--clean"}};
    Daemon daemon{vendors, {.settings = settings("document: invoice_draft, "), .economic = true}};
    daemon.start();
    const std::string number = vendors.add_orders(1).front();
    ASSERT_TRUE(daemon.reaches(number, "delivered")) << daemon.delivery(number).pretty() << daemon.story();
    const Json draft = vendors.get("/economic")["drafts"].at(0);
    ASSERT_EQ(draft["references"]["other"].string(), number);
    const auto order = [&] { return member_of(vendors.report()["orders"], "number", number); };
    const Json before = order();

    vendors.change_order(number, Json::object({{"edit", true}}));
    ASSERT_TRUE(eventually(
        Seconds{20}, [&] { return order()["equal"].boolean() && order()["gross"].text() != before["gross"].text(); }))
        << order().pretty() << daemon.delivery(number).pretty();
    const Json changed = vendors.get("/economic")["drafts"];
    ASSERT_EQ(changed.size(), 1u);
    EXPECT_EQ(changed.at(0)["draftInvoiceNumber"], draft["draftInvoiceNumber"]);
    EXPECT_EQ(changed.at(0)["layout"], draft["layout"]);
    ASSERT_TRUE(daemon.settle()) << daemon.story();

    vendors.post("/economic/book", Json::object({{"number", draft["draftInvoiceNumber"]}}));
    vendors.change_order(number, Json::object({{"edit", true}}));
    ASSERT_TRUE(daemon.reaches(number, "held")) << daemon.delivery(number).pretty();
    EXPECT_EQ(daemon.delivery(number)["error"]["code"].string(), "document.differs")
        << daemon.delivery(number).pretty();
    EXPECT_EQ(vendors.get("/economic")["drafts"].size(), 0u);
    EXPECT_EQ(vendors.get("/economic")["invoices"].size(), 1u);
}

TEST(Economic, AMissingChoiceIsHeldWithTheChoices) {
    const Simulated vendors{{"--orders", "1", "--clean", "--known-share", "0"}};
    Daemon daemon{vendors, {.economic = true}};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const auto held = daemon.deliveries("held");
    ASSERT_EQ(held.size(), 1u) << daemon.story();
    EXPECT_EQ(held[0]["error"]["code"].string(), "option.customer_group");
    EXPECT_THAT(std::string{held[0]["error"]["remedy"].string()}, ::testing::HasSubstr("Inhemska, Utland"));
    EXPECT_EQ(vendors.get("/economic")["customers"].size(), 0u);
}

}  // namespace
}  // namespace brygga::system_test
