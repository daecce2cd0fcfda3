// The person at a company for whom an order is: a contact of e-conomic, entered once and named by each document.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Contacts : public ::testing::Test {
protected:
    /// The contacts of e-conomic once all orders are in.
    Json contacts_after(int companies) {
        (void)vendors_.add_orders(companies, "plain_company");
        EXPECT_TRUE(daemon_.settle(Seconds{60})) << daemon_.story();
        vendors_.clear_faults();
        const Verdict verdict = judge(vendors_.report(), daemon_.deliveries());
        EXPECT_THAT(verdict.complaints, IsEmpty()) << verdict.text();
        EXPECT_TRUE(verdict.share_reached()) << verdict.text();
        return vendors_.get("/economic")["contacts"];
    }

    Simulated vendors_{{"--orders", "0", "--clean", "--known-share", "50"}};
    Daemon daemon_{vendors_,
                   {.settings = "{ from_date: 2020-01-01, target: { customer_group: Inhemska, product_group: [ \"Varor "
                                "25\", \"Varor 12\", \"Varor 6\", \"Varor 0\" ] } }",
                    .economic = true}};
};

TEST_F(Contacts, OfACompanyIsEnteredOnceAndNamedByItsDocuments) {
    daemon_.start();
    const Json contacts = contacts_after(12);
    ASSERT_GT(contacts.size(), 0u);
    const Json books = vendors_.get("/economic");
    for (const Json& order : books["orders"].items()) {
        const Json& named = order["references"]["customerContact"]["customerContactNumber"];
        const Json& contact = member_of(contacts, "customerContactNumber", named.text());
        EXPECT_EQ(contact["customer"]["customerNumber"].text(), order["customer"]["customerNumber"].text())
            << order.pretty();
        EXPECT_EQ(order["recipient"]["attention"]["customerContactNumber"].text(), named.text());
    }
    const std::int64_t posts = vendors_.calls("economic", "POST");
    const Json again = contacts_after(12);
    std::size_t made = 0;
    for (const char* list : {"orders", "customers", "contacts", "products"})
        made += vendors_.get("/economic")[list].size() - books[list].size();
    EXPECT_EQ(vendors_.calls("economic", "POST") - posts, static_cast<std::int64_t>(made));
    EXPECT_LT(again.size(), 24u) << "some of them have ordered before";
}

TEST_F(Contacts, LostAnswersDoubleNobody) {
    vendors_.fault("economic", "reset_after", "0.5",
                   Json::object({{"method", "POST"}, {"path", ".*/contacts"}, {"times", 8}}));
    daemon_.start();
    const Json contacts = contacts_after(12);
    std::set<std::string> persons;
    for (const Json& contact : contacts.items())
        EXPECT_TRUE(persons.insert(contact["customer"].dump().append(contact["email"].string())).second)
            << contact.pretty();
    EXPECT_GT(persons.size(), 0u);
}

TEST_F(Contacts, ThatTheVendorRefusesKeepNoOrderOut) {
    vendors_.fault("economic", "html", "1", Json::object({{"path", ".*/contacts"}, {"status", 404}}));
    daemon_.start();
    EXPECT_EQ(contacts_after(6).size(), 0u);
    EXPECT_THAT(
        daemon_.get("/v1/deliveries/" + std::string{daemon_.deliveries("delivered").front()["id"].text()}).dump(),
        HasSubstr("The person of the company was not entered"));
}

}  // namespace
}  // namespace brygga::system_test
