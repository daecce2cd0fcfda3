// Orders that become less, or are cancelled, after they were booked: credit notes in either books, each once and to the
// cent, through lost answers and kills.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

struct CreditBooks {
    bool economic;
    const char* settings;
};
constexpr CreditBooks in_eaccounting{false,
                                     "{ from_date: 2020-01-01, book: true, on_refund: credit, on_cancel: credit }"},
    in_economic{true,
                "{ from_date: 2020-01-01, book: true, on_refund: credit, on_cancel: credit, target: { customer_group: "
                "Inhemska, product_group: [ \"Varor 25\", \"Varor 12\", \"Varor 6\", \"Varor 0\" ] } }"};

class Credit : public ::testing::TestWithParam<CreditBooks> {
protected:
    void SetUp() override {
        daemon_.start();
        number_ = vendors_.add_orders(1, "shipping_and_fee").front();
        ASSERT_TRUE(daemon_.reaches(number_, "delivered")) << daemon_.delivery(number_).pretty();
        ASSERT_EQ(order()["documents"].at(0)["kind"].string(), "invoice") << order().pretty();
    }
    Json order() const { return member_of(vendors_.report()["orders"], "number", number_); }
    /// The shop's order changes, and the books have so many credit notes of it then.
    void change_to(const Json& change, std::size_t notes) {
        vendors_.change_order(number_, change);
        ASSERT_TRUE(eventually(Seconds{30},
                               [&] {
                                   return order()["credits"].size() == notes &&
                                          daemon_.delivery(number_)["state"].string() == "delivered";
                               }))
            << order().pretty() << daemon_.delivery(number_).pretty();
        ASSERT_TRUE(daemon_.settle()) << daemon_.story();
        const Json now = order();
        EXPECT_EQ(now["credits"].size(), notes) << now.pretty();
        EXPECT_EQ(now["documents"].size(), 1u) << now.pretty();
        EXPECT_TRUE(now["equal"].boolean()) << now.pretty();
        for (const Json& note : now["credits"].items()) EXPECT_EQ(note["kind"].string(), "invoice") << "it is booked";
        const Verdict verdict = judge(vendors_.report(), daemon_.deliveries());
        EXPECT_THAT(verdict.complaints, ::testing::IsEmpty()) << verdict.text();
    }
    /// The first row of the order becomes cheaper.
    void cheaper(std::size_t notes, const char* price) {
        change_to(Json::object({{"price", *Decimal::parse(price)}}), notes);
    }

    Simulated vendors_{{"--orders", "0", "--clean", "--known-share", "1"}};
    Daemon daemon_{vendors_, {.settings = GetParam().settings, .economic = GetParam().economic}};
    std::string number_;
};
INSTANTIATE_TEST_SUITE_P(Books, Credit, ::testing::Values(in_eaccounting, in_economic),
                         [](const auto& tested) { return tested.param.economic ? "economic" : "eaccounting"; });

