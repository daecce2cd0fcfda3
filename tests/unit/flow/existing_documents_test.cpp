#include "flow/existing_documents.h"

#include "unit/flow/pipeline.h"
#include "unit/hidden_table.h"

namespace brygga::flow {
namespace {

namespace fs = std::filesystem;

/// A document that these books have and this store does not know.
Json foreign(const char* id, const char* total, const char* tax, const char* customer = "") {
    Json fields = Json::object({{"currency", "SEK"}});
    if (*customer) fields.set("customer", customer);
    return Json::object({{"id", id},
                         {"number", id},
                         {"kind", "order"},
                         {"state", "open"},
                         {"keys", Json::object({{"reference", "A-1"}})},
                         {"fields", std::move(fields)},
                         {"totals", Json::object({{"net", *Decimal::parse(total) - *Decimal::parse(tax)},
                                                  {"tax", *Decimal::parse(tax)},
                                                  {"gross", *Decimal::parse(total)}})}});
}

TEST_F(PipelineTest, ADocumentWithTheSameReferenceAndTotalsIsAdopted) {
    books_.add("document", foreign("77", "125.00", "25.00"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
    EXPECT_EQ(books_.count("customer"), 0u) << "nothing is written";
    const auto d = newest();
    EXPECT_EQ(d.target_ref["id"].string(), "77");
    EXPECT_NE(d.explain.dump().find("adopted: same reference and total"), std::string::npos) << d.explain.dump();
    EXPECT_EQ(*d.totals["source"]["gross"].decimal(), Decimal{125});
    EXPECT_EQ(store_->binding("books", "document", "shop", "A-1").value()->target_id, "77");
    // From now on it is the order's own: a change in the shop follows.
    take_in(order("A-1", "anna@example.com", "250"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.calls["update document"], 1);
}

TEST_F(PipelineTest, AnAdoptedDocumentIsSkippedWhereThePolicySaysSo) {
    flow_.order.existing = settings::Choice::skip;
    books_.add("document", foreign("77", "125.00", "25.00"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::skipped);
    EXPECT_EQ(newest().error["code"].string(), "document.exists");
    EXPECT_TRUE(store_->binding("books", "document", "shop", "A-1").value().has_value());
}

TEST_F(PipelineTest, AForeignDocumentThatDiffersIsHeldWithBothFiguresAndNotTouched) {
    books_.add("document", foreign("77", "130.00", "26.00"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    const std::string message{newest().error["message"].string()};
    EXPECT_EQ(newest().error["code"].string(), "document.exists");
    for (const char* part : {"Order A-1", "order 77", "130.00 SEK", "125.00 SEK"})
        EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_EQ(books_.calls["update document"], 0);
    EXPECT_FALSE(store_->binding("books", "document", "shop", "A-1").value().has_value());
}

TEST_F(PipelineTest, AForeignDocumentWithOtherVatIsHeld) {
    books_.add("document", foreign("77", "125.00", "13.39"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_NE(newest().error["message"].string().find("its VAT is 13.39 SEK and the order's 25.00 SEK"),
              std::string_view::npos)
        << newest().error["message"].string();
}

TEST_F(PipelineTest, AForeignDocumentInAnotherCurrencyIsHeld) {
    Json euro = foreign("77", "125.00", "25.00");
    euro.member("fields").set("currency", "EUR");
    books_.add("document", euro);
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_NE(newest().error["message"].string().find("125.00 EUR"), std::string_view::npos);
}

TEST_F(PipelineTest, AForeignDocumentOfAnotherCustomerIsHeld) {
    const auto customer = [&](const char* id, const char* mail) {
        books_.add("customer", Json::object({{"id", id},
                                             {"number", id},
                                             {"kind", "person"},
                                             {"state", "open"},
                                             {"keys", Json::object({{"email", mail}})},
                                             {"fields", Json::object({{"kind", "person"}})}}));
    };
    customer("c1", "anna@example.com");
    customer("c2", "bo@example.com");
    books_.add("document", foreign("77", "125.00", "25.00", "c2"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_NE(newest().error["message"].string().find("another customer"), std::string_view::npos);
    // Of a customer whom the books do not know by the order's keys, nothing speaks against it.
    take_in(order("A-1", "anna.lind@example.com"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
}

TEST_F(PipelineTest, SeveralDocumentsWithOneReferenceAreHeld) {
    books_.add("document", foreign("77", "125.00", "25.00"));
    books_.add("document", foreign("78", "125.00", "25.00"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    const std::string message{newest().error["message"].string()};
    EXPECT_NE(message.find("order 77 of 125.00 SEK, order 78 of 125.00 SEK"), std::string::npos) << message;
}

TEST_F(PipelineTest, AForeignDocumentWithoutReadableTotalsIsHeld) {
    Json bare = foreign("77", "125.00", "25.00");
    bare.erase("totals");
    books_.add("document", bare);
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_NE(newest().error["message"].string().find("cannot be read"), std::string_view::npos);
}

TEST_F(PipelineTest, AForeignDocumentThatIsGoneWhenAskedForIsNoObstacle) {
    books_.add("document", foreign("77", "130.00", "26.00"));
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    books_.remove("document", "77");
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.calls["create document"], 1);
}

TEST_F(PipelineTest, OneDocumentIsNotAdoptedForTwoOrders) {
    take_in(order("A-1"), "h1");
    work();
    Json twin = order("A-1");
    twin.set("id", "other");
    take_in(twin, "h", "other");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_NE(newest().error["message"].string().find("was made for order A-1 with the id A-1"), std::string_view::npos)
        << newest().error["message"].string();
}

TEST_F(PipelineTest, ADocumentThatAppearedDuringADoubtfulWriteIsNotOverwritten) {
    take_in(order("A-1"), "h1");
    books_.before_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "document") return std::nullopt;
        Error cut{ErrorClass::transient, "http.timeout", "timeout", ""};
        cut.outcome_unknown = true;
        return cut;
    };
    EXPECT_EQ(work().state, DeliveryState::waiting);
    books_.before_write = nullptr;
    books_.add("document", foreign("77", "130.00", "26.00"));
    clock_.advance(std::chrono::seconds{10});
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "document.exists");
    EXPECT_NE(newest().error["message"].string().find("130.00 and the order's 125.00"), std::string_view::npos)
        << newest().error.dump();
    EXPECT_EQ(books_.calls["update document"], 0);
    EXPECT_EQ(books_.count("document"), 1u);
    EXPECT_FALSE(store_->binding("books", "document", "shop", "A-1").value().has_value());
}

TEST_F(PipelineTest, TheFirstHalfOfACorrectionIsFoundAndFinished) {
    books_.prices_include_tax = false;  // the first guess is with tax, so that the first document comes out too dear
    take_in(order("A-1"), "h1");
    books_.after_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "document") return std::nullopt;
        Error cut{ErrorClass::transient, "http.cut", "cut", ""};
        cut.outcome_unknown = true;
        return cut;
    };
    EXPECT_EQ(work().state, DeliveryState::waiting);
    books_.after_write = nullptr;
    clock_.advance(std::chrono::seconds{10});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
    EXPECT_EQ(books_.calls["update document"], 1);
    EXPECT_EQ(*newest().totals["target"]["gross"].decimal(), Decimal{125});
}

TEST_F(PipelineTest, ABindingThatCannotBeReadIsNotTakenForNone) {
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered);
    books_.calls.clear();
    take_in(order("A-1", "anna@example.com", "250"), "h2");
    {
        const HiddenTable hidden{directory_ / "b.db", "binding"};
        work();
        EXPECT_TRUE(newest().error["code"].string().starts_with("store.")) << newest().error.dump();
    }
    EXPECT_TRUE(books_.calls.empty()) << "nothing is asked or written while it is not known";
    clock_.advance(std::chrono::seconds{10});
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.calls, (std::map<std::string, int>{{"update document", 1}}));
}

TEST_F(PipelineTest, TheOtherOrderOfADocumentIsFoundAmongManyWithNumbersThatBeginAlike) {
    take_in(order("A-1"), "h1");
    work();
    for (int i = 0; i < 60; ++i) {
        take_in(order("A-1" + std::to_string(i)), "h");
        work();
    }
    Json twin = order("A-1");
    twin.set("id", "other");
    take_in(twin, "h", "other");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_NE(newest().error["message"].string().find("was made for order A-1 with the id A-1"), std::string_view::npos)
        << newest().error["message"].string();
}

/// An order that became a document, which somebody has deleted since; then the order changed.
class Gone : public PipelineTest {
protected:
    Gone() {
        take_in(order("A-1"), "h1");
        work();
        books_.remove("document", "document1");
        books_.calls.clear();
        first_key_ = books_.keys.back();
    }
    void change(const char* total, const std::string& hash) { take_in(order("A-1", "anna@example.com", total), hash); }
    void expect_held() {
        EXPECT_EQ(work().state, DeliveryState::held);
        EXPECT_EQ(newest().error["code"].string(), "document.gone") << newest().error.dump();
    }
    void replay() { ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok()); }

    std::string first_key_;
};

TEST_F(Gone, TheOrderIsHeldWithTheDocumentNamedAndNothingIsWritten) {
    change("250", "h2");
    expect_held();
    const std::string message{newest().error["message"].string()};
    for (const char* part : {"Order A-1", "order 1001", "written on 2026-03-02", "not in books any more"})
        EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_NE(newest().error["remedy"].string().find("replay"), std::string_view::npos);
    EXPECT_EQ(books_.calls["create document"], 0);
}

TEST_F(Gone, OnlyAReplayWritesItAnewAndOnce) {
    change("250", "h2");
    expect_held();
    change("300", "h3");
    expect_held();  // the version changed, nobody has said anything
    EXPECT_EQ(books_.calls["create document"], 0);
    replay();
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.calls["create document"], 1);
    EXPECT_NE(books_.keys.back(), first_key_) << "under the old key the books could repeat their answer of then";
    EXPECT_EQ(*newest().totals["target"]["gross"].decimal(), Decimal{300});
    // From now on the new one is the order's.
    change("350", "h4");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
}

TEST_F(Gone, AnUnclearNewOneIsLookedUpAndNotRepeated) {
    change("250", "h2");
    expect_held();
    replay();
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
    EXPECT_EQ(books_.calls["create document"], 1);
}

TEST_F(Gone, WhatSomebodyEnteredMeanwhileIsNotDoubledByAReplay) {
    change("250", "h2");
    expect_held();
    books_.add("document", foreign("77", "250.00", "50.00"));
    // What the index knows of the reference went with the document.
    store::IndexRow removed;
    removed.id = "document1";
    removed.deleted = true;
    ASSERT_TRUE(store_->index_put("books", "document", {removed}, "{}", clock_.now()).ok());
    replay();
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(newest().target_ref["id"].string(), "77");
    EXPECT_EQ(books_.calls["create document"], 0);
}

TEST_F(Gone, ADraftThatWasBookedIsNotGone) {
    Json invoice = foreign("inv9", "125.00", "25.00");
    invoice.set("kind", "invoice").set("number", "9").set("state", "booked");
    books_.add("document", invoice);
    change("250", "h2");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "document.differs");
    const std::string message{newest().error["message"].string()};
    for (const char* part : {"invoice 9", "booked", "125.00", "250.00"})
        EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_EQ(store_->binding("books", "document", "shop", "A-1").value()->target_id, "inv9");
}

TEST_F(Gone, ADocumentThatIsClosedSinceIsHeldWithBothTotals) {
    books_.before_write = [](const Json& document) -> std::optional<Error> {
        if (document["type"].string() != "document") return std::nullopt;
        return Error{ErrorClass::rejected, "document.closed", "shipped", ""};
    };
    change("250", "h2");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "document.differs");
    EXPECT_NE(newest().error["message"].string().find("(closed). Total in the books 125.00"), std::string_view::npos)
        << newest().error.dump();
}

TEST_F(PipelineTest, AStoreThatForgotItsDocumentsWritesNoneTwice) {
    for (const char* number : {"A-1", "A-2", "A-3"}) take_in(order(number), number);
    work();
    EXPECT_EQ(books_.count("document"), 3u);
    // An older copy put back: empty in the extreme case. The shop gives its orders again.
    catalog_.reset();
    shop_catalog_.reset();
    pipeline_.reset();
    store_.reset();
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    store_ = std::move(*store::Store::open({(directory_ / "b.db").string(), Secret{std::string(32, 'k')}}, log_));
    restart();
    for (const char* number : {"A-1", "A-2", "A-3"}) take_in(order(number), number);
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 3u);
    EXPECT_EQ(books_.count("customer"), 1u);
    EXPECT_EQ(books_.count("product"), 1u);
    store::DeliveryQuery open;
    open.states = {DeliveryState::held, DeliveryState::dead, DeliveryState::waiting, DeliveryState::pending};
    EXPECT_TRUE(store_->deliveries(open).value().empty());
}

class CancelTest : public PipelineTest {
protected:
    CancelTest() {
        flow_.order.on_cancel = settings::Choice::cancel_draft;
        restart();
    }
    void cancel(const std::string& hash) {
        Json cancelled = order("A-1");
        cancelled.set("status", "cancelled");
        take_in(cancelled, hash);
    }
};

TEST_F(CancelTest, DeletesTheDocumentOnce) {
    take_in(order("A-1"), "h1");
    work();
    cancel("h2");
    EXPECT_EQ(work().state, DeliveryState::skipped) << newest().error.dump();
    EXPECT_EQ(newest().error["code"].string(), "order.cancelled");
    EXPECT_EQ(newest().error["message"].string(),
              "Order A-1 is cancelled in the shop; in books order 1001 was deleted.");
    EXPECT_EQ(books_.count("document"), 0u);
    EXPECT_TRUE(store_->index_find("books", "document", "reference", "A-1").value().empty());

    cancel("h3");
    EXPECT_EQ(work().state, DeliveryState::skipped);
    EXPECT_EQ(books_.count("document"), 0u);
    EXPECT_EQ(books_.calls["cancel document"], 1);
}

TEST_F(CancelTest, ALostAnswerDeletesOnce) {
    take_in(order("A-1"), "h1");
    work();
    books_.after_write = [](const Json& document) -> std::optional<Error> {
        if (document["op"].string() != "cancel") return std::nullopt;
        Error cut{ErrorClass::transient, "http.cut", "cut", ""};
        cut.outcome_unknown = true;
        return cut;
    };
    cancel("h2");
    EXPECT_EQ(work().state, DeliveryState::waiting);
    books_.after_write = nullptr;
    restart();
    clock_.advance(std::chrono::seconds{120});
    EXPECT_EQ(work().state, DeliveryState::skipped) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 0u);
}

TEST_F(CancelTest, WhatWasBookedMeanwhileIsHeldByItsNewName) {
    take_in(order("A-1"), "h1");
    work();
    books_.row_of("document", "document1")
        .set("id", "invoice9")
        .set("number", "77")
        .set("kind", "invoice")
        .set("state", "booked");
    cancel("h2");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["message"].string(), "Order A-1 was cancelled after it became invoice 77.");
    EXPECT_EQ(books_.count("document"), 1u);
}

TEST_F(CancelTest, AnOrderThatComesBackWaitsForAPerson) {
    take_in(order("A-1"), "h1");
    work();
    cancel("h2");
    work();
    take_in(order("A-1"), "h3");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "document.gone");
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
}

}  // namespace
}  // namespace brygga::flow
