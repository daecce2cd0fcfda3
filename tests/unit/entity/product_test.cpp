#include "entity/product.h"

#include <gtest/gtest.h>

namespace brygga::entity {
namespace {

TEST(Product, IsReadStrictlyAndWrittenAgain) {
    for (const char* wrong :
         {"[]", R"({"name":"A"})", R"({"sku":""})", R"({"sku":"A","price":"1"})", R"({"sku":"A","price":-1})",
          R"({"sku":"A","price":1e13})", R"({"sku":"A","rate":1001})", R"({"sku":"A","active":1})",
          R"({"sku":"A","name":3})", R"({"sku":"A","currency":"EURO"})"}) {
        const auto product = parse_product(*Json::parse(wrong));
        ASSERT_FALSE(product.ok()) << wrong;
        EXPECT_EQ(product.error().code, "product.invalid");
    }
    EXPECT_FALSE(parse_product(Json::object({{"sku", std::string(201, 'a')}})).ok());
    const Json whole = *Json::parse(
        R"({"id":"1","sku":"A","ean":"2","name":"N","short_text":"S","long_text":"L","unit":"st","options":"Size: M","treatment":"g",)"
        R"("currency":"SEK","price":1.50,"price_with_tax":2,"rate":25,"weight":0.5,"price_includes_tax":true,)"
        R"("service":true,"active":false})");
    EXPECT_EQ(to_json(*parse_product(whole)), whole);
    EXPECT_FALSE(parse_product(Json::object({{"sku", "A"}}))->price_includes_tax.has_value()) << "it does not tell";
    EXPECT_FALSE(parse_product(*Json::parse(R"({"sku":"A","price_includes_tax":1})")).ok());
}

}  // namespace
}  // namespace brygga::entity
