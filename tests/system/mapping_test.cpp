// A flow with a mapping of its own, from the file to the books: rules, table, filter, tests, and what a mistake does.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

constexpr const char* mapping = R"(
accept: order.customer.kind == "person"
tables:
  terms:
    from: { option: payment_method }
    to: { option: payment_term }
    rows: { no such method: 30 dagar }
    default: 10 dagar
mapping:
  document.your_reference: '"{order.number} / {order.customer.name ?? "?"}"'
  document.payment_term: table("terms", order.payment.method)
  line.text: '"{line.name} #{index}"'
  customer.note: { const: from the shop, write: on_create }
unset: [customer.phone]
tests:
  - name: companies stay out
    given: { file: tests/company.json }
    expect: { outcome: skipped }
)";

constexpr const char* company =
    R"({"id":"1","number":"1042","status":"new","placed_at":"2026-01-14T23:30:00Z","currency":"SEK",)"
    R"("prices_include_tax":true,"customer":{"kind":"company","company":"Exempel AB"},"billing":{"country":"SE"},)"
    R"("payment":{"state":"paid"},"lines":[{"kind":"product","quantity":2,"unit_price":6.25,"total":12.50,"rate":25}]})";

class OwnMapping : public ::testing::Test {
protected:
    OwnMapping() : daemon_{vendors_, layout()} {
        write_file(daemon_.directory() / "tests/company.json", company);
        flow_ = read_file(daemon_.directory() / "flows.d/orders.yaml");
    }
    static Layout layout() {
        Layout out;
        out.mapping = mapping;
        out.trigger = "{}";  // by hand
        return out;
    }
    /// The flow file with one text in place of another.
    void change(const std::string& from, const std::string& to) {
        std::string text = flow_;
        text.replace(text.find(from), from.size(), to);
        write_file(daemon_.directory() / "flows.d/orders.yaml", text);
    }

    Simulated vendors_{{"--orders", "0", "--clean", "--known-share", "0"}};
    Daemon daemon_;
    std::string flow_;
};

TEST_F(OwnMapping, ReachesTheBooks) {
    const auto persons = vendors_.add_orders(3, "plain_person");
    const auto companies = vendors_.add_orders(2, "plain_company");
    daemon_.start();
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    for (const std::string& number : companies) {
        const Json delivery = daemon_.delivery(number);
        EXPECT_EQ(delivery["state"].string(), "skipped") << delivery.pretty();
        EXPECT_EQ(delivery["error"]["code"].string(), "order.not_accepted");
    }
    const Json ledger = vendors_.get("/ledger");
    ASSERT_EQ(ledger["orders"].size(), persons.size()) << daemon_.story();
    for (const Json& order : ledger["orders"].items()) {
        const std::string reference{order["BuyersOrderReference"].string()};
        EXPECT_THAT(std::string{order["YourReference"].string()}, ::testing::StartsWith(reference + " / "));
        EXPECT_EQ(order["TermsOfPaymentId"].string(), "00007e12-0000-4000-8000-000000000002")
            << order["TermsOfPaymentId"].text();
        EXPECT_THAT(std::string{order["Rows"].at(0)["Text"].string()}, HasSubstr("#0"));
    }
    for (const Json& customer : ledger["customers"].items()) {
        EXPECT_EQ(customer["Note"].string(), "from the shop");
        EXPECT_EQ(customer["Telephone"].text(), "");
    }
    const Verdict verdict = judge(vendors_.report(), daemon_.deliveries());
    EXPECT_EQ(verdict.delivered, 3) << verdict.text();
}

class KindByRule : public ::testing::TestWithParam<bool> {};

TEST_P(KindByRule, CompaniesGetAnInvoiceAndPersonsAnOrder) {
    const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "0"}};
    Layout layout;
    layout.trigger = "{}";
    layout.economic = GetParam();
    if (layout.economic)
        layout.settings =
            "{ from_date: 2020-01-01, target: { customer_group: Inhemska, product_group: [ \"Varor 25\", \"Varor 12\", "
            "\"Varor 6\", \"Varor 0\" ] } }";
    layout.mapping =
        "mapping: { document.kind: 'if order.customer.kind == \"company\" then \"invoice_draft\" else \"order\"' }\n";
    const auto persons = vendors.add_orders(2, "plain_person"), companies = vendors.add_orders(2, "plain_company");
    Daemon daemon{vendors, layout};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    for (const auto& [numbers, kind] : {std::pair{persons, "order"}, std::pair{companies, "invoice_draft"}})
        for (const std::string& number : numbers) {
            const Json delivery = daemon.delivery(number);
            EXPECT_EQ(delivery["state"].string(), "delivered") << delivery.pretty();
            EXPECT_EQ(delivery["target_ref"]["kind"].string(), kind);
        }
}

