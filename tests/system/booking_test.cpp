// Orders that are booked, and paid in the books: each once and to the cent, through faults and kills.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

constexpr const char* booked_and_paid =
    "{ from_date: 2020-01-01, book: true, register_payment: true, payment_accounts: { creditcard: \"1580\" }, "
    "target: { bank_account: Företagskonto } }";
constexpr const char* booked_in_economic =
    "{ from_date: 2020-01-01, book: true, target: { customer_group: Inhemska, product_group: [ \"Varor 25\", \"Varor "
    "12\", "
    "\"Varor 6\", \"Varor 0\" ] } }";

/// What the books say of documents that should be booked and, where they take payments, paid.
struct Books {
    int invoices = 0, others = 0, unpaid = 0;
};
Books books_of(const Json& report) {
    Books out;
    for (const Json& order : report["orders"].items())
        for (const Json& document : order["documents"].items()) {
            if (document["kind"].string() != "invoice") {
                ++out.others;
                continue;
            }
            ++out.invoices;
            if (const auto open = document["remaining"].decimal(); open && !open->is_zero()) ++out.unpaid;
        }
    return out;
}

TEST(Booking, OrdersBecomePaidInvoices) {
    const Simulated vendors{{"--orders", "40", "--known-share", "1"}};
    Daemon daemon{vendors, {.settings = booked_and_paid}};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const Json report = vendors.report();
    const Verdict verdict = judge(report, daemon.deliveries());
    EXPECT_THAT(verdict.complaints, ::testing::IsEmpty()) << verdict.text();
    EXPECT_EQ(verdict.dead, 0) << verdict.text();
    const Books books = books_of(report);
    EXPECT_GT(books.invoices, 15) << verdict.text();
    EXPECT_EQ(books.others, 0) << verdict.text();
    EXPECT_EQ(books.unpaid, 0) << verdict.text();
    EXPECT_THAT(daemon.errors_logged(), ::testing::IsEmpty());

    const Json delivered = daemon.deliveries("delivered").front();
    EXPECT_EQ(delivered["target_ref"]["kind"].string(), "invoice");
    const std::string story = daemon.get("/v1/deliveries/" + std::string{delivered["id"].text()}).dump();
    EXPECT_THAT(story, HasSubstr(R"("decision":"booked")"));
    EXPECT_THAT(story, HasSubstr(R"("decision":"payment")"));
}

TEST(Booking, APreviewShowsEachWriteAndMakesNone) {
    const Simulated vendors{{"--orders", "1", "--clean", "--known-share", "1"}};
    Daemon daemon{vendors, {.trigger = "{}", .settings = booked_and_paid}};
    daemon.start();
    const std::string number{vendors.report()["orders"].at(0)["number"].text()};
    const Ended shown = daemon.cli({"preview", "orders", "--record", number});
    EXPECT_EQ(shown.code, 0) << shown.out << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("book document"));
    EXPECT_THAT(shown.out, HasSubstr("create payment"));
    EXPECT_EQ(vendors.calls("eaccounting", "POST"), 0);
}

TEST(Booking, OrdersBecomeInvoicesOfEconomic) {
    const Simulated vendors{{"--orders", "30", "--clean"}};
    Daemon daemon{vendors, {.settings = booked_in_economic, .economic = true}};
    vendors.fault("economic", "reset_after", "0.1", Json::object({{"method", "POST"}}));
    daemon.start();
    EXPECT_TRUE(eventually(Seconds{30}, [&] { return daemon.count("delivered") > 8; })) << daemon.story();
    vendors.clear_faults();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const Json report = vendors.report();
    const Verdict verdict = judge(report, daemon.deliveries());
    EXPECT_THAT(verdict.complaints, ::testing::IsEmpty()) << verdict.text();
    const Books books = books_of(report);
    EXPECT_GT(books.invoices, 10) << verdict.text();
    EXPECT_EQ(books.others, 0) << verdict.text();
    EXPECT_EQ(vendors.get("/economic")["drafts"].size(), 0u);
}

