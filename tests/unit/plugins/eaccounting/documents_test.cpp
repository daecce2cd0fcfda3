#include "documents.h"

#include "samples.h"
#include "unit/plugins/within.h"

namespace brygga::eaccounting {
namespace {

constexpr DocumentKind quote = DocumentKind::quote, order = DocumentKind::order, draft = DocumentKind::invoice_draft;

TEST(Order, IsSentAsTheVendorsSample) {
    EXPECT_EQ(new_document(order, order_document()), json(R"({"CustomerId":"6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f",
        "CurrencyCode":"SEK","OrderDate":"2026-03-02","Status":2,"EuThirdParty":false,"RotReducedInvoicingType":0,
        "ReverseChargeOnConstructionServices":false,"BuyersOrderReference":"100234","YourReference":"Anna Lindqvist",
        "DeliveryCustomerName":"Anna Lindqvist","DeliveryAddress1":"Storgatan 5","DeliveryPostalCode":"11122",
        "DeliveryCity":"Stockholm","DeliveryCountryCode":"SE","Rows":[
        {"LineNumber":1,"IsTextRow":false,"IsWorkCost":false,"EligibleForReverseChargeOnVat":false,
         "ArticleId":"0b9e8d7c-6f5e-4d3c-9b2a-1f0e9d8c7b6a","Text":"Mug, red","Quantity":2,"UnitPrice":100.00,"DiscountPercentage":0.1},
        {"LineNumber":2,"IsTextRow":false,"IsWorkCost":false,"EligibleForReverseChargeOnVat":false,
         "ArticleId":"5a4b3c2d-1e0f-4a9b-8c7d-6e5f4a3b2c1d","Text":"Freight","Quantity":1,"UnitPrice":60.00},
        {"LineNumber":3,"IsTextRow":true,"IsWorkCost":false,"EligibleForReverseChargeOnVat":false,"Text":"Leave at the door"}]})"));
}

TEST(Quote, IsSentWithoutWhatTheVendorFillsIn) {
    EXPECT_EQ(new_document(quote, order_document()), json(R"({"CustomerId":"6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f",
        "QuoteDate":"2026-03-02","EuThirdParty":false,"RotReducedInvoicingType":0,"BuyersOrderReference":"100234",
        "CustomerReference":"Anna Lindqvist","Rows":[
        {"ArticleId":"0b9e8d7c-6f5e-4d3c-9b2a-1f0e9d8c7b6a","Text":"Mug, red","Quantity":2,"UnitPrice":100.00,"DiscountPercentage":0.1},
        {"ArticleId":"5a4b3c2d-1e0f-4a9b-8c7d-6e5f4a3b2c1d","Text":"Freight","Quantity":1,"UnitPrice":60.00},
        {"Text":"Leave at the door"}]})"));
    Json other_terms = order_document();
    other_terms.member("fields").set("payment_term", "t2");
    EXPECT_EQ(new_document(quote, other_terms)["TermsOfPayment"], json(R"({"Id":"t2"})"));
}

TEST(Quote, IsChangedWithoutWhatIsReadOnlyAndWithOneSetOfTerms) {
    Json document = order_document();
    document.member("fields").set("payment_term", "t2");
    document.erase("lines");
    const Json body = changed_document(quote, document, json(R"({"Id":"q","Status":1,"Number":5,"CurrencyCode":"SEK",
        "DeliveryCity":"Lund","TermsOfPayment":{"Id":"t1","Name":"30 dagar","NumberOfDays":30},"DueDate":"2026-04-02",
        "Rows":[{"Id":"r","LineNumber":1,"IsTextRow":false,"ArticleNumber":"MUG","ArticleId":"a","Quantity":1,"VatRate":0.25}]})"));
    EXPECT_EQ(body["TermsOfPayment"], json(R"({"Id":"t2"})"));
    EXPECT_EQ(body["DueDate"].string(), "2026-04-02");
    EXPECT_EQ(body["Rows"], json(R"([{"ArticleId":"a","Quantity":1}])"));
    for (const char* name : {"Id", "Status", "Number", "CurrencyCode", "DeliveryCity"})
        EXPECT_FALSE(body.has(name)) << name;
}

TEST(Quote, IsOpenUntilItIsAgreedOn) {
    const auto state = [](int status) {
        return std::string{document_row(quote, Json::object({{"Id", "q"}, {"Status", status}}))["state"].string()};
    };
    EXPECT_EQ(state(1), "open");
    EXPECT_EQ(state(2), "closed");
    EXPECT_TRUE(is_final(quote, json(R"({"Id":"q","Status":2})")));
    EXPECT_EQ(totals(quote, json(R"({"TotalAmount":125,"VatAmount":25,"RoundingsAmount":0,
        "Rows":[{"ArticleId":"a","Amount":100,"VatRate":0.25}]})"))["gross"]
                  .decimal(),
              Decimal{125});
}

TEST(Order, NumbersKeepTheirText) {
    Json document = order_document();
    document.set(
        "lines",
        json(
            R"([{"kind":"article","article":"a","text":"t","quantity":0.3333,"unit_price":12.3450,"discount_percent":33.33}])"));
    const std::string sent = new_document(order, document)["Rows"].dump();
    EXPECT_NE(sent.find(R"("Quantity":0.3333,"UnitPrice":12.3450,"DiscountPercentage":0.3333)"), std::string::npos)
        << sent;
}

TEST(Whole, WhatIsWrittenIsReadBackInTheSameNames) {
    for (const DocumentKind kind : {order, draft}) {
        const Json document = order_document();
        Json stored = new_document(kind, document);
        stored.set("Id", "x");
        if (kind == draft) stored.set("InvoiceCurrencyCode", "SEK").set("InvoiceDate", "2026-03-02T00:00:00Z");
        const Json row = whole_document_row(kind, stored);
        expect_within(document["fields"], row["fields"], "fields");
        ASSERT_EQ(row["lines"].size(), document["lines"].size());
        for (std::size_t i = 0; i < row["lines"].size(); ++i) {
            Json line = document["lines"].at(i);
            line.erase("sku");  // the vendor's row has the article alone
            expect_within(line, row["lines"].at(i), "lines");
        }
        EXPECT_EQ(row["keys"]["reference"].string(), "100234");
    }
    EXPECT_EQ(
        whole_document_row(
            draft, json(R"({"Id":"x","InvoiceCustomerName":"Anna","InvoiceCity":"Lund"})"))["fields"]["address"]["city"]
            .string(),
        "Lund");
    EXPECT_EQ(whole_document_row(order, json(R"({"Id":"x","Rows":"?"})"))["lines"].size(), 0u);
}

TEST(Order, ExtrasNeverReplaceWhatTheConnectorAnswersFor) {
    Json document = order_document();
    document.member("fields").set("x",
                                  json(R"({"Rows":[],"BuyersOrderReference":"no","ShippedDateTime":"2026-03-03"})"));
    const Json body = new_document(order, document);
    EXPECT_EQ(body["BuyersOrderReference"].string(), "100234");
    EXPECT_EQ(body["Rows"].size(), 3u);
    EXPECT_EQ(body["ShippedDateTime"].string(), "2026-03-03");
}

TEST(Draft, IsSentAsTheVendorsSample) {
    Json document = order_document();
    document.set("kind", "invoice_draft");
    document.set("fields",
                 json(R"({"customer":"6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f","currency":"SEK","date":"2026-03-02",
        "due_date":"2026-04-01","your_reference":"Anna Lindqvist"})"));
    Json lines = document["lines"];
    lines.items_for_writing().pop_back();
    document.set("lines", lines);
    EXPECT_EQ(new_document(draft, document),
              json(R"({"CustomerId":"6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f","EuThirdParty":false,
        "RotReducedInvoicingType":0,"InvoiceDate":"2026-03-02","DueDate":"2026-04-01","BuyersOrderReference":"100234",
        "YourReference":"Anna Lindqvist","Rows":[
        {"IsTextRow":false,"ReversedConstructionServicesVatFree":false,"ArticleId":"0b9e8d7c-6f5e-4d3c-9b2a-1f0e9d8c7b6a",
         "Text":"Mug, red","Quantity":2,"UnitPrice":100.00,"DiscountPercentage":0.1},
        {"IsTextRow":false,"ReversedConstructionServicesVatFree":false,"ArticleId":"5a4b3c2d-1e0f-4a9b-8c7d-6e5f4a3b2c1d",
         "Text":"Freight","Quantity":1,"UnitPrice":60.00}]})"));
}

TEST(Draft, BuyerGoesWhereADraftHasRoom) {
    Json document = order_document();
    document.set(
        "fields",
        json(
            R"({"customer":"c","date":"2026-03-02","name":"Anna","address":{"line1":"Storgatan 5","city":"Stockholm"}})"));
    const Json body = new_document(draft, document);
    EXPECT_EQ(body["YourReference"].string(), "Anna");
    EXPECT_EQ(body["DeliveryCustomerName"].string(), "Anna");
    EXPECT_EQ(body["DeliveryCity"].string(), "Stockholm");
    for (const char* name : {"InvoiceCustomerName", "InvoiceCity", "InvoiceAddress1", "CurrencyCode"})
        EXPECT_FALSE(body.has(name)) << name;
    EXPECT_EQ(delivered_document(draft, document, draft_answer())["notices"].size(), 1u);
}

TEST(Update, KeepsOtherFieldsAndDropsWhatIsReadOnly) {
    Json present = order_answer();
    present.set("SomethingNew", "kept");
    const Json document =
        json(R"({"op":"update","reference":"100234","fields":{"your_reference":"Kim","delivery_date":""},
        "lines":[{"kind":"article","article":"a","text":"t","quantity":1,"unit_price":300}]})");
    const Json body = changed_document(order, document, present);
    for (const char* name :
         {"Id", "Amount", "VatAmount", "RoundingsAmount", "DeliveredAmount", "Number", "CustomerNumber", "CustomerName",
          "CustomerIsPrivatePerson", "IncludesVat", "DeliveryMethodId", "CreatedUtc", "ModifiedUtc"})
        EXPECT_FALSE(body.has(name)) << name;
    EXPECT_EQ(body["Status"].integer(), 2);
    EXPECT_EQ(body["CustomerId"], present["CustomerId"]);
    EXPECT_EQ(body["OurReference"].string(), "Kim");
    EXPECT_EQ(body["DeliveryMethodName"].string(), "Post");
    EXPECT_EQ(body["SomethingNew"].string(), "kept");
    EXPECT_EQ(body["YourReference"].string(), "Kim");
    EXPECT_TRUE(body.has("DeliveryDate") && body["DeliveryDate"].is_null());
    EXPECT_EQ(body["Rows"],
              json(R"([{"LineNumber":1,"IsTextRow":false,"IsWorkCost":false,"EligibleForReverseChargeOnVat":false,
        "ArticleId":"a","Text":"t","Quantity":1,"UnitPrice":300}])"));
}

