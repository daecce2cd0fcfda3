// The calls that write, and those about the company, over the plugin border.
#include "samples.h"

namespace brygga::eaccounting {
namespace {

using testing::HttpCall;
using testing::Outcome;

class Calls : public Connected {};

std::string is_read(const HttpCall& call) {
    if (call.request["secret_headers"]["Authorization"].string() != "Bearer ${access_token}") return "no token";
    if (call.header("Accept") != "application/json") return "no accept header";
    return call.request["read"].boolean() && call.request["idempotent"].boolean() && call.body.empty() ? ""
                                                                                                       : "not a read";
}
std::function<std::string(const HttpCall&)> is_write(bool idempotent) {
    return [=](const HttpCall& call) -> std::string {
        if (call.request["secret_headers"]["Authorization"].string() != "Bearer ${access_token}") return "no token";
        if (call.header("Content-Type") != "application/json") return "no content type";
        if (call.request["idempotent"].boolean() != idempotent) return "idempotent is wrong";
        return call.request["read"].boolean() ? "marked read" : "";
    };
}

TEST_F(Calls, CheckReadsTheCompanySettings) {
    host.http("GET", base + "/companysettings").answer(200, R"({"CompanyStatus":1})").check(is_read);
    EXPECT_TRUE(books.check().ok());
}

TEST_F(Calls, CheckTellsAnInactiveCompanyAndARefusedToken) {
    host.http("GET", base + "/companysettings").answer(200, R"({"CompanyStatus":2})");
    Outcome got = books.check();
    EXPECT_EQ(got.status, BRYGGA_MISCONFIGURED);
    EXPECT_EQ(got.code, "company.inactive");
    EXPECT_FALSE(got.remedy.empty());
    host.http("GET", base + "/companysettings").answer(401, refusal(4005));
    got = books.check();
    EXPECT_EQ(got.status, BRYGGA_AUTH);
    EXPECT_EQ(got.remote_status, 401u);
    host.http("GET", base + "/companysettings").answer(200, "<html>login</html>");
    EXPECT_EQ(books.check().code, "answer.unreadable");
}

TEST_F(Calls, DescribeTellsTheCompany) {
    host.http("GET", base + "/companysettings")
        .answer(200, R"({"ProductVariant":4,"CompanyIdentifier":"co-1","CountryCode":"SE"})");
    const Outcome got = books.describe();
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["account"]["id"].string(), "co-1");
    EXPECT_EQ(got.result["operations"]["document"]["create"], json(R"(["invoice_draft"])"));
}

TEST_F(Calls, CustomerIsCreatedWithOneRequest) {
    host.http("POST", base + "/customers").answer(201, customer_answer()).check(is_write(false));
    const Outcome got =
        books.deliver(json(R"({"op":"create","type":"customer","kind":"person","fields":{"name":"Anna Lindqvist",
        "address":{"city":"Stockholm","postal_code":"11122"},"payment_term":"3c1f0a52-0f5e-4b7e-9d0a-6a1f2f6f0b11"}})"));
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["number"].string(), "1042");
    EXPECT_EQ(got.result["changed"], Json::object());
    EXPECT_EQ(host.requests().size(), 1u);
    EXPECT_TRUE(host.requests()[0].body_json()["IsPrivatePerson"].boolean());
}

TEST_F(Calls, CustomerIsChangedByReadingAndReplacing) {
    const std::string path = base + "/customers/6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f";
    host.http("GET", path).answer(200, customer_answer()).check(is_read);
    host.http("PUT", path).answer(200, customer_answer()).check(is_write(true));
    const Outcome got =
        books.deliver(json(R"({"op":"update","type":"customer","id":"6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f",
        "fields":{"phone":"+46701234567"}})"));
    ASSERT_TRUE(got.ok()) << got.text();
    const Json sent = host.requests()[1].body_json();
    EXPECT_EQ(sent["Name"].string(), "Anna Lindqvist");
    EXPECT_EQ(sent["IsPrivatePerson"], Json{true});
    EXPECT_FALSE(sent.has("Id"));
}

