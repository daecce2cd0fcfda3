// Who is registered in the shop as customers of the books: one for each, changed where they differ, beside the flow of
// orders, through faults and kills.
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

class Registrations : public ::testing::Test {
protected:
    explicit Registrations(std::vector<std::string> more = {}, bool economic = false)
        : vendors_{arguments(std::move(more))},
          daemon_{vendors_, {.trigger = "{}", .settings = "{ from_date: 2020-01-01 }", .economic = economic}},
          economic_{economic} {
        flow(economic ? "settings: { target: { customer_group: Inhemska } }" : "");
    }
    /// Eight buyers, of whom those with an account are the first users of the shop; the books know nobody.
    static std::vector<std::string> arguments(std::vector<std::string> more) {
        std::vector<std::string> all{"--orders", "0", "--clean", "--known-share", "0"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    void flow(const std::string& more) const {
        std::ofstream{daemon_.directory() / "flows.d" / "customers.yaml"}
            << "flow: customers\nfrom: shop\nto: books\nentity: customer\ntrigger: { every: 1s }\n"
            << more << "\n";
    }
    std::string user(const char* members) const {
        return std::string{vendors_.post("/shop/users", *Json::parse(members))["id"].text()};
    }
    /// Ten more, so that nobody before them is among the last ones, whom every run reads again.
    bool newcomers() const {
        for (int i = 0; i < 10; ++i)
            (void)user(("{\"email\":\"senare." + std::to_string(i) + "@example.com\"}").c_str());
        return eventually(Seconds{30}, [&] { return with("senare.9@example.com").size() == 1; }) && still();
    }
    Json books() const { return vendors_.get(economic_ ? "/economic" : "/ledger")["customers"]; }
    /// Customers of the books with this e-mail.
    std::vector<Json> with(const std::string& email) const {
        std::vector<Json> out;
        const Json all = books();
        for (const Json& customer : all.items())
            if (customer[economic_ ? "email" : "EmailAddress"].string() == email) out.push_back(customer);
        return out;
    }
    std::string city(const std::string& email) const {
        const auto found = with(email);
        return found.empty() ? "" : std::string{found.front()[economic_ ? "city" : "InvoiceCity"].string()};
    }
    std::int64_t count(const std::string& state) const {
        return daemon_.get("/v1/flows/customers")["deliveries"][state].integer(0);
    }
    bool still() const {
        return eventually(Seconds{60}, [&] {
            return count("pending") + count("in_flight") + count("waiting") == 0 && daemon_.idle("books");
        });
    }
    bool read_again() const {
        const Ended run = daemon_.cli({"run", "customers", "--wait"});
        EXPECT_TRUE(run.code == 0 || run.code == 3) << run.code << run.out << run.err;
        return still();
    }
    /// The next run compares everything: an hour is the least between two, so the clock of the flow's memory is moved
    /// by a change of its settings, as a person would.
    bool compare() {
        flow(std::string{economic_ ? "settings: { target: { customer_group: Inhemska }, " : "settings: { "} +
             "match: [email" + (std::exchange(turned_, !turned_) ? "] }" : ", phone] }"));
        const auto reloads = [&] { return daemon_.events("configuration.reloaded").size(); };
        const auto before = reloads();
        daemon_.signal(SIGHUP);
        return eventually(Seconds{20}, [&] { return reloads() > before; }) && read_again();
    }
    std::int64_t writes() const {
        return vendors_.calls(economic_ ? "economic" : "eaccounting", "POST") +
               vendors_.calls(economic_ ? "economic" : "eaccounting", "PUT");
    }
    Json newest(const std::string& id) const {
        return daemon_.get("/v1/deliveries?flow=customers&q=" + id)["items"].at(0);
    }

    const Simulated vendors_;
    Daemon daemon_;
    const bool economic_;
    bool turned_ = false;
};

TEST_F(Registrations, BecomeCustomersAndFollow) {
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    const auto first = static_cast<std::int64_t>(books().size());
    EXPECT_GT(first, 2) << books().pretty();
    EXPECT_EQ(writes(), first) << "one write for each";

    const std::string id = user(R"({"email":"ny@example.com","first_name":"Nina"})");
    ASSERT_TRUE(newcomers()) << daemon_.story();
    ASSERT_EQ(with("ny@example.com").size(), 1u);
    EXPECT_EQ(with("ny@example.com").front()["Name"].string(), "Nina Kund");
    EXPECT_TRUE(with("ny@example.com").front()["IsPrivatePerson"].boolean());

    (void)vendors_.post("/shop/users", Json::object({{"id", *Decimal::parse(id)}, {"city", "Lund"}}));
    ASSERT_TRUE(compare()) << daemon_.story();
    EXPECT_EQ(city("ny@example.com"), "Lund");
    EXPECT_EQ(writes(), first + 12) << "exactly one for the change";
    EXPECT_EQ(newest(id)["state"].string(), "delivered");
    ASSERT_TRUE(compare()) << daemon_.story();
    EXPECT_EQ(writes(), first + 12) << "nothing has changed";
    EXPECT_FALSE(vendors_.get("/requests")["ccvshop"].has("GET /api/rest/v1/users/{id}/")) << "the list says it all";
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
    EXPECT_THAT(daemon_.log(), ::testing::Not(HasSubstr("ny@example.com"))) << "personal data";
}

TEST_F(Registrations, WhoMayNotOrderIsLeftOutAndCompaniesAreCompanies) {
    const std::string pending = user(R"({"email":"vantar@example.com","approved":false})"),
                      barred = user(R"({"email":"stangd@example.com","status":false})"),
                      company = user(R"({"email":"inkop@example.com","company":"Lind AB"})");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_EQ(newest(pending)["error"]["code"].string(), "customer.pending");
    EXPECT_EQ(newest(barred)["error"]["code"].string(), "customer.inactive");
    EXPECT_TRUE(with("vantar@example.com").empty());
    EXPECT_TRUE(with("stangd@example.com").empty());
    ASSERT_EQ(with("inkop@example.com").size(), 1u);
    EXPECT_EQ(with("inkop@example.com").front()["Name"].string(), "Lind AB");
    EXPECT_FALSE(with("inkop@example.com").front()["IsPrivatePerson"].boolean(true));
    EXPECT_EQ(newest(company)["state"].string(), "delivered");
}

TEST_F(Registrations, SeveralWhoMatchAreHeld) {
    for (int i = 0; i < 2; ++i)
        (void)vendors_.post("/ledger/customer", Json::object({{"EmailAddress", "dubbel@example.com"}}));
    const std::string id = user(R"({"email":"dubbel@example.com"})");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_EQ(newest(id)["state"].string(), "held");
    EXPECT_EQ(newest(id)["error"]["code"].string(), "customer.ambiguous");
    EXPECT_EQ(with("dubbel@example.com").size(), 2u);
}

TEST_F(Registrations, AnswersThatAreLostDoubleNothing) {
    vendors_.fault("eaccounting", "reset_after", "0.6", Json::object({{"method", "POST"}}));
    for (int i = 0; i < 5; ++i) (void)user(("{\"email\":\"ny." + std::to_string(i) + "@example.com\"}").c_str());
    daemon_.start();
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return !with("ny.4@example.com").empty(); })) << daemon_.story();
    vendors_.clear_faults();
    ASSERT_TRUE(still()) << daemon_.story();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(with("ny." + std::to_string(i) + "@example.com").size(), 1u) << i;
    EXPECT_EQ(count("held") + count("dead") + count("in_doubt"), 0) << daemon_.story();
}

