// The simulated e-conomic is as strict as the vendor, and as quiet where the vendor is.
#include "support.hpp"

namespace brygga::sim::test {
namespace {

class EconomicBooks : public Vendors {
protected:
    void SetUp() override { open(); }
    Reply call(const std::string& method, const std::string& target, const Json& body = {}, std::string key = {}) {
        Request request{method, target, body.is_null() ? "" : body.dump(), {}};
        request.headers = {{"x-appsecrettoken", std::string{Economic::app_secret_token}},
                           {"x-agreementgranttoken", std::string{Economic::agreement_grant_token}},
                           {"content-type", "application/json"}};
        if (!key.empty()) request.headers.emplace_back("idempotency-key", std::move(key));
        return simulation->economic().serve(request);
    }
    Json read(const std::string& target) { return Json::parse(call("GET", target).body).value_or(Json{}); }
    static Json parsed(const char* text) { return Json::parse(text).value_or(Json{}); }
    static Json body_of(const Reply& reply) { return Json::parse(reply.body).value_or(Json{}); }
    static std::string header(const Reply& reply, std::string_view name) {
        for (const auto& [own, value] : reply.headers)
            if (own == name) return value;
        return {};
    }
    /// A customer and a product, and an order of two of it.
    Json order() {
        const Json customer = parsed(R"({"name":"Anna","currency":"SEK","email":"anna@example.com b@example.com",
            "customerGroup":{"customerGroupNumber":1},"paymentTerms":{"paymentTermsNumber":1},
            "vatZone":{"vatZoneNumber":1},"zipCode":"1"})");
        EXPECT_EQ(call("POST", "/customers", customer).status, 201);
        EXPECT_EQ(call("POST", "/products", parsed(R"({"productNumber":"A.B_1 x","name":"Mug",
            "productGroup":{"productGroupNumber":1}})"))
                      .status,
                  201);
        Json order = parsed(R"({"date":"2026-11-24","currency":"SEK","paymentTerms":{"paymentTermsNumber":1},
            "layout":{"layoutNumber":19},"recipient":{"name":"Anna","email":"x","vatZone":{"vatZoneNumber":1}},
            "references":{"other":"W-1 (a) b"
}
, "lines" : [ {"lineNumber" : 1, "product" : {"productNumber" : "A.B_1 x"}, "quantity" : 2, "unitNetPrice" : 80.00} ]
})");
        order.member("customer").set("customerNumber", read("/customers")["collection"].at(0)["customerNumber"]);
        return order;
    }
};

TEST_F(EconomicBooks, WantBothTokens) {
    Request request{"GET", "/self", "", {{"x-appsecrettoken", std::string{Economic::app_secret_token}}}};
    EXPECT_EQ(simulation->economic().serve(request).status, 401);
    const Reply reply = call("GET", "/self");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(header(reply, "X-CallCost"), "3");
    EXPECT_EQ(header(reply, "X-RateLimiting"), "token-limit-10000-per-60-seconds: 3/10000");
}

TEST_F(EconomicBooks, DropUnknownFieldsAndComputeTotals) {
    const Reply made = call("POST", "/orders/drafts", order());
    ASSERT_EQ(made.status, 201) << made.body;
    const Json stored = body_of(made);
    EXPECT_EQ(stored["grossAmount"].text(), "200") << made.body;
    EXPECT_EQ(stored["vatAmount"].text(), "40");
    EXPECT_EQ(stored["dueDate"].string(), "2026-12-24");
    EXPECT_FALSE(stored["recipient"].has("email"));
    EXPECT_FALSE(read("/customers")["collection"].at(0).has("zipCode"));
    EXPECT_FALSE(read("/orders/drafts")["collection"].at(0).has("lines"));
    EXPECT_EQ(read("/products/A_11_B_8_1_9_x")["name"].string(), "Mug");
}

TEST_F(EconomicBooks, RefuseWhatIsMissingWrongOrUnknown) {
    const Json right = order();
    const auto wrong = [&](std::string_view member, const char* value) {
        Json body = right;
        body.set(member, parsed(value));
        const Reply reply = call("POST", "/orders/drafts", body);
        EXPECT_EQ(reply.status, 400) << member << value;
        return body_of(reply)["errors"];
    };
    EXPECT_EQ(wrong("currency", R"("XXX")")["currency"]["errors"].at(0)["errorCode"].string(), "E06000");
    EXPECT_EQ(wrong("layout", "{}")["layout"]["layoutNumber"]["errors"].at(0)["errorCode"].string(), "E04042");
    EXPECT_TRUE(wrong("customer", R"({"customerNumber":99})").has("customer"));
    EXPECT_TRUE(wrong("customer", R"({"customerNumber":"1"})").has("customer"));
    EXPECT_TRUE(wrong("references", R"({"other":null})").has("references"));
    const Json lines = wrong("lines", R"([{"description":"text"},{"product":{"productNumber":"A.B_1 x"}},
        {"quantity":1},{"product":{"productNumber":"A.B_1 x"},"quantity":1.005}])")["lines"];
    ASSERT_EQ(lines.size(), 3u) << lines.dump();
    EXPECT_EQ(lines.at(0)["arrayIndex"].integer(0), 1);
    EXPECT_EQ(lines.at(0)["quantity"]["errors"].at(0)["errorCode"].string(), "E04730");
    EXPECT_EQ(lines.at(2)["quantity"]["errors"].at(0)["errorCode"].string(), "E04740");
    EXPECT_EQ(read("/orders/drafts")["collection"].size(), 0u);
}

