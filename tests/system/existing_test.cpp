// What the books have already: a daemon that does not know its own documents writes none of them again; a VAT number
// that the books refuse waits for a person.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

class Renamed : public ::testing::TestWithParam<const char*> {};

TEST_P(Renamed, AShopBringsItsOrdersAgainAndNothingIsDoubled) {
    const Simulated vendors{{"--orders", "40", "--clean"}};
    Daemon daemon{vendors, {.settings = GetParam()}};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const std::int64_t delivered = daemon.count("delivered");
    ASSERT_GT(delivered, 20);
    const Json before = vendors.get("/ledger");
    ASSERT_EQ(daemon.stop(Seconds{30}), 0);

    // Under new names nothing is known of what was done under the old ones.
    const auto rename = [&](const std::string& file, const std::string& from, const std::string& to) {
        std::string text = read_file(daemon.directory() / file);
        text.replace(text.find(from), from.size(), to);
        write_file(daemon.directory() / file, text);
    };
    rename("connections.d/shop.yaml", "connection: shop", "connection: shop2");
    rename("flows.d/orders.yaml", "flow: orders\nfrom: shop", "flow: orders2\nfrom: shop2");
    daemon.start();
    EXPECT_TRUE(eventually(Seconds{40}, [&] {
        return daemon.get("/v1/flows/orders2")["deliveries"]["delivered"].integer(0) == delivered;
    })) << daemon.get("/v1/flows/orders2").pretty();

    const Json after = vendors.get("/ledger");
    for (const char* list : {"orders", "drafts", "customers", "articles"})
        EXPECT_EQ(after[list].size(), before[list].size()) << list;
    const Json newest = daemon.get("/v1/deliveries?flow=orders2&state=delivered&limit=1")["items"].at(0);
    EXPECT_THAT(daemon.get("/v1/deliveries/" + std::string{newest["id"].text()}).dump(),
                ::testing::HasSubstr("adopted: same reference and total"));
}

INSTANTIATE_TEST_SUITE_P(Documents, Renamed,
                         ::testing::Values("{ document: order, from_date: 2020-01-01 }",
                                           "{ document: invoice_draft, from_date: 2020-01-01 }"));

TEST(VatNumber, ThatTheBooksRefuseWaitsForAPerson) {
    const Simulated vendors{{"--orders", "0", "--clean"}};
    Daemon daemon{vendors};
    daemon.start();
    const std::string number = vendors.add_orders(1, "reverse_charge_bad_vat").front();
    ASSERT_TRUE(daemon.reaches(number, "held")) << daemon.delivery(number).pretty();
    const Json error = daemon.delivery(number)["error"];
    EXPECT_EQ(error["code"].string(), "tax.vat_number_refused");
    EXPECT_THAT(std::string{error["message"].string()}, ::testing::HasSubstr(number));
    EXPECT_THAT(error.dump(), ::testing::Not(::testing::HasSubstr("DE12345")));
    EXPECT_THAT(std::string{error["remedy"].string()}, ::testing::HasSubstr("in the shop"));
    EXPECT_EQ(vendors.get("/ledger")["orders"].size(), 0u);
}

TEST(Currency, ThatTheBooksLackWaitsForAPersonBeforeAnythingIsWritten) {
    const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "0"}};
    Daemon daemon{vendors};
    daemon.start();
    const Json before = vendors.get("/ledger");
    const std::string number = vendors.add_orders(1, "currency_unknown").front();
    ASSERT_TRUE(daemon.reaches(number, "held")) << daemon.delivery(number).pretty();
    EXPECT_EQ(daemon.delivery(number)["error"]["code"].string(), "document.currency_unknown");
    const Json after = vendors.get("/ledger");
    for (const char* list : {"orders", "customers", "articles"}) EXPECT_EQ(after[list].size(), before[list].size());
}

}  // namespace
}  // namespace brygga::system_test