TEST(Update, WithoutLinesKeepsTheRows) {
    const Json body = changed_document(order, json(R"({"op":"update","fields":{}})"), order_answer());
    ASSERT_EQ(body["Rows"].size(), 3u);
    const Json& first = body["Rows"].at(0);
    EXPECT_TRUE(first.has("ProjectId") && first.has("UnitPrice"));
    for (const char* name : {"Id", "Amount", "VatRate"}) EXPECT_FALSE(first.has(name)) << name;
}

TEST(Update, IsFinalOnceShippedOrInvoiced) {
    Json answer = order_answer();
    for (const auto& [status, final] : {std::pair{1, false}, {2, false}, {3, true}, {4, true}}) {
        answer.set("Status", status);
        EXPECT_EQ(is_final(order, answer), final) << status;
    }
    EXPECT_FALSE(is_final(draft, draft_answer()));
}

TEST(Row, OfAnOrder) {
    EXPECT_EQ(document_row(order, order_answer()),
              json(R"({"id":"c1d2e3f4-a5b6-4c7d-8e9f-0a1b2c3d4e5f","number":"317","kind":"order",
        "state":"open","version":"2026-03-02T09:20:11Z","keys":{"reference":"100234"},
        "fields":{"customer":"6d0a1c6e-1a2b-4c3d-8e4f-0a1b2c3d4e5f","currency":"SEK","date":"2026-03-02","prices_include_tax":false},
        "totals":{"net":240,"tax":60,"gross":300,"taxes":[{"rate":25,"base":240,"amount":60}]}})"));
}

