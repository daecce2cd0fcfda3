// Documents of the vendor and of the host that the tests of this connector share, and its fake surroundings.
// Owned by the tests; made-up records at example.com only.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"
#include "brygga/testing/fake_host.hpp"

namespace brygga::economic {

inline const std::string base = "https://api.example";

inline Json json(std::string_view text) {
    JsonError error;
    const auto parsed = Json::parse(text, &error);
    if (!parsed) ADD_FAILURE() << error.message << " at " << error.offset << ": " << text;
    return parsed.value_or(Json{});
}

inline Json self_answer() {
    return json(R"({"agreementNumber":1234567,"company":{"name":"Nordlys Kontor ApS","country":"Danmark"},
        "application":{"requiredRoles":[{"roleNumber":1,"name":"SuperUser"}]},
        "settings":{"baseCurrency":"DKK","defaultPaymentTerm":2},"modules":[{"moduleNumber":1,"name":"Invoicing"}],
        "self":"https://api.example/self"})");
}

inline Json customer_answer() {
    return json(R"({"customerNumber":1042,"name":"Nordlys Kontor ApS","currency":"DKK",
        "customerGroup":{"customerGroupNumber":1,"self":"https://api.example/customer-groups/1"},
        "paymentTerms":{"paymentTermsNumber":2,"self":"https://api.example/payment-terms/2"},
        "vatZone":{"vatZoneNumber":1},"layout":{"layoutNumber":21},"corporateIdentificationNumber":"12345674",
        "email":"faktura@example.com kasse@example.com","address":"Havnegade 12\n2. sal","zip":"8000","city":"Aarhus C",
        "country":"Danmark","creditLimit":5000.00,"balance":12.5,"barred":false,"lastUpdated":"2026-09-14T07:41:12Z",
        "contacts":"https://api.example/customers/1042/contacts","self":"https://api.example/customers/1042"})");
}

inline Json product_answer() {
    return json(R"({"productNumber":"SHIRT-M","name":"T-shirt, M","salesPrice":160.00,"barCode":"5701234567890",
        "barred":false,"productGroup":{"productGroupNumber":1},"unit":{"unitNumber":1},
        "inventory":{"inStock":7.0,"available":5.0},"lastUpdated":"2026-09-14T07:50:31Z",
        "self":"https://api.example/products/SHIRT-M"})");
}

/// Two shirts with a discount of 10 %, and freight; 25 %.
inline Json order_answer() {
    return json(R"({"orderNumber":501,"date":"2026-09-14","currency":"DKK","exchangeRate":100.0,"netAmount":328.00,
        "grossAmount":410.00,"vatAmount":82.00,"roundingAmount":0.00,"dueDate":"2026-09-22",
        "paymentTerms":{"paymentTermsNumber":2,"paymentTermsType":"net","daysOfCredit":8},
        "customer":{"customerNumber":1042},"layout":{"layoutNumber":21},
        "recipient":{"name":"Nordlys Kontor ApS","address":"Havnegade 12\n2. sal","zip":"8000","city":"Aarhus C",
            "country":"DK","ean":"5798000000001","vatZone":{"vatZoneNumber":1}},
        "references":{"other":"100234","salesPerson":{"employeeNumber":4}},
        "lines":[{"lineNumber":1,"sortKey":1,"description":"T-shirt, M","product":{"productNumber":"SHIRT-M"},
            "quantity":2.0,"unitNetPrice":160.00,"discountPercentage":10.0,"totalNetAmount":288.00},
          {"lineNumber":2,"sortKey":2,"description":"Freight","product":{"productNumber":"FREIGHT"},"quantity":1.0,
            "unitNetPrice":40.00,"totalNetAmount":40.00},
          {"lineNumber":3,"sortKey":3,"description":"Leave at the door"}],
        "lastUpdated":"2026-09-14T08:00:00Z","templates":{"self":"x"},"self":"https://api.example/orders/drafts/501"})");
}

/// The host's document for the order above.
inline Json order_document() {
    return json(R"({"op":"create","type":"document","kind":"order","reference":"100234",
        "fields":{"customer":"1042","currency":"DKK","date":"2026-09-14","payment_term":"2","layout":"21","zone":"1",
            "name":"Nordlys Kontor ApS",
            "address":{"line1":"Havnegade 12","line2":"2. sal","postal_code":"8000","city":"Aarhus C","country":"DK"}},
        "lines":[{"kind":"article","article":"SHIRT-M","sku":"SHIRT-M","text":"T-shirt, M","quantity":2,
            "unit_price":160.00,"discount_percent":10},
          {"kind":"article","article":"FREIGHT","text":"Freight","quantity":1,"unit_price":40.00},
          {"kind":"text","text":"Leave at the door"}],
        "expect":{"net":328,"tax":[{"rate":25,"base":328,"amount":82}],"gross":410}})");
}

inline Json page_of(std::initializer_list<Json> rows, std::int64_t results = -1, bool more = false) {
    Json list = Json::array();
    for (const Json& row : rows) list.push(row);
    Json pagination = Json::object({{"results", results < 0 ? static_cast<std::int64_t>(rows.size()) : results}});
    if (more) pagination.set("nextPage", "https://elsewhere.example/next");
    return Json::object(
        {{"collection", std::move(list)}, {"pagination", std::move(pagination)}, {"self", "https://api.example/list"}});
}

/// The connector on a fake host.
class Connected : public ::testing::Test {
protected:
    testing::FakeHost host;
    testing::Instance books{host, *brygga_plugin_entry(), Json::object({{"rest_url", base + "/"}})};
    void TearDown() override { EXPECT_EQ(host.problems(), ""); }
};

}  // namespace brygga::economic