TEST_P(Credit, APriceThatWentDownIsCreditedOnce) {
    cheaper(1, "1");
    const Json shown = daemon_.delivery(number_);
    EXPECT_EQ(shown["target_ref"]["kind"].string(), "credit_note") << shown.pretty();
    const std::string story = daemon_.get("/v1/deliveries/" + std::string{shown["id"].text()}).dump();
    EXPECT_THAT(story, ::testing::HasSubstr(R"("decision":"credit")"));
    EXPECT_THAT(story, ::testing::HasSubstr("settings.on_refund: credit"));
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

TEST_P(Credit, ALineThatWasRemovedIsCreditedInWhole) { change_to(Json::object({{"shipping", 0}}), 1); }

TEST_P(Credit, AnAmountWithoutLinesIsCreditedWithTheRefundArticle) {
    change_to(Json::object({{"extra_costs", -500}}), 1);
    const Json note = order()["credits"].at(0);
    EXPECT_EQ(note["gross"].decimal(), Decimal{5}) << note.pretty();
}

TEST_P(Credit, SeveralRefundsAndACancellationLeaveNothing) {
    cheaper(1, "2");
    cheaper(2, "1");
    change_to(Json::object({{"status", 8}}), 3);
    const Json done = order();
    Decimal open = done["documents"].at(0)["gross"].decimal().value_or(Decimal{});
    for (const Json& note : done["credits"].items()) open = open - note["gross"].decimal().value_or(Decimal{});
    EXPECT_TRUE(open.is_zero()) << done.pretty();
    const Json totals = vendors_.report()["totals"];
    EXPECT_EQ(totals["shop"]["gross"], totals["ledger"]["gross"]) << totals.pretty();
}

TEST_P(Credit, WhatIsMoreThanInvoicedIsHeld) {
    vendors_.change_order(number_, Json::object({{"edit", true}}));
    ASSERT_TRUE(daemon_.reaches(number_, "held")) << daemon_.delivery(number_).pretty();
    const Json held = daemon_.delivery(number_)["error"];
    EXPECT_EQ(held["code"].string(), "document.differs");
    EXPECT_THAT(std::string{held["message"].string()}, ::testing::HasSubstr("no credit note makes them equal"));
    EXPECT_EQ(order()["credits"].size(), 0u);
}

TEST_P(Credit, APreviewShowsItAndWritesNothing) {
    daemon_.kill_hard();
    vendors_.change_order(number_, Json::object({{"shipping", 0}}));
    auto file = daemon_.directory() / "flows.d/orders.yaml";
    std::string flow = read_file(file);
    flow.replace(flow.find("{ every: 1s }"), 13, "{}");
    write_file(file, flow);
    daemon_.start();
    const Ended shown = daemon_.cli({"preview", "orders", "--record", number_});
    EXPECT_EQ(shown.code, 0) << shown.out << shown.err;
    EXPECT_THAT(shown.out,
                ::testing::HasSubstr("credit document credit_note_draft with the reference " + number_ + "/C1"));
    EXPECT_THAT(shown.out, ::testing::HasSubstr("book document credit_note_draft"));
    EXPECT_EQ(order()["credits"].size(), 0u);
}

TEST_P(Credit, ALostAnswerMakesOneCreditNote) {
    for (const char* kind : {"reset_after", "500"}) {
        vendors_.fault(GetParam().economic ? "economic" : "eaccounting", kind, "1",
                       Json::object({{"method", "POST"}, {"times", 1}}));
        cheaper(*kind == 'r' ? 1 : 2, *kind == 'r' ? "2" : "1");
    }
}

TEST_P(Credit, KillsAtEachPointMakeOneCreditNote) {
#ifndef BRYGGA_CRASH_POINTS
    GTEST_SKIP() << "this build has no crash points";
#endif
    std::size_t notes = 0;
    for (const char* point : {"intent_due:1", "intent_stored:1", "answered:1", "intent_stored:2", "answered:2"}) {
        SCOPED_TRACE(point);
        daemon_.kill_hard();
        (void)daemon_.wait(Seconds{5});
        vendors_.change_order(
            number_, Json::object({{"price", Decimal::scaled(static_cast<std::int64_t>(500 - 50 * notes), 2)}}));
        daemon_.launch({{"BRYGGA_CRASH_AT", point}});
        ASSERT_EQ(daemon_.wait(Seconds{25}).value_or(0), 128 + SIGKILL) << daemon_.log();
        daemon_.start();
        ++notes;
        ASSERT_TRUE(eventually(Seconds{40},
                               [&] {
                                   if (daemon_.connection_state("books") == "needs_reauth")
                                       (void)daemon_.renew_consent(vendors_);
                                   return order()["credits"].size() == notes && order()["equal"].boolean() &&
                                          daemon_.settle(Seconds{5});
                               }))
            << order().pretty() << daemon_.delivery(number_).pretty();
        EXPECT_EQ(order()["credits"].size(), notes);
    }
    const Verdict verdict = judge(vendors_.report(), daemon_.deliveries());
    EXPECT_THAT(verdict.complaints, ::testing::IsEmpty()) << verdict.text();
}

TEST(CreditSigns, TheVendorsTotalsMayHaveEitherSign) {
    const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "1", "--switch", "credit_sign=positive"}};
    Daemon daemon{vendors, {.settings = in_eaccounting.settings}};
    daemon.start();
    const std::string number = vendors.add_orders(1, "plain_company").front();
    ASSERT_TRUE(daemon.reaches(number, "delivered")) << daemon.delivery(number).pretty();
    vendors.change_order(number, Json::object({{"price", 1}}));
    ASSERT_TRUE(eventually(Seconds{30}, [&] {
        const Json order = member_of(vendors.report()["orders"], "number", number);
        return order["credits"].size() == 1 && order["equal"].boolean();
    })) << daemon.delivery(number).pretty();
}

}  // namespace
}  // namespace brygga::system_test
