#include "entity/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brygga::entity {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view whole = R"({
  "id": "340000123", "number": "WEB-1001", "status": "processing", "placed_at": "2026-01-14T13:05:22Z",
  "modified_at": "2026-01-15T08:00:00Z", "currency": "SEK", "language": "sv", "prices_include_tax": true,
  "platform": false, "reverse_charge": false, "note": "Ring first\nthen knock",
  "customer": {"id": "7", "kind": "company", "name": "Anna Example", "first_name": "Anna", "last_name": "Example",
    "company": "Example AB", "email": "Anna@Example.com", "phone": "+46 70 000 00 00", "vat_number": "SE556677889901",
    "organisation_number": "556677-8899", "reference": "PO 5"},
  "billing": {"name": "Anna Example", "company": "Example AB", "line1": "Gatan 1", "line2": "c/o", "postal_code": "111 22",
    "city": "Exempelstad", "province": "X", "country": "SE", "phone": "1"},
  "shipping": {"name": "Store", "line1": "Weg 2", "postal_code": "1234 AB", "city": "Voorbeeld", "country": "NL"},
  "shipping_method": "Post", "payment": {"state": "paid", "method": {"id": "3", "code": "ideal", "label": "iDEAL"},
    "transaction_id": "t-1"},
  "lines": [
    {"id": "1", "kind": "product", "sku": "A-1", "ean": "7310000000000", "name": "Räksmörgås", "quantity": 2.5,
     "unit": "kg", "unit_price": 10.000001, "discount": 0.5, "total": 24.5, "rate": 25, "options": "red"},
    {"id": "s", "kind": "shipping", "name": "Post", "quantity": 1, "unit_price": 49, "total": 49, "rate": null}],
  "stated": {"tax": 14.70, "gross": 73.50}, "future_member": [1, 2]})";

Json document() { return *Json::parse(whole); }

Error refusal(const Json& doc) {
    const auto order = parse_order(doc);
    EXPECT_FALSE(order.ok()) << doc.text();
    return order.ok() ? Error{} : order.error();
}

TEST(Order, ReadsEveryMember) {
    const auto order = parse_order(document());
    ASSERT_TRUE(order.ok()) << order.error().message;
    EXPECT_EQ(order->number, "WEB-1001");
    EXPECT_EQ(order->status, OrderStatus::processing);
    EXPECT_EQ(to_rfc3339(order->placed_at), "2026-01-14T13:05:22.000Z");
    EXPECT_EQ(order->customer.kind, CustomerKind::company);
    EXPECT_EQ(order->note, "Ring first\nthen knock");
    EXPECT_EQ(order->payment.method_code, "ideal");
    EXPECT_EQ(order->tax_country(), "NL");
    EXPECT_EQ(order->delivery().city, "Voorbeeld");
    ASSERT_EQ(order->lines.size(), 2u);
    EXPECT_EQ(order->lines[0].unit_price.text(), "10.000001");
    EXPECT_EQ(order->lines[0].rate, Decimal{25});
    EXPECT_EQ(order->lines[1].kind, LineKind::shipping);
    EXPECT_EQ(order->lines[1].rate, std::nullopt);
    EXPECT_EQ(order->lines[1].discount, Decimal{});
    EXPECT_EQ(order->stated_gross->text(2), "73.50");
}

TEST(Order, SurvivesItsOwnJson) {
    const Json once = to_json(*parse_order(document()));
    EXPECT_EQ(once, to_json(*parse_order(once)));
    Json expected = document();
    expected.erase("future_member");
    expected.set("placed_at", "2026-01-14T13:05:22.000Z");
    expected.set("modified_at", "2026-01-15T08:00:00.000Z");
    expected.member("lines").items_for_writing()[1].set("discount", 0);
    EXPECT_EQ(once, expected) << once.pretty();
}

TEST(Order, FillsWhatMayBeAbsent) {
    const Json minimal = *Json::parse(
        R"({"id": 5, "number": 1001, "status": "new", "placed_at": "2026-01-14T13:05:22Z", "currency": "EUR",
            "prices_include_tax": false, "customer": {"kind": "person", "email": null}, "billing": {},
            "payment": {"state": "unpaid"}, "lines": []})");
    const auto order = parse_order(minimal);
    ASSERT_TRUE(order.ok()) << order.error().message;
    EXPECT_EQ(order->id, "5");
    EXPECT_EQ(order->number, "1001");
    EXPECT_EQ(order->modified_at, order->placed_at);
    EXPECT_TRUE(order->shipping.empty());
    EXPECT_EQ(order->stated_gross, std::nullopt);
    EXPECT_EQ(order->tax_country(), "");
}