TEST_F(Calls, AnIdNeverLeavesItsPlaceInTheAddress) {
    host.http("GET", base + "/customers/..%2Forders%3Fa%3D1%23").answer(404);
    const Outcome got = books.deliver(json(R"({"op":"update","type":"customer","id":"../orders?a=1#","fields":{}})"));
    EXPECT_EQ(got.status, BRYGGA_REJECTED);
    EXPECT_EQ(got.code, "reference.gone");
}

TEST_F(Calls, ArticleIsCreatedAndADuplicateTold) {
    const Json document =
        json(R"({"op":"create","type":"product","kind":"article","fields":{"sku":"MUG-RED","name":"Mug, red",
        "price":100,"price_includes_tax":false,"treatment":"t","unit":"u"}})");
    host.http("POST", base + "/articles").answer(201, article_answer()).check(is_write(false));
    const Outcome got = books.deliver(document);
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["keys"]["sku"].string(), "MUG-RED");
    host.http("POST", base + "/articles").answer(409);
    const Outcome again = books.deliver(document);
    EXPECT_EQ(again.status, BRYGGA_REJECTED);
    EXPECT_EQ(again.code, "product.exists");
    EXPECT_FALSE(again.outcome_unknown);
}

TEST_F(Calls, ArticleIsChangedByReadingAndReplacing) {
    const std::string path = base + "/articles/0b9e8d7c-6f5e-4d3c-9b2a-1f0e9d8c7b6a";
    Json present = article_answer();
    present.set("Note", "Shelf 3").set("StockBalance", 40).set("StockBalanceReserved", 3);
    host.http("GET", path).answer(200, present).check(is_read);
    host.http("PUT", path).answer(200, article_answer()).check(is_write(true));
    const Outcome got = books.deliver(json(R"({"op":"update","type":"product","kind":"article",
        "id":"0b9e8d7c-6f5e-4d3c-9b2a-1f0e9d8c7b6a","fields":{"name":"Mug","price":88,"price_with_tax":110,
        "price_includes_tax":false,"active":false,"ean":"4006381333931"}})"));
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["keys"]["sku"].string(), "MUG-RED");
    const Json sent = host.requests()[1].body_json();
    EXPECT_EQ(sent["Number"].string(), "MUG-RED");
    EXPECT_EQ(sent["Name"].string(), "Mug");
    EXPECT_EQ(sent["NetPrice"], json("88"));
    EXPECT_EQ(sent["GrossPrice"], json("110"));
    EXPECT_EQ(sent["IsActive"], Json{false});
    EXPECT_EQ(sent["Note"].string(), "Shelf 3") << "what a PUT leaves out is cleared";
    EXPECT_EQ(sent["StockBalance"], json("40"));
    EXPECT_EQ(sent["CodingId"], present["CodingId"]);
    for (const char* name : {"Id", "ChangedUtc", "CodingName", "UnitName", "StockBalanceReserved"})
        EXPECT_FALSE(sent.has(name)) << name;

    host.http("GET", path).answer(404);
    const Outcome gone = books.deliver(json(R"({"op":"update","type":"product","kind":"article",
        "id":"0b9e8d7c-6f5e-4d3c-9b2a-1f0e9d8c7b6a","fields":{}})"));
    EXPECT_EQ(gone.code, "reference.gone");
    EXPECT_FALSE(gone.outcome_unknown);
}

TEST_F(Calls, OrderIsCreatedWithOneRequest) {
    host.http("POST", base + "/orders").answer(201, order_answer()).check(is_write(false));
    const Outcome got = books.deliver(order_document(), "a-key");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["id"].string(), "c1d2e3f4-a5b6-4c7d-8e9f-0a1b2c3d4e5f");
    EXPECT_EQ(got.result["keys"]["reference"].string(), "100234");
    EXPECT_FALSE(got.result["fields"]["prices_include_tax"].boolean(true));
    EXPECT_EQ(got.result["totals"]["gross"], json("300"));
    EXPECT_EQ(got.result["changed"], Json::object());
    EXPECT_EQ(got.result["notices"], Json::array());
    ASSERT_EQ(host.requests().size(), 1u);
    EXPECT_EQ(host.requests()[0].request.dump().find("a-key"), std::string::npos);
}

TEST_F(Calls, DraftIsCreated) {
    Json document = order_document();
    document.set("kind", "invoice_draft");
    host.http("POST", base + "/customerinvoicedrafts").answer(201, draft_answer());
    const Outcome got = books.deliver(document);
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["kind"].string(), "invoice_draft");
    EXPECT_EQ(got.result["totals"]["tax"], json("60"));
}

TEST_F(Calls, OrderIsChangedByReadingAndReplacing) {
    Json document = order_document();
    document.set("op", "update");
    document.set("id", "c1d2");
    host.http("GET", base + "/orders/c1d2").answer(200, order_answer());
    host.http("PUT", base + "/orders/c1d2").answer(200, order_answer()).check(is_write(true));
    const Outcome got = books.deliver(document);
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(host.requests()[1].body_json()["OurReference"].string(), "Kim");
}

