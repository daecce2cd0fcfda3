// Documents of the vendor and of the host that the tests of this connector share, and its fake surroundings.
// Owned by the tests; made-up records at example.com only.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"
#include "brygga/testing/fake_host.hpp"

namespace brygga::eaccounting {

inline const std::string base = "https://api.example/v2";

inline Json json(std::string_view text) {
    JsonError error;
    const auto parsed = Json::parse(text, &error);
    if (!parsed) ADD_FAILURE() << error.message << " at " << error.offset << ": " << text;
    return parsed.value_or(Json{});
}

inline Json customer_answer() {
    return json(R"({"Id":"6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f","CustomerNumber":"1042",
        "Name":"Anna Lindqvist","IsPrivatePerson":true,"IsActive":true,"CorporateIdentityNumber":null,
        "EmailAddress":"anna.lindqvist@example.com","EmailAddresses":[],"Telephone":"+46701234567",
        "InvoiceAddress1":"Storgatan 5","InvoiceAddress2":null,"InvoicePostalCode":"11122","InvoiceCity":"Stockholm",
        "InvoiceCountryCode":"SE","DeliveryAddress1":null,"DeliveryCity":null,"DeliveryPostalCode":null,
        "DeliveryCountryCode":null,"CurrencyCode":"SEK","TermsOfPaymentId":"3c1f0a52-0f5e-4b7e-9d0a-6a1f2f6f0b11",
        "TermsOfPayment":{"Id":"3c1f0a52-0f5e-4b7e-9d0a-6a1f2f6f0b11","Name":"30 dagar","NumberOfDays":30},
        "VatNumber":null,"ReverseChargeOnConstructionServices":false,"DeliveryBasedVat":false,"ForceBookkeepVat":false,
        "DiscountPercentage":0.0,"UnpaidInvoicesAmount":0.0,"CustomerLabels":[],"ChangedUtc":"2026-03-02T09:15:04.12Z"})");
}

inline Json article_answer() {
    return json(R"({"Id":"0b9e8d7c-6f5e-4d3c-9b2a-1f0e9d8c7b6a","Number":"MUG-RED","Name":"Mug, red","IsActive":true,
        "NetPrice":100.00,"NetPriceWithDiscount":100.00,"GrossPrice":125.00,
        "CodingId":"a7f1b7de-6a7e-4e0b-8e0f-2f1f4c3d2b10","CodingName":"Varor 25% moms",
        "UnitId":"f2b7c0aa-55d1-4a6f-9a3e-1b2c3d4e5f60","UnitName":"Styck","UnitAbbreviation":"st",
        "StockBalance":40.0,"IsStock":false,"IsServiceArticle":false,"Barcodes":[{"Barcode":"4006381333931","BarcodeType":0}],
        "CreatedUtc":"2026-03-02T09:16:00Z","ChangedUtc":"2026-03-02T09:16:00Z"})");
}

/// Goods for 180 and freight for 60, without tax; 25 %.
inline Json order_answer() {
    return json(R"({"Id":"c1d2e3f4-a5b6-4c7d-8e9f-0a1b2c3d4e5f","Number":317,"Status":2,"OrderDate":"2026-03-02",
        "CustomerId":"6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f","CustomerNumber":"1042","CustomerName":"Anna Lindqvist",
        "CustomerIsPrivatePerson":false,"IncludesVat":false,"CurrencyCode":"SEK","Amount":240.00,"VatAmount":60.00,
        "RoundingsAmount":0.00,"DeliveredAmount":0.00,"DeliveredVatAmount":0.00,"DeliveredRoundingsAmount":0.00,
        "BuyersOrderReference":"100234","YourReference":"Anna Lindqvist","OurReference":"Kim","EuThirdParty":false,
        "RotReducedInvoicingType":0,"ReverseChargeOnConstructionServices":false,"ShippedDateTime":null,
        "HouseWorkAmount":0,"UsesGreenTechnology":false,"DeliveryMethodName":"Post","DeliveryMethodId":"11111111-0000-4000-8000-000000000001",
        "Rows":[{"Id":"77777777-1111-4222-8333-944444444444","LineNumber":1,"IsTextRow":false,
            "ArticleId":"0b9e8d7c-6f5e-4d3c-9b2a-1f0e9d8c7b6a","ArticleNumber":"MUG-RED","Text":"Mug, red","Quantity":2.0,
            "DeliveredQuantity":0.0,"UnitPrice":100.00,"DiscountPercentage":0.1,"Amount":180.00,"VatRate":0.25,
            "ProjectId":"99999999-0000-4000-8000-000000000001","IsWorkCost":false,"EligibleForReverseChargeOnVat":false},
          {"Id":"77777777-1111-4222-8333-944444444445","LineNumber":2,"IsTextRow":false,
            "ArticleId":"5a4b3c2d-1e0f-4a9b-8c7d-6e5f4a3b2c1d","ArticleNumber":"FREIGHT","Text":"Freight","Quantity":1.0,
            "DeliveredQuantity":0.0,"UnitPrice":60.00,"DiscountPercentage":0,"Amount":60.00,"VatRate":0.25,
            "IsWorkCost":false,"EligibleForReverseChargeOnVat":false},
          {"Id":"77777777-1111-4222-8333-944444444446","LineNumber":3,"IsTextRow":true,"Text":"Leave at the door","VatRate":null,
            "IsWorkCost":false,"EligibleForReverseChargeOnVat":false}],
        "CreatedUtc":"2026-03-02T09:20:11Z","ModifiedUtc":"2026-03-02T09:20:11Z"})");
}

