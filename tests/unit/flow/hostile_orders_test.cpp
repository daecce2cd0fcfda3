// Orders at the bounds of the canonical form: each ends delivered to the cent, or held or dead with a message that
// names the order, the reason and what to do. Nothing is written for an order that cannot be entered.
#include "unit/flow/pipeline.h"

namespace brygga::flow {
namespace {

class Hostile : public PipelineTest {
protected:
    static Json line(const char* sku, const std::string& quantity, const std::string& price, const std::string& total,
                     const char* kind = "product") {
        return *Json::parse(std::string{R"({"kind":")"} + kind + R"(","sku":")" + sku + R"(","name":"Thing )" + sku +
                            R"(","quantity":)" + quantity + R"(,"unit_price":)" + price + R"(,"discount":0,"total":)" +
                            total + R"(,"rate":25})");
    }
    static Json with(std::initializer_list<Json> lines, const std::string& gross) {
        Json made = order("A-1");
        Json all = Json::array();
        for (const Json& l : lines) all.push(l);
        made.set("lines", all);
        made.set("stated", *Json::parse(R"({"gross":)" + gross + "}"));
        return made;
    }
    DeliveryState end(const Json& order) {
        take_in(order, "h1");
        return work().state;
    }
    /// A message for people: the record, the reason, and what to do.
    void expect_told(const char* code, const char* reason) {
        const Json error = newest().error;
        EXPECT_EQ(error["code"].string(), code);
        EXPECT_NE(error["message"].string().find("Order A-1"), std::string_view::npos) << error.dump();
        EXPECT_NE(error["message"].string().find(reason), std::string_view::npos) << error.dump();
        EXPECT_FALSE(error["remedy"].string().empty());
    }
    void expect_nothing_written() {
        for (const char* type : {"customer", "product", "document"}) EXPECT_EQ(books_.count(type), 0u) << type;
    }
    Decimal gross() { return newest().totals["target"]["gross"].decimal().value_or(Decimal{-1}); }
    std::string explained() { return newest().explain.dump(); }
};

TEST_F(Hostile, FiveHundredLinesAreOneDocument) {
    Json made = order("A-1");
    Json lines = Json::array();
    Decimal sum;
    for (int i = 0; i < 500; ++i) {
        const Decimal price = Decimal::scaled(1 + i * 37 % 997, 2), total = price * Decimal{i % 7 + 1};
        sum += total;
        lines.push(
            line(("S" + std::to_string(i % 5)).c_str(), std::to_string(i % 7 + 1), price.text(2), total.text(2)));
    }
    made.set("lines", lines);
    made.set("stated", Json::object({{"gross", sum}}));
    for (const bool with_tax : {true, false}) {
        books_.prices_include_tax = with_tax;
        made.set("number", with_tax ? "A-1" : "A-2");
        EXPECT_EQ(end(made), DeliveryState::delivered) << newest().error.dump();
        EXPECT_EQ(gross(), sum);
    }
    EXPECT_LE(books_.count("product"), 6u) << "five articles, and at most one for a rounding row";
}

TEST_F(Hostile, ARowOfNothingIsARow) {
    EXPECT_EQ(end(with({line("MUG", "1", "125", "125"), line("GIFT", "0", "0", "0")}, "125")), DeliveryState::delivered)
        << newest().error.dump();
    EXPECT_EQ(gross(), Decimal{125});
}

TEST_F(Hostile, AReturnedPieceReducesTheOthersAndIsTold) {
    EXPECT_EQ(end(with({line("MUG", "2", "125", "250"), line("CUP", "-1", "125", "-125")}, "125")),
              DeliveryState::delivered)
        << newest().error.dump();
    EXPECT_EQ(gross(), Decimal{125});
    EXPECT_NE(explained().find("line 2: the product of -125.00 is spread over the other rows"), std::string::npos)
        << explained();
}

TEST_F(Hostile, MoreGivenBackThanSoldIsHeld) {
    EXPECT_EQ(end(with({line("MUG", "1", "125", "125"), line("CUP", "-2", "125", "-250")}, "-125")),
              DeliveryState::held);
    expect_told("totals.discount_too_large", "125.00 more than everything");
    expect_nothing_written();
}

TEST_F(Hostile, AnOrderOfReturnsOnlyIsHeld) {
    EXPECT_EQ(end(with({line("CUP", "-1", "125", "-125")}, "-125")), DeliveryState::held);
    expect_told("totals.discount_too_large", "more than everything");
    expect_nothing_written();
}

TEST_F(Hostile, NoLinesAreHeld) {
    EXPECT_EQ(end(with({}, "0")), DeliveryState::held);
    expect_told("totals.not_plannable", "no lines");
    expect_nothing_written();
}

TEST_F(Hostile, ATotalThatItsLinesDoNotGiveIsHeldWithBothSums) {
    EXPECT_EQ(end(with({line("MUG", "1", "125", "125")}, "124.98")), DeliveryState::held);
    expect_told("totals.contradict", "states a total with tax of 124.98, but its lines add up to 125.00");
    expect_nothing_written();
}

TEST_F(Hostile, TheLargestAmountIsExact) {
    EXPECT_EQ(end(with({line("MUG", "1", "99999999999.99", "99999999999.99"), line("CUP", "1", "0.01", "0.01")},
                       "100000000000.00")),
              DeliveryState::delivered)
        << newest().error.dump();
    EXPECT_EQ(gross(), *Decimal::parse("100000000000"));
}

TEST_F(Hostile, ATrillionIsNotBelieved) {
    EXPECT_EQ(end(with({line("MUG", "1", "1000000000000", "1000000000000")}, "1000000000000")), DeliveryState::dead);
    expect_told("order.invalid", "lines[0].unit_price must be a number of at most 100000000000");
    expect_nothing_written();
}

TEST_F(Hostile, MillionsOfPiecesAreExact) {
    for (const bool with_tax : {true, false}) {
        books_.prices_include_tax = with_tax;
        Json made = with({line("SCREW", "9999999", "0.01", "99999.99")}, "99999.99");
        made.set("number", with_tax ? "A-1" : "A-2");
        EXPECT_EQ(end(made), DeliveryState::delivered) << newest().error.dump();
        EXPECT_EQ(gross(), *Decimal::parse("99999.99"));
    }
}

TEST_F(Hostile, AFractionThatTheBooksCannotHoldStandsInTheText) {
    EXPECT_EQ(end(with({line("ROPE", "0.123456789", "100", "12.35")}, "12.35")), DeliveryState::delivered)
        << newest().error.dump();
    EXPECT_EQ(gross(), *Decimal::parse("12.35"));
}

TEST_F(Hostile, WithoutACountryItIsHeld) {
    Json made = order("A-1");
    made.member("billing").erase("country");
    EXPECT_EQ(end(made), DeliveryState::held);
    expect_told("tax.country_missing", "neither a delivery nor a billing country");
    EXPECT_EQ(books_.count("document"), 0u);
}

TEST_F(Hostile, AnotherCurrencyWithoutMinorUnitsKeepsItsFigures) {
    Json made = with({line("MUG", "3", "1250", "3750")}, "3750");
    made.set("currency", "JPY");
    EXPECT_EQ(end(made), DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(gross(), Decimal{3750});
    EXPECT_EQ(books_.rows("document").at(0)["fields"]["currency"].string(), "JPY");
    EXPECT_EQ(newest().totals["source"]["gross"], newest().totals["target"]["gross"]);
}

TEST_F(Hostile, YenWhoseTaxTheShopRoundedToWholeOnesAreHeldWithBothSums) {
    Json made = with({line("MUG", "1", "104", "104")}, "104");
    made.set("currency", "JPY");
    made.member("stated").set("tax", 21);
    EXPECT_EQ(end(made), DeliveryState::held);
    expect_told("totals.contradict", "states VAT of 21.00, but its lines add up to 20.80");
    expect_nothing_written();
}

TEST_F(Hostile, AGiftCardThatPaidIsTold) {
    EXPECT_EQ(end(with({line("MUG", "1", "125", "125"), line("", "1", "-25", "-25", "gift_card")}, "100")),
              DeliveryState::delivered)
        << newest().error.dump();
    EXPECT_EQ(gross(), Decimal{125});
    EXPECT_NE(explained().find("25.00 of it was paid with gift cards; book that as a payment"), std::string::npos)
        << explained();
}

TEST_F(Hostile, ARoundingRowIsTold) {
    books_.prices_include_tax = false;
    flow_.order.missing_product = settings::Choice::create;
    EXPECT_EQ(end(with({line("MUG", "1", "0.07", "0.07")}, "0.07")), DeliveryState::delivered) << newest().error.dump();
    EXPECT_NE(explained().find("a rounding row of 0.01"), std::string::npos) << explained();
}

TEST_F(Hostile, ANumberOfOneDigitIsStillNamed) {
    Json made = order("5");
    made.member("billing").erase("country");
    take_in(made, "h1");
    EXPECT_EQ(work().state, DeliveryState::held);
    EXPECT_EQ(newest().error["message"].string().substr(0, 8), "Order 5:") << newest().error.dump();
}

TEST_F(Hostile, VatOfTheConsumersOwnCountryIsHeldWithTheReason) {
    Json made = order("A-1");
    made.member("billing").set("country", "NL");
    made.member("lines").items_for_writing().at(0).set("rate", 21);
    EXPECT_EQ(end(made), DeliveryState::held);
    expect_told("tax.no_treatment", "one-stop shop");
    EXPECT_NE(newest().error["remedy"].string().find("by hand"), std::string_view::npos);
}

TEST_F(Hostile, APlatformSaleNeverMakesAnArticleWithoutVat) {
    Json made = order("A-1");
    made.set("platform", true);
    EXPECT_EQ(end(made), DeliveryState::held);
    expect_told("tax.no_treatment", "sold through a platform");
    EXPECT_EQ(books_.count("product"), 0u);
}

TEST_F(Hostile, DeliveredElsewhereThanTheCustomerLivesIsHeldWithTheReason) {
    take_in(order("A-0"), "h0");
    work();
    Json made = order("A-1");
    made.set("shipping", *Json::parse(R"({"line1":"Karl Johans gate 1","city":"Oslo","country":"NO"})"));
    made.member("lines").items_for_writing().at(0).set("rate", 0);
    EXPECT_EQ(end(made), DeliveryState::held);
    expect_told("tax_mismatch", "The order goes to NO, but the books charge by the customer's country, SE.");
}

TEST_F(Hostile, AnOlderOrderDoesNotBringAnOldAddressBack) {
    const auto at = [](const char* number, const char* placed, const char* street) {
        Json made = order(number);
        made.set("placed_at", placed);
        made.member("billing").set("line1", street);
        return made;
    };
    const auto address = [&] { return books_.rows("customer").at(0)["fields"]["address"]["line1"].string(); };
    take_in(at("A-1", "2026-03-01T10:00:00Z", "Old street 1"), "h1");
    work();
    take_in(at("A-3", "2026-03-03T10:00:00Z", "New street 3"), "h3");
    work();
    EXPECT_EQ(address(), "New street 3");
    take_in(at("A-2", "2026-03-02T10:00:00Z", "Old street 1"), "h2");
    EXPECT_EQ(work().state, DeliveryState::delivered) << newest().error.dump();
    EXPECT_EQ(address(), "New street 3");
}

}  // namespace
}  // namespace brygga::flow