TEST_F(EconomicBooks, RepeatTheirAnswerToAKeyForAnHour) {
    const Json body = order();
    const Reply first = call("POST", "/orders/drafts", body, "key-1"),
                again = call("POST", "/orders/drafts", {}, "key-1");
    EXPECT_EQ(first.body, again.body);
    EXPECT_EQ(header(again, "X-ResultFromCache"), "true");
    EXPECT_EQ(read("/orders/drafts")["collection"].size(), 1u);
    simulation->clock().set_offset_ms(3'601'000);
    EXPECT_EQ(header(call("POST", "/orders/drafts", body, "key-1"), "X-ResultFromCache"), "");
    EXPECT_EQ(read("/orders/drafts")["collection"].size(), 2u);
}

TEST_F(EconomicBooks, AnswerFiltersWithTheirQuirks) {
    ASSERT_EQ(call("POST", "/orders/drafts", order()).status, 201);
    const auto hits = [&](const std::string& path, const std::string& filter) {
        return read(path + "?filter=" + encoded(filter))["collection"].size();
    };
    EXPECT_EQ(hits("/orders/drafts", "references.other$eq:w-1 $(a$) b"), 1u);
    EXPECT_EQ(hits("/orders/drafts", "references.other$eq:x$or:(orderNumber$gte:1$and:currency$eq:sek)"), 1u);
    EXPECT_EQ(hits("/customers", "email$like:B@EXAMPLE"), 1u);
    EXPECT_EQ(hits("/customers", "email$like:b*"), 0u);
    EXPECT_EQ(hits("/customers", "name$eq:anna$and:ean$eq:$null:"), 1u);
    EXPECT_EQ(call("GET", "/orders/drafts?filter=" + encoded("references.other$eq:a)")).status, 400);
    EXPECT_EQ(call("GET", "/orders/drafts?filter=" + encoded("references.other$eq:a$b")).status, 400);
    const Reply refused = call("GET", "/customers?filter=" + encoded("bogus$eq:1"));
    EXPECT_EQ(refused.status, 400);
    EXPECT_GT(body_of(refused)["allowedFilteringFields"].size(), 10u);
    EXPECT_EQ(call("GET", "/customers?pagesize=1001").status, 400);
    EXPECT_EQ(call("GET", "/customers?sort=bogus").status, 400);
}

TEST_F(EconomicBooks, PageWithLinksAndEndWithoutOne) {
    order();
    const Json first = read("/vat-zones?pagesize=3");
    EXPECT_EQ(first["pagination"]["results"].integer(0), 5);
    EXPECT_TRUE(first["pagination"]["nextPage"].string().ends_with("skippages=1&pagesize=3"));
    EXPECT_FALSE(read("/vat-zones?pagesize=3&skippages=1")["pagination"].has("nextPage"));
    EXPECT_EQ(read("/vat-zones?pagesize=3&skippages=9")["collection"].size(), 0u);
}

TEST_F(EconomicBooks, ReplaceWhollyMakeWhatIsMissingAndGiveNumbersAgain) {
    Json body = order();
    ASSERT_EQ(call("POST", "/invoices/drafts", body).status, 201);
    body.erase("references");
    EXPECT_EQ(call("PUT", "/invoices/drafts/1", body).status, 200);
    EXPECT_FALSE(read("/invoices/drafts/1").has("references"));
    EXPECT_EQ(call("PUT", "/invoices/drafts/7", body).status, 201);
    EXPECT_EQ(call("DELETE", "/invoices/drafts/7").status, 200);
    EXPECT_EQ(body_of(call("POST", "/invoices/drafts", body))["draftInvoiceNumber"].integer(0), 2);
    ASSERT_TRUE(simulation->economic().book_draft("2"));
    EXPECT_EQ(call("GET", "/invoices/drafts/2").status, 404);
    EXPECT_EQ(call("DELETE", "/invoices/booked/1").status, 405);
}

TEST_F(EconomicBooks, MoveAnOrderThatWasSentAndRefuseOrdersWithInventory) {
    const Json made = body_of(call("POST", "/orders/drafts", order()));
    EXPECT_EQ(call("POST", "/orders/sent", made).status, 201);
    EXPECT_EQ(call("GET", "/orders/drafts/1").status, 404);
    EXPECT_EQ(call("GET", "/orders/sent/1").status, 200);
    set("economic_inventory", "on");
    EXPECT_EQ(call("POST", "/orders/drafts", made).status, 403);
    EXPECT_EQ(read("/self")["modules"].size(), 2u);
}

TEST_F(EconomicBooks, TakeACreditNoteAmongInvoicesAlone) {
    Json note = order();
    note.member("lines").items_for_writing().front().set("quantity", -2);
    EXPECT_EQ(call("POST", "/orders/drafts", note).status, 400);
    const Reply made = call("POST", "/invoices/drafts", note);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(body_of(made)["grossAmount"].text(), "-200");
    const Json number = Json::object({{"draftInvoiceNumber", body_of(made)["draftInvoiceNumber"]}});
    const Json booked = body_of(call("POST", "/invoices/booked", Json::object({{"draftInvoice", number}})));
    EXPECT_EQ(booked["remainder"].text(), "-200");

    Json mixed = note;
    Json more = note["lines"].at(0);
    mixed.member("lines").push(more.set("quantity", 1));
    EXPECT_EQ(call("POST", "/invoices/drafts", mixed).status, 400);
    Json price = note;
    price.member("lines").items_for_writing().front().set("quantity", 2).set("unitNetPrice", -80);
    EXPECT_EQ(call("POST", "/invoices/drafts", price).status, 400);
    set("economic_credit_lines", "none");
    EXPECT_EQ(call("POST", "/invoices/drafts", note).status, 400);
}

}  // namespace
}  // namespace brygga::sim::test
