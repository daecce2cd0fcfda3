#include "flow/tax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brygga::flow {
namespace {

using entity::CustomerKind;
using testing::HasSubstr;

struct Case {
    const char* name;
    TaxFacts facts;
    const char* expected;  ///< a case, or the code of an error
};

TEST(TaxCase, FollowsCountryKindNumberAndFlags) {
    constexpr auto person = CustomerKind::person, company = CustomerKind::company;
    for (const Case& c : std::initializer_list<Case>{
             {"at home", {"SE", "SE", person, false, false, false, false}, "domestic"},
             {"company at home", {"SE", "SE", company, true, false, false, true}, "domestic"},
             {"EU consumer", {"SE", "NL", person, false, false, false, false}, "eu_consumer"},
             {"EU consumer, one-stop shop", {"SE", "NL", person, false, false, false, true}, "oss"},
             {"EU consumer with a number", {"SE", "NL", person, true, false, false, true}, "oss"},
             {"EU company without number", {"SE", "NL", company, false, false, false, true}, "oss"},
             {"EU company", {"SE", "NL", company, true, true, false, true}, "reverse_charge"},
             {"EU company, taxed by the shop", {"SE", "NL", company, true, false, false, true}, "reverse_charge"},
             {"flag without number", {"SE", "NL", company, false, true, false, false}, "tax.vat_number_invalid"},
             {"flag at home", {"SE", "SE", company, true, true, false, false}, "tax.reverse_charge_domestic"},
             {"outside the EU", {"SE", "NO", person, false, false, false, true}, "export"},
             {"outside the EU, company", {"SE", "CH", company, false, true, false, false}, "export"},
             {"Great Britain", {"SE", "GB", company, false, false, false, false}, "export"},
             {"books outside the EU", {"NO", "SE", company, true, false, false, false}, "export"},
             {"books outside the EU, at home", {"NO", "NO", person, false, false, false, false}, "domestic"},
             {"platform", {"SE", "NL", person, false, false, true, true}, "platform"},
             {"no country", {"SE", "", person, false, false, false, false}, "tax.country_missing"},
         }) {
        const auto found = tax_case(c.facts);
        EXPECT_EQ(found.ok() ? std::string{to_string(*found)} : found.error().code, c.expected) << c.name;
        if (!found.ok()) {
            EXPECT_EQ(found.error().error_class, ErrorClass::rejected);
            EXPECT_FALSE(found.error().remedy.empty());
        }
    }
}

TEST(TaxFacts, TakeTheNumberOnlyFromAbroadAndOfTheCustomer) {
    entity::Order order;
    order.billing.country = "NL";
    order.customer.kind = CustomerKind::company;
    order.customer.vat_number = "NL004495445B01";
    EXPECT_TRUE(tax_facts(order, "SE", false).vat_number_valid);
    EXPECT_FALSE(tax_facts(order, "NL", false).vat_number_valid);
    order.customer.vat_number = "004495445B01";
    EXPECT_TRUE(tax_facts(order, "SE", false).vat_number_valid);
    order.customer.vat_number = "NL004495446B01";
    EXPECT_FALSE(tax_facts(order, "SE", false).vat_number_valid);
    order.customer.vat_number = "DE136695976";
    EXPECT_FALSE(tax_facts(order, "SE", false).vat_number_valid);
    order.shipping.country = "DE";
    EXPECT_TRUE(tax_facts(order, "SE", false).vat_number_valid);
    EXPECT_EQ(tax_facts(order, "SE", false).customer_country, "DE");
    order.shipping.country = "EL";
    EXPECT_EQ(tax_facts(order, "SE", true).customer_country, "GR");
}

TEST(EffectiveRate, IsZeroInTheListedCases) {
    const Json zero = Json::array({"reverse_charge", "export"});
    EXPECT_EQ(effective_rate(25, TaxCase::domestic, zero), Decimal{25});
    EXPECT_EQ(effective_rate(25, TaxCase::export_, zero), Decimal{});
    EXPECT_EQ(effective_rate(25, TaxCase::reverse_charge, zero), Decimal{});
    EXPECT_EQ(effective_rate(25, TaxCase::reverse_charge, Json{}), Decimal{25});
}

Json option(const char* id, const char* rate, const char* goods_class) {
    Json attributes = Json::object({{"rate", *Json::parse(rate)}});
    if (*goods_class) attributes.set("goods_class", goods_class);
    return Json::object(
        {{"id", id}, {"label", std::string{"Label "} + id}, {"active", true}, {"attributes", attributes}});
}

class ChooseTreatment : public testing::Test {
protected:
    Expected<Treatment> choose(const Decimal& rate, std::string_view goods_class, TaxCase tax = TaxCase::domestic) {
        return choose_treatment(options, rate, goods_class, tax, zero);
    }
    std::string id(const Decimal& rate, std::string_view goods_class, TaxCase tax = TaxCase::domestic) {
        const auto found = choose(rate, goods_class, tax);
        return found.ok() ? found->id : found.error().code;
    }