INSTANTIATE_TEST_SUITE_P(Books, KindByRule, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "economic" : "eaccounting"; });

TEST_F(OwnMapping, ARedTestKeepsTheOneThatIsActive) {
    daemon_.start();
    change("outcome: skipped", "customer.name: Exempel AB");
    daemon_.signal(SIGHUP);
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return !daemon_.events("configuration.not_reloaded").empty(); }));
    EXPECT_THAT(std::string{daemon_.events("configuration.not_reloaded")[0]["message"].string()},
                HasSubstr("test 'companies stay out'"));
    const auto companies = vendors_.add_orders(1, "plain_company");
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    EXPECT_EQ(daemon_.delivery(companies[0])["state"].string(), "skipped");
}

TEST_F(OwnMapping, IsTestedAndCheckedOnTheCommandLine) {
    const std::string directory = daemon_.directory().string();
    const Ended green = daemon_.cli({"test", directory});
    EXPECT_EQ(green.code, 0) << green.err;
    EXPECT_THAT(green.out, HasSubstr("ok   orders: companies stay out"));
    change("outcome: skipped", "outcome: mapped");
    const Ended red = daemon_.cli({"test", directory});
    EXPECT_EQ(red.code, 1);
    EXPECT_THAT(red.out, HasSubstr("FAIL orders: companies stay out"));
    EXPECT_THAT(red.out, HasSubstr("outcome: expected mapped, got skipped"));
    change("order.customer.name ?? ", "order.custmer.name ?? ");
    const Ended broken = daemon_.cli({"check", directory});
    EXPECT_EQ(broken.code, 1);
    EXPECT_THAT(broken.err, HasSubstr("flows.d/orders.yaml:"));
    EXPECT_THAT(broken.err, HasSubstr("'order' has no 'custmer'; did you mean 'customer'?"));
    EXPECT_EQ(daemon_.cli({"test", directory}).code, 1) << "what does not compile cannot be green";
}

TEST_F(OwnMapping, AKeyWithoutARowHoldsItsOrderAndNoOther) {
    change("    default: 10 dagar\n", "");
    const auto orders = vendors_.add_orders(1, "plain_person");
    daemon_.start();
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    const Json held = daemon_.delivery(orders[0]);
    EXPECT_EQ(held["state"].string(), "held") << held.pretty();
    EXPECT_THAT(std::string{held["error"]["message"].string()}, HasSubstr("table 'terms' has no row for"));
    EXPECT_EQ(vendors_.get("/ledger")["orders"].size(), 0u);
}

