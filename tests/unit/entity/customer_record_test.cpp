#include "entity/customer_record.h"

#include <gtest/gtest.h>

namespace brygga::entity {
namespace {

constexpr const char* registered =
    R"({"id":"7","kind":"company","name":"Anna Lind","first_name":"Anna","last_name":"Lind","company":"Lind AB",)"
    R"("email":"anna@example.com","phone":"08-1","vat_number":"SE556","organisation_number":"556","reference":"R",)"
    R"("language":"sv","currency":"SEK","billing":{"name":"Anna Lind","line1":"Storgatan 5","country":"SE"},)"
    R"("shipping":{"city":"Malmö"},"number":"7","state":"inactive"})";

TEST(CustomerRecord, IsReadStrictlyAndWrittenAgain) {
    EXPECT_EQ(to_json(*parse_customer(*Json::parse(registered))).dump(), registered);
    for (const auto& [member, wrong] :
         {std::pair{"id", "\"\""}, std::pair{"number", "null"}, std::pair{"kind", "\"person \""},
          std::pair{"state", "\"gone\""}, std::pair{"state", "null"}, std::pair{"email", "3"},
          std::pair{"currency", "\"kr\""}, std::pair{"billing", "null"},
          std::pair{"billing", R"({"country":"Sweden"})"}, std::pair{"shipping", "[]"}}) {
        Json document = *Json::parse(registered);
        const auto record = parse_customer(document.set(member, *Json::parse(wrong)));
        ASSERT_FALSE(record.ok()) << member << ' ' << wrong;
        EXPECT_EQ(record.error().code, "customer.invalid");
        EXPECT_TRUE(record.error().message.starts_with("Customer 7: ")) << record.error().message;
        EXPECT_NE(record.error().message.find(member), std::string::npos) << record.error().message;
    }
    EXPECT_EQ(parse_customer(Json::array()).error().message,
              "A customer without a number: the document must be an object.");
    Json endless = *Json::parse(registered);
    EXPECT_FALSE(parse_customer(endless.set("name", std::string(1001, 'a'))).ok());
}

TEST(CustomerRecord, TheCustomerOfAnOrderHasTheSameForm) {
    Order order;
    const CustomerRecord record = *parse_customer(*Json::parse(registered));
    order.customer = record.customer;
    order.billing = record.billing;
    order.shipping = record.shipping;
    order.language = "sv";
    order.currency = "SEK";
    Json same = to_json(record);
    same.erase("number");
    same.erase("state");
    EXPECT_EQ(customer_of(order), same);
}

}  // namespace
}  // namespace brygga::entity
