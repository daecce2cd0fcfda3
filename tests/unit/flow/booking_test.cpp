// Booking and payment of orders, each once, whatever ends between two writes.
#include "unit/flow/pipeline.h"

namespace brygga::flow {
namespace {

class BookingTest : public PipelineTest {
protected:
    BookingTest() {
        flow_.order.document = "invoice_draft";
        flow_.order.book = flow_.order.register_payment = true;
        flow_.order.bank_account = "1930";
        flow_.order.payment_accounts = {{"card", "Cards"}, {"voucher", "none"}};
        restart();
    }
    static Json paid_by(const std::string& method) {
        Json out = order("A-1");
        out.member("payment").set("method", Json::object({{"id", "7"}, {"code", method}, {"label", method}}));
        return out;
    }
    /// The write of this kind fails once, after it has taken effect or before.
    void fail(const std::string& op, const std::string& type, bool after) {
        const auto once = [op, type, left = 1](const Json& document) mutable -> std::optional<Error> {
            if (document["op"].string() != op || document["type"].string() != type || left-- <= 0) return std::nullopt;
            Error cut{ErrorClass::transient, "http.cut", "cut", ""};
            cut.outcome_unknown = true;
            return cut;
        };
        (after ? books_.after_write : books_.before_write) = once;
    }
    void expect_done() {
        EXPECT_EQ(newest().state, DeliveryState::delivered) << newest().error.dump();
        ASSERT_EQ(books_.count("document"), 1u);
        const Json& invoice = books_.rows("document")[0];
        EXPECT_EQ(invoice["kind"].string(), "invoice");
        ASSERT_EQ(books_.count("payment"), 1u);
        const Json& payment = books_.rows("payment")[0]["fields"];
        EXPECT_EQ(payment["document"], invoice["id"]);
        EXPECT_EQ(*payment["amount"].decimal(), Decimal{125});
        const auto binding = store_->binding("books", "document", "shop", "A-1").value();
        ASSERT_TRUE(binding);
        EXPECT_EQ(binding->target_id, invoice["id"].string());
        EXPECT_EQ(binding->state, "booked");
        EXPECT_EQ(newest().target_ref["id"], invoice["id"]);
    }
};

TEST_F(BookingTest, AnOrderIsBookedAndPaidWithOneCallEach) {
    take_in(order("A-1"), "h1");
    work();
    expect_done();
    EXPECT_EQ(books_.calls["create document"], 1);
    EXPECT_EQ(books_.calls["book document"], 1);
    EXPECT_EQ(books_.calls["create payment"], 1);
    EXPECT_EQ(books_.calls["find payment"], 0);
    EXPECT_EQ(books_.rows("payment")[0]["fields"]["account"].string(), "b1");
    EXPECT_TRUE(store_->index_find("books", "document", "reference", "A-1").value().size() == 1u)
        << "the draft has left the index";
}

TEST_F(BookingTest, ThePaymentMethodChoosesTheAccount) {
    take_in(paid_by("card"), "h1");
    work();
    expect_done();
    EXPECT_EQ(books_.rows("payment")[0]["fields"]["account"].string(), "b2");
}

TEST_F(BookingTest, AMethodWithoutAccountIsBookedOnly) {
    take_in(paid_by("voucher"), "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.rows("document")[0]["kind"].string(), "invoice");
    EXPECT_EQ(books_.count("payment"), 0u);
}

TEST_F(BookingTest, AnUnpaidOrderIsBookedOnly) {
    Json unpaid = order("A-1");
    unpaid.member("payment").set("state", "unpaid");
    take_in(unpaid, "h1");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("payment"), 0u);
}

TEST_F(BookingTest, AnAccountThatIsMissingHoldsBeforeThePaymentAndGoesOnThere) {
    flow_.order.bank_account = "1999";
    restart();
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "option.bank_account") << newest().error.dump();
    EXPECT_EQ(newest().error["remedy"].string(), "Set settings.target.bank_account to one of: Bank, Cards.");
    EXPECT_EQ(newest().target_ref["kind"].string(), "invoice");

    flow_.order.bank_account = "1930";
    restart();
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    work();
    expect_done();
    EXPECT_EQ(books_.calls["book document"], 1);
    EXPECT_EQ(books_.calls["update document"], 0);
}

TEST_F(BookingTest, TotalsThatDifferAreNotBooked) {
    books_.skew = *Decimal::parse("0.01");
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "totals.unequal");
    EXPECT_EQ(books_.calls["book document"], 0);
    EXPECT_EQ(books_.count("payment"), 0u);
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    EXPECT_EQ(work().state, DeliveryState::held) << "a replay does not make them equal";
    EXPECT_EQ(newest().error["code"].string(), "totals.unequal");
    EXPECT_EQ(books_.calls["book document"], 0);

    books_.row_of("document", "document1").member("totals").set("gross", 125);  // by hand
    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    work();
    expect_done();
    EXPECT_EQ(books_.calls["update document"], 0);
}

