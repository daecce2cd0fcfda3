#include "report.hpp"
#include "support.hpp"

namespace brygga::sim::test {
namespace {

class Documents : public Vendors {
protected:
    Json post_order(const Json& body) {
        const Reply reply = ledger("POST", "/orders", body);
        EXPECT_EQ(reply.status, 201) << reply.body;
        return Json::parse(reply.body).value_or(Json{});
    }
    Json priced(bool person, const std::string& article, const std::string& quantity, const std::string& price) {
        return post_order(order_body(new_customer(customer_body("K", person)), {row(article, quantity, price)}));
    }
    static std::string money_of(const Json& order) {
        return order["Amount"].decimal().value_or(0).text(2) + " + " + order["VatAmount"].decimal().value_or(0).text(2);
    }
    std::string foreign_customer(const char* country, bool person, const std::string& vat) {
        Json body = customer_body("Ausland", person);
        body.set("InvoiceCountryCode", country);
        if (!vat.empty()) body.set("VatNumber", vat);
        return new_customer(body);
    }
    int first_rate(const std::string& customer, const std::string& article) {
        const Json order = post_order(order_body(customer, {row(article, "1", "100")}));
        return static_cast<int>(
            (order["Rows"].at(0)["VatRate"].decimal().value_or(0) * Decimal{100}).units(0).value_or(-1));
    }
};

TEST_F(Documents, CompaniesSeeNetPersonsSeeGross) {
    open();
    EXPECT_EQ(money_of(priced(false, "FRAKT-25", "1", "100")), "100.00 + 25.00");
    EXPECT_EQ(money_of(priced(true, "FRAKT-25", "1", "100")), "80.00 + 20.00");
    set("show_prices_excl_vat_pc", "on");
    EXPECT_FALSE(priced(true, "FRAKT-25", "1", "100")["IncludesVat"].boolean(true));
    set("includes_vat_sign", "spec");
    EXPECT_TRUE(priced(true, "FRAKT-25", "1", "100")["IncludesVat"].boolean());
    EXPECT_FALSE(priced(false, "FRAKT-25", "1", "100")["IncludesVat"].boolean(true));
    set("order_amount", "incl");
    EXPECT_EQ(money_of(priced(false, "FRAKT-25", "1", "100")), "125.00 + 25.00");
}

TEST_F(Documents, VatIsRoundedOncePerRateHalfAwayFromZero) {
    open();
    const std::string company = new_customer(customer_body("AB", false));
    // Three rows of 0.02 at 25 %: 0.06 x 0.25 = 0.015 -> 0.02; row by row it would be 0.03.
    const Json three = post_order(order_body(
        company, {row("FRAKT-25", "1", "0.02"), row("FRAKT-25", "1", "0.02"), row("FRAKT-25", "1", "0.02")}));
    EXPECT_EQ(money_of(three), "0.06 + 0.02");
    const Json mixed = post_order(order_body(company, {row("FRAKT-25", "1", "10.10"), row("FRAKT-12", "1", "10.10"),
                                                       row("FRAKT-6", "1", "10.10"), row("FRAKT-0", "1", "10.10")}));
    EXPECT_EQ(money_of(mixed), "40.40 + 4.35");  // 2.525 -> 2.53, 1.212 -> 1.21, 0.606 -> 0.61
    Json discounted = row("FRAKT-25", "3", "9.99");
    discounted.set("DiscountPercentage", *Decimal::parse("0.3333"));
    EXPECT_EQ(money_of(post_order(order_body(company, {discounted}))), "19.98 + 5.00");  // 29.97 x 0.6667 = 19.980999
}

TEST_F(Documents, RowsKeepTheRules) {
    open();
    const std::string customer = new_customer(customer_body("AB", false));
    const auto refused = [&](std::string_view field, Json value) {
        Json r = row("FRAKT-25", "1", "10");
        r.set(field, std::move(value));
        return code(ledger("POST", "/orders", order_body(customer, {r})));
    };
    EXPECT_EQ(refused("UnitPrice", *Decimal::parse("1.234")), "400/2000");
    EXPECT_EQ(refused("Quantity", *Decimal::parse("1.23456")), "400/2000");
    EXPECT_EQ(refused("Quantity", *Decimal::parse("1.2345")), "201/");
    EXPECT_EQ(refused("UnitPrice", -1), "400/2000");
    EXPECT_EQ(refused("Quantity", -1), "400/2000");
    EXPECT_EQ(refused("UnitPrice", 99'000'001), "400/2000");
    EXPECT_EQ(refused("ArticleId", Json{}), "400/2000");
    EXPECT_EQ(refused("ArticleId", guid(3, 3)), "404/3000");
    EXPECT_EQ(refused("ArticleId", "no guid"), "400/2000");
    EXPECT_EQ(refused("DiscountPercentage", *Decimal::parse("1.1")), "400/2000");
    EXPECT_EQ(refused("IsWorkCost", Json{}), "400/2000");
    EXPECT_EQ(refused("Text", std::string(2001, 'x')), "400/2000");
    EXPECT_EQ(refused("IsTextRow", true), "400/2000");  // a text row has no article
    set("negative_rows", "accept");
    EXPECT_EQ(refused("UnitPrice", -1), "201/");
    Json text = Json::object({{"LineNumber", 2},
                              {"IsTextRow", true},
                              {"IsWorkCost", false},
                              {"EligibleForReverseChargeOnVat", false},
                              {"Text", "Hej"}});
    EXPECT_EQ(code(ledger("POST", "/orders", order_body(customer, {text}))), "201/");
    text.set("Text", "");
    EXPECT_EQ(code(ledger("POST", "/orders", order_body(customer, {text}))), "400/2000");
}

TEST_F(Documents, HeadsKeepTheRules) {
    open();
    const std::string customer = new_customer(customer_body("AB", false));
    const auto refused = [&](std::string_view field, Json value) {
        Json body = order_body(customer, {row("FRAKT-25", "1", "10")});
        body.set(field, std::move(value));
        return code(ledger("POST", "/orders", body));
    };
    EXPECT_EQ(refused("BuyersOrderReference", std::string(36, '1')), "400/2000");
    EXPECT_EQ(refused("CurrencyCode", "XXX"), "400/2000");
    EXPECT_EQ(refused("Status", 4), "400/2000");
    EXPECT_EQ(refused("Status", 5), "400/2000");
    EXPECT_EQ(refused("EuThirdParty", Json{}), "400/2000");
    EXPECT_EQ(refused("OrderDate", "2026-02-30"), "400/2000");
    EXPECT_EQ(refused("CustomerId", guid(5, 5)), "404/3000");
    EXPECT_EQ(refused("RotReducedInvoicingType", 1), "400/2000");
    EXPECT_EQ(refused("Status", 1), "201/");
}

TEST_F(Documents, RowVatFollowsCodingAndCustomer) {
    open();
    EXPECT_EQ(first_rate(foreign_customer("DE", false, "DE136695976"), "FRAKT-25"), 0);
    EXPECT_EQ(first_rate(foreign_customer("DE", false, ""), "FRAKT-25"), 25);
    EXPECT_EQ(first_rate(foreign_customer("DE", true, ""), "FRAKT-12"), 12);
    EXPECT_EQ(first_rate(foreign_customer("NO", true, ""), "FRAKT-25"), 0);
    Json bookkept = customer_body("Norge", true);
    bookkept.set("InvoiceCountryCode", "NO").set("ForceBookkeepVat", true);
    EXPECT_EQ(first_rate(new_customer(bookkept), "FRAKT-25"), 25);
}

TEST_F(Documents, OssChargesTheRateOfTheDestination) {
    open();
    set("uses_moss", "on");
    Json article = ledger_json("/articles/" + article_id("DIVERSE-25"));
    article.set("UsesMoss", true);
    ASSERT_EQ(ledger("PUT", "/articles/" + std::string{article["Id"].string()}, article).status, 200);
    EXPECT_EQ(first_rate(foreign_customer("NL", true, ""), "DIVERSE-25"), 21);
    EXPECT_EQ(first_rate(foreign_customer("NL", true, ""), "FRAKT-25"), 25);
    Json delivered = customer_body("Hem", true);
    delivered.set("DeliveryBasedVat", true)
        .set("DeliveryCountryCode", "DE")
        .set("DeliveryCity", "Berlin")
        .set("DeliveryPostalCode", "10115");
    EXPECT_EQ(first_rate(new_customer(delivered), "DIVERSE-25"), 19);
}

TEST_F(Documents, ForeignCurrencyAllowsFourDecimals) {
    open();
    Json body = order_body(new_customer(customer_body("AB", false)), {row("FRAKT-25", "1", "1.2345")});
    EXPECT_EQ(ledger("POST", "/orders", body).status, 400);
    body.set("CurrencyCode", "EUR");
    EXPECT_EQ(ledger("POST", "/orders", body).status, 201);
}

TEST_F(Documents, OrdersMoveThroughTheirStates) {
    open();
    Json body = order_body(new_customer(customer_body("AB", false)), {row("FRAKT-25", "1", "10")});
    body.set("Status", 1);
    const Json draft = post_order(body);
    EXPECT_TRUE(draft["Number"].is_null());
    const std::string path = "/orders/" + std::string{draft["Id"].string()};
    EXPECT_EQ(code(ledger("POST", path + "/completed", Json{})), "400/4002");
    EXPECT_EQ(ledger("POST", path + "/converteddrafttoorder", Json{}).status, 200);
    EXPECT_EQ(ledger_json(path)["Number"].integer(0), 1);
    EXPECT_EQ(code(ledger("POST", path + "/convert", Json{})), "400/4002");
    EXPECT_EQ(ledger("POST", path + "/completed", Json{}).status, 200);
    EXPECT_EQ(code(ledger("DELETE", path)), "400/4001");
    const Json invoice = *Json::parse(ledger("POST", path + "/convert", Json{}).body);
    EXPECT_EQ(invoice["RemainingAmountInvoiceCurrency"].decimal(), Decimal::parse("12.5"));
    EXPECT_EQ(code(ledger("PUT", path, body)), "400/2000");
    const Json payment = Json::object({{"CompanyBankAccountId", guid(0x0000BA2B, 1)},
                                       {"PaymentAmount", *Decimal::parse("12.5")},
                                       {"PaymentCurrency", "SEK"},
                                       {"PaymentType", 2},
                                       {"PaymentDate", "2026-11-24"}});
    const std::string paying = "/customerinvoices/" + std::string{invoice["Id"].string()} + "/payments";
    Json future = payment;
    future.set("PaymentDate", "2026-11-26");
    EXPECT_EQ(code(ledger("POST", paying, future)), "400/4023");
    EXPECT_EQ(ledger("POST", paying, payment).status, 201);
    EXPECT_EQ(code(ledger("POST", paying, payment)), "400/2000");
}

TEST_F(Documents, DraftsFollowTheCustomersCurrencyAndBecomeInvoices) {
    open();
    Json body = Json::object({{"CustomerId", new_customer(customer_body("AB", false))},
                              {"EuThirdParty", false},
                              {"RotReducedInvoicingType", 0},
                              {"BuyersOrderReference", "R1"},
                              {"Rows", Json::array({Json::object({{"IsTextRow", false},
                                                                  {"ReversedConstructionServicesVatFree", false},
                                                                  {"ArticleId", article_id("FRAKT-25")},
                                                                  {"Quantity", 2},
                                                                  {"UnitPrice", 100}})})}});
    const Reply reply = ledger("POST", "/customerinvoicedrafts", body);
    ASSERT_EQ(reply.status, 201) << reply.body;
    const Json draft = *Json::parse(reply.body);
    EXPECT_EQ(draft["InvoiceCurrencyCode"].string(), "SEK");
    EXPECT_EQ(draft["TotalAmount"].decimal(), Decimal{250});
    body.set("InvoiceCity", "Lund");  // read-only here, ignored
    const std::string path = "/customerinvoicedrafts/" + std::string{draft["Id"].string()};
    EXPECT_EQ(ledger("PUT", path, body).status, 200);
    EXPECT_EQ(ledger("POST", path + "/convert", Json{}).status, 201);
    EXPECT_EQ(ledger("GET", path).status, 404);
    int documents = 0;
    simulation->ledger().each_document([&](const Ledger::Document& d) {
        ++documents;
        EXPECT_EQ(d.kind, "invoice");
        EXPECT_EQ(d.reference, "R1");
    });
    EXPECT_EQ(documents, 1);
}

TEST_F(Documents, ReportExplainsARoundingRow) {
    open();
    ShopOrder order;
    order.rows.emplace_back().price = *Decimal::parse("0.07");
    order.settle();  // 0.07 with 25 %: net 0.06, tax 0.01
    DocumentTotals totals;
    totals.rows = {{2500, 5, false, "FRAKT-25", ""}, {0, 1, false, "ROUNDING", ""}};
    totals.compute(false);
    EXPECT_EQ(totals.gross, 7);
    EXPECT_TRUE(equal_to_the_cent(order, totals));
    totals.rows[1].article_number = "FRAKT-0";
    EXPECT_FALSE(equal_to_the_cent(order, totals));
    totals.rows = {{2500, 6, false, "FRAKT-25", ""}};
    totals.compute(false);
    EXPECT_FALSE(equal_to_the_cent(order, totals));  // 0.08
}

TEST_F(Documents, ACreditNoteIsOwedToTheCustomer) {
    open();
    const std::string customer = new_customer(customer_body("AB", false));
    const auto booked = [&](bool credit, const char* price) {
        Json row = Json::object({{"IsTextRow", false},
                                 {"ReversedConstructionServicesVatFree", false},
                                 {"ArticleId", article_id("FRAKT-25")},
                                 {"Quantity", 1},
                                 {"UnitPrice", *Decimal::parse(price)}});
        Json body = Json::object({{"CustomerId", customer},
                                  {"EuThirdParty", false},
                                  {"RotReducedInvoicingType", 0},
                                  {"IsCreditInvoice", credit},
                                  {"BuyersOrderReference", credit ? "R1/C1" : "R1"},
                                  {"Rows", Json::array({std::move(row)})}});
        const Reply draft = ledger("POST", "/customerinvoicedrafts", body);
        EXPECT_EQ(draft.status, 201) << draft.body;
        const std::string id{(*Json::parse(draft.body))["Id"].string()};
        const Reply invoice = ledger("POST", "/customerinvoicedrafts/" + id + "/convert", Json{});
        EXPECT_EQ(invoice.status, 201) << invoice.body;
        return *Json::parse(invoice.body);
    };
    (void)booked(false, "100");
    Json note = booked(true, "40");
    EXPECT_TRUE(note["IsCreditInvoice"].boolean());
    EXPECT_EQ(note["TotalAmountInvoiceCurrency"].decimal(), Decimal{-50});
    EXPECT_EQ(note["RemainingAmountInvoiceCurrency"].decimal(), Decimal{-50});
    Decimal balance;
    simulation->ledger().each_document([&](const Ledger::Document& d) {
        EXPECT_EQ(d.credit, d.reference == "R1/C1");
        balance += d.remaining.decimal().value_or(0);
    });
    EXPECT_EQ(balance, Decimal{75});
    set("credit_sign", "positive");
    note = booked(true, "40");
    EXPECT_EQ(note["TotalAmountInvoiceCurrency"].decimal(), Decimal{50});
    EXPECT_EQ(note["RemainingAmountInvoiceCurrency"].decimal(), Decimal{-50});
}

}  // namespace
}  // namespace brygga::sim::test
