// Sales to consumers in other EU countries with those countries' own VAT: entered to the cent where the books are set
// up for it, held with what to do where they are not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

class OneStopShop : public ::testing::Test {
protected:
    /// The order as the simulator's report has it once the daemon is done with it.
    Json enter(const Simulated& vendors, Daemon& daemon, const std::string& kind, const std::string& state) {
        const std::string number = vendors.add_orders(1, kind).front();
        daemon.start();
        EXPECT_TRUE(daemon.reaches(number, state)) << daemon.delivery(number).pretty();
        error_ = daemon.delivery(number)["error"];
        return member_of(vendors.report()["orders"], "number", number);
    }
    Json error_;
};

const std::vector<std::string> reporting{"--orders", "0", "--clean", "--known-share", "0", "--switch", "uses_moss=on"};

TEST_F(OneStopShop, TheStandardRateOfTheCountryNeedsNoRule) {
    const Simulated vendors{reporting};
    Daemon daemon{vendors};
    const Json order = enter(vendors, daemon, "foreign_rate", "delivered");
    EXPECT_TRUE(order["equal"].boolean()) << order.pretty();
    EXPECT_THAT(vendors.get("/ledger")["articles"].dump(), HasSubstr(R"("Number":"SHIPPING-21-NL")"));
}

TEST_F(OneStopShop, TheRateAtHomeStaysThatOfAnArticleThatIsNotMarked) {
    for (const char* known : {"0", "100"}) {
        const Simulated vendors{{"--orders", "0", "--clean", "--known-share", known, "--switch", "uses_moss=on"}};
        Daemon daemon{vendors};
        const Json order = enter(vendors, daemon, "eu_person", "delivered");
        EXPECT_TRUE(order["equal"].boolean()) << order.pretty() << error_.pretty();
    }
}

TEST_F(OneStopShop, AnotherRateNeedsALineOfSettingsTax) {
    {
        const Simulated vendors{reporting};
        Daemon daemon{vendors};
        const Json order = enter(vendors, daemon, "foreign_reduced_rate", "held");
        EXPECT_EQ(order["documents"].size(), 0u) << order.pretty();
        EXPECT_EQ(error_["code"].string(), "tax.no_treatment") << error_.pretty();
        EXPECT_THAT(std::string{error_["message"].string()}, HasSubstr("9 % in NL"));
        EXPECT_THAT(std::string{error_["remedy"].string()}, HasSubstr("settings.tax"));
    }
    const Simulated vendors{reporting};
    Daemon daemon{vendors,
                  {.settings = "{ from_date: 2020-01-01, tax: [ { country: NL, rate: 9, goods: goods, use: "
                               "\"Varor 12% moms\" } ] }"}};
    const Json order = enter(vendors, daemon, "foreign_reduced_rate", "delivered");
    EXPECT_TRUE(order["equal"].boolean()) << order.pretty();
}

TEST_F(OneStopShop, AnArticleThatIsNotMarkedIsHeldBeforeAnythingIsWritten) {
    const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "100", "--switch", "uses_moss=on"}};
    Daemon daemon{vendors};
    const Json order = enter(vendors, daemon, "foreign_rate", "held");
    EXPECT_EQ(order["documents"].size(), 0u) << order.pretty();
    EXPECT_EQ(error_["code"].string(), "tax_mismatch");
    EXPECT_THAT(std::string{error_["message"].string()}, HasSubstr("not marked for the one-stop shop"));
}

TEST_F(OneStopShop, BooksThatDoNotReportItHoldTheOrder) {
    const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "0"}};
    Daemon daemon{vendors};
    const Json order = enter(vendors, daemon, "foreign_rate", "held");
    EXPECT_EQ(order["documents"].size(), 0u) << order.pretty();
    EXPECT_THAT(std::string{error_["remedy"].string()}, HasSubstr("one-stop shop"));
}

TEST_F(OneStopShop, AZoneOfItsOwnChargesItInEconomic) {
    for (const char* kind : {"foreign_rate", "foreign_reduced_rate", "plain_person"}) {
        const Simulated vendors{{"--orders", "0", "--clean", "--known-share", "0"}};
        Daemon daemon{vendors,
                      {.settings = "{ from_date: 2020-01-01, target: { customer_group: Inhemska, product_group: [ "
                                   "\"Varor 25\", \"Varor 12\", \"Varor 6\", \"Varor 0\" ] }, tax: [ { rate: 9, use: "
                                   "\"Varor 12\" } ] }",
                       .mapping = "mapping: { document.zone: 'if order.customer.kind == \"person\" and "
                                  "(order.shipping.country ?? order.billing.country) == \"NL\" then \"OSS "
                                  "Nederländerna\" else null' }\n",
                       .economic = true}};
        const Json order = enter(vendors, daemon, kind, "delivered");
        EXPECT_TRUE(order["equal"].boolean()) << order.pretty() << error_.pretty();
    }
}

}  // namespace
}  // namespace brygga::system_test