    const Json zero = Json::array({"reverse_charge", "export"});
    Json options = Json::array({option("g25", "25", "goods"), option("s25", "25.00", "service"),
                                option("g12", R"("12")", "goods"), option("g0", "0", "goods")});
};

TEST_F(ChooseTreatment, ByRateAndClass) {
    EXPECT_EQ(id(25, "goods"), "g25");
    EXPECT_EQ(id(25, "service"), "s25");
    EXPECT_EQ(id(12, "goods"), "g12");
    EXPECT_EQ(choose(12, "goods")->label, "Label g12");
    EXPECT_EQ(choose(12, "goods")->rate, Decimal{12});
}

TEST_F(ChooseTreatment, NamesWhatThereIsWhenNothingFits) {
    const auto none = choose(6, "goods");
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().code, "tax.no_treatment");
    EXPECT_THAT(none.error().message, HasSubstr(R"("Label g25" (25 %), "Label g12" (12 %), "Label g0" (0 %))"));
    EXPECT_EQ(id(12, "service"), "tax.no_treatment");
    options = Json{};
    EXPECT_THAT(choose(6, "goods").error().message, HasSubstr("There are: none"));
}

TEST_F(ChooseTreatment, TakesTheOnlyDefaultOfSeveralElseNamesThem) {
    options.push(option("g25b", "25", "goods"));
    const auto several = choose(25, "goods");
    ASSERT_FALSE(several.ok());
    EXPECT_EQ(several.error().code, "tax.ambiguous_treatment");
    EXPECT_THAT(several.error().message, HasSubstr(R"("Label g25" (25 %), "Label g25b" (25 %))"));
    options.items_for_writing()[4].member("attributes").set("default", true);
    EXPECT_EQ(id(25, "goods"), "g25b");
    options.items_for_writing()[0].member("attributes").set("default", true);
    EXPECT_EQ(id(25, "goods"), "tax.ambiguous_treatment");
}

TEST_F(ChooseTreatment, SkipsInactiveOnesAndOtherCases) {
    options.items_for_writing()[0].set("active", false);
    EXPECT_EQ(id(25, "goods"), "tax.no_treatment");
    Json nl = option("oss21", "21", "goods");
    nl.member("attributes").set("case", "oss");
    options.push(nl);
    EXPECT_EQ(id(21, "goods"), "tax.no_treatment");
    EXPECT_EQ(id(21, "goods", TaxCase::oss), "oss21");
}

TEST_F(ChooseTreatment, WithoutClassFitsEverything) {
    options = Json::array({option("all", "25", "")});
    EXPECT_EQ(id(25, "goods"), "all");
    EXPECT_EQ(id(25, "service"), "all");
}

class TaxRules : public ChooseTreatment {
protected:
    static Sale in_the_netherlands(int rate, std::string_view goods = "goods") {
        return {"NL", CustomerKind::person, TaxCase::oss, Decimal{rate}, goods};
    }
    std::string id_of_new(const Sale& sale) const {
        const auto chosen = treatment_of_new(rules, options, sale, Json::array());
        return chosen.ok() ? chosen->id : chosen.error().code;
    }
    static settings::TaxRule rule(std::string use, std::string country = {}, std::optional<Decimal> rate = {}) {
        settings::TaxRule made;
        made.use = std::move(use);
        made.country = std::move(country);
        made.rate = rate;
        return made;
    }
    std::vector<settings::TaxRule> rules;
};

TEST_F(TaxRules, TheStandardRateAbroadIsGivenByTheHighestAtHome) {
    EXPECT_EQ(id_of_new(in_the_netherlands(21)), "g25");
    EXPECT_EQ(id_of_new(in_the_netherlands(21, "service")), "s25");
    EXPECT_EQ(id_of_new(in_the_netherlands(9)), "tax.no_treatment");
    EXPECT_TRUE(charged_under_oss(rules, options, options.at(0), in_the_netherlands(21)));
    EXPECT_FALSE(charged_under_oss(rules, options, options.at(0), in_the_netherlands(9)));
}

