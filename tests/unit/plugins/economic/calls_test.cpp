// The calls that write, those about the agreement, and what refusals mean, over the plugin border.
#include <functional>

#include "api.h"
#include "samples.h"

namespace brygga::economic {
namespace {

using testing::HttpCall;
using testing::Outcome;

class Calls : public Connected {};

std::string has_tokens(const HttpCall& call) {
    const Json& secrets = call.request["secret_headers"];
    if (secrets["X-AppSecretToken"].string() != "${app_secret_token}") return "no app token";
    if (secrets["X-AgreementGrantToken"].string() != "${agreement_grant_token}") return "no grant token";
    return call.header("Content-Type") == "application/json" ? "" : "no content type";
}
std::string is_read(const HttpCall& call) {
    if (!call.request["read"].boolean()) return "not marked as a read";
    return call.header("Idempotency-Key").empty() ? has_tokens(call) : "a key on a read";
}
std::string is_write(const HttpCall& call) {
    if (call.request["read"].boolean()) return "marked as a read";
    if (call.header("Idempotency-Key") != header_key("key-1", call.body)) return "another key";
    return call.request["idempotent"].boolean() ? has_tokens(call) : "not idempotent";
}
Json with(Json document, std::string_view name, Json value) {
    document.set(name, std::move(value));
    return document;
}

TEST_F(Calls, CheckReadsTheAgreement) {
    host.http("GET", base + "/self").answer(200, self_answer()).check(is_read);
    EXPECT_TRUE(books.check().ok());
}

TEST_F(Calls, CheckTellsRefusedTokensAnUnknownCountryAndAForeignAnswer) {
    host.http("GET", base + "/self").answer(401, R"({"errorCode":"E02250","message":"Access denied."})");
    Outcome got = books.check();
    EXPECT_EQ(got.status, BRYGGA_AUTH);
    EXPECT_EQ(got.code, "E02250");
    host.http("GET", base + "/self").answer(200, R"({"company":{"country":"Atlantis"},"self":"x"})");
    got = books.check();
    EXPECT_EQ(got.status, BRYGGA_MISCONFIGURED);
    EXPECT_EQ(got.code, "agreement.country");
    host.http("GET", base + "/self").answer(200, "<html>login</html>");
    EXPECT_EQ(books.check().code, "answer.unreadable");
    host.http("GET", base + "/self").answer(404, "<html>no</html>");
    EXPECT_EQ(books.check().code, "http.address");
}

TEST_F(Calls, DescribeTellsCountryCurrencyAndKindsOfDocuments) {
    host.http("GET", base + "/self").answer(200, self_answer());
    Outcome got = books.describe();
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["account"]["country"].string(), "DK");
    EXPECT_EQ(got.result["account"]["time_zone"].string(), "Europe/Copenhagen");
    EXPECT_EQ(got.result["operations"]["document"]["create"], json(R"(["order","quote","invoice_draft"])"));
    EXPECT_EQ(got.result["fields"]["customer"].at(0)["path"].string(), "vat_number");
    EXPECT_FALSE(got.result["fields"]["customer"].at(0)["writable"].boolean(true));
    host.http("GET", base + "/self")
        .answer(200, with(self_answer(), "modules", json(R"([{"moduleNumber":2,"name":"Lagerstyring"}])")));
    got = books.describe();
    EXPECT_EQ(got.result["operations"]["document"]["create"], json(R"(["invoice_draft"])"));
    EXPECT_EQ(got.result["limits"].size(), 1u);
}

TEST_F(Calls, OrderIsCreatedWithOneRequest) {
    host.http("POST", base + "/orders/drafts").answer(201, order_answer()).check(is_write);
    const Outcome got = books.deliver(order_document(), "key-1");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(host.requests()[0].body_json(),
              json(R"({"date":"2026-09-14","currency":"DKK","customer":{"customerNumber":1042},
        "paymentTerms":{"paymentTermsNumber":2},"layout":{"layoutNumber":21},
        "recipient":{"vatZone":{"vatZoneNumber":1},"name":"Nordlys Kontor ApS","address":"Havnegade 12\n2. sal",
            "zip":"8000","city":"Aarhus C","country":"DK"},"references":{"other":"100234"},
        "lines":[{"lineNumber":1,"sortKey":1,"product":{"productNumber":"SHIRT-M"},"quantity":2,"unitNetPrice":160.00,
            "discountPercentage":10,"description":"T-shirt, M"},
          {"lineNumber":2,"sortKey":2,"product":{"productNumber":"FREIGHT"},"quantity":1,"unitNetPrice":40.00,
            "description":"Freight"},{"lineNumber":3,"sortKey":3,"description":"Leave at the door"}]})"));
    EXPECT_EQ(got.result["id"].string(), "order-501");
    EXPECT_EQ(got.result["number"].string(), "501");
    EXPECT_EQ(got.result["state"].string(), "draft");
    EXPECT_EQ(got.result["totals"], json(R"({"net":328.00,"tax":82.00,"gross":410.00})"));
    EXPECT_EQ(got.result["changed"], Json::object());
    EXPECT_EQ(got.result["notices"], Json::array());
}

TEST_F(Calls, WhatTheVendorDropsSilentlyIsTold) {
    Json stored = order_answer();
    stored.member("recipient").erase("city");
    stored.member("references").set("other", "1002");
    host.http("POST", base + "/invoices/drafts")
        .answer(201, with(with(stored, "draftInvoiceNumber", 9021), "lines", Json::array()));
    const Outcome got = books.deliver(with(order_document(), "kind", "invoice_draft"), "key-1");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["id"].string(), "draft-9021");
    EXPECT_TRUE(got.result["changed"].has("address.city"));
    EXPECT_EQ(got.result["changed"]["reference"].string(), "1002");
    EXPECT_EQ(got.result["notices"].size(), 3u) << got.result["notices"].dump();
}

