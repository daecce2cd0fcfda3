// The rules of a flow: what is wrong with them before a record is there, and what they make of one.
#include "flow/field_rules.h"

#include <gtest/gtest.h>

#include "flow/mapping_tests.h"
#include "flow/order_mapping.h"
#include "unit/flow/fake_books.h"
#include "unit/flow/rules.h"

namespace brygga::flow {
namespace {

settings::Expression text(std::string source) { return {std::move(source), {"flows.d/shop.yaml", 9, 20}}; }

settings::Rule rule(std::string field, std::string source, settings::Write write = settings::Write::always) {
    return {std::move(field), {"flows.d/shop.yaml", 9, 3}, text(std::move(source)), false, write};
}
settings::Rule constant(std::string field, std::string value) {
    return {std::move(field), {"flows.d/shop.yaml", 9, 3}, text(std::move(value)), true, {}};
}

schema::Field field(std::string path, schema::FieldType type, std::optional<int> length = {}, bool required = false,
                    std::string option = {}) {
    schema::Field out;
    out.path = std::move(path);
    out.type = type;
    out.length = length;
    out.required = required;
    out.option = std::move(option);
    return out;
}

/// Books that name their fields.
schema::Manifest books() {
    using schema::FieldType;
    schema::Manifest out;
    out.name = "Books";
    out.fields["customer"] = {field("name", FieldType::string, 20, true), field("email", FieldType::string, 50),
                              field("phone", FieldType::string),          field("address.city", FieldType::string),
                              field("address.line1", FieldType::string),  field("vat_number", FieldType::string)};
    out.fields["document"] = {field("date", FieldType::date, {}, true),
                              field("your_reference", FieldType::string, 10),
                              field("note", FieldType::string),
                              field("discount", FieldType::decimal),
                              field("printed", FieldType::boolean),
                              field("x", FieldType::object),
                              field("payment_term", FieldType::option, {}, false, "payment_term")};
    out.fields["line"] = {field("text", FieldType::string, 30), field("project", FieldType::string)};
    return out;
}

entity::Order order() {
    return *entity::parse_order(*Json::parse(
        R"({"id":"7","number":"1042","status":"new","placed_at":"2026-03-01T23:30:00Z","currency":"SEK","prices_include_tax":true,
        "note":"ring twice","customer":{"kind":"person","name":"Anna Lind","email":"anna@example.com"},
        "billing":{"line1":"Storgatan 5","city":"Lund","country":"SE"},
        "payment":{"state":"paid","method":{"id":"3","code":"ideal","label":"iDEAL"}},
        "lines":[{"kind":"product","sku":"MUG","name":"Mug","quantity":2,"unit_price":50,"total":100,"rate":25},
                 {"kind":"shipping","name":"Post","quantity":1,"unit_price":25,"total":25,"rate":25}]})"));
}

struct Mapping : testing::Test {
    settings::Flow flow_;
    entity::Order order_ = order();

