// Orders of the shop that become quotes in either books: once and to the cent, through lost answers, a forgotten store
// and what a customer has agreed to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

std::string quote_settings(bool economic) {
    std::string settings = "{ document: quote, from_date: 2020-01-01, on_cancel: cancel_draft";
    if (economic)
        settings +=
            ", target: { customer_group: Inhemska, product_group: [ \"Varor 25\", \"Varor 12\", \"Varor 6\", "
            "\"Varor 0\" ] }";
    return settings + " }";
}

class Quotes : public ::testing::TestWithParam<bool> {
protected:
    Json order(const std::string& number) const { return member_of(vendors_.report()["orders"], "number", number); }
    std::size_t quotes() const { return vendors_.get(GetParam() ? "/economic" : "/ledger")["quotes"].size(); }
    void judged() const {
        const Verdict verdict = judge(vendors_.report(), daemon_.deliveries());
        EXPECT_THAT(verdict.complaints, ::testing::IsEmpty()) << verdict.text();
        EXPECT_TRUE(verdict.share_reached()) << verdict.text();
        EXPECT_EQ(quotes(), static_cast<std::size_t>(verdict.delivered)) << verdict.text();
    }

    Simulated vendors_{{"--orders", "0", "--clean", "--known-share", "50"}};
    Daemon daemon_{vendors_, {.settings = quote_settings(GetParam()), .economic = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Books, Quotes, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "economic" : "eaccounting"; });

TEST_P(Quotes, OrdersBecomeQuotesEqualToTheCent) {
    (void)vendors_.add_orders(40);
    daemon_.start();
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    judged();
    const Json delivered = daemon_.get("/v1/deliveries?state=delivered&limit=1")["items"].at(0);
    EXPECT_EQ(delivered["target_ref"]["kind"].string(), "quote") << delivered.pretty();
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

TEST_P(Quotes, AnEditedOrderChangesItsQuoteAndACancelledOneTakesItAway) {
    const auto numbers = vendors_.add_orders(2, "plain_person");
    daemon_.start();
    for (const std::string& number : numbers)
        ASSERT_TRUE(daemon_.reaches(number, "delivered")) << daemon_.delivery(number).pretty();
    const Json before = order(numbers[0]);
    vendors_.change_order(numbers[0], Json::object({{"edit", true}}));
    vendors_.change_order(numbers[1], Json::object({{"status", 8}}));
    ASSERT_TRUE(eventually(Seconds{20}, [&] {
        const Json now = order(numbers[0]);
        return now["equal"].boolean() && now["gross"].text() != before["gross"].text();
    })) << daemon_.delivery(numbers[0]).pretty();
    EXPECT_EQ(order(numbers[0])["documents"].at(0)["id"], before["documents"].at(0)["id"]);
    ASSERT_TRUE(daemon_.reaches(numbers[1], "skipped")) << daemon_.delivery(numbers[1]).pretty();
    EXPECT_EQ(quotes(), 1u);
}

TEST_P(Quotes, LostAnswersAndAForgottenStoreDoubleNothing) {
    (void)vendors_.add_orders(20);
    vendors_.fault(GetParam() ? "economic" : "eaccounting", "reset_after", "0.1", Json::object({{"method", "POST"}}));
    daemon_.start();
    ASSERT_TRUE(daemon_.settle(Seconds{60})) << daemon_.story();
    vendors_.clear_faults();
    judged();
    const std::size_t before = quotes();
    ASSERT_GT(before, 10u);

    ASSERT_EQ(daemon_.stop(Seconds{30}), 0);
    for (const char* name : {"shop.yaml", "orders.yaml"}) {
        const auto file = daemon_.directory() / (name[0] == 's' ? "connections.d" : "flows.d") / name;
        std::string text = read_file(file);
        const std::string from = name[0] == 's' ? "connection: shop" : "flow: orders\nfrom: shop";
        text.replace(text.find(from), from.size(), name[0] == 's' ? "connection: shop2" : "flow: orders2\nfrom: shop2");
        write_file(file, text);
    }
    daemon_.start();
    EXPECT_TRUE(eventually(Seconds{40}, [&] {
        return daemon_.get("/v1/flows/orders2")["deliveries"]["delivered"].integer(0) ==
               static_cast<std::int64_t>(before);
    })) << daemon_.get("/v1/flows/orders2").pretty();
    EXPECT_EQ(quotes(), before);
}

TEST(ApprovedQuote, IsNotChangedAndAPersonIsTold) {
    const Simulated vendors{{"--orders", "0", "--clean"}};
    Daemon daemon{vendors, {.settings = quote_settings(false)}};
    daemon.start();
    const std::string number = vendors.add_orders(1, "plain_person").front();
    ASSERT_TRUE(daemon.reaches(number, "delivered"));
    (void)vendors.post("/ledger/advance", Json::object({{"reference", number}, {"status", 2}}));
    vendors.change_order(number, Json::object({{"edit", true}}));
    ASSERT_TRUE(daemon.reaches(number, "held")) << daemon.delivery(number).pretty();
    const Json error = daemon.delivery(number)["error"];
    EXPECT_EQ(error["code"].string(), "document.differs") << error.pretty();
    EXPECT_THAT(std::string{error["message"].string()}, HasSubstr("quote 1 (closed)"));
}

TEST(QuoteByRule, IsAmongTheKindsThatARuleCanGive) {
    const Simulated vendors{{"--orders", "0", "--clean"}};
    Daemon daemon{vendors,
                  {.mapping = "mapping: { document.kind: 'if order.customer.kind == \"company\" then \"quote\" else "
                              "\"order\"' }\n"}};
    const auto companies = vendors.add_orders(2, "plain_company"), persons = vendors.add_orders(2, "plain_person");
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    EXPECT_EQ(vendors.get("/ledger")["quotes"].size(), 2u) << daemon.story();
    EXPECT_EQ(vendors.get("/ledger")["orders"].size(), 2u);
}

TEST(QuoteByRule, FromATableThatTheRuleDoesNotNameSaysWhatToWrite) {
    const Simulated vendors{{"--orders", "0", "--clean"}};
    Daemon daemon{vendors,
                  {.mapping = "mapping: { document.kind: 'table(\"kinds\", order.customer.kind)' }\n"
                              "tables: { kinds: { rows: { company: quote, person: order } } }\n"}};
    const std::string number = vendors.add_orders(1, "plain_company").front();
    daemon.start();
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return !daemon.delivery(number)["error"].is_null(); }));
    const Json error = daemon.delivery(number)["error"];
    EXPECT_EQ(error["code"].string(), "document.kind") << error.pretty();
    EXPECT_THAT(std::string{error["remedy"].string()}, HasSubstr("document: quote"));
    EXPECT_EQ(vendors.get("/ledger")["quotes"].size(), 0u);
}

}  // namespace
}  // namespace brygga::system_test