class CutRegistrations : public Registrations, public ::testing::WithParamInterface<const char*> {};
TEST_P(CutRegistrations, MakeOneCustomerEach) {
#ifndef BRYGGA_CRASH_POINTS
    GTEST_SKIP() << "this build has no crash points";
#endif
    (void)user(R"({"email":"ny@example.com"})");
    daemon_.launch({{"BRYGGA_CRASH_AT", std::string{GetParam()} + ":2"}});
    ASSERT_EQ(daemon_.wait(Seconds{25}).value_or(0), 128 + SIGKILL) << daemon_.log();
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    std::map<std::string, int> by_email;
    const Json all = books();
    for (const Json& customer : all.items()) ++by_email[std::string{customer["EmailAddress"].string()}];
    EXPECT_EQ(by_email["ny@example.com"], 1);
    for (const auto& [email, times] : by_email) EXPECT_EQ(times, 1) << email;
    EXPECT_EQ(count("held") + count("dead") + count("in_doubt"), 0) << daemon_.story();
}
INSTANTIATE_TEST_SUITE_P(At, CutRegistrations,
                         ::testing::Values("page_read", "page_stored", "intent_stored", "answered", "delivery_ended"),
                         [](const auto& point) { return std::string{point.param}; });

class BesideOrders : public ::testing::TestWithParam<int> {};
TEST_P(BesideOrders, MakeOneCustomerTogether) {
    const Simulated vendors{
        {"--orders", "0", "--clean", "--known-share", "0", "--seed", std::to_string(GetParam()), "--latency-ms", "15"}};
    vendors.add_orders(24);
    Daemon daemon{vendors};
    std::ofstream{daemon.directory() / "flows.d" / "customers.yaml"}
        << "flow: customers\nfrom: shop\nto: books\nentity: customer\ntrigger: { every: 1s }\n";
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    ASSERT_TRUE(eventually(Seconds{30}, [&] {
        const Json counts = daemon.get("/v1/flows/customers")["deliveries"];
        return counts["delivered"].integer(0) + counts["skipped"].integer(0) > 2 && counts["pending"].integer(0) == 0 &&
               counts["in_flight"].integer(0) == 0 && counts["waiting"].integer(0) == 0;
    })) << daemon.story();
    std::map<std::string, int> by_email;
    const Json ledger = vendors.get("/ledger");
    for (const Json& customer : ledger["customers"].items()) ++by_email[std::string{customer["EmailAddress"].string()}];
    EXPECT_LE(by_email.size(), 8u);
    for (const auto& [email, times] : by_email) EXPECT_EQ(times, 1) << email;
    EXPECT_EQ(daemon.count("delivered"), 24) << daemon.story();
}
INSTANTIATE_TEST_SUITE_P(Seeds, BesideOrders, ::testing::Values(1, 2, 3));

