#include "flow/source_zone.h"
#include "unit/flow/pipeline.h"

namespace brygga::flow {
namespace {

TEST_F(PipelineTest, ANewOrderMakesCustomerArticleAndDocumentOnce) {
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(books_.count("product"), 1u);
    EXPECT_EQ(books_.count("document"), 1u);
    const auto d = newest();
    EXPECT_EQ(d.target_ref["number"].string(), "1001");
    EXPECT_EQ(*d.totals["target"]["gross"].decimal(), Decimal{125});
    EXPECT_TRUE(store_->binding("books", "document", "shop", "A-1").value().has_value());
}

TEST_F(PipelineTest, AKnownCustomerWithKnownArticlesCostsOneCall) {
    take_in(order("A-1"), "h1");
    work();
    books_.calls.clear();
    take_in(order("A-2"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered);
    EXPECT_EQ(books_.calls, (std::map<std::string, int>{{"create document", 1}}));
}

TEST_F(PipelineTest, SameMailInOtherCaseIsTheSameCustomer) {
    take_in(order("A-1"), "h1");
    take_in(order("A-2", " ANNA@Example.com "), "h2");
    work();
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(books_.count("document"), 2u);
}

TEST_F(PipelineTest, BooksThatChargeByZoneGetThatOfTheOrder) {
    books_.zones = true;
    flow_.order.customer_group = "Abroad";
    restart();
    take_in(order("A-1"), "h1");
    ASSERT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.rows("customer")[0]["fields"]["zone"].string(), "1");
    EXPECT_EQ(books_.rows("customer")[0]["fields"]["group"].string(), "g2");
    EXPECT_EQ(books_.rows("document")[0]["fields"]["zone"].string(), "1");

    // These books do not say which kind the customer is: the next order finds it all the same.
    take_in(order("A-2"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 1u);

    Json abroad = order("A-3", "bo@example.com");
    abroad.member("billing").set("country", "US");
    take_in(abroad, "h3");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "tax.no_zone") << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 1u);
}

TEST_F(PipelineTest, ARequiredChoiceThatNobodyMadeIsHeldWithTheChoices) {
    books_.zones = true;
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "option.customer_group");
    EXPECT_EQ(newest().error["remedy"].string(), "Set settings.target.customer_group to one of: Home, Abroad.");
    EXPECT_EQ(books_.count("customer"), 0u);
}

TEST_F(PipelineTest, AnUnclearWriteIsLookedUpAndNotRepeated) {
    take_in(order("A-1"), "h1");
    books_.after_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "document") return std::nullopt;
        Error cut{ErrorClass::transient, "http.cut", "cut", ""};
        cut.outcome_unknown = true;
        return cut;
    };
    EXPECT_EQ(work().state, DeliveryState::waiting);
    books_.after_write = nullptr;
    restart();
    clock_.advance(std::chrono::seconds{10});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
    EXPECT_EQ(books_.calls["create document"], 1);
}

TEST_F(PipelineTest, AnUnclearWriteThatNeverHappenedIsSentAgainAfterItsTime) {
    take_in(order("A-1"), "h1");
    books_.before_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "document") return std::nullopt;
        Error cut{ErrorClass::transient, "http.timeout", "timeout", ""};
        cut.outcome_unknown = true;
        return cut;
    };
    work();
    books_.before_write = nullptr;
    clock_.advance(std::chrono::seconds{10});
    EXPECT_EQ(work().state, DeliveryState::waiting);
    EXPECT_EQ(newest().error["code"].string(), "write.settling");
    EXPECT_EQ(books_.calls["create document"], 1) << "too early to send it again";
    clock_.advance(std::chrono::seconds{90});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
    ASSERT_GE(books_.keys.size(), 2u);
    EXPECT_EQ(books_.keys[books_.keys.size() - 1], books_.keys[books_.keys.size() - 2]) << "the same key again";
}