TEST(Row, OfADraft) {
    const Json row = document_row(draft, draft_answer());
    EXPECT_EQ(row["kind"].string(), "invoice_draft");
    EXPECT_EQ(row["state"].string(), "draft");
    EXPECT_EQ(row["number"].string(), "");
    EXPECT_EQ(row["version"].string(), "2026-03-02T09:25:40Z");
    EXPECT_EQ(row["fields"]["date"].string(), "2026-03-02");
    EXPECT_EQ(row["fields"]["currency"].string(), "SEK");
    EXPECT_EQ(row["totals"], json(R"({"net":240,"tax":60,"gross":300,"taxes":[{"rate":25,"base":240,"amount":60}]})"));
}

TEST(Result, TellsWhatWasStoredOtherwise) {
    Json answer = order_answer();
    answer.set("YourReference", "Anna");
    answer.set("OrderDate", "2026-03-02T00:00:00Z");
    const Json result = delivered_document(order, order_document(), answer);
    EXPECT_EQ(result["changed"], json(R"({"your_reference":"Anna"})"));
    EXPECT_EQ(result["notices"].size(), 0u);
    EXPECT_TRUE(delivered_document(order, order_document(), json(R"({"Id":"x"})"))["totals"].is_null());
    EXPECT_TRUE(delivered_document(order, order_document(), json(R"({"Id":"x"})")).has("totals"));
}