TEST_F(Registrations, CanBeTriedBefore) {
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    ASSERT_EQ(daemon_.cli({"flows", "pause", "customers"}).code, 0);
    ASSERT_TRUE(eventually(Seconds{10}, [&] { return daemon_.idle("shop") && daemon_.idle("books"); }));
    const std::int64_t before = writes();
    const std::string id = user(R"({"email":"ny@example.com"})");
    const Ended shown = daemon_.cli({"preview", "customers", "--record", id});
    EXPECT_THAT(shown.out, HasSubstr("customer.email")) << shown.out << shown.err;
    const Ended dry = daemon_.cli({"run", "customers", "--dry-run", "--record", id, "--wait"});
    EXPECT_EQ(dry.code, 0) << dry.out << dry.err;
    const Ended checked = daemon_.cli({"flows", "preflight", "customers"});
    EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
    EXPECT_THAT(checked.out, HasSubstr("Flow customers is ready."));
    EXPECT_EQ(writes(), before);
}

class RegistrationsOfEconomic : public Registrations {
protected:
    RegistrationsOfEconomic() : Registrations({}, true) {}
};
TEST_F(RegistrationsOfEconomic, BecomeCustomersAndFollow) {
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    const std::int64_t first = writes();
    EXPECT_EQ(first, static_cast<std::int64_t>(books().size()));
    const std::string id = user(R"({"email":"ny@example.com"})");
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return with("ny@example.com").size() == 1; })) << daemon_.story();
    ASSERT_TRUE(newcomers()) << daemon_.story();
    (void)vendors_.post("/shop/users", Json::object({{"id", *Decimal::parse(id)}, {"city", "Lund"}}));
    ASSERT_TRUE(compare()) << daemon_.story();
    EXPECT_EQ(city("ny@example.com"), "Lund");
    EXPECT_EQ(writes(), first + 12);
    ASSERT_TRUE(compare()) << daemon_.story();
    EXPECT_EQ(writes(), first + 12) << "nothing has changed";
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace brygga::system_test