TEST_F(TaxRules, TheHighestRateAtHomeIsHomesUnlessItIsTheCountrysToo) {
    EXPECT_TRUE(charged_as_at_home(options, in_the_netherlands(25)));
    EXPECT_FALSE(charged_as_at_home(options, in_the_netherlands(21)));
    EXPECT_FALSE(charged_as_at_home(options, in_the_netherlands(12))) << "it may be a reduced rate of either";
    EXPECT_FALSE(charged_as_at_home(options, {"DK", CustomerKind::person, TaxCase::oss, Decimal{25}, "goods"}));
}

TEST_F(TaxRules, TheFirstThatFitsCounts) {
    rules = {rule("nobody", "DE"), rule("g12", {}, Decimal{9}), rule("nobody")};
    EXPECT_EQ(id_of_new(in_the_netherlands(9)), "g12");
    EXPECT_EQ(id_of_new(in_the_netherlands(21)), "tax.rule");
    rules = {rule("s25"), rule("nobody"), rule("g12")};
    rules[0].goods = "service";
    rules[1].customer = "company";
    rules[2].tax_case = "oss";
    EXPECT_EQ(id_of_new(in_the_netherlands(9)), "g12");
    EXPECT_EQ(id_of_new(in_the_netherlands(9, "service")), "s25");
    // An article is not asked whether it is goods or a service: a rule for either may have made it.
    for (const Json& option : options.items())
        EXPECT_EQ(charged_under_oss(rules, options, option, in_the_netherlands(9)),
                  option["id"].string() == "g12" || option["id"].string() == "s25")
            << option["id"].string();
}

TEST_F(TaxRules, ANameThatSeveralTreatmentsHaveIsNoChoice) {
    options.push(option("g25b", "25", "goods").set("label", "Goods"));
    options.push(option("g25c", "25", "goods").set("label", "Goods"));
    rules = {rule("Goods")};
    EXPECT_EQ(id_of_new(in_the_netherlands(21)), "tax.rule");
    rules = {rule("g25c")};
    EXPECT_EQ(id_of_new(in_the_netherlands(21)), "g25c");
}

TEST_F(TaxRules, WhatTheBooksTellOfTheOneStopShopCountsBeforeGuesses) {
    Json nl = option("oss21", "21", "goods");
    nl.member("attributes").set("case", "oss");
    options.push(nl);
    EXPECT_EQ(id_of_new(in_the_netherlands(21)), "oss21");
    EXPECT_TRUE(charged_under_oss(rules, options, nl, in_the_netherlands(21)));
    EXPECT_EQ(id_of_new(in_the_netherlands(9)), "tax.no_treatment");
}

TEST_F(TaxRules, AZoneOfTheTargetHasRatesOfItsOwn) {
    Json zoned = option("g", "25", "");
    zoned.member("attributes").set("zones", Json::object({{"5", 21}}));
    const Json here = treatments_in_zone(Json::array({zoned}), "5"),
               there = treatments_in_zone(Json::array({zoned}), "1");
    EXPECT_EQ(here.at(0)["attributes"]["rate"].decimal(), Decimal{21});
    EXPECT_EQ(there.at(0)["attributes"]["rate"].text(), "25");
}

TEST_F(ChooseTreatment, InAZeroRatedCaseEveryRateIsZero) {
    EXPECT_EQ(id(0, "goods", TaxCase::export_), "g25") << "the article is sold at home, too";
    EXPECT_EQ(id(0, "service", TaxCase::export_), "s25");
    options.push(option("s12", "12", "service"));
    EXPECT_EQ(id(0, "service", TaxCase::reverse_charge), "s25");
    options.push(option("s25b", "25", "service"));
    EXPECT_EQ(id(0, "service", TaxCase::reverse_charge), "tax.ambiguous_treatment");
    // The shop charged what the books will not charge.
    const auto charged = choose(25, "goods", TaxCase::reverse_charge);
    ASSERT_FALSE(charged.ok());
    EXPECT_EQ(charged.error().code, "tax.no_treatment");
    EXPECT_THAT(charged.error().message, HasSubstr("charged 25 %"));
}

}  // namespace
}  // namespace brygga::flow