TEST(PaymentsOfEconomic, AreEnteredInTheJournalOnceAndNotAgainAfterItIsBooked) {
    const Simulated vendors{{"--orders", "25", "--clean"}};
    Daemon daemon{vendors,
                  {.settings = "{ from_date: 2020-01-01, book: true, register_payment: true, payment_accounts: { "
                               "creditcard: Kortfordran }, target: { bank_account: \"1930\", customer_group: Inhemska, "
                               "product_group: [ \"Varor 25\", \"Varor 12\", \"Varor 6\", \"Varor 0\" ] } }",
                   .economic = true,
                   .books_config = ", payment_journal: 1"}};
    vendors.fault("economic", "reset_after", "0.4", Json::object({{"path", ".*/vouchers"}, {"times", 6}}));
    daemon.start();
    ASSERT_TRUE(daemon.settle(Seconds{60})) << daemon.story();
    vendors.clear_faults();
    const auto totals = [&](const char* list, const char* member) {
        Decimal sum;
        for (const Json& record : vendors.get("/economic")[list].items())
            sum += record[member].decimal().value_or(Decimal{});
        return sum;
    };
    const std::size_t paid = vendors.get("/economic")["entries"].size();
    EXPECT_GT(paid, 10u);
    EXPECT_EQ(paid, vendors.get("/economic")["invoices"].size()) << daemon.story();
    EXPECT_EQ(-totals("entries", "amount"), totals("invoices", "grossAmount"));

    vendors.post("/economic/book-journal");
    EXPECT_TRUE(totals("invoices", "remainder").is_zero());
    ASSERT_EQ(daemon.cli({"run", "orders", "--from", "2020-01-01", "--wait"}).code, 0);
    EXPECT_EQ(vendors.get("/economic")["entries"].size(), 0u);
}

TEST(PaymentsOfEconomic, NeedAJournal) {
    const Simulated vendors{{"--orders", "1", "--clean"}};
    Daemon daemon{vendors,
                  {.settings = "{ from_date: 2020-01-01, book: true, register_payment: true, target: { bank_account: "
                               "\"1930\", customer_group: Inhemska, product_group: [ \"Varor 25\", \"Varor 12\", "
                               "\"Varor 6\", \"Varor 0\" ] } }",
                   .economic = true}};
    daemon.start();
    const std::string number{vendors.report()["orders"].at(0)["number"].text()};
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return !daemon.delivery(number)["error"].is_null(); }));
    EXPECT_EQ(daemon.delivery(number)["error"]["code"].string(), "document.payment");
    EXPECT_THAT(std::string{daemon.delivery(number)["error"]["remedy"].string()}, HasSubstr("payment_journal"));
}

/// kill -9 at random moments with answers that are lost: no invoice and no payment is doubled or left out.
void survive(int orders, int kills, unsigned seed, const char* faults) {
    const Simulated vendors{{"--orders", std::to_string(orders), "--seed", std::to_string(seed), "--latency-ms", "5"}};
    for (const char* kind : {"500", "reset_before", "reset_after", "truncated"})
        vendors.fault("eaccounting", kind, faults);
    Daemon daemon{vendors, {.settings = booked_and_paid}};
    std::mt19937 random{seed};
    std::uniform_int_distribution<int> life{100, 1500};
    for (int kill = 0; kill < kills; ++kill) {
        daemon.launch();
        std::this_thread::sleep_for(std::chrono::milliseconds{life(random)});
        daemon.kill_hard();
        (void)daemon.wait(Seconds{5});
    }
    daemon.start();
    vendors.clear_faults();
    daemon.call("POST", "/v1/connections/books/check");
    // A kill may cut a renewal of the access between the vendor's answer and its storing: a person gives consent again.
    ASSERT_TRUE(eventually(Seconds{80}, [&] {
        if (daemon.connection_state("books") == "needs_reauth") (void)daemon.renew_consent(vendors);
        return daemon.settle(Seconds{8});
    })) << daemon.story();
    const Json report = vendors.report();
    const Verdict verdict = judge(report, daemon.deliveries());
    std::printf("seed %u, %s", seed, verdict.summary().c_str());
    EXPECT_THAT(verdict.complaints, ::testing::IsEmpty()) << verdict.text();
    EXPECT_EQ(verdict.in_doubt, 0) << "every outcome can be looked up here";
    EXPECT_TRUE(verdict.share_reached()) << verdict.text();
    const Books books = books_of(report);
    EXPECT_EQ(books.others, 0) << verdict.text();
    EXPECT_EQ(books.unpaid, 0) << verdict.text();
}

TEST(Booking, AFewKillsDoubleNothing) { survive(12, 4, 11, "0"); }

TEST(Booking, KillsDoubleNothing_long) {
    const char* seed = std::getenv("BRYGGA_SEED");
    survive(150, 40, seed ? static_cast<unsigned>(std::strtoul(seed, nullptr, 10)) : std::random_device{}(), "0.02");
}

}  // namespace
}  // namespace brygga::system_test
