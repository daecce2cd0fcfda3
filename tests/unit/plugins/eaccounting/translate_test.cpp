#include "translate.h"

#include "samples.h"

namespace brygga::eaccounting {
namespace {

TEST(Customer, IsSentAsTheVendorsSample) {
    const Json document = json(R"({"op":"create","type":"customer","kind":"person","fields":{"name":"Anna Lindqvist",
        "email":"anna.lindqvist@example.com","phone":"+46701234567","vat_number":"","mobile":null,
        "address":{"line1":"Storgatan 5","postal_code":"11122","city":"Stockholm","country":"SE"},
        "currency":"SEK","payment_term":"3c1f0a52-0f5e-4b7e-9d0a-6a1f2f6f0b11"}})");
    EXPECT_EQ(new_customer(document), json(R"({"Name":"Anna Lindqvist","IsPrivatePerson":true,"IsActive":true,
        "EmailAddress":"anna.lindqvist@example.com","Telephone":"+46701234567","InvoiceAddress1":"Storgatan 5",
        "InvoicePostalCode":"11122","InvoiceCity":"Stockholm","InvoiceCountryCode":"SE","CurrencyCode":"SEK",
        "TermsOfPaymentId":"3c1f0a52-0f5e-4b7e-9d0a-6a1f2f6f0b11"})"));
}

TEST(Customer, CompanyHasContactAndNumbers) {
    const Json body =
        new_customer(json(R"({"kind":"company","fields":{"name":"Example AB","vat_number":"SE556677889901",
        "organisation_number":"556677-8899","contact":{"name":"Kim","email":"kim@example.com","phone":"1"},
        "delivery":{"name":"Store","city":"Kalmar"},"x":{"DeliveryBasedVat":true}}})"));
    EXPECT_EQ(body, json(R"({"IsPrivatePerson":false,"IsActive":true,"Name":"Example AB","VatNumber":"SE556677889901",
        "CorporateIdentityNumber":"556677-8899","ContactPersonName":"Kim","ContactPersonEmail":"kim@example.com",
        "ContactPersonPhone":"1","DeliveryCustomerName":"Store","DeliveryCity":"Kalmar","DeliveryBasedVat":true})"));
}

TEST(Customer, UpdateKeepsTheRestAndDropsWhatIsReadOnly) {
    Json present = customer_answer();
    present.set("Iban", "kept");
    present.set("SomethingNew", 7);
    const Json body = changed_customer(
        json(R"({"op":"update","fields":{"phone":"","address":{"city":"Malmö"},"payment_term":"new"}})"), present);
    EXPECT_EQ(body["InvoiceCity"].string(), "Malmö");
    EXPECT_EQ(body["InvoiceAddress1"].string(), "Storgatan 5");
    EXPECT_TRUE(body.has("Telephone") && body["Telephone"].is_null());
    EXPECT_EQ(body["TermsOfPaymentId"].string(), "new");
    EXPECT_EQ(body["Iban"].string(), "kept");
    EXPECT_EQ(body["SomethingNew"].integer(), 7);
    EXPECT_EQ(body["EmailAddress"], present["EmailAddress"]);
    for (const char* name : {"Id", "ChangedUtc", "UnpaidInvoicesAmount", "TermsOfPayment"})
        EXPECT_FALSE(body.has(name)) << name;
}

TEST(Customer, RowHasKeysAndFields) {
    const Json row = customer_row(customer_answer());
    EXPECT_EQ(row["id"].string(), "6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f");
    EXPECT_EQ(row["number"].string(), "1042");
    EXPECT_EQ(row["kind"].string(), "person");
    EXPECT_EQ(row["state"].string(), "open");
    EXPECT_EQ(row["version"].string(), "2026-03-02T09:15:04.12Z");
    EXPECT_EQ(row["keys"], json(R"({"email":"anna.lindqvist@example.com","number":"1042","phone":"+46701234567"})"));
    EXPECT_EQ(row["fields"], json(R"({"kind":"person","name":"Anna Lindqvist","email":"anna.lindqvist@example.com",
        "phone":"+46701234567","address":{"line1":"Storgatan 5","postal_code":"11122","city":"Stockholm","country":"SE"},
        "currency":"SEK","payment_term":"3c1f0a52-0f5e-4b7e-9d0a-6a1f2f6f0b11"})"));
    Json closed = customer_answer();
    closed.set("IsActive", false);
    EXPECT_EQ(customer_row(closed)["state"].string(), "closed");
}