TEST(Order, ReplacesControlCharacters) {
    Json doc = document();
    doc.set("note", std::string_view{"a\0b\r\nc\x07"
                                     "d\te\x7f\xc2\x85"
                                     "f\xc3\xa5",
                                     16});
    EXPECT_EQ(parse_order(doc)->note, "a b\nc d\te  f\xc3\xa5");
}

struct Wrong {
    const char* path;
    const char* value;
    const char* expected;
};

/// Puts a value at "a.b" or "lines.0.b".
void put(Json& doc, std::string_view path, Json value) {
    Json* at = &doc;
    for (std::size_t dot = 0; (dot = path.find('.')) != std::string_view::npos; path.remove_prefix(dot + 1)) {
        const std::string_view step = path.substr(0, dot);
        at = step == "0" ? &at->items_for_writing()[0] : &at->member(step);
    }
    at->set(path, std::move(value));
}

TEST(Order, NamesWhatIsWrongAndWhere) {
    for (const Wrong& wrong : std::initializer_list<Wrong>{
             {"status", R"("paid")", "status must be one of new, processing,"},
             {"status", "null", "status must be one of"},
             {"id", R"("")", "id must be a text that is not empty"},
             {"placed_at", R"("yesterday")", "placed_at must be a time like"},
             {"currency", R"("sek")", "currency must be three capital letters"},
             {"currency", "752", "currency must be a text"},
             {"prices_include_tax", R"("true")", "prices_include_tax must be true or false"},
             {"platform", "1", "platform must be true or false"},
             {"customer", "null", "customer must be an object"},
             {"customer.kind", R"("robot")", "customer.kind must be one of person, company"},
             {"customer.email", "5", "customer.email must be a text of at most"},
             {"billing", "[]", "billing must be an object"},
             {"billing.country", R"("Sweden")", "billing.country must be two capital letters"},
             {"shipping.country", R"("nl")", "shipping.country must be two capital letters"},
             {"payment.state", R"("maybe")", "payment.state must be one of unpaid"},
             {"payment.method.id", "{}", "payment.method.id must be a text"},
             {"lines", "{}", "lines must be an array"},
             {"lines.0.kind", R"("gift")", "lines[0].kind must be one of product"},
             {"lines.0.unit_price", R"("10")", "lines[0].unit_price must be a number of at most"},
             {"lines.0.unit_price", "0.0000000001",
              "lines[0].unit_price must be a number of at most 100000000000 with"},
             {"lines.0.unit_price", "1e40", "lines[0].unit_price must be a number of at most"},
             {"lines.0.total", "null", "lines[0].total must be a number"},
             {"lines.0.total", "-100000000001", "lines[0].total must be a number of at most"},
             {"lines.0.quantity", "10000001", "lines[0].quantity must be a number of at most"},
             {"lines.0.discount", "-1", "lines[0].discount must be 0 or more"},
             {"lines.0.rate", "101", "lines[0].rate must be a number of at most 100"},
             {"lines.0.rate", "-1", "lines[0].rate must be a percentage"},
             {"stated.gross", "true", "stated.gross must be a number"},
         }) {
        Json doc = document();
        put(doc, wrong.path, *Json::parse(wrong.value));
        const Error error = refusal(doc);
        EXPECT_EQ(error.error_class, ErrorClass::rejected);
        EXPECT_EQ(error.code, "order.invalid");
        EXPECT_THAT(error.message, StartsWith(std::string_view{wrong.path} == "number" ? "Order" : "Order WEB-1001: "));
        EXPECT_THAT(error.message, HasSubstr(wrong.expected)) << wrong.path;
        EXPECT_FALSE(error.remedy.empty());
    }
}