TEST_F(BookingTest, AnInvoiceThatDiffersFromItsDraftIsHeldUnpaid) {
    books_.skew_booked = *Decimal::parse("0.01");
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "totals.unequal") << newest().error.dump();
    EXPECT_EQ(newest().target_ref["kind"].string(), "invoice");
    EXPECT_EQ(books_.count("payment"), 0u);
}

struct Cut {
    const char *op, *type;
    bool after;
};
class BookingCutTest : public BookingTest, public testing::WithParamInterface<Cut> {};

TEST_P(BookingCutTest, IsLookedUpAndNotRepeated) {
    fail(GetParam().op, GetParam().type, GetParam().after);
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::waiting) << newest().error.dump();
    for (int i = 0; i < 6 && newest().state != DeliveryState::delivered; ++i) {
        restart();
        clock_.advance(std::chrono::seconds{120});
        work();
    }
    expect_done();
    EXPECT_EQ(books_.calls["update document"], 0) << "what was written agrees already";
}

INSTANTIATE_TEST_SUITE_P(Writes, BookingCutTest,
                         testing::Values(Cut{"create", "document", true}, Cut{"book", "document", false},
                                         Cut{"book", "document", true}, Cut{"create", "payment", false},
                                         Cut{"create", "payment", true}));

TEST_F(BookingTest, WhatAPersonHasBookedIsNotBookedAgain) {
    fail("book", "document", false);
    take_in(order("A-1"), "h1");
    EXPECT_EQ(work().state, DeliveryState::waiting);
    Json& draft = books_.row_of("document", "document1");
    draft.set("id", "invoice9").set("kind", "invoice").set("state", "booked");
    clock_.advance(std::chrono::seconds{120});
    work();
    expect_done();
    EXPECT_EQ(books_.calls["book document"], 1);
}

TEST_F(BookingTest, ADraftThatIsGoneIsHeldAndWrittenAnewByAReplay) {
    fail("book", "document", false);
    take_in(order("A-1"), "h1");
    work();
    books_.remove("document", "document1");
    clock_.advance(std::chrono::seconds{120});
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "document.gone") << newest().error.dump();

    ASSERT_TRUE(store_->requeue(newest().id, clock_.now()).ok());
    work();
    expect_done();
}

/// An order that was booked before it was paid, as it is when invoices go out with a term.
class PaidLaterTest : public BookingTest {
protected:
    PaidLaterTest() {
        Json unpaid = order("A-1");
        unpaid.member("payment").set("state", "unpaid");
        take_in(unpaid, "h1");
        work();
        EXPECT_EQ(newest().state, DeliveryState::delivered) << newest().error.dump();
        EXPECT_EQ(books_.count("payment"), 0u);
    }
};

TEST_F(PaidLaterTest, ItsPaymentIsRegisteredAndNothingElse) {
    clock_.advance(std::chrono::hours{72});
    take_in(order("A-1"), "h1+paid");
    work();
    expect_done();
    EXPECT_EQ(books_.rows("payment")[0]["fields"]["date"].string(), "2026-03-05") << "the day on which it was seen";
    EXPECT_EQ(books_.calls["create document"] + books_.calls["update document"], 1);
    EXPECT_EQ(books_.calls["book document"], 1);
    EXPECT_EQ(store_->binding("books", "document", "shop", "A-1").value()->hash, "h1+paid");
    take_in(order("A-1", "anna@example.com", "250"), "h2+paid");
    EXPECT_EQ(work().state, DeliveryState::held) << "a change is one still";
}

TEST_F(PaidLaterTest, WhatAPersonHasRegisteredIsNotRegisteredAgain) {
    books_.add("payment", Json::object({{"id", "p9"},
                                        {"number", "9"},
                                        {"keys", Json::object({{"document", books_.rows("document")[0]["id"]}})},
                                        {"fields", Json::object()}}));
    take_in(order("A-1"), "h1+paid");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(books_.count("payment"), 1u);
    EXPECT_EQ(books_.calls["create payment"], 0);
}

TEST_F(PaidLaterTest, ALostAnswerIsLookedUp) {
    fail("create", "payment", true);
    take_in(order("A-1"), "h1+paid");
    EXPECT_EQ(work().state, DeliveryState::waiting);
    for (int i = 0; i < 6 && newest().state != DeliveryState::delivered; ++i) {
        restart();
        clock_.advance(std::chrono::seconds{120});
        work();
    }
    expect_done();
}

TEST_F(PaidLaterTest, AChangeThatCameWithThePaymentIsHeld) {
    take_in(order("A-1", "anna@example.com", "250"), "h2+paid");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "document.differs") << newest().error.dump();
    EXPECT_EQ(books_.count("payment"), 0u);
}

TEST_F(BookingTest, ABookedOrderThatChangesIsHeld) {
    take_in(order("A-1"), "h1");
    work();
    take_in(order("A-1", "anna@example.com", "250"), "h2");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["code"].string(), "document.differs") << newest().error.dump();
    EXPECT_EQ(books_.count("document"), 1u);
}

}  // namespace
}  // namespace brygga::flow