TEST(Customer, ChangedTellsWhatWasStoredOtherwise) {
    const Json sent =
        json(R"({"name":"Anna Lindqvist-Longname","email":"anna.lindqvist@example.com","vat_number":""})");
    EXPECT_EQ(changed_fields(sent, customer_answer(), customer_fields()), json(R"({"name":"Anna Lindqvist"})"));
}

TEST(Article, IsSentWithTheOnePriceThatIsKnown) {
    const Json document = json(R"({"fields":{"sku":"MUG-RED","name":"Mug, red","price":125.00,"price_includes_tax":true,
        "treatment":"a7f1b7de","unit":"f2b7c0aa","service":false}})");
    EXPECT_EQ(new_article(document),
              json(R"({"Number":"MUG-RED","Name":"Mug, red","IsActive":true,"CodingId":"a7f1b7de",
        "UnitId":"f2b7c0aa","GrossPrice":125.00,"IsStock":false})"));
    Json net = document;
    net.member("fields").set("price_includes_tax", false);
    EXPECT_TRUE(new_article(net).has("NetPrice"));
    EXPECT_FALSE(new_article(net).has("GrossPrice"));
}

TEST(Article, AChangeLeavesNoPriceOrBarcodeThatContradictsIt) {
    Json present = json(R"({"Number":"MUG-RED","NetPrice":100,"GrossPrice":125,"NetPriceWithDiscount":90,
        "Barcodes":[{"Barcode":"1","BarcodeType":0},{"Barcode":"2","BarcodeType":0}]})");
    EXPECT_EQ(changed_article(json(R"({"fields":{"price":88,"price_includes_tax":false,"ean":"3","x":{"Note":"N"}}})"),
                              present),
              json(R"({"Number":"MUG-RED","NetPrice":88,"Note":"N",
        "Barcodes":[{"Barcode":"3","BarcodeType":0},{"Barcode":"2","BarcodeType":0}]})"));
    EXPECT_EQ(changed_article(json(R"({"fields":{"price":110,"price_includes_tax":true}})"), present)["NetPrice"],
              Json{});
}

TEST(Article, RowHasTreatmentAndKeys) {
    EXPECT_EQ(product_row(article_answer()), json(R"({"id":"0b9e8d7c-6f5e-4d3c-9b2a-1f0e9d8c7b6a","number":"MUG-RED",
        "kind":"article","state":"open","version":"2026-03-02T09:16:00Z","keys":{"sku":"MUG-RED","ean":"4006381333931"},
        "fields":{"sku":"MUG-RED","price_includes_tax":false,"name":"Mug, red","price":100.00,"price_with_tax":125.00,"ean":"4006381333931","active":true,
        "treatment":"a7f1b7de-6a7e-4e0b-8e0f-2f1f4c3d2b10","unit":"f2b7c0aa-55d1-4a6f-9a3e-1b2c3d4e5f60","service":false}})"));
}

TEST(Options, RateIsPercentInBothForms) {
    EXPECT_EQ(percent(json("0.25")), json("25"));
    EXPECT_EQ(percent(json("25.0")), json("25"));
    EXPECT_EQ(percent(json("0")), json("0"));
    EXPECT_TRUE(percent(json("\"25\"")).is_null());
    EXPECT_TRUE(percent(json("-1")).is_null());
    EXPECT_TRUE(percent(json("1e300")).is_null());
}