TEST(Order, NeverEchoesAHostileDocument) {
    Json doc = document();
    doc.set("number", std::string(100'000, 'x'));
    EXPECT_LT(refusal(doc).message.size(), 300u);
    doc.set("number", "1001\x1b[31m");
    doc.set("status", std::string(100'000, 'y'));
    const Error error = refusal(doc);
    EXPECT_THAT(error.message, StartsWith("Order 1001 [31m: status"));
    EXPECT_LT(error.message.size(), 300u);
    EXPECT_THAT(refusal(Json{"text"}).message, StartsWith("An order without a number: "));
    EXPECT_THAT(refusal(Json{}).message, HasSubstr("must be an object"));
}

TEST(Order, BoundsTheNumberOfLines) {
    Json doc = document();
    Json line = doc["lines"].at(0);
    Json lines = Json::array();
    for (int i = 0; i < 5000; ++i) lines.push(line);
    doc.set("lines", lines);
    EXPECT_TRUE(parse_order(doc).ok());
    doc.member("lines").push(line);
    EXPECT_THAT(refusal(doc).message, HasSubstr("at most 5000 lines"));
    doc = document();
    doc.member("lines").push(1);
    EXPECT_THAT(refusal(doc).message, HasSubstr("lines[2] must be an object"));
}

TEST(Totals, ReadAndWritten) {
    const Json doc = *Json::parse(R"({"net": 120.00, "tax": 16, "gross": 136,
        "taxes": [{"rate": 25, "base": 40, "amount": 10}, {"rate": 7.5, "base": 80, "amount": 6}]})");
    const auto totals = parse_totals(doc);
    ASSERT_TRUE(totals.ok()) << totals.error().message;
    EXPECT_EQ(totals->taxes[0].rate.text(), "7.5");
    EXPECT_EQ(totals->taxes[1].base, Decimal{40});
    EXPECT_EQ(*parse_totals(to_json(*totals)), *totals);
    EXPECT_TRUE(parse_totals(*Json::parse(R"({"net":1,"tax":0,"gross":1})")).ok());
    EXPECT_THAT(parse_totals(*Json::parse(R"({"net":1,"gross":1})")).error().message,
                HasSubstr("tax must be a number"));
    EXPECT_THAT(
        parse_totals(*Json::parse(R"({"net":1,"tax":0,"gross":1,"taxes":[{"rate":25,"base":1}]})")).error().message,
        HasSubstr("taxes[0].amount must be a number"));
    EXPECT_FALSE(parse_totals(Json{}).ok());
}

TEST(StableHash, IsTheSameForEqualDocuments) {
    const auto hash = [](std::string_view text) { return stable_hash(*Json::parse(text)); };
    EXPECT_EQ(hash(R"({"a":1,"b":{"c":[1.0,2],"d":null}})"), hash(R"({ "b": {"d":null,"c":[1,2.00]}, "a": 1e0 })"));
    EXPECT_EQ(hash(R"({"a":1,"a":2})"), hash(R"({"a":2})"));
    EXPECT_EQ(hash(R"(-0)"), hash("0.00"));
    EXPECT_EQ(hash("{}"), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    for (const auto& [x, y] :
         std::initializer_list<std::pair<std::string_view, std::string_view>>{{"[1,2]", "[2,1]"},
                                                                              {"1", R"("1")"},
                                                                              {"[]", "{}"},
                                                                              {R"({"a":null})", "{}"},
                                                                              {"true", "false"},
                                                                              {"[[]]", "[]"},
                                                                              {"[[1],2]", "[1,2]"},
                                                                              {R"(["a,b"])", R"(["a","b"])"}})
        EXPECT_NE(hash(x), hash(y)) << x << y;
}

TEST(Normalise, Emails) {
    EXPECT_EQ(normalise_email("  Anna.Example@EXAMPLE.com\n"), "anna.example@example.com");
    for (const std::string_view text :
         {"", "   ", "anna", "@example.com", "anna@", "a@b@c", "a b@example.com", "a@exa\tmple"})
        EXPECT_EQ(normalise_email(text), "") << text;
    EXPECT_EQ(normalise_email(std::string(250, 'a') + "@example.com"), "");
}

TEST(Normalise, NumbersAndPhones) {
    EXPECT_EQ(normalise_number(" se 556677-8899.01"),
              "SE55667788990"
              "1");
    EXPECT_EQ(normalise_number("--"), "");
    EXPECT_EQ(normalise_phone("+46 (0)70-123 45"), "+4607012345");
    EXPECT_EQ(normalise_phone("070 / 12+3"), "070123");
    EXPECT_EQ(normalise_phone("+"), "");
}

TEST(Names, AreThoseOfTheDocuments) {
    EXPECT_EQ(to_string(OrderStatus::new_), "new");
    EXPECT_EQ(to_string(OrderStatus::cancelled), "cancelled");
    EXPECT_EQ(to_string(PaymentState::partly_refunded), "partly_refunded");
    EXPECT_EQ(to_string(LineKind::rounding), "rounding");
    EXPECT_EQ(to_string(CustomerKind::company), "company");
}

}  // namespace
}  // namespace brygga::entity