// IncludesVat and the meaning of Amount are independent of each other: four combinations.
struct Combination {
    bool includes_vat;
    const char* amount;
};
class StatedTotals : public ::testing::TestWithParam<Combination> {};

TEST_P(StatedTotals, AreTheSameHoweverTheyAreStated) {
    const auto& [includes_vat, amount] = GetParam();
    Json answer = order_answer();
    answer.set("IncludesVat", includes_vat);
    answer.set("Amount", json(amount));
    answer.set("VatAmount", json("21.20"));
    answer.set(
        "Rows",
        json(includes_vat ? R"([{"IsTextRow":false,"Amount":100.00,"VatRate":0.25},{"Amount":20.00,"VatRate":0.06},
                                               {"Amount":1.2,"VatRate":0.06},{"IsTextRow":true}])"
                          : R"([{"IsTextRow":false,"Amount":80.00,"VatRate":25},{"Amount":20.00,"VatRate":6},
                                               {"IsTextRow":true,"Amount":null}])"));
    EXPECT_EQ(totals(order, answer), json(R"({"net":100,"tax":21.20,"gross":121.20,
        "taxes":[{"rate":6,"base":20,"amount":1.20},{"rate":25,"base":80,"amount":20}]})"));
}
INSTANTIATE_TEST_SUITE_P(All, StatedTotals,
                         ::testing::Values(Combination{false, "100.00"}, Combination{false, "121.20"},
                                           Combination{true, "100.00"}, Combination{true, "121.20"}));

TEST(Totals, RowsThatContradictTheFlagAreReadAsTheFiguresSay) {
    Json answer = order_answer();
    answer.set("IncludesVat", true);  // but the rows are without tax: 240, of which 60 is exactly 25 %
    EXPECT_EQ(totals(order, answer)["net"], json("240"));
    EXPECT_EQ(totals(order, answer)["gross"], json("300"));
}

TEST(Totals, PerRateOnlyWhenItAddsUp) {
    Json answer = order_answer();
    answer.set("VatAmount", json("60.01"));
    const Json got = totals(order, answer);
    EXPECT_EQ(got["gross"], json("300.01"));
    EXPECT_FALSE(got.has("taxes"));
    answer = order_answer();
    for (Json& row : answer.find("Rows")->items_for_writing()) row.erase("VatRate");
    EXPECT_EQ(totals(order, answer), json(R"({"net":240,"tax":60,"gross":300})"));
}

TEST(Totals, ReverseChargeHasNoTax) {
    Json answer = order_answer();
    answer.set("VatAmount", 0);
    EXPECT_EQ(totals(order, answer), json(R"({"net":240,"tax":0,"gross":240})"));
    for (Json& row : answer.find("Rows")->items_for_writing()) row.set("VatRate", 0);
    EXPECT_EQ(totals(order, answer),
              json(R"({"net":240,"tax":0,"gross":240,"taxes":[{"rate":0,"base":240,"amount":0}]})"));
}