TEST_F(PipelineTest, WhoWaitsForAnotherOrdersCustomerWaitsLongerEachTime) {
    take_in(order("W-1"), "h1");
    store::ClaimFilter filter;
    filter.flows = {flow_.id};
    filter.now = clock_.now();
    const auto owner = store_->claim(filter);
    ASSERT_EQ(owner->size(), 1u);
    ASSERT_TRUE(store_->claim_key("books", "customer", "email:anna@example.com", owner->front().id).value());

    take_in(order("W-2"), "h2");
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 8; ++i) {  // the owner keeps its lease for 120 s
        EXPECT_EQ(work().state, DeliveryState::waiting);
        const auto waiting = newest();
        EXPECT_EQ(waiting.error["code"].string(), "customer.being_created");
        waits.push_back((*waiting.next_attempt_at - clock_.now()).count());
        clock_.advance(*waiting.next_attempt_at - clock_.now());
    }
    EXPECT_EQ(waits, (std::vector<std::int64_t>{500, 1000, 2000, 4000, 5000, 5000, 5000, 5000}));
    EXPECT_EQ(store_->activity(newest().id).value().size(), 1u) << "the story does not grow while nothing happens";
    EXPECT_EQ(newest().attempts, 0);
}

TEST_F(PipelineTest, ACustomerThatALookUpFindsIsFoundByItsOtherKeysToo) {
    take_in(order("L-1"), "h1");
    books_.after_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "customer") return std::nullopt;
        Error cut{ErrorClass::transient, "http.cut", "cut", ""};
        cut.outcome_unknown = true;
        return cut;
    };
    EXPECT_EQ(work().state, DeliveryState::waiting);
    books_.after_write = nullptr;
    clock_.advance(std::chrono::seconds{100});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 1u);
    for (const auto& [by, value] : {std::pair{"email", "anna@example.com"}, std::pair{"number", "1001"}})
        EXPECT_EQ(catalog_->find("customer", by, value).value().size(), 1u) << by;
}

TEST_F(PipelineTest, WithoutAMailInDoubtANamesakeWithOneIsSomebodyElse) {
    take_in(order("M-1"), "h1");
    ASSERT_EQ(work().state, DeliveryState::delivered);
    take_in(order("M-2", ""), "h2");
    books_.before_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "customer") return std::nullopt;
        Error cut{ErrorClass::transient, "http.cut", "cut", ""};
        cut.outcome_unknown = true;
        return cut;
    };
    EXPECT_EQ(work().state, DeliveryState::waiting);
    books_.before_write = nullptr;
    clock_.advance(std::chrono::seconds{100});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 2u);
    take_in(order("M-3"), "h3");
    EXPECT_EQ(work().state, DeliveryState::delivered);
    EXPECT_EQ(books_.count("customer"), 2u) << "the first is still known by its e-mail";
}

TEST_F(PipelineTest, WhatIsGoneFromTheBooksIsMadeAnew) {
    take_in(order("G-1"), "h1");
    ASSERT_EQ(work().state, DeliveryState::delivered);
    int number = 1;
    for (const char* type : {"customer", "product"}) {
        books_.remove(type, std::string{type} + "1");
        ++number;
        take_in(order("G-" + std::to_string(number)), "h" + std::to_string(number));
        EXPECT_EQ(work().state, DeliveryState::waiting) << type;
        EXPECT_EQ(newest().error["code"].string(), "reference.gone");
        EXPECT_NE(newest().error["message"].string().find(std::string{"the "} + type), std::string_view::npos);
        clock_.advance(std::chrono::seconds{10});
        EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
        EXPECT_EQ(books_.count(type), 1u);
    }
    EXPECT_EQ(books_.count("document"), 3u);
}

TEST_F(PipelineTest, ACustomerWhoIsGoneWhenHisAddressChangesIsMadeAnew) {
    take_in(order("G-1"), "h1");
    ASSERT_EQ(work().state, DeliveryState::delivered);
    books_.remove("customer", "customer1");
    Json moved = order("G-2");
    moved.set("placed_at", "2026-03-01T11:00:00Z").member("billing").set("city", "Kiruna");
    take_in(moved, "h2");
    EXPECT_EQ(work().state, DeliveryState::waiting);
    clock_.advance(std::chrono::seconds{10});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 1u);
}