    Mapping() {
        flow_.id = "orders";
        flow_.from = "shop";
        flow_.to = "books";
    }
    std::vector<settings::Problem> mistakes() {
        return FieldRules::compile(flow_, settings::standard_mapping("order"), books()).errors;
    }
    /// The only mistake of a mapping with this rule.
    std::string mistake(settings::Rule of) {
        flow_.mapping.rules = {std::move(of)};
        const auto errors = mistakes();
        if (errors.size() != 1) ADD_FAILURE() << errors.size() << " mistakes";
        return errors.empty() ? "" : settings::to_text(errors.front());
    }
    Mapped map(std::string_view raw = "null") {
        const auto rules = rules_of(flow_, books());
        Subject subject{flow_, order_, raw, "Europe/Stockholm", {"run-1", *from_rfc3339("2026-03-02T08:00:00Z")}};
        return rules->map(subject);
    }
    std::optional<Ending> refuse() {
        const auto rules = rules_of(flow_, books());
        Subject subject{flow_, order_, "null", "Europe/Stockholm"};
        return rules->refuse(subject);
    }
};

TEST_F(Mapping, WithoutRulesTheDefaultsForTheFieldsOfTheTargetApply) {
    const Mapped mapped = map();
    EXPECT_EQ(mapped.customer.dump(),
              R"({"name":"Anna Lind","email":"anna@example.com","address":{"line1":"Storgatan 5","city":"Lund"}})");
    EXPECT_EQ(mapped.document.dump(), R"({"date":"2026-03-02","your_reference":"Anna Lind"})")
        << "the day is that of the source's zone";
    EXPECT_TRUE(mapped.lines.empty());
}

TEST_F(Mapping, ARuleReplacesTheDefaultAndUnsetRemovesIt) {
    flow_.mapping.rules = {rule("document.your_reference", "order.number"),
                           constant("document.note", "{not} worked out"), constant("document.discount", "2.50"),
                           constant("document.printed", "true")};
    flow_.mapping.unset = {{"customer.email", {}}};
    const Mapped mapped = map();
    EXPECT_FALSE(mapped.customer.has("email"));
    EXPECT_EQ(
        mapped.document.dump(),
        R"({"date":"2026-03-02","your_reference":"1042","note":"{not} worked out","discount":2.5,"printed":true})");
}

TEST_F(Mapping, WhatIsMissingOrNullOrEmptyIsLeftOut) {
    flow_.mapping.rules = {rule("document.note", "order.customer.phone"), rule("customer.phone", "null"),
                           rule("document.your_reference", "\"\"")};
    const Mapped mapped = map();
    EXPECT_FALSE(mapped.ending);
    EXPECT_FALSE(mapped.document.has("note"));
    EXPECT_FALSE(mapped.customer.has("phone"));
    EXPECT_FALSE(mapped.document.has("your_reference"));
}

TEST_F(Mapping, LinesHaveRulesOfTheirOwn) {
    flow_.mapping.rules = {rule("line.text", "\"{line.name} {line.sku ?? order.number} {index}\""),
                           rule("line.project", "if line.kind == \"product\" then \"P1\" else null")};
    const Mapped mapped = map();
    ASSERT_EQ(mapped.lines.size(), 2u);
    EXPECT_EQ(mapped.lines[0].dump(), R"({"text":"Mug MUG 0","project":"P1"})");
    EXPECT_EQ(mapped.lines[1].dump(), R"({"text":"Post 1042 1"})");
}

TEST_F(Mapping, CustomFieldsComeFromRawAndGoToFreePaths) {
    flow_.mapping.rules = {rule("document.x.OurShelf", "source.raw.custom.shelf"), rule("document.note", "flow.from")};
    const Mapped mapped = map(R"({"custom":{"shelf":17}})");
    EXPECT_EQ(mapped.document["x"]["OurShelf"].text(), "17");
    EXPECT_EQ(mapped.document["note"].string(), "shop");
    const Mapped none = map();
    EXPECT_FALSE(none.ending);
    EXPECT_FALSE(none.document.has("x"));
}

TEST_F(Mapping, ComputedTotalsAndAddressesAreThere) {
    flow_.mapping.rules = {rule("document.note", "\"{order.totals.gross} {order.delivery.city} {order.tax_country}\"")};
    EXPECT_EQ(map().document["note"].string(), "125 Lund SE");
}

TEST_F(Mapping, ATableLeadsFromAKeyToItsRowToTheCountryToTheDefaultElseHolds) {
    settings::Table table;
    table.name = "terms";
    table.rows = {{"ideal", "30 days", {}}};
    flow_.mapping.tables = {table};
    flow_.mapping.rules = {rule("document.payment_term", "table(\"terms\", order.payment.method)")};
    EXPECT_EQ(map().document["payment_term"].string(), "30 days");
    order_.payment.method_code = "klarna";
    const Mapped held = map();
    ASSERT_TRUE(held.ending);
    EXPECT_EQ(held.ending->kind, Ending::Kind::hold);
    EXPECT_EQ(held.ending->code, "mapping.hold");
    EXPECT_NE(held.ending->message.find("document.payment_term, flows.d/shop.yaml:9:20: table 'terms' has no row for"),
              std::string::npos)
        << held.ending->message;
    flow_.mapping.tables[0].by_country = {{"SE", "10 days", {}}};
    EXPECT_EQ(map().document["payment_term"].string(), "10 days");
}

TEST_F(Mapping, TheFirstEndingEndsItAndSaysWhere) {
    flow_.mapping.rules = {rule("document.note", "fail(\"no\")"), rule("customer.phone", "skip(\"test order\")")};
    const Mapped skipped = map();
    ASSERT_TRUE(skipped.ending);
    EXPECT_EQ(skipped.ending->kind, Ending::Kind::skip) << "customer comes first";
    EXPECT_NE(skipped.ending->message.find("test order"), std::string::npos);
    flow_.mapping.rules = {rule("document.note", "to_text(to_decimal(order.customer.name))")};
    const Mapped failed = map();
    ASSERT_TRUE(failed.ending);
    EXPECT_EQ(failed.ending->kind, Ending::Kind::error);
    EXPECT_EQ(failed.ending->message.find("Anna"), std::string::npos) << "no value of the record";
    flow_.mapping.rules = {rule("document.date", "order.note")};
    EXPECT_NE(map().ending->message.find("the field takes a date"), std::string::npos);
}

TEST_F(Mapping, AFilterSkipsHoldsOrFails) {
    EXPECT_FALSE(refuse());
    flow_.mapping.accept = text("order.status == \"new\"");
    EXPECT_FALSE(refuse());
    flow_.mapping.accept = text("order.status == \"shipped\"");
    EXPECT_EQ(refuse()->code, "order.not_accepted");
    EXPECT_EQ(refuse()->kind, Ending::Kind::skip);
    flow_.mapping.accept = text("order.customer.phone == \"1\"");
    EXPECT_EQ(refuse()->kind, Ending::Kind::error) << "nobody knows whether it belongs into the books";
}

TEST_F(Mapping, EachMistakeIsToldAtItsPlaceWithAWayOut) {
    EXPECT_EQ(mistake(rule("document.your_referense", "order.number")),
              "flows.d/shop.yaml:9:3: Books has no field 'document.your_referense'; did you mean "
              "'document.your_reference'?");
    EXPECT_EQ(
        mistake(rule("customer.shoe_size", "1")),
        "flows.d/shop.yaml:9:3: Books has no field 'customer.shoe_size'; brygga plugin describe lists its fields");
    EXPECT_EQ(
        mistake(rule("order.number", "1")),
        "flows.d/shop.yaml:9:3: there is no field 'order.number'; fields begin with customer., document. or line.");
    EXPECT_EQ(mistake(rule("document.reference", "order.id")),
              "flows.d/shop.yaml:9:3: 'document.reference' takes no rule; it finds the document again; "
              "settings.reference_prefix goes before it: remove this one");
    EXPECT_EQ(
        mistake(rule("document.currency", "\"EUR\"")),
        "flows.d/shop.yaml:9:3: 'document.currency' takes no rule; a document keeps the currency of its order: remove "
        "this one");
    EXPECT_EQ(
        mistake(rule("document.note", "order.custmer.name")),
        "flows.d/shop.yaml:9:25: 'order' has no 'custmer'; did you mean 'customer'?\n  order.custmer.name\n       "
        "^^^^^^^^");
    EXPECT_EQ(mistake(rule("document.note", "order.lines")),
              "flows.d/shop.yaml:9:20: 'document.note' takes a text, and this is a list; write ….join(\", \")");
    EXPECT_EQ(mistake(rule("document.date", "order.placed_at")),
              "flows.d/shop.yaml:9:20: 'document.date' takes a date, and this is a timestamp; write "
              "….in_zone(flow.time_zone)");
    EXPECT_EQ(mistake(rule("document.discount", "order.number")),
              "flows.d/shop.yaml:9:20: 'document.discount' takes a number, and this is a text; write to_decimal(…)");
    EXPECT_EQ(mistake(constant("document.discount", "some")),
              "flows.d/shop.yaml:9:20: 'document.discount' takes a number; write for example { const: 12.50 }");
    EXPECT_EQ(
        mistake(constant("document.your_reference", "12345678901")),
        "flows.d/shop.yaml:9:20: 'document.your_reference' takes 10 characters, and this text has 11; shorten it");
    EXPECT_EQ(
        mistake(rule("document.your_reference", "\"åäöåäöåäöåä\"")),
        "flows.d/shop.yaml:9:20: 'document.your_reference' takes 10 characters, and this text has 11; shorten it");
    EXPECT_EQ(mistake(rule("document.note", "order.note", settings::Write::keep_existing)),
              "flows.d/shop.yaml:9:3: 'document.note' cannot keep what is there: keep_existing is for customers; write "
              "on_create: a document's field is then left as it is when the order changes");
    EXPECT_EQ(mistake(rule("line.text", "line.name", settings::Write::on_create)),
              "flows.d/shop.yaml:9:3: 'line.text' is written with its document, always; remove write");
    EXPECT_EQ(mistake(rule("document.note", "line.name")),
              "flows.d/shop.yaml:9:20: unknown name 'line'; there is order, source, target, flow, run, customer\n  "
              "line.name\n  ^^^^");
}

TEST_F(Mapping, WhatTheTargetRequiresHasARule) {
    flow_.mapping.unset = {{"customer.name", {"flows.d/shop.yaml", 4, 9}},
                           {"customer.mail", {"flows.d/shop.yaml", 4, 24}}};
    const auto errors = mistakes();
    ASSERT_EQ(errors.size(), 2u);
    EXPECT_EQ(
        settings::to_text(errors[0]),
        "flows.d/shop.yaml:4:24: the default mapping has no rule for 'customer.mail'; did you mean 'customer.email'?");
    EXPECT_EQ(
        settings::to_text(errors[1]),
        "flows.d/shop.yaml:4:9: Books requires 'customer.name'; remove it from unset, or give it a rule of its own");
}

TEST_F(Mapping, WritePoliciesDecideWhatAnExistingCustomerGets) {
    using settings::Write;
    flow_.mapping.rules = {rule("customer.name", "order.customer.name", Write::on_create),
                           rule("customer.email", "order.customer.email", Write::on_update),
                           rule("customer.phone", "\"0700\"", Write::keep_existing),
                           rule("customer.address.city", "order.billing.city")};
    const auto rules = rules_of(flow_, books());
    Mapped mapped = map();
    const Json nobody = Json::object();
    EXPECT_EQ(customer_changes(*rules, mapped.customer, nobody).dump(),
              R"({"email":"anna@example.com","phone":"0700","address":{"line1":"Storgatan 5","city":"Lund"}})");
    const Json known = *Json::parse(
        R"({"name":"A","email":"old@example.com","phone":"0800","address":{"line1":"Storgatan 5","city":"Lund"}})");
    EXPECT_EQ(customer_changes(*rules, mapped.customer, known).dump(), R"({"email":"anna@example.com"})");
    leave_out(mapped.customer, *rules, "customer", Write::on_update);
    EXPECT_FALSE(mapped.customer.has("email")) << "not when it is made";
}

TEST_F(Mapping, ARuleMayReadWhatTheTargetHas) {
    flow_.mapping.rules = {rule("customer.phone", "target.fields.phone ?? \"new\"")};
    const auto rules = rules_of(flow_, books());
    Subject subject{flow_, order_, "null", "UTC"};
    Mapped mapped = rules->map(subject);
    EXPECT_EQ(mapped.customer["phone"].string(), "new");
    subject.set_target(*Json::parse(R"({"fields":{"phone":"0800"}})"));
    ASSERT_FALSE(rules->map_again(subject, "customer", mapped.customer));
    EXPECT_EQ(mapped.customer["phone"].string(), "0800");
}

TEST_F(Mapping, AVersionDoesNotChangeWithTheRunOrTheTarget) {
    flow_.mapping.rules = {rule("document.note", "run.id")};
    const auto rules = rules_of(flow_, books());
    const auto hash = [&](const std::string& run) {
        Subject subject{flow_, order_, "null", "UTC", {run, {}}};
        return version_hash(map_for_version(*rules, subject, order_, {}), subject.record(), "");
    };
    EXPECT_EQ(hash("run-1"), hash("run-2"));
    EXPECT_EQ(map().document["note"].string(), "run-1");
}

TEST_F(Mapping, ATooLongTextIsFoundWhereAnotherOneNamesATable) {
    EXPECT_NE(mistake(rule("document.your_reference", "\"a table of oak\"")).find("takes 10 characters"),
              std::string::npos);
}

TEST_F(Mapping, TheMarkFollowsRulesTablesAndFilter) {
    const auto mark = [&] { return rules_of(flow_, books())->mark(); };
    const std::string plain = mark();
    flow_.mapping.accept = text("order.status == \"new\"");
    const std::string filtered = mark();
    flow_.mapping.rules = {rule("document.note", "order.note")};
    const std::string by_rule = mark();
    flow_.mapping.rules = {constant("document.note", "order.note")};
    EXPECT_EQ((std::set{plain, filtered, by_rule, mark()}).size(), 4u);
}

settings::MappingTest test_of(const std::string& field, Json value) {
    settings::MappingTest out;
    out.name = "of the mug";
    out.at = {"flows.d/shop.yaml", 30, 5};
    out.given = entity::to_json(order());
    out.expect.push_back({field, std::move(value), {"flows.d/shop.yaml", 33, 7}});
    return out;
}

TEST_F(Mapping, TestsPassAndFailReadably) {
    const auto rules = rules_of(flow_, books());
    flow_.mapping.tests = {test_of("customer.name", "Anna Lind"), test_of("customer.name", "Bo"),
                           test_of("document.note", Json{}),      test_of("outcome", "mapped"),
                           test_of("outcome", "skipped"),         test_of("lines", 1)};
    flow_.mapping.tests[0].check = {text("document.lines.map(l => l.total).sum() == 125"),
                                    text("customer.name == \"Bo\""), text("order.number"),
                                    text("custmer.name == \"\"")};
    const auto results = run_tests(flow_, *rules);
    ASSERT_EQ(results.size(), 6u);
    std::vector<std::string> told;
    for (const auto& result : results)
        for (const auto& failure : result.failures) told.push_back(settings::to_text(failure));
    EXPECT_TRUE(results[2].passed());
    EXPECT_TRUE(results[3].passed());
    EXPECT_EQ(told,
              (std::vector<std::string>{
                  "flows.d/shop.yaml:9:20: test 'of the mug': this is not true: customer.name == \"Bo\"",
                  "flows.d/shop.yaml:9:20: test 'of the mug': a check has to be true or false; compare it with "
                  "something\n  order.number\n  ^^^^^^^^^^^^",
                  "flows.d/shop.yaml:9:20: test 'of the mug': unknown name 'custmer'; did you mean "
                  "'customer'?\n  custmer.name == \"\"\n  ^^^^^^^",
                  "flows.d/shop.yaml:33:7: test 'of the mug': customer.name: expected \"Bo\", got \"Anna Lind\"",
                  "flows.d/shop.yaml:33:7: test 'of the mug': outcome: expected skipped, got mapped",
                  "flows.d/shop.yaml:33:7: test 'of the mug': 'lines' is no field; expect fields of customer. and "
                  "document., or outcome: mapped, skipped, held or failed; lines are for check"}));
}

TEST_F(Mapping, ATestSaysWhenTheOrderIsLeftOut) {
    flow_.mapping.accept = text("order.status == \"shipped\"");
    const auto rules = rules_of(flow_, books());
    flow_.mapping.tests = {test_of("outcome", "skipped"), test_of("customer.name", Json{})};
    const auto results = run_tests(flow_, *rules);
    EXPECT_TRUE(results[0].passed());
    EXPECT_FALSE(results[1].passed());
}

}  // namespace
}  // namespace brygga::flow
