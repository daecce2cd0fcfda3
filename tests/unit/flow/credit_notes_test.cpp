// Credit notes of booked orders that became less or were cancelled: each once, whatever ends between two writes.
#include <gmock/gmock.h>

#include "unit/flow/pipeline.h"

namespace brygga::flow {
namespace {

class CreditNotesTest : public PipelineTest {
protected:
    CreditNotesTest() {
        flow_.order.document = "invoice_draft";
        flow_.order.book = true;
        flow_.order.on_refund = flow_.order.on_cancel = settings::Choice::credit;
        restart();
    }
    /// {"MUG", "100"}, ...: one of each at 25 %.
    static Json order_of(const std::vector<std::pair<std::string, std::string>>& lines, const char* status = "new") {
        Json out = order("A-1");
        Json all = Json::array();
        Decimal gross;
        for (const auto& [sku, amount] : lines) {
            const Decimal total = *Decimal::parse(amount);
            gross += total;
            all.push(Json::object({{"kind", total.is_negative() ? "discount" : "product"},
                                   {"sku", sku},
                                   {"name", sku},
                                   {"quantity", 1},
                                   {"unit_price", total},
                                   {"discount", 0},
                                   {"total", total},
                                   {"rate", total.is_negative() ? Json{} : Json{25}}}));
        }
        out.set("lines", std::move(all)).set("status", status);
        return out.set("stated", Json::object({{"gross", gross}}));
    }
    void book_first() {
        take_in(order_of({{"MUG", "125"}, {"CUP", "50"}}), "h1");
        ASSERT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    }
    std::vector<Json> notes() {
        std::vector<Json> out;
        for (const Json& row : books_.rows("document"))
            if (is_credit_note(row["kind"].string())) out.push_back(row);
        return out;
    }
    static Decimal gross(const Json& row) { return row["totals"]["gross"].decimal().value_or(Decimal{}); }
    void fail_once(const std::string& op, bool after) {
        const auto once = [op, left = 1](const Json& document) mutable -> std::optional<Error> {
            if (document["op"].string() != op || left-- <= 0) return std::nullopt;
            Error cut{ErrorClass::transient, "http.cut", "cut", ""};
            cut.outcome_unknown = true;
            return cut;
        };
        (after ? books_.after_write : books_.before_write) = once;
    }
    void go_on() {
        for (int i = 0; i < 6 && newest().state != DeliveryState::delivered; ++i) {
            restart();
            clock_.advance(std::chrono::seconds{120});
            work();
        }
    }
};

TEST_F(CreditNotesTest, ALineThatWasRemovedIsCreditedAndBooked) {
    book_first();
    clock_.advance(std::chrono::hours{48});
    take_in(order_of({{"MUG", "125"}}), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    ASSERT_EQ(notes().size(), 1u);
    const Json note = notes()[0];
    EXPECT_EQ(note["kind"].string(), "credit_note");
    EXPECT_EQ(note["state"].string(), "booked");
    EXPECT_EQ(note["keys"]["reference"].string(), "A-1/C1");
    EXPECT_EQ(gross(note), Decimal{50});
    ASSERT_EQ(note["lines"].size(), 2u);
    EXPECT_EQ(note["lines"].at(0)["text"].string(), "Credits invoice 1001, order A-1");
    EXPECT_EQ(note["lines"].at(1)["sku"].string(), "CUP");
    EXPECT_EQ(note["fields"]["date"].string(), "2026-03-04") << "the day on which it was seen";
    EXPECT_EQ(note["fields"]["customer"].string(), "customer1");

    const store::Delivery d = newest();
    EXPECT_EQ(d.target_ref["kind"].string(), "credit_note");
    EXPECT_EQ(*d.totals["source"]["gross"].decimal(), Decimal{50});
    EXPECT_THAT(d.explain.dump(), ::testing::HasSubstr("settings.on_refund: credit"));
    EXPECT_EQ(store_->binding("books", "document", "shop", "A-1").value()->kind, "invoice");
    EXPECT_EQ(store_->binding("books", "credit:1", "shop", "A-1").value()->state, "booked");
    EXPECT_EQ(books_.calls["credit document"], 1);
    EXPECT_EQ(books_.calls["create document"], 1);
}

TEST_F(CreditNotesTest, AnAmountBecomesARowOfTheRefundArticle) {
    flow_.order.rows["refund"] = "KREDIT-{rate}";
    restart();
    book_first();
    take_in(order_of({{"MUG", "125"}, {"CUP", "50"}, {"", "-35"}}), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    ASSERT_EQ(notes().size(), 1u);
    EXPECT_EQ(gross(notes()[0]), Decimal{35});
    EXPECT_EQ(notes()[0]["lines"].at(1)["sku"].string(), "KREDIT-25");
}

TEST_F(CreditNotesTest, SeveralRefundsAndACancellationCreditEachWhatIsNew) {
    book_first();
    take_in(order_of({{"MUG", "125"}, {"CUP", "40"}}), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    take_in(order_of({{"MUG", "125"}}), "h3");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    take_in(order_of({{"MUG", "125"}}, "cancelled"), "h4");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    ASSERT_EQ(notes().size(), 3u);
    EXPECT_EQ(gross(notes()[0]), Decimal{10});
    EXPECT_EQ(gross(notes()[1]), Decimal{40});
    EXPECT_EQ(gross(notes()[2]), Decimal{125});
    EXPECT_EQ(notes()[2]["keys"]["reference"].string(), "A-1/C3");
    EXPECT_THAT(newest().explain.dump(), ::testing::HasSubstr("settings.on_cancel: credit"));

    take_in(order_of({{"CUP", "1"}}, "cancelled"), "h5");
    EXPECT_EQ(work().state, DeliveryState::skipped);
    EXPECT_EQ(newest().error["code"].string(), "order.cancelled");
    take_in(order_of({{"CUP", "1"}}), "h6");
    EXPECT_EQ(work().state, DeliveryState::held) << "an order that comes back is more than is billed";
    EXPECT_EQ(notes().size(), 3u);
}

TEST_F(CreditNotesTest, WhatIsMoreIsHeldWithBothTotals) {
    book_first();
    take_in(order_of({{"MUG", "125"}, {"BOWL", "10"}}), "h2");
    EXPECT_EQ(work().state, DeliveryState::held);
    const Json error = newest().error;
    EXPECT_EQ(error["code"].string(), "document.differs");
    EXPECT_EQ(error["message"].string(),
              "Order A-1 changed after it became invoice 1001 (booked), and no credit note makes them equal: there are "
              "1 of BOWL now and 0 were billed. Billed in the books 175.00 SEK, total of the order now 135.00 SEK.");
    EXPECT_FALSE(error["remedy"].string().empty());
    EXPECT_EQ(books_.calls["credit document"], 0);
}

TEST_F(CreditNotesTest, WithoutTheSettingItIsHeldAsEver) {
    flow_.order.on_refund = flow_.order.on_cancel = settings::Choice::hold;
    restart();
    book_first();
    EXPECT_TRUE(store_->binding("books", "document", "shop", "A-1").value()->billed.is_null()) << "nothing is kept";
    take_in(order_of({{"MUG", "125"}}), "h2");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "document.differs");

    flow_.order.on_refund = settings::Choice::credit;
    restart();
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    EXPECT_EQ(work().state, DeliveryState::held) << "what it bills is not known";
    EXPECT_EQ(newest().error["code"].string(), "credit.unknown");
    EXPECT_THAT(std::string{newest().error["message"].string()}, ::testing::HasSubstr("invoice 1001"));
}

TEST_F(CreditNotesTest, ACreditNoteMadeByHandStopsIt) {
    book_first();
    Json by_hand = books_.rows("document")[0];
    by_hand.set("id", "invoice77").set("number", "77").set("kind", "credit_note");
    books_.add("document", by_hand);
    take_in(order_of({{"MUG", "125"}}), "h2");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "credit.by_hand") << newest().error.dump();
    EXPECT_EQ(books_.calls["credit document"], 0);
}

TEST_F(CreditNotesTest, ADraftIsChangedAndNotCredited) {
    flow_.order.book = false;
    restart();
    book_first();
    take_in(order_of({{"MUG", "125"}}), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    ASSERT_EQ(books_.count("document"), 1u);
    EXPECT_EQ(gross(books_.rows("document")[0]), Decimal{125});

    // Somebody books it by hand: from then on it is credited, as a draft for them to book.
    books_.row_of("document", "document1").set("id", "invoice9").set("kind", "invoice").set("state", "booked");
    take_in(order_of({{"MUG", "100"}}), "h3");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    ASSERT_EQ(notes().size(), 1u);
    EXPECT_EQ(notes()[0]["kind"].string(), "credit_note_draft");
    EXPECT_EQ(gross(notes()[0]), Decimal{25});
    EXPECT_EQ(store_->binding("books", "document", "shop", "A-1").value()->target_id, "invoice9");

    take_in(order_of({{"MUG", "100"}}, "cancelled"), "h4");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(gross(notes().at(1)), Decimal{100});
}

TEST_F(CreditNotesTest, ADraftOfACancelledOrderIsDeleted) {
    flow_.order.book = false;
    restart();
    book_first();
    take_in(order_of({{"MUG", "125"}}, "cancelled"), "h2");
    EXPECT_EQ(work().state, DeliveryState::skipped) << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 0u);
}

TEST_F(CreditNotesTest, TotalsThatDifferAreNotBookedUntilTheyAreCorrected) {
    book_first();
    books_.skew = *Decimal::parse("0.01");
    take_in(order_of({{"MUG", "125"}}), "h2");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "totals.unequal");
    ASSERT_EQ(notes().size(), 1u);
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "totals.unequal") << newest().error.dump();
    EXPECT_EQ(notes()[0]["kind"].string(), "credit_note_draft");