TEST_F(Calls, OrderIsChangedWithoutLosingWhatOthersEntered) {
    host.http("GET", base + "/orders/drafts/501").answer(200, order_answer()).check(is_read);
    host.http("PUT", base + "/orders/drafts/501").answer(200, order_answer()).check(is_write);
    const Outcome got = books.deliver(with(with(order_document(), "op", "update"), "id", "order-501"), "key-1");
    ASSERT_TRUE(got.ok()) << got.text();
    const Json sent = host.requests()[1].body_json();
    EXPECT_EQ(sent["recipient"]["ean"].string(), "5798000000001");
    EXPECT_EQ(sent["references"]["salesPerson"]["employeeNumber"].integer(0), 4);
    EXPECT_EQ(sent["paymentTerms"], json(R"({"paymentTermsNumber":2})"));
    EXPECT_EQ(sent["lines"].size(), 3u);
    for (const char* name : {"netAmount", "self", "templates", "lastUpdated", "dueDate"}) EXPECT_FALSE(sent.has(name));
}

TEST_F(Calls, ADraftOfAnotherOrderUnderAReusedNumberIsNotTouched) {
    Json other = order_answer();
    other.member("references").set("other", "100999");
    host.http("GET", base + "/orders/drafts/501").answer(200, other);
    host.http("GET", base + "/orders/sent/501").answer(404, R"({"errorCode":"E06000"})");
    host.http("GET", base + "/orders/archived/501").answer(404, R"({"errorCode":"E06000"})");
    EXPECT_EQ(books.deliver(with(with(order_document(), "op", "update"), "id", "order-501"), "key-1").code,
              "document.gone");
}