TEST_F(PipelineTest, SomethingElseThatIsGoneIsForAPerson) {
    take_in(order("G-1"), "h1");
    books_.before_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "document") return std::nullopt;
        return Error{ErrorClass::rejected, "reference.gone", "The term of payment is gone.", "Choose another."};
    };
    EXPECT_EQ(work().state, DeliveryState::dead);
    EXPECT_EQ(newest().error["remedy"].string(), "Choose another.");
}

settings::Expression expression(std::string text) { return {std::move(text), {"flows.d/shop.yaml", 9, 20}}; }

TEST_F(PipelineTest, TheMappingDecidesHowItsOrderEnds) {
    struct Case {
        const char *accept, *note;
        DeliveryState state;
        const char* code;
    };
    int number = 0;
    for (const Case& c : {Case{"order.number == \"x\"", "order.note", DeliveryState::skipped, "order.not_accepted"},
                          Case{"true", "skip(\"no\")", DeliveryState::skipped, "mapping.skip"},
                          Case{"true", "hold(\"look\")", DeliveryState::held, "mapping.hold"},
                          Case{"true", "fail(\"no\")", DeliveryState::dead, "mapping.error"},
                          Case{"order.note == \"x\"", "order.note", DeliveryState::dead, "mapping.error"}}) {
        flow_.mapping.accept = expression(c.accept);
        flow_.mapping.rules = {{"customer.phone", {"flows.d/shop.yaml", 9, 3}, expression(c.note), false, {}}};
        restart();
        const std::string id = "E-" + std::to_string(++number);
        take_in(order(id), "h");
        EXPECT_EQ(work().state, c.state) << c.code;
        EXPECT_EQ(newest().error["code"].string(), c.code) << newest().error.dump();
        EXPECT_NE(newest().error["message"].string().find(id), std::string::npos) << "the message names the order";
    }
    for (const char* type : {"customer", "product", "document"}) EXPECT_EQ(books_.count(type), 0u) << type;
}

TEST_F(PipelineTest, RulesOfLinesAndPoliciesOfDocumentsReachTheTarget) {
    flow_.mapping.rules = {
        {"line.text", {"f", 1, 1}, expression("\"{line.name}, order {order.number}\""), false, {}},
        {"document.note", {"f", 1, 1}, expression("\"first\""), false, settings::Write::on_create},
        {"document.heading", {"f", 1, 1}, expression("\"changed\""), false, settings::Write::on_update}};
    restart();
    std::vector<Json> sent;
    books_.before_write = [&](const Json& document) -> std::optional<Error> {
        if (document["type"].string() == "document") sent.push_back(document);
        return std::nullopt;
    };
    take_in(order("L-1"), "h1");
    ASSERT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    take_in(order("L-1", "anna@example.com", "250"), "h2");
    ASSERT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[0]["lines"].at(0)["text"].string(), "Mug, order L-1");
    EXPECT_TRUE(sent[0]["fields"].has("note") && !sent[0]["fields"].has("heading")) << sent[0]["fields"].dump();
    EXPECT_TRUE(!sent[1]["fields"].has("note") && sent[1]["fields"].has("heading")) << sent[1]["fields"].dump();
}

TEST_F(PipelineTest, ARuleChoosesTheKindOfDocument) {
    flow_.order.document = "order";
    flow_.mapping.rules = {
        {"document.kind",
         {"f", 1, 1},
         expression("if order.payment.method.code == \"card\" then \"order\" else \"invoice_draft\""),
         false,
         {}}};
    restart();
    Json by_card = order("K-1"), by_invoice = order("K-2");
    by_card.member("payment").set("method", Json::object({{"code", "card"}}));
    by_invoice.member("payment").set("method", Json::object({{"code", "invoice"}}));
    for (const auto& [document, kind] : {std::pair{by_card, "order"}, std::pair{by_invoice, "invoice_draft"}}) {
        take_in(document, "h");
        ASSERT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
        EXPECT_EQ(newest().target_ref["kind"].string(), kind);
    }
}