    Json& note = books_.row_of("document", std::string{notes()[0]["id"].string()});
    note.member("totals").set("gross", 50);
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(notes()[0]["kind"].string(), "credit_note");
    EXPECT_EQ(books_.calls["credit document"], 1);
}

TEST_F(CreditNotesTest, AReferenceThatIsTooLongIsHeld) {
    const std::string number(34, '7');
    Json first = order_of({{"MUG", "125"}, {"CUP", "50"}}), second = order_of({{"MUG", "125"}});
    for (Json* each : {&first, &second}) each->set("id", number).set("number", number);
    take_in(first, "h1");
    ASSERT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    take_in(second, "h2");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "reference.too_long") << newest().error.dump();
}

TEST_F(CreditNotesTest, ANewerVersionKnowsWhatACancelledDeliveryHasSent) {
    for (const bool after : {true, false}) {
        const std::string hash = after ? "a" : "b", total = after ? "125" : "100", less = after ? "110" : "80";
        if (after) book_first();
        fail_once("credit", after);
        take_in(order_of({{"MUG", total}}), hash + "2");
        EXPECT_EQ(work().state, DeliveryState::waiting) << newest().error.dump();
        ASSERT_TRUE(store_->cancel(newest().id, clock_.now()).ok());
        take_in(order_of({{"MUG", less}}), hash + "3");
        clock_.advance(std::chrono::seconds{120});
        EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    }
    // What had arrived is taken as it is; what had not is planned anew.
    ASSERT_EQ(notes().size(), 3u);
    EXPECT_EQ(gross(notes()[0]), Decimal{50});
    EXPECT_EQ(gross(notes()[1]), Decimal{15});
    EXPECT_EQ(gross(notes()[2]), Decimal{30});
    for (const Json& note : notes()) EXPECT_EQ(note["kind"].string(), "credit_note");
}