TEST_F(Calls, ADraftIsBookedWithOneRequestAndNothingSent) {
    Json invoice = with(with(order_answer(), "bookedInvoiceNumber", 20417), "remainder", 410);
    host.http("POST", base + "/invoices/booked").answer(201, invoice).check(is_write);
    const Json document = json(R"({"op":"book","type":"document","kind":"invoice_draft","id":"draft-9021",
        "reference":"100234","fields":{}})");
    const Outcome got = books.deliver(document, "key-1");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(host.requests()[0].body_json(), json(R"({"draftInvoice":{"draftInvoiceNumber":9021},"sendBy":"none"})"));
    EXPECT_EQ(got.result["id"].string(), "invoice-20417");
    EXPECT_EQ(got.result["kind"].string(), "invoice");
    EXPECT_EQ(got.result["state"].string(), "booked");
    EXPECT_EQ(got.result["totals"], json(R"({"net":328.00,"tax":82.00,"gross":410.00})"));
    EXPECT_EQ(got.result["notices"], Json::array());
}

TEST_F(Calls, ACreditNoteIsADraftWithNegativeQuantities) {
    Json answer = with(order_answer(), "draftInvoiceNumber", 9022);
    for (const char* sum : {"netAmount", "vatAmount", "grossAmount"})
        answer.set(sum, answer[sum].decimal().value_or(Decimal{}) * Decimal{-1});
    host.http("POST", base + "/invoices/drafts").answer(201, answer).check(is_write);
    const Json document = with(with(order_document(), "op", "credit"), "kind", "credit_note_draft");
    Outcome got = books.deliver(document, "key-1");
    ASSERT_TRUE(got.ok()) << got.text();
    ASSERT_EQ(host.requests().size(), 1u);
    const Json sent = host.requests()[0].body_json()["lines"];
    for (std::size_t i = 0; i < sent.size(); ++i) {
        const auto before = document["lines"].at(i)["quantity"].decimal();
        if (!before) continue;  // a text
        EXPECT_EQ(sent.at(i)["quantity"].decimal(), *before * Decimal{-1});
        EXPECT_EQ(sent.at(i)["unitNetPrice"], document["lines"].at(i)["unit_price"]);
    }
    EXPECT_EQ(got.result["kind"].string(), "credit_note_draft");
    EXPECT_EQ(got.result["id"].string(), "draft-9022");
    EXPECT_EQ(got.result["totals"], json(R"({"net":328.00,"tax":82.00,"gross":410.00})")) << "what it credits";

    answer.erase("draftInvoiceNumber");
    host.http("POST", base + "/invoices/booked")
        .answer(201, with(answer, "bookedInvoiceNumber", 20418))
        .check(is_write);
    got = books.deliver(json(R"({"op":"book","type":"document","kind":"credit_note_draft","id":"draft-9022",
        "reference":"100234/C1","fields":{}})"),
                        "key-1");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["kind"].string(), "credit_note");
    EXPECT_EQ(*got.result["totals"]["gross"].decimal(), Decimal{410});
}

TEST_F(Calls, ADraftThatCannotBeBookedIsGoneOrRefused) {
    const Json document = json(R"({"op":"book","type":"document","kind":"invoice_draft","id":"draft-9021",
        "reference":"100234","fields":{}})");
    const std::string refusal = R"({"message":"Validation failed.","errorCode":"E06000","httpStatusCode":400})";
    host.http("POST", base + "/invoices/booked").answer(400, refusal).times(2);
    host.http("GET", base + "/invoices/drafts/9021").answer(404, R"({"errorCode":"E06000"})").times(1);
    EXPECT_EQ(books.deliver(document, "key-1").code, "document.gone");
    host.http("GET", base + "/invoices/drafts/9021").answer(200, order_answer());
    const Outcome refused = books.deliver(document, "key-1");
    EXPECT_EQ(refused.status, BRYGGA_REJECTED);
    EXPECT_NE(refused.code, "document.gone") << "the draft is there, something else is wrong";
    EXPECT_EQ(books.deliver(with(document, "id", "order-9021"), "key-1").code, "document.gone");
}