TEST_F(Calls, AShippedOrderIsNotChanged) {
    Json shipped = order_answer();
    shipped.set("Status", 3);
    host.http("GET", base + "/orders/c1d2").answer(200, shipped);
    const Outcome got = books.deliver(
        json(R"({"op":"update","type":"document","kind":"order","id":"c1d2","reference":"1","fields":{},"lines":[]})"));
    EXPECT_EQ(got.status, BRYGGA_REJECTED);
    EXPECT_EQ(got.code, "document.closed");
    EXPECT_FALSE(got.outcome_unknown);
}

TEST_F(Calls, ACustomerWhoIsNotThereAnyMoreIsToldAsGone) {
    for (const auto& [status, body] : {std::pair{404, std::string{}}, std::pair{404, refusal(3000).dump()}}) {
        host.http("GET", base + "/customers/c1").answer(status, body);
        const Outcome got = books.deliver(json(R"({"op":"update","type":"customer","id":"c1","fields":{"city":"x"}})"));
        EXPECT_EQ(got.status, BRYGGA_REJECTED);
        EXPECT_EQ(got.code, "reference.gone");
        EXPECT_FALSE(got.outcome_unknown);
    }
}

TEST_F(Calls, ADocumentThatIsNotThereAnyMoreIsToldAsGone) {
    for (const auto& [status, body] :
         {std::pair{404, std::string{}}, std::pair{404, refusal(3000).dump()}, std::pair{400, refusal(3000).dump()}}) {
        host.http("GET", base + "/customerinvoicedrafts/c1d2").answer(status, body);
        const Outcome got = books.deliver(json(
            R"({"op":"update","type":"document","kind":"invoice_draft","id":"c1d2","reference":"1","fields":{},"lines":[]})"));
        EXPECT_EQ(got.status, BRYGGA_REJECTED);
        EXPECT_EQ(got.code, "document.gone");
        EXPECT_FALSE(got.outcome_unknown);
    }
    // Another server at that address says nothing about a document.
    host.http("GET", base + "/customerinvoicedrafts/c1d2").answer(404, "<html>nginx</html>");
    const Outcome got = books.deliver(json(
        R"({"op":"update","type":"document","kind":"invoice_draft","id":"c1d2","reference":"1","fields":{},"lines":[]})"));
    EXPECT_EQ(got.code, "http.address");
}

TEST_F(Calls, UnclearWritesAreTold) {
    const auto order = [&] { return books.deliver(order_document()); };
    host.http("POST", base + "/orders").answer(500, "");
    Outcome got = order();
    EXPECT_EQ(got.status, BRYGGA_TRANSIENT);
    EXPECT_TRUE(got.outcome_unknown);
    for (const char* body : {"", "<html>ok</html>", "{\"Id\":\"c1d2e3f4", "{}", "[]", "null", R"({"Id":""})"}) {
        host.http("POST", base + "/orders").answer(201, body);
        got = order();
        EXPECT_EQ(got.status, BRYGGA_TRANSIENT) << body;
        EXPECT_EQ(got.code, "answer.unreadable") << body;
        EXPECT_TRUE(got.outcome_unknown) << body;
    }
    host.http("POST", base + "/orders").fail(BRYGGA_TRANSIENT, "http.timeout", true);
    got = order();
    EXPECT_EQ(got.code, "http.timeout");
    EXPECT_TRUE(got.outcome_unknown);
    EXPECT_EQ(got.failures, 1);
}