inline Json draft_answer() {
    return json(R"({"Id":"d4c3b2a1-0f9e-4d8c-b7a6-5f4e3d2c1b0a","CustomerId":"6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f",
        "CustomerNumber":"1042","CustomerName":"Anna Lindqvist","InvoiceDate":"2026-03-02T00:00:00Z","DueDate":"2026-04-01",
        "IncludesVat":false,"IsCreditInvoice":false,"InvoiceCurrencyCode":"SEK","BuyersOrderReference":"100234",
        "TotalAmount":300.00,"TotalVatAmount":60.00,"TotalRoundings":0.00,"EuThirdParty":false,"RotReducedInvoicingType":0,
        "CreatedUtc":"2026-03-02T09:25:40Z","Rows":[
          {"Id":"88888888-1111-4222-8333-944444444444","LineNumber":0,"IsTextRow":false,"Text":"Mug, red","Quantity":2.0,
            "UnitPrice":100.00,"DiscountPercentage":0.1,"Amount":180.00,"VatRate":25},
          {"Id":"88888888-1111-4222-8333-944444444445","LineNumber":1,"IsTextRow":false,"Text":"Freight","Quantity":1.0,
            "UnitPrice":60.00,"Amount":60.00,"VatRate":25}]})");
}

/// The host's document for the order above.
inline Json order_document() {
    return json(R"({"op":"create","type":"document","kind":"order","reference":"100234",
        "fields":{"customer":"6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f","currency":"SEK","date":"2026-03-02",
            "your_reference":"Anna Lindqvist","delivery":{"name":"Anna Lindqvist","line1":"Storgatan 5",
            "postal_code":"11122","city":"Stockholm","country":"SE"}},
        "lines":[{"kind":"article","article":"0b9e8d7c-6f5e-4d3c-9b2a-1f0e9d8c7b6a","sku":"MUG-RED","text":"Mug, red",
            "quantity":2,"unit_price":100.00,"discount_percent":10},
          {"kind":"article","article":"5a4b3c2d-1e0f-4a9b-8c7d-6e5f4a3b2c1d","text":"Freight","quantity":1,"unit_price":60.00},
          {"kind":"text","text":"Leave at the door"}],
        "expect":{"net":240,"tax":[{"rate":25,"base":240,"amount":60}],"gross":300}})");
}

inline Json page_of(std::initializer_list<Json> rows, int page = 1, int pages = 1) {
    Json data = Json::array();
    for (const Json& row : rows) data.push(row);
    return Json::object({{"Meta", Json::object({{"CurrentPage", page},
                                                {"PageSize", 1000},
                                                {"TotalNumberOfPages", pages},
                                                {"ServerTimeUtc", "2026-03-02T09:30:00Z"}})},
                         {"Data", std::move(data)}});
}

inline Json refusal(int code, std::string_view message = "Refused.") {
    return Json::object({{"ErrorCode", code},
                         {"DeveloperErrorMessage", message},
                         {"ErrorId", "3a1f7d55-0f5b-4a52-9b0c-1d2e3f4a5b6c"},
                         {"Errors", Json{}}});
}

/// The connector on a fake host.
class Connected : public ::testing::Test {
protected:
    testing::FakeHost host;
    testing::Instance books{host, *brygga_plugin_entry(),
                            Json::object({{"api_url", base + "/"}, {"identity_url", "https://identity.example"}})};
    void TearDown() override { EXPECT_EQ(host.problems(), ""); }
};

}  // namespace brygga::eaccounting