TEST_F(Calls, AnOldDraftIsReadBeforeItIsBooked) {
    const Json document = json(R"({"op":"book","type":"document","kind":"invoice_draft","id":"draft-9021",
        "reference":"100234","fields":{},"check":true})");
    Json other = order_answer();
    other.member("references").set("other", "100999");
    host.http("GET", base + "/invoices/drafts/9021").answer(200, other).times(1);
    EXPECT_EQ(books.deliver(document, "key-1").code, "document.gone") << "the number is another draft's now";
    host.http("GET", base + "/invoices/drafts/9021").answer(200, order_answer()).check(is_read);
    host.http("POST", base + "/invoices/booked")
        .answer(201, with(order_answer(), "bookedInvoiceNumber", 20417))
        .check(is_write);
    EXPECT_TRUE(books.deliver(document, "key-1").ok());
}

TEST_F(Calls, AnOrderThatWasSentIsClosed) {
    host.http("GET", base + "/orders/drafts/501").answer(404, R"({"errorCode":"E06000"})");
    host.http("GET", base + "/orders/sent/501").answer(200, order_answer());
    EXPECT_EQ(books.deliver(with(with(order_document(), "op", "update"), "id", "order-501"), "key-1").code,
              "document.closed");
    EXPECT_EQ(books.deliver(with(with(order_document(), "op", "update"), "id", "../self"), "key-1").code,
              "document.gone");
}

TEST_F(Calls, CustomerIsCreatedAndChangedByReadingAndReplacing) {
    host.http("POST", base + "/customers").answer(201, customer_answer()).check(is_write);
    Outcome got = books.deliver(json(R"({"op":"create","type":"customer","kind":"company","fields":{"kind":"company",
        "name":"Nordlys Kontor ApS","currency":"DKK","group":"1","payment_term":"2","zone":"1",
        "organisation_number":"12345674","address":{"line1":"Havnegade 12","line2":"2. sal","country":"Danmark"}}})"),
                                "key-1");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["kind"].string(), "company");
    EXPECT_EQ(got.result["changed"], Json::object());
    EXPECT_EQ(got.result["fields"]["address"]["country"].string(), "DK");
    EXPECT_EQ(got.result["keys"]["email"], json(R"(["faktura@example.com","kasse@example.com"])"));

    host.http("GET", base + "/customers/1042").answer(200, customer_answer());
    Json stored = customer_answer();
    stored.set("address", "Kajen 1\n2. sal");
    host.http("PUT", base + "/customers/1042").answer(200, stored).check(is_write);
    got = books.deliver(json(R"({"op":"update","type":"customer","id":"1042","fields":{"address":{"line1":"Kajen 1"},
        "organisation_number":""}})"),
                        "key-1");
    ASSERT_TRUE(got.ok()) << got.text();
    const Json sent = host.requests()[2].body_json();
    EXPECT_EQ(sent["address"].string(), "Kajen 1\n2. sal");
    EXPECT_EQ(sent["creditLimit"].text(), "5000.00");
    EXPECT_FALSE(sent.has("corporateIdentificationNumber"));
    EXPECT_FALSE(sent.has("balance"));

    host.http("GET", base + "/customers/1043").answer(404, R"({"errorCode":"E06000"})");
    EXPECT_EQ(books.deliver(json(R"({"op":"update","type":"customer","id":"1043","fields":{}})"), "key-1").code,
              "reference.gone");
}

TEST_F(Calls, ProductIsCreatedAndADuplicateTold) {
    const Json document = json(R"({"op":"create","type":"product","kind":"article","fields":{"sku":"SHIRT-M",
        "name":"T-shirt, M","price":160.00,"price_includes_tax":false,"treatment":"1","unit":"1","service":false}})");
    host.http("POST", base + "/products").answer(201, product_answer()).check(is_write);
    Outcome got = books.deliver(document, "key-1");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(host.requests()[0].body_json(), json(R"({"productNumber":"SHIRT-M","name":"T-shirt, M",
        "salesPrice":160.00,"productGroup":{"productGroupNumber":1},"unit":{"unitNumber":1}})"));
    EXPECT_EQ(got.result["fields"]["stock"].text(), "5.0");
    host.http("POST", base + "/products").answer(400, R"({"errorCode":"E06010"})");
    EXPECT_EQ(books.deliver(document, "key-1").code, "product.exists");
}