TEST_F(Calls, DefiniteRefusalsAreNoDoubt) {
    host.http("POST", base + "/orders").answer(429, refusal(4010, "Try again in 12 seconds."));
    Outcome got = books.deliver(order_document());
    EXPECT_EQ(got.status, BRYGGA_RATE_LIMITED);
    EXPECT_EQ(got.retry_after_ms, 12'000);
    EXPECT_FALSE(got.outcome_unknown);
    host.http("POST", base + "/orders").answer(400, refusal(4024));
    got = books.deliver(order_document());
    EXPECT_EQ(got.status, BRYGGA_REJECTED);
    EXPECT_NE(got.message.find("order 100234"), std::string::npos) << got.message;
    EXPECT_FALSE(got.outcome_unknown);
}

TEST_F(Calls, AReadThatFailsBeforeAPutIsNoDoubt) {
    host.http("GET", base + "/orders/c1d2").answer(500);
    const Outcome got =
        books.deliver(json(R"({"op":"update","type":"document","kind":"order","id":"c1d2","fields":{}})"));
    EXPECT_EQ(got.status, BRYGGA_TRANSIENT);
    EXPECT_FALSE(got.outcome_unknown);
}

TEST_F(Calls, ADraftIsBookedWithOneRequestAndKeepsItsDate) {
    host.http("POST", base + "/customerinvoicedrafts/d1/convert?keepOriginalDraftDate=true")
        .answer(201, R"({"Id":"i1","InvoiceNumber":1001,"InvoiceDate":"2026-03-01T00:00:00","CurrencyCode":"SEK",
            "CustomerId":"c1","BuyersOrderReference":"100234","TotalAmountInvoiceCurrency":125.00,
            "TotalVatAmountInvoiceCurrency":25.00,"TotalRoundings":0,"IncludesVat":true,
            "VatSpecification":[{"AmountInvoiceCurrency":100.00,"VatAmountInvoiceCurrency":25.00,"VatPercent":25}]})")
        .check(is_write(false));
    const Outcome got = books.deliver(json(R"({"op":"book","type":"document","kind":"invoice_draft","id":"d1",
        "reference":"100234","fields":{}})"));
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["id"].string(), "i1");
    EXPECT_EQ(got.result["number"].string(), "1001");
    EXPECT_EQ(got.result["kind"].string(), "invoice");
    EXPECT_EQ(got.result["state"].string(), "booked");
    EXPECT_EQ(*got.result["totals"]["gross"].decimal(), Decimal{125});
}

TEST_F(Calls, ACreditNoteIsWrittenAndBookedAsADraft) {
    Json answer = draft_answer();
    answer.set("IsCreditInvoice", true).set("BuyersOrderReference", "100234/C1");
    host.http("POST", base + "/customerinvoicedrafts").answer(201, answer).check(is_write(false));
    Json document = order_document();
    document.set("op", "credit").set("kind", "credit_note_draft").set("reference", "100234/C1");
    Outcome got = books.deliver(document);
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_TRUE(host.requests()[0].body_json()["IsCreditInvoice"].boolean());
    EXPECT_EQ(got.result["kind"].string(), "credit_note_draft");
    EXPECT_EQ(got.result["state"].string(), "draft");
    EXPECT_EQ(host.requests().size(), 1u);

    host.http("POST", base + "/customerinvoicedrafts/d1/convert?keepOriginalDraftDate=true")
        .answer(201, R"({"Id":"i1","InvoiceNumber":1002,"IsCreditInvoice":true,"BuyersOrderReference":"100234/C1",
            "TotalAmountInvoiceCurrency":-125.00,"TotalVatAmountInvoiceCurrency":-25.00})")
        .check(is_write(false));
    got = books.deliver(json(R"({"op":"book","type":"document","kind":"credit_note_draft","id":"d1",
        "reference":"100234/C1","fields":{}})"));
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(got.result["kind"].string(), "credit_note");
    EXPECT_EQ(got.result["state"].string(), "booked");
    EXPECT_EQ(*got.result["totals"]["gross"].decimal(), Decimal{125});
}

TEST_F(Calls, ADraftThatCannotBeBookedIsGoneOrRefused) {
    const Json document = json(R"({"op":"book","type":"document","kind":"invoice_draft","id":"d1","fields":{}})");
    const std::string convert = base + "/customerinvoicedrafts/d1/convert?*";
    host.http("POST", convert).answer(404, refusal(3000)).times(1);
    host.http("GET", base + "/customerinvoicedrafts/d1").answer(404, refusal(3000)).times(1);
    EXPECT_EQ(books.deliver(document).code, "document.gone");
    host.http("POST", convert).answer(404, refusal(3000)).times(1);
    host.http("GET", base + "/customerinvoicedrafts/d1").answer(200, R"({"Id":"d1"})");
    EXPECT_EQ(books.deliver(document).code, "reference.gone") << "the draft is there, something else is not";
    host.http("POST", convert).answer(400, refusal(4026));
    EXPECT_EQ(books.deliver(document).code, "4026");
}

TEST_F(Calls, APaymentIsRegisteredOnItsInvoice) {
    host.http("POST", base + "/customerinvoices/i1/payments")
        .answer(201, R"({"PaymentAmount":125.0})")
        .check(is_write(false));
    const Outcome got = books.deliver(json(R"({"op":"create","type":"payment","kind":"customer_payment",
        "reference":"100234","fields":{"document":"i1","number":"1001","amount":125.00,"currency":"SEK",
        "date":"2026-03-01","account":"b1","text":"100234"}})"));
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(host.requests()[0].body_json(),
              json(R"({"CompanyBankAccountId":"b1","PaymentDate":"2026-03-01","PaymentAmount":125.00,
        "PaymentCurrency":"SEK","PaymentType":2,"Reference":"100234"})"));
    EXPECT_EQ(got.result["kind"].string(), "customer_payment");
}