struct CreditCut {
    const char* op;
    bool after;
};
class CreditCutTest : public CreditNotesTest, public ::testing::WithParamInterface<CreditCut> {};

TEST_P(CreditCutTest, MakesOneCreditNote) {
    book_first();
    fail_once(GetParam().op, GetParam().after);
    take_in(order_of({{"MUG", "125"}}), "h2");
    EXPECT_EQ(work().state, DeliveryState::waiting) << newest().error.dump();
    go_on();
    EXPECT_EQ(newest().state, DeliveryState::delivered) << newest().error.dump();
    ASSERT_EQ(notes().size(), 1u);
    EXPECT_EQ(notes()[0]["kind"].string(), "credit_note");
    EXPECT_EQ(gross(notes()[0]), Decimal{50});
}

TEST_P(CreditCutTest, ANewerVersionCreditsWhatIsNew) {
    book_first();
    fail_once(GetParam().op, GetParam().after);
    take_in(order_of({{"MUG", "125"}}), "h2");
    EXPECT_EQ(work().state, DeliveryState::waiting) << newest().error.dump();
    take_in(order_of({{"MUG", "125"}}, "cancelled"), "h3");
    go_on();
    EXPECT_EQ(newest().state, DeliveryState::delivered) << newest().error.dump();
    Decimal sum;
    for (const Json& note : notes()) {
        sum += gross(note);
        EXPECT_EQ(note["kind"].string(), "credit_note");
    }
    EXPECT_EQ(sum, Decimal{175});
    EXPECT_EQ(notes().size(), 2u) << "what has begun to write goes first";
}

INSTANTIATE_TEST_SUITE_P(Writes, CreditCutTest,
                         ::testing::Values(CreditCut{"credit", false}, CreditCut{"credit", true},
                                           CreditCut{"book", false}, CreditCut{"book", true}));

}  // namespace
}  // namespace brygga::flow