TEST_F(Calls, ProductIsChangedByReadingAndReplacing) {
    Json present = product_answer();
    present.set("productNumber", "SHIRT.M").set("costPrice", 70).set("barred", true);
    present.set("inventory", json(R"({"inStock":5,"recommendedCostPrice":60})"));
    const std::string path = base + "/products/SHIRT_11_M";
    host.http("GET", path).answer(200, present);
    host.http("PUT", path).answer(200, present).check(is_write);
    const Json document = json(R"({"op":"update","type":"product","kind":"article","id":"SHIRT.M",
        "fields":{"name":"Shirt","price":88,"price_includes_tax":false,"treatment":"2","active":true}})");
    const Outcome got = books.deliver(document, "key-1");
    ASSERT_TRUE(got.ok()) << got.text();
    const Json sent = host.requests()[1].body_json();
    EXPECT_EQ(sent["productNumber"].string(), "SHIRT.M");
    EXPECT_EQ(sent["name"].string(), "Shirt");
    EXPECT_EQ(sent["salesPrice"], json("88"));
    EXPECT_EQ(sent["productGroup"], json(R"({"productGroupNumber":2})"));
    EXPECT_EQ(sent["costPrice"], json("70")) << "what a PUT leaves out is cleared";
    EXPECT_EQ(sent["barred"], Json{false});
    EXPECT_EQ(sent["inventory"], json(R"({"recommendedCostPrice":60})"));
    EXPECT_FALSE(sent.has("self"));
    EXPECT_FALSE(sent.has("lastUpdated"));
    EXPECT_EQ(got.result["changed"]["price"].text(), present["salesPrice"].text()) << "stored otherwise";

    host.http("GET", path).answer(404, R"({"errorCode":"E06000"})");
    EXPECT_EQ(books.deliver(document, "key-1").code, "reference.gone") << "a PUT would make it";
}

TEST_F(Calls, ARefusalNamesFieldsAndNoValues) {
    host.http("POST", base + "/orders/drafts").answer(400, R"({"message":"Validation error for Anna.",
        "logId":"77-CPH","errors":{"recipient":{"name":{"errors":[{"errorCode":"E04042","value":"Anna"}]}},
        "lines":[{"arrayIndex":1,"unitNetPrice":{"errors":[{"errorCode":"E04740","value":10.12345}]}}]}})");
    const Outcome got = books.deliver(order_document(), "key-1");
    EXPECT_EQ(got.status, BRYGGA_REJECTED);
    EXPECT_FALSE(got.outcome_unknown);
    EXPECT_NE(got.message.find("name (E04042), line 2 unit_price (E04740)"), std::string::npos) << got.message;
    EXPECT_NE(got.message.find("77-CPH"), std::string::npos);
    EXPECT_EQ(got.message.find("Anna"), std::string::npos);
    EXPECT_EQ(got.message.find("10.12"), std::string::npos);
}

TEST_F(Calls, RefusalsHaveTheirClass) {
    const auto refused = [&](int status, const char* body) {
        host.http("POST", base + "/orders/drafts").answer(status, body).header("retry-after", "7");
        return books.deliver(order_document(), "key-1");
    };
    Outcome got = refused(400, R"({"errors":{"customer":{"errors":[{"errorCode":"E06000"}]}}})");
    EXPECT_EQ(got.code, "reference.gone");
    got = refused(403, R"({"errorCode":"AccessDeniedAgreementMissingModules"})");
    EXPECT_EQ(got.status, BRYGGA_MISCONFIGURED);
    got = refused(429, "");
    EXPECT_EQ(got.status, BRYGGA_RATE_LIMITED);
    EXPECT_EQ(got.retry_after_ms, 7000);
    got = refused(500, "{}");
    EXPECT_EQ(got.status, BRYGGA_TRANSIENT);
    EXPECT_TRUE(got.outcome_unknown);
    got = refused(201, "{}");
    EXPECT_EQ(got.code, "answer.unreadable");
    EXPECT_TRUE(got.outcome_unknown);
}