TEST_F(Calls, WhatNoLongerRemainsOfAnInvoiceIsPaid) {
    const auto asked = [&] {
        return books.find(json(R"({"type":"payment","keys":[{"n":0,"by":"document","value":"i1"}]})"));
    };
    const std::string invoice = base + "/customerinvoices/i1";
    host.http("GET", invoice)
        .answer(200, R"({"Id":"i1","TotalAmountInvoiceCurrency":125.0,"RemainingAmountInvoiceCurrency":125.00})")
        .times(1);
    EXPECT_EQ(asked().rows.size(), 0u);
    host.http("GET", invoice)
        .answer(200, R"({"Id":"i1","TotalAmountInvoiceCurrency":125.0,"RemainingAmountInvoiceCurrency":0})")
        .times(1);
    const Outcome paid = asked();
    ASSERT_EQ(paid.rows.size(), 1u) << paid.text();
    EXPECT_EQ(paid.rows[0]["keys"]["document"].string(), "i1");
    host.http("GET", invoice).answer(200, R"({"Id":"i1"})");
    EXPECT_FALSE(asked().ok()) << "what cannot be read is not 'unpaid'";
}

TEST_F(Calls, OtherOperationsAreUnsupported) {
    for (const char* document :
         {R"({"op":"book","type":"document","kind":"order"})", R"({"op":"create","type":"stock"})",
          R"({"op":"credit","type":"document","kind":"order"})",
          R"({"op":"create","type":"document","kind":"invoice"})", "{}"})
        EXPECT_EQ(books.deliver(json(document)).status, BRYGGA_UNSUPPORTED) << document;
    EXPECT_EQ(books.options("layout").status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(books.list("stock").status, BRYGGA_UNSUPPORTED);
    EXPECT_EQ(books.poll("order").status, BRYGGA_UNSUPPORTED);
}

TEST_F(Calls, OptionsAreReadToTheLastPage) {
    host.http("GET", base + "/companysettings").answer(200, R"({"TermsOfPaymentId":"t2"})");
    host.http("GET", base + "/termsofpayments?$pagesize=1000&$page=1")
        .answer(200, page_of({json(R"({"Id":"t1","Name":"10"})")}, 1, 2))
        .check(is_read);
    host.http("GET", base + "/termsofpayments?$pagesize=1000&$page=2")
        .answer(200, page_of({json(R"({"Id":"t2","Name":"30"})"), json("7")}, 2, 2));
    const Outcome got = books.options("payment_term");
    ASSERT_TRUE(got.ok()) << got.text();
    ASSERT_EQ(got.rows.size(), 2u);
    EXPECT_FALSE(got.rows[0]["attributes"].has("default"));
    EXPECT_TRUE(got.rows[1]["attributes"]["default"].boolean());
}

TEST_F(Calls, OptionsOfEveryKindAreThere) {
    host.http("GET", base + "/companysettings").answer(200, R"({"CurrencyCode":"SEK"})").times(0);
    for (const auto& [kind, path] : {std::pair{"unit", "/units"},
                                     {"tax_treatment", "/articleaccountcodings"},
                                     {"vat_code", "/vatcodes"},
                                     {"delivery_method", "/deliverymethods"},
                                     {"delivery_term", "/deliveryterms"},
                                     {"bank_account", "/bankaccounts"}}) {
        host.http("GET", base + path + "?*").answer(200, page_of({json(R"({"Id":"i","Name":"n","Code":"c"})")}));
        EXPECT_EQ(books.options(kind).rows.size(), 1u) << kind;
    }
    host.http("GET", base + "/currencies?*").answer(200, R"([{"Code":"SEK"},{"Code":"EUR"}])");
    EXPECT_EQ(books.options("currency").rows.size(), 2u);
    EXPECT_EQ(books.options("company_setting").rows.size(), 1u);
}

TEST_F(Calls, AMissingScopeIsTold) {
    host.http("GET", base + "/vatcodes?*").answer(403, refusal(4006));
    const Outcome got = books.options("vat_code");
    EXPECT_EQ(got.status, BRYGGA_MISCONFIGURED);
    EXPECT_EQ(got.code, "4006");
}

}  // namespace
}  // namespace brygga::eaccounting