TEST_F(PipelineTest, ADefiniteRefusalNeedsNoLookUpWhenTriedAgain) {
    take_in(order("A-1"), "h1");
    books_.before_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "document") return std::nullopt;
        return Error{ErrorClass::rate_limited, "4010", "too many", ""};
    };
    EXPECT_EQ(work().state, DeliveryState::waiting);
    EXPECT_EQ(newest().attempts, 0) << "a full budget is nobody's fault";
    books_.before_write = nullptr;
    books_.calls.clear();
    clock_.advance(std::chrono::seconds{61});
    EXPECT_EQ(work().state, DeliveryState::delivered);
    EXPECT_EQ(books_.calls["find document"], 0);
}

TEST_F(PipelineTest, UnequalTotalsAreHeldWithTheDocumentNamed) {
    books_.skew = Decimal::scaled(1, 2);
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    const auto d = newest();
    EXPECT_EQ(d.error["code"].string(), "totals.unequal");
    EXPECT_NE(d.error["message"].string().find("order 1001"), std::string_view::npos) << d.error["message"].string();
    EXPECT_TRUE(store_->binding("books", "document", "shop", "A-1").value().has_value())
        << "it exists, so it is remembered";
}

TEST_F(PipelineTest, AWrongGuessOfThePriceBasisIsCorrectedInTheSameDelivery) {
    books_.prices_include_tax = false;
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.calls["update document"], 1);
    take_in(order("A-2"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered);
    EXPECT_EQ(books_.calls["update document"], 1) << "learned";
}

TEST_F(PipelineTest, AnEditedOrderUpdatesItsDocument) {
    take_in(order("A-1"), "h1");
    work();
    take_in(order("A-1", "anna@example.com", "250"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
    EXPECT_EQ(*newest().totals["target"]["gross"].decimal(), Decimal{250});
    flow_.order.existing = settings::Choice::hold;
    take_in(order("A-1", "anna@example.com", "300"), "h3");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "document.differs");
}

TEST_F(PipelineTest, ACancelledOrderWithADocumentIsHeld) {
    take_in(order("A-1"), "h1");
    work();
    Json cancelled = order("A-1");
    cancelled.set("status", "cancelled");
    take_in(cancelled, "h2");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "order.cancelled");
}

TEST_F(PipelineTest, SeveralCustomersWithOneMailAreNeverPickedSilently) {
    for (const char* id : {"c1", "c2"})
        books_.add("customer", Json::object({{"id", id},
                                             {"number", id},
                                             {"kind", "person"},
                                             {"state", "open"},
                                             {"keys", Json::object({{"email", "anna@example.com"}})},
                                             {"fields", Json::object({{"kind", "person"}})}}));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "customer.ambiguous");
    EXPECT_EQ(books_.count("document"), 0u);
}

TEST_F(PipelineTest, ARefusedVatNumberIsHeldWithoutShowingIt) {
    Json company = order("A-1");
    company.set("customer", *Json::parse(R"({"kind":"company","name":"Jan Bakker","company":"Voorbeeld BV",
        "email":"jan@example.com","vat_number":"NL123456782B90"})"));
    take_in(company, "h1");
    books_.before_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "customer") return std::nullopt;
        return Error{ErrorClass::rejected, "tax.vat_number_refused", "The books refused to create the customer.", "r"};
    };
    EXPECT_EQ(work().state, DeliveryState::held);
    const Json error = newest().error;
    EXPECT_EQ(error["code"].string(), "tax.vat_number_refused");
    EXPECT_NE(error["message"].string().find("Order A-1: the VAT number NL…90"), std::string_view::npos)
        << error.dump();
    EXPECT_EQ(error.dump().find("123456782"), std::string::npos);
    EXPECT_NE(error["remedy"].string().find("in the shop"), std::string_view::npos);
    // Corrected in the shop, it goes on with the new version.
    books_.before_write = nullptr;
    take_in(company, "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("customer"), 1u);
}

struct LocalDay {
    const char* placed;
    const char* zone;       ///< of the connection
    const char* described;  ///< by the connector
    const char* date;
};
class DocumentDate : public PipelineTest, public testing::WithParamInterface<LocalDay> {};