TEST_F(Calls, AStoredRefusalIsAskedAgainUnderAnotherKeyAndAStoredFaultIsNot) {
    host.http("POST", base + "/orders/drafts").answer(400, "{}").header("x-resultfromcache", "true");
    host.http("POST", base + "/orders/drafts").answer(201, order_answer());
    EXPECT_TRUE(books.deliver(order_document(), "key-1").ok());
    EXPECT_NE(host.requests()[0].header("Idempotency-Key"), host.requests()[1].header("Idempotency-Key"));
    host.http("POST", base + "/orders/drafts").answer(500, "{}").header("x-resultfromcache", "true");
    EXPECT_TRUE(books.deliver(order_document(), "key-1").outcome_unknown);
    EXPECT_NE(header_key("k", "a"), header_key("k", "b"));
}

TEST_F(Calls, ProductGroupsAreTreatmentsWithTheRatesOfEachZone) {
    host.http("GET", base + "/vat-accounts?skippages=0&pagesize=1000")
        .answer(200, page_of({json(R"({"vatCode":"U25","ratePercentage":25.0})")}));
    host.http("GET", base + "/product-groups?skippages=0&pagesize=1000")
        .answer(200, page_of({json(R"({"productGroupNumber":1,"name":"Varer m/moms"})")}));
    host.http("GET", base + "/product-groups/1/sales-accounts?skippages=0&pagesize=1000")
        .answer(200,
                page_of({json(R"({"salesAccount":{"vatAccount":{"vatCode":"U25"}},"vatZone":{"vatZoneNumber":1}})"),
                         json(R"({"salesAccount":{},"vatZone":{"vatZoneNumber":3}})"),
                         json(R"({"salesAccount":{"vatAccount":{"vatCode":"X"}},"vatZone":{"vatZoneNumber":2}})")}));
    const Outcome got = books.options("tax_treatment");
    ASSERT_TRUE(got.ok()) << got.text();
    ASSERT_EQ(got.rows.size(), 1u);
    EXPECT_EQ(got.rows[0]["id"].string(), "1");
    EXPECT_EQ(got.rows[0]["attributes"]["rate"].text(), "25.0");
    EXPECT_EQ(got.rows[0]["attributes"]["rates"], json(R"({"domestic":25.0,"eu_consumer":25.0,"export":0})"));
}

TEST_F(Calls, OptionsTellTheirDefaultAndWhatIsOver) {
    host.http("GET", base + "/self").answer(200, self_answer());
    host.http("GET", base + "/payment-terms*")
        .answer(200, page_of({json(R"({"paymentTermsNumber":1,"name":"Kontant"})"),
                              json(R"({"paymentTermsNumber":2,"name":"Netto 8 dage","daysOfCredit":8})")}));
    Outcome got = books.options("payment_term");
    ASSERT_EQ(got.rows.size(), 2u);
    EXPECT_FALSE(got.rows[0]["attributes"].has("default"));
    EXPECT_TRUE(got.rows[1]["attributes"]["default"].boolean());
    host.http("GET", base + "/layouts*")
        .answer(200, page_of({json(R"({"layoutNumber":21,"name":"Gammel","deleted":true})")}));
    got = books.options("layout");
    EXPECT_FALSE(got.rows[0]["active"].boolean(true));
    host.http("GET", base + "/vat-zones*")
        .answer(200, page_of({json(R"({"vatZoneNumber":2,"name":"EU","enabledForCustomer":true})")}));
    got = books.options("vat_zone");
    EXPECT_EQ(got.rows[0]["attributes"]["case"].string(), "reverse_charge");
    EXPECT_EQ(books.options("planet").status, BRYGGA_UNSUPPORTED);
}

}  // namespace
}  // namespace brygga::economic