TEST_F(OwnMapping, APreviewShowsEveryRuleAndWriteAndWritesNothing) {
    daemon_.start();
    const auto orders = vendors_.add_orders(2, "plain_person");
    const auto companies = vendors_.add_orders(1, "plain_company");
    const auto writes = [&] { return vendors_.calls("eaccounting", "POST") + vendors_.calls("eaccounting", "PUT"); };
    const std::int64_t before = writes();
    const Json shown = daemon_
                           .call("POST", "/v1/flows/orders/preview",
                                 Json::object({{"records", Json::array({orders[0], companies[0]})}}))
                           .json();
    ASSERT_EQ(shown["records"].size(), 2u) << shown.pretty();
    const Json& record = shown["records"].at(0);
    EXPECT_EQ(record["outcome"].string(), "delivered") << record.pretty();
    EXPECT_EQ(record["source"]["number"].string(), orders[0]);
    const Json& reference = member_of(record["fields"], "field", "document.your_reference");
    EXPECT_THAT(std::string{reference["value"].string()}, ::testing::StartsWith(orders[0] + " / "));
    EXPECT_THAT(std::string{reference["at"].string()}, ::testing::StartsWith("flows.d/orders.yaml:"));
    EXPECT_EQ(member_of(record["fields"], "field", "customer.name")["at"].string(), "default mapping");
    ASSERT_GE(record["writes"].size(), 2u);
    EXPECT_EQ(record["writes"].at(0)["type"].string(), "customer");
    const Json& document = record["writes"].at(record["writes"].size() - 1);
    EXPECT_EQ(document["type"].string(), "document");
    EXPECT_EQ(document["fields"]["payment_term"].string(), "00007e12-0000-4000-8000-000000000002");
    EXPECT_EQ(document["expect"]["gross"].text(), record["totals"]["target"]["gross"].text());
    EXPECT_GT(record["explain"].size(), 0u);
    EXPECT_EQ(shown["records"].at(1)["outcome"].string(), "skipped");

    const Ended dry = daemon_.cli({"run", "orders", "--dry-run"});
    EXPECT_EQ(dry.code, 0) << dry.err;
    EXPECT_THAT(dry.out, HasSubstr(orders[1] + ": would be delivered"));
    const Json run = daemon_.call("GET", "/v1/flows/orders/runs?limit=1").json()["items"].at(0);
    EXPECT_EQ(run["mode"].string(), "dry_run");
    EXPECT_EQ(run["counts"]["delivered"].integer(), 2) << run.dump();
    const std::string plan = "/v1/runs/" + std::string{run["id"].string()} + "/plan";
    EXPECT_EQ(daemon_.call("GET", plan).json()["records"].size(), 3u);
    EXPECT_EQ(daemon_.call("GET", "/v1/runs/none/plan").status, 404);
    EXPECT_EQ(daemon_.call("POST", "/v1/flows/orders/runs", Json::object({{"mode", "wet"}})).status, 400);
    const Ended later = daemon_.cli({"run", "orders", "--dry-run", "--from", "2999-01-01"});
    EXPECT_THAT(later.out, HasSubstr("There is nothing to read.")) << later.err;
    EXPECT_EQ(daemon_.cli({"preview", "orders", "--record", "no such order"}).code, 1);
    const Answer no_list = daemon_.call("POST", "/v1/flows/orders/preview", Json::object({{"records", orders[0]}}));
    EXPECT_EQ(no_list.status, 400) << no_list.body;
    const auto first = [&](const Json& limit) {
        return daemon_.call("POST", "/v1/flows/orders/preview", Json::object({{"limit", limit}}));
    };
    EXPECT_EQ(first(1).json()["records"].size(), 1u);
    for (const Json& wrong : {Json{0}, Json{21}, Json{"2"}}) EXPECT_EQ(first(wrong).status, 400) << wrong.dump();
    EXPECT_EQ(writes(), before) << "a preview writes nothing in the books";
    EXPECT_EQ(daemon_.deliveries().size(), 0u) << "nor here";

    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    EXPECT_EQ(vendors_.get("/ledger")["orders"].size(), 2u);
    vendors_.change_order(orders[0], Json::object({{"edit", true}}));
    const Json changed =
        daemon_
            .call("POST", "/v1/flows/orders/preview", Json::object({{"records", Json::array({orders[0], orders[1]})}}))
            .json();
    EXPECT_TRUE(changed["records"].at(1)["unchanged"].boolean()) << changed.pretty();
    const Json& edited = changed["records"].at(0);
    EXPECT_FALSE(edited["unchanged"].boolean());
    const Json& update = edited["writes"].at(edited["writes"].size() - 1);
    EXPECT_EQ(update["op"].string(), "update");
    EXPECT_TRUE(update["changes"]["lines[0].quantity"].is_array()) << update.pretty();
}

TEST_F(OwnMapping, APreflightFindsWhatWouldHoldOrdersAndWritesNothing) {
    daemon_.start();
    const auto orders = vendors_.add_orders(2, "plain_person");
    const auto writes = [&] { return vendors_.calls("eaccounting", "POST") + vendors_.calls("eaccounting", "PUT"); };
    const std::int64_t before = writes();
    const Ended ready = daemon_.cli({"flows", "preflight", "orders"});
    EXPECT_EQ(ready.code, 0) << ready.out << ready.err;
    EXPECT_THAT(ready.out, HasSubstr("2 delivered"));
    EXPECT_THAT(ready.out, HasSubstr("Flow orders is ready."));

    change("    default: 10 dagar\n", "");
    daemon_.signal(SIGHUP);
    ASSERT_TRUE(eventually(Seconds{35}, [&] { return !daemon_.events("configuration.reloaded").empty(); }));
    const Ended problems = daemon_.cli({"flows", "preflight", "orders"});
    EXPECT_EQ(problems.code, 1) << problems.out << problems.err;
    EXPECT_THAT(problems.out, HasSubstr("Table terms has no row for"));
    EXPECT_THAT(problems.out, HasSubstr("2 of 2 orders would be held (mapping.hold)."));
    EXPECT_THAT(problems.out, HasSubstr("Of these orders: " + orders[0] + ", " + orders[1]));
    EXPECT_THAT(problems.out, HasSubstr("Flow orders is not ready: 2 problems."));
    EXPECT_EQ(writes(), before) << "a preflight writes nothing in the books";
    EXPECT_EQ(daemon_.deliveries().size(), 0u) << "nor here";
    EXPECT_EQ(daemon_.call("POST", "/v1/flows/none/preflight").status, 404);
}

}  // namespace
}  // namespace brygga::system_test