TEST(Options, EveryKindHasItsRow) {
    const Json settings = json(R"({"TermsOfPaymentId":"t1","CurrencyCode":"SEK"})");
    EXPECT_EQ(
        option_row("payment_term", json(R"({"Id":"t1","Name":"30 dagar","NumberOfDays":30,"TermsOfPaymentTypeId":0,
        "AvailableForSales":true})"),
                   settings),
        json(R"({"id":"t1","label":"30 dagar","active":true,"attributes":{"days":30,"type":0,"default":true}})"));
    EXPECT_FALSE(
        option_row("payment_term", json(R"({"Id":"t2","Name":"x","AvailableForSales":false})"), settings)["active"]
            .boolean(true));
    EXPECT_EQ(
        option_row("tax_treatment", json(R"({"Id":"c","Name":"Varor 25%","Type":"Goods","VatRatePercent":0.25,
        "VatRate":"MP1","IsActive":true})"),
                   {}),
        json(
            R"({"id":"c","label":"Varor 25%","active":true,"attributes":{"rate":25,"goods_class":"goods","code":"MP1"}})"));
    EXPECT_EQ(option_row("tax_treatment", json(R"({"Id":"c","Name":"Tj","Type":"Service","IsActive":false})"), {}),
              json(R"({"id":"c","label":"Tj","active":false,"attributes":{"goods_class":"service"}})"));
    EXPECT_EQ(
        option_row("vat_code", json(R"({"Id":"v","Code":"05","Description":"Sale","VatRate":25,"OssCodeType":0})"), {}),
        json(R"({"id":"v","label":"05 Sale","active":true,"attributes":{"code":"05","rate":25,"oss":0}})"));
    EXPECT_EQ(option_row("delivery_method", json(R"({"Id":"d","Name":"Post","Code":"P"})"), {}),
              json(R"({"id":"Post","label":"Post","active":true,"attributes":{"code":"P","vendor_id":"d"}})"));
    EXPECT_TRUE(option_row("currency", json(R"({"Code":"SEK"})"), settings)["attributes"]["default"].boolean());
    EXPECT_FALSE(option_row("currency", json(R"({"Code":"EUR"})"), settings)["attributes"].has("default"));
    EXPECT_TRUE(option_row("unit", json(R"({"Name":"no id"})"), {}).is_null());
    EXPECT_EQ(setting_rows(json(R"({"CountryCode":"SE","UsesMoss":false})")).size(), 2u);
}

Json described(std::string_view settings) { return account(json(settings)); }

TEST(Account, OperationsFollowTheProductVariant) {
    for (const int variant : {1, 2, 5}) {
        const Json got = account(Json::object({{"ProductVariant", variant}}));
        EXPECT_EQ(got["operations"]["document"]["create"], json(R"(["order","quote","invoice_draft"])")) << variant;
    }
    const Json solo = described(
        R"({"ProductVariant":4,"CompanyIdentifier":"co","Name":"Example AB","CountryCode":"SE","CurrencyCode":"SEK"})");
    EXPECT_EQ(solo["operations"]["document"]["create"], json(R"(["invoice_draft"])"));
    EXPECT_EQ(solo["operations"]["customer"]["create"], json(R"(["person","company"])"));
    EXPECT_EQ(
        solo["account"],
        json(R"({"id":"co","name":"Example AB","country":"SE","currency":"SEK","time_zone":"Europe/Stockholm"})"));
    const Json books = described(R"({"ProductVariant":3})");
    for (const char* type : {"customer", "product", "document"}) {
        EXPECT_EQ(books["operations"][type]["create"].size(), 0u);
        EXPECT_EQ(books["operations"][type]["update"].size(), 0u);
    }
    EXPECT_EQ(books["limits"].size(), 1u);
}

TEST(Account, LimitsTellLocksRoundingAndModules) {
    const Json got =
        described(R"({"ProductVariant":5,"AccountingLockedTo":"2026-01-31T00:00:00Z","DomesticCurrencyRounding":1,
        "ActivatedModules":["stock"]})");
    EXPECT_EQ(got["limits"].size(), 2u);
    EXPECT_EQ(got["account"]["locked_until"].string(), "2026-01-31");
    const Json plain = described(
        R"({"ProductVariant":5,"AccountingLockedTo":"0001-01-01T00:00:00","ActivatedModules":["sales_standard"]})");
    EXPECT_EQ(plain["limits"].size(), 0u);
    EXPECT_FALSE(plain["account"].has("locked_until"));
}

TEST(Hostile, WrongTypesReadAsAbsent) {
    const Json odd =
        json(R"({"Id":[1],"Number":{},"IsActive":"yes","IsPrivatePerson":3,"EmailAddress":{"a":1},"Barcodes":"x",
        "NetPrice":"1","Rows":{"a":1},"Name":null})");
    EXPECT_EQ(customer_row(odd)["id"].string(), "");
    EXPECT_EQ(product_row(odd)["number"].string(), "");
    EXPECT_FALSE(customer_row(json("[]"))["keys"].has("email"));
    EXPECT_NO_THROW(account(json("[1,2]")));
}

}  // namespace
}  // namespace brygga::eaccounting