TEST_P(DocumentDate, IsThatOfTheSource) {
    flow_.time_zone = GetParam().zone;
    if (*GetParam().described) {
        // As a run does before it brings the order in.
        shop_.described = Json::object({{"account", Json::object({{"time_zone", GetParam().described}})}});
        ASSERT_TRUE(find_source_zone({clock_.mono() + std::chrono::seconds{60}, {}, "run", false}, flow_,
                                     *shop_catalog_, *store_, clock_.now()));
        shop_.described.reset();
    }
    Json late = order("A-1");
    late.set("placed_at", GetParam().placed);
    take_in(late, "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.rows("document").at(0)["fields"]["date"].string(), GetParam().date);
}

INSTANTIATE_TEST_SUITE_P(
    Zones, DocumentDate,
    testing::Values(LocalDay{"2026-03-01T22:30:00Z", "Europe/Amsterdam", "", "2026-03-01"},  // 23:30 in winter
                    LocalDay{"2026-03-01T23:30:00Z", "Europe/Amsterdam", "", "2026-03-02"},  // 00:30 the next day
                    LocalDay{"2026-06-30T21:59:59Z", "Europe/Amsterdam", "", "2026-06-30"},  // 23:59:59 in summer
                    LocalDay{"2026-06-30T22:00:00Z", "Europe/Amsterdam", "", "2026-07-01"},  // midnight in summer
                    LocalDay{"2026-03-28T23:30:00Z", "Europe/Amsterdam", "", "2026-03-29"},  // the day of the change
                    LocalDay{"2026-03-29T22:30:00Z", "Europe/Amsterdam", "", "2026-03-30"},  // its end, in summer time
                    LocalDay{"2026-10-24T22:30:00Z", "Europe/Amsterdam", "", "2026-10-25"},  // and back
                    LocalDay{"2026-10-25T22:30:00Z", "Europe/Amsterdam", "", "2026-10-25"},  // its end, in winter time
                    LocalDay{"2026-03-02T02:00:00Z", "America/New_York", "", "2026-03-01"},  //
                    LocalDay{"2026-03-01T23:30:00Z", "", "Europe/Amsterdam", "2026-03-02"},  // as the connector says
                    LocalDay{"2026-03-01T23:30:00Z", "Etc/UTC", "Europe/Amsterdam", "2026-03-01"},
                    LocalDay{"2026-03-01T23:30:00Z", "", "", "2026-03-02"}));  // the books keep Stockholm's days

TEST_F(PipelineTest, AnArticleThatSomebodyMadeMeanwhileIsUsed) {
    books_.before_write = [&](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "product") return std::nullopt;
        books_.add("product", Json::object({{"id", "p1"},
                                            {"number", "MUG"},
                                            {"kind", "article"},
                                            {"state", "open"},
                                            {"keys", Json::object({{"sku", "MUG"}})},
                                            {"fields", Json::object({{"treatment", "goods25"}})}}));
        return Error{ErrorClass::rejected, "product.exists", "there already", ""};
    };
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("product"), 1u);
    EXPECT_EQ(books_.calls["create product"], 1);
    // The claim on its number is free again.
    EXPECT_TRUE(*store_->claim_key("books", "product", "sku:MUG", newest().id + 1));
}

TEST_F(PipelineTest, MissingArticlesFollowTheSetting) {
    flow_.order.missing_product = settings::Choice::hold;
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "product.missing");
    flow_.order.missing_product = settings::Choice::fail;
    take_in(order("A-2"), "h2");
    EXPECT_EQ(work().state, DeliveryState::dead);
}

TEST_F(PipelineTest, ATaxRateThatTheArticleDoesNotGiveIsHeldBeforeAnyDocument) {
    books_.add("product", Json::object({{"id", "p1"},
                                        {"number", "MUG"},
                                        {"kind", "article"},
                                        {"state", "open"},
                                        {"keys", Json::object({{"sku", "MUG"}})},
                                        {"fields", Json::object({{"treatment", "goods12"}})}}));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "tax_mismatch");
    EXPECT_EQ(books_.count("document"), 0u);
}

}  // namespace
}  // namespace brygga::flow
