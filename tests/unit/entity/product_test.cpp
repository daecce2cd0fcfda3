#include "entity/product.h"

#include <gtest/gtest.h>

namespace brygga::entity {
namespace {

TEST(Product, IsReadStrictlyAndWrittenAgain) {
    for (const char* wrong :
         {"[]", R"({"name":"A"})", R"({"sku":""})", R"({"sku":"A","price":"1"})", R"({"sku":"A","price":-1})",
          R"({"sku":"A","price":1e13})", R"({"sku":"A","rate":1001})", R"({"sku":"A","active":1})",
          R"({"sku":"A","name":3})", R"({"sku":"A","currency":"EURO"})", R"({"sku":"A","categories":"1"})",
          R"({"sku":"A","categories":[1]})", R"({"sku":"A","categories":[""]})"}) {
        const auto product = parse_product(*Json::parse(wrong));
        ASSERT_FALSE(product.ok()) << wrong;
        EXPECT_EQ(product.error().code, "product.invalid");
    }
    EXPECT_FALSE(parse_product(Json::object({{"sku", std::string(201, 'a')}})).ok());
    const Json whole = *Json::parse(
        R"({"id":"1","sku":"A","ean":"2","name":"N","short_text":"S","long_text":"L","unit":"st","options":"Size: M","treatment":"g",)"
        R"("currency":"SEK","price":1.50,"price_with_tax":2,"rate":25,"weight":0.5,"categories":["1","2"],)"
        R"("price_includes_tax":true,"service":true,"active":false})");
    EXPECT_EQ(to_json(*parse_product(whole)), whole);
    EXPECT_FALSE(parse_product(Json::object({{"sku", "A"}}))->price_includes_tax.has_value()) << "it does not tell";
    EXPECT_FALSE(parse_product(*Json::parse(R"({"sku":"A","price_includes_tax":1})")).ok());
    Json many = Json::array();
    for (int i = 0; i < 101; ++i) many.push(std::to_string(i));
    EXPECT_FALSE(parse_product(Json::object({{"sku", "A"}, {"categories", many}})).ok());
    const auto sorted = parse_product(*Json::parse(R"({"sku":"A","categories":["2","1","2"]})"));
    EXPECT_EQ(sorted->categories, (std::vector<std::string>{"1", "2"})) << "their order says nothing";
}

}  // namespace
}  // namespace brygga::entity
