#include "entity/vat_number.h"

#include <gtest/gtest.h>

#include "entity/country.h"

namespace brygga::entity {
namespace {

TEST(Country, KnowsTheMembers) {
    for (const std::string_view member : {"SE", "NL", "DE", "FI", "DK", "BE", "FR", "GR", "EL", "HR", "CY", "MT", "IE"})
        EXPECT_TRUE(is_eu(member)) << member;
    for (const std::string_view other : {"GB", "XI", "NO", "CH", "US", "IS", "se", "", "S", "SEK", "RS", "UA"})
        EXPECT_FALSE(is_eu(other)) << other;
    EXPECT_EQ(iso_country("EL"), "GR");
    EXPECT_EQ(iso_country("SE"), "SE");
}

TEST(VatNumber, AcceptsRightCheckDigits) {
    for (const std::string_view number :
         {"SE556188840401", "SE556677889901", "NL004495445B01", "NL123456789B13", "DK13585628", "DE136695976",
          "FI20774740", "BE0428759497", "BE0411905847", "FR40303265045", "FR83404833048"}) {
        const auto parsed = parse_vat_number(number);
        ASSERT_TRUE(parsed) << number;
        EXPECT_EQ(parsed->number, number);
        EXPECT_EQ(parsed->country, number.substr(0, 2));
    }
}

TEST(VatNumber, RefusesEveryWrongDigitOfACheckedCountry) {
    for (const std::string_view good :
         {"SE556188840401", "NL004495445B01", "DK13585628", "DE136695976", "FI20774740", "BE0428759497"}) {
        // The registration count of SE and NL is not covered by the check digit.
        const std::size_t covered =
            good.substr(0, 2) == "SE" || good.substr(0, 2) == "NL" ? good.size() - 3 : good.size();
        for (std::size_t i = 2; i < covered; ++i) {
            if (good[i] < '0' || good[i] > '9') continue;
            std::string wrong{good};
            wrong[i] = good[i] == '9' ? '0' : static_cast<char>(good[i] + 1);
            EXPECT_FALSE(parse_vat_number(wrong)) << wrong;
        }
    }
    EXPECT_FALSE(parse_vat_number("FR41303265045"));
}

TEST(VatNumber, KnowsTheFormOfTheOthers) {
    for (const std::string_view number :
         {"ATU12345678",    "BG123456789",  "BG1234567890",  "CY12345678L",  "CZ12345678",    "CZ123456789",
          "CZ1234567890",   "EE123456789",  "EL123456789",   "ESB12345678",  "ES12345678Z",   "ESX1234567L",
          "HR12345678901",  "HU12345678",   "IE1234567T",    "IE1234567WA",  "IT12345678901", "LT123456789",
          "LT123456789012", "LU12345678",   "LV12345678901", "MT12345678",   "PL1234567890",  "PT123456789",
          "RO12",           "RO1234567890", "SI12345678",    "SK1234567890", "XI123456789",   "XIGD123",
          "FRAB303265045"})
        EXPECT_TRUE(parse_vat_number(number)) << number;
    for (const std::string_view number : {"AT12345678",
                                          "ATU1234567",
                                          "BG12345678",
                                          "CZ1234567",
                                          "EE12345678",
                                          "ES123456789",
                                          "IE123456T",
                                          "PL123456789",
                                          "RO1",
                                          "RO12345678901",
                                          "SE5566778899",
                                          "NL004495445B00",
                                          "NL004495445",
                                          "GB123456789",
                                          "NO123456785MVA",
                                          "SE",
                                          "",
                                          "S",
                                          "DE",
                                          "BE2428759497",
                                          "DK03585628",
                                          "SE556677889900"})
        EXPECT_FALSE(parse_vat_number(number)) << number;
}

TEST(VatNumber, NormalisesAndTakesTheCountryOfTheCustomer) {
    EXPECT_EQ(parse_vat_number(" se 556677-8899 01 ")->number, "SE556677889901");
    EXPECT_EQ(parse_vat_number("0428.759.497", "BE")->number, "BE0428759497");
    EXPECT_EQ(parse_vat_number("B12345678", "ES")->number, "ESB12345678");
    EXPECT_EQ(parse_vat_number("GR123456789")->number, "EL123456789");
    EXPECT_EQ(parse_vat_number("123456789", "GR")->number, "EL123456789");
    EXPECT_EQ(parse_vat_number("123456789", "GR")->country, "GR");
    // A prefix of its own wins over the customer's country.
    EXPECT_EQ(parse_vat_number("SE556677889901", "NL")->country, "SE");
    EXPECT_FALSE(parse_vat_number(std::string(1000, '1'), "RO"));
}

}  // namespace
}  // namespace brygga::entity