TEST(Totals, RoundingIsPartOfGross) {
    Json answer = order_answer();
    answer.set("RoundingsAmount", json("-0.40"));
    EXPECT_EQ(totals(order, answer)["gross"], json("299.60"));
    EXPECT_EQ(totals(order, answer)["rounding"], json("-0.4"));
    Json bill = draft_answer();
    bill.set("TotalRoundings", json("0.25"));
    bill.set("TotalAmount", json("300.25"));
    EXPECT_EQ(totals(draft, bill)["gross"], json("300.25"));
    EXPECT_EQ(totals(draft, bill)["net"], json("240"));
}

TEST(Totals, DraftWithoutRowsHasItsSums) {
    Json answer = draft_answer();
    answer.erase("Rows");
    EXPECT_EQ(totals(draft, answer), json(R"({"net":240,"tax":60,"gross":300})"));
    Json other = order_answer();
    other.erase("Rows");
    EXPECT_TRUE(totals(order, other).is_null()) << "the meaning of Amount cannot be told";
}

TEST(Totals, ContradictionsAndHostileFiguresGiveNone) {
    Json answer = order_answer();
    answer.set("Amount", json("999"));
    EXPECT_TRUE(totals(order, answer).is_null());
    answer = order_answer();
    answer.set("Amount", "240");
    EXPECT_FALSE(totals(order, answer).is_null());
    answer.set("VatAmount", "60");
    EXPECT_TRUE(totals(order, answer).is_null());
    answer = order_answer();
    for (Json& row : answer.find("Rows")->items_for_writing()) row.set("Amount", json("9999999999999999999999999999"));
    EXPECT_TRUE(totals(order, answer).is_null());
    EXPECT_TRUE(totals(order, json(R"({"VatAmount":1e999,"Rows":[{"Amount":1}]})")).is_null());
    EXPECT_TRUE(totals(order, json("[]")).is_null());
    EXPECT_NO_THROW(document_row(order, json(R"({"Rows":[1,"a",null,[]],"VatAmount":0,"Status":"x","Number":{}})")));
}

/// A draft as the vendor may state a credit note of it.
Json credit_answer(const char* sign) {
    Json answer = draft_answer();
    answer.set("IsCreditInvoice", true);
    const Decimal factor{*sign == '-' ? -1 : 1};
    for (const char* name : {"TotalAmount", "TotalVatAmount"})
        answer.set(name, answer[name].decimal().value_or(Decimal{}) * factor);
    return answer;
}

TEST(CreditNote, IsADraftThatSaysSo) {
    Json document = order_document();
    document.set("op", "credit").set("kind", "credit_note_draft").set("reference", "100234/C1");
    document.member("fields").set("x", json(R"({"IsCreditInvoice":false})"));
    const Json body = new_document(draft, document);
    EXPECT_TRUE(body["IsCreditInvoice"].boolean()) << "an extra does not replace it";
    EXPECT_EQ(body["BuyersOrderReference"].string(), "100234/C1");
    EXPECT_EQ(body["Rows"].at(0)["Quantity"], json("2")) << "rows are positive";
    EXPECT_FALSE(new_document(draft, order_document()).has("IsCreditInvoice"));
}

TEST(CreditNote, CreditsWhatItSaysWhicheverSignTheVendorGivesIt) {
    for (const char* sign : {"+", "-"}) {
        const Json row = document_row(draft, credit_answer(sign));
        EXPECT_EQ(row["kind"].string(), "credit_note_draft");
        EXPECT_EQ(row["totals"],
                  json(R"({"net":240,"tax":60,"gross":300,"taxes":[{"rate":25,"base":240,"amount":60}]})"));
    }
    Json negative_rows = credit_answer("-");
    for (Json& row : negative_rows.find("Rows")->items_for_writing())
        row.set("Amount", row["Amount"].decimal().value_or(Decimal{}) * Decimal{-1});
    EXPECT_EQ(totals(draft, negative_rows)["gross"], json("300"));
    Json rounded = credit_answer("-");
    rounded.set("TotalRoundings", json("-0.25")).set("TotalAmount", json("-300.25"));
    EXPECT_EQ(totals(draft, rounded)["gross"], json("300.25"));
    EXPECT_EQ(document_row(DocumentKind::invoice, json(R"({"Id":"x","IsCreditInvoice":true})"))["kind"].string(),
              "credit_note");
}

}  // namespace
}  // namespace brygga::eaccounting
