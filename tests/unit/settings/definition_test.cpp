// The text of a flow's definition: the same for the same meaning, and the flow again when it is read.
#include "settings/definition.h"

#include <gtest/gtest.h>

#include "unit/settings/directory.h"

namespace brygga::settings {
namespace {

constexpr const char* both_connections =
    "connection: shop\nconnector: ccvshop\n---\nconnection: books\nconnector: eaccounting\n";

Flow flow(const std::string& yaml) {
    Directory d;
    d.write("connections.d/a.yaml", both_connections).write("flows.d/f.yaml", yaml);
    d.write("tests/order.json", R"({"id":"1"})");
    const auto loaded = d.load();
    for (const auto& e : loaded.errors) ADD_FAILURE() << to_text(e);
    return loaded.configuration.flows.empty() ? Flow{} : loaded.configuration.flows.front();
}

std::string text(const std::string& yaml) { return definition_text(flow(yaml)); }

std::optional<std::string> test_record(const std::string& path) {
    return path == "tests/order.json" ? std::optional<std::string>{R"({"id":"1"})"} : std::nullopt;
}

/// What is read of a text, as a text.
std::string again(const std::string& text) {
    auto read = read_definition("version 1 of f", text, test_record);
    for (const auto& e : read.errors) ADD_FAILURE() << to_text(e) << "\n" << text;
    read.flow.mapping.whole = false;
    return definition_text(read.flow);
}

constexpr const char* plain = "flow: f\nfrom: shop\nto: books\n";

TEST(Definition, IsReadable) {
    EXPECT_EQ(
        text(std::string{plain} + "trigger: { every: 300s }\n"
                                  "accept: 'order.currency == \"SEK\"'\n"
                                  "tables: { terms: { rows: { \"b\": \"1\", \"a c\": 30 dagar }, default: \"\" } }\n"
                                  "mapping:\n"
                                  "  document.note: { const: \"12.50\", write: on_create }\n"
                                  "  line.text: |\n    if true\n    then \"a\" else \"b\"\n"
                                  "  customer.name: '\"{order.customer.name ?? \"it''s\"}: x\"'\n"),
        "flow: f\n"
        "from: shop\n"
        "to: books\n"
        "entity: order\n"
        "trigger:\n"
        "  every: 5m\n"
        "settings:\n"
        "  payment: paid\n"
        "  max_per_run: 500\n"
        "  existing: update_draft\n"
        "  customer:\n"
        "    match:\n"
        "      - email\n"
        "    company_match:\n"
        "      - vat_number\n"
        "      - organisation_number\n"
        "      - email\n"
        "    ambiguous: hold\n"
        "    default:\n"
        "      mode: 'off'\n"
        "    update: true\n"
        "  missing_product: create\n"
        "  fee_tax: shipping\n"
        "  shipping_tax: own\n"
        "  tolerance: 0\n"
        "accept: order.currency == \"SEK\"\n"
        "tables:\n"
        "  terms:\n"
        "    rows:\n"
        "      a c: 30 dagar\n"
        "      b: '1'\n"
        "    default: ''\n"
        "mapping:\n"
        "  document.note:\n"
        "    const: '12.50'\n"
        "    write: on_create\n"
        "  line.text: |\n"
        "    if true\n"
        "    then \"a\" else \"b\"\n"
        "  customer.name: '\"{order.customer.name ?? \"it''s\"}: x\"'\n");
}

TEST(Definition, CommentsQuotesOrderOfKeysAndDefaultsMakeNoDifference) {
    const std::string one = text(std::string{plain} +
                                 "settings: { payment: any, tolerance: 0.50, rows: { shipping: S, deposit: D } }\n"
                                 "tables: { b: { default: x }, a: { rows: { k: v, j: w } } }\n"
                                 "unset: [customer.phone, customer.language]\n"
                                 "mapping: { document.note: order.note }\n");
    EXPECT_EQ(text("# a comment\nmapping:\n  document.note: \"order.note\"   # another\nunset:\n- customer.language\n- "
                   "customer.phone\n"
                   "tables:\n  a: { rows: { j: w, k: v } }\n  b: { default: x }\n"
                   "settings:\n  rows: { deposit: 'D', shipping: S }\n  tolerance: 0.5\n  payment: any\n"
                   "  max_per_run: 500\n  customer: { update: true, match: [email] }\n"
                   "entity: order\nto: books\nfrom: shop\nflow: f\n"),
              one);
    EXPECT_NE(text(std::string{plain} + "settings: { payment: any }\n"), one);
}

TEST(Definition, RulesRunInTheirOrderSoItStays) {
    EXPECT_NE(text(std::string{plain} + "mapping: { document.note: skip(\"a\"), document.heading: hold(\"b\") }\n"),
              text(std::string{plain} + "mapping: { document.heading: hold(\"b\"), document.note: skip(\"a\") }\n"));
}

TEST(Definition, EverySettingComesBack) {
    const std::string all = text(
        "flow: f\nfrom: shop\nto: books\ntrigger: { cron: '*/5 6-22 * * *', zone: Europe/Stockholm }\n"
        "accept: |-\n  order.status == \"new\"\n\n  and true\n"
        "settings:\n  document: invoice_draft\n  tax: [ { country: DE, case: oss, customer: person, goods: goods, "
        "rate: 7.5, use: \"Varor 12\" }, { use: a } ]\n  statuses: [new, ready]\n  payment: authorised\n  from_date: "
        "2026-01-31\n"
        "  max_per_run: 7\n  existing: hold\n  on_cancel: credit\n  on_refund: credit\n  watch: 30d\n  "
        "reference_prefix: 'N: '\n"
        "  customer: { match: [number, phone], company_match: [], ambiguous: newest, default: { mode: force, id: "
        "'10001' }, update: false, missing_email: hold }\n"
        "  missing_product: default\n  default_product: '007'\n"
        "  rows: { shipping: 'FRAKT-{rate}', other: '#1', refund: R }\n  fee_tax: '12.5'\n  shipping_tax: "
        "proportional\n  "
        "tolerance: "
        "0.05\n"
        "  target: { payment_term: '30 dagar', delivery_method: 'yes', unit: st }\n"
        "tables:\n  t:\n    from: { option: payment_method }\n    to: { option: payment_term }\n"
        "    rows: { 'null': '~', '': 'x', 'a: b': \"tab\\there\", \"line\\nfeed\": ' x ', '- 1': '?', ö: 'é' }\n"
        "    by_country: { SE: '1e3', 'NO': 'no' }\n    default: \"\\\\\"\n"
        "mapping:\n  customer.name: { value: order.customer.name, write: keep_existing }\n"
        "  document.heading: { const: \"two\\nlines\\n\", write: on_update }\n"
        "  document.note: { const: \" first\\nsecond\\n\\n\" }\n"
        "tests:\n  - name: 'a: b'\n    given: { file: tests/order.json }\n    expect: { outcome: mapped, "
        "customer.name: "
        "null, document.date: '2026-01-01', document.note: '12', document.x.n: 12.50, document.x.b: true }\n"
        "    check: [ true, \"1 ==\\n 1\" ]\n"
        "  - name: second\n    given: { order: { id: '1', lines: [ { a: [ [ 1, [] ], {} ], b: {} } ], n: -1.50 } }\n"
        "    check: [ 'true' ]\n");
    EXPECT_EQ(again(all), all);
    for (const char* line : {"\n  watch: 30d\n", "use: Varor 12\n", "\n  on_cancel: credit\n  on_refund: credit\n",
                             "\n    delivery_method: 'yes'\n", "\n    company_match: []\n"})
        EXPECT_NE(all.find(line), std::string::npos) << line << all;
    const auto read = read_definition("version 1 of f", all, test_record);
    ASSERT_TRUE(read.errors.empty());
    const Mapping& mapping = read.flow.mapping;
    EXPECT_EQ(mapping.accept->text, "order.status == \"new\"\n\nand true");
    EXPECT_EQ(mapping.tables.at(0).otherwise->value, "\\");
    EXPECT_EQ(mapping.tables.at(0).rows.size(), 6u);
    EXPECT_EQ(mapping.rules.at(1).value.text, "two\nlines\n");
    EXPECT_EQ(mapping.rules.at(2).value.text, " first\nsecond\n\n");
    const MappingTest& first = mapping.tests.at(0);
    EXPECT_EQ(first.given["id"].string(), "1");
    EXPECT_TRUE(first.expect.at(1).value.is_null());
    EXPECT_TRUE(first.expect.at(2).value.is_string() && first.expect.at(3).value.is_string());
    EXPECT_TRUE(first.expect.at(4).value.is_number() && first.expect.at(5).value.is_boolean());
    EXPECT_EQ(mapping.tests.at(1).given.dump(), R"({"id":"1","lines":[{"a":[[1,[]],{}],"b":{}}],"n":-1.5})");
}

TEST(Definition, AFlowOfStockComesBack) {
    const std::string all = text(
        "flow: f\nfrom: books\nto: shop\nentity: stock\ntrigger: { every: 15m }\n"
        "settings: { mode: with_incoming, manage: false, buffer: 2.5, full_every: 2d }\n");
    EXPECT_EQ(all,
              "flow: f\nfrom: books\nto: shop\nentity: stock\ntrigger:\n  every: 15m\nsettings:\n  mode: "
              "with_incoming\n  manage: false\n  buffer: 2.5\n  full_every: 2d\n");
    EXPECT_EQ(again(all), all);
    EXPECT_NE(text("flow: f\nfrom: books\nto: shop\nentity: stock\n").find("manage: keep"), std::string::npos);
}

TEST(Definition, AFlowThatWaitsForCallsLooksItselfNowAndThen) {
    const std::string all = again("flow: f\nfrom: shop\nto: books\ntrigger: { webhook: true }\n");
    EXPECT_NE(all.find("trigger:\n  every: 15m\n  webhook: true\n"), std::string::npos) << all;
    EXPECT_EQ(again(all), all);
    const std::string cron = again("flow: f\nfrom: shop\nto: books\ntrigger: { webhook: true, cron: '0 4 * * *' }\n");
    EXPECT_EQ(cron.find("every: 15m"), std::string::npos) << cron;
}

TEST(Definition, AFlowOfProductsComesBack) {
    const std::string all = text(
        "flow: f\nfrom: books\nto: shop\nentity: product\naccept: product.active\n"
        "settings: { match: sku_then_ean, missing: skip, active: as_source, price_includes_tax: false, full_every: 2d "
        "}\n"
        "mapping: { product.name: product.name }\nunset: [product.unit]\n");
    EXPECT_EQ(all,
              "flow: f\nfrom: books\nto: shop\nentity: product\nsettings:\n  match: sku_then_ean\n  missing: skip\n"
              "  active: as_source\n  price_includes_tax: false\n  full_every: 2d\naccept: product.active\n"
              "mapping:\n  product.name: product.name\nunset:\n  - product.unit\n");
    EXPECT_EQ(again(all), all);
    EXPECT_NE(text("flow: f\nfrom: books\nto: shop\nentity: product\n").find("missing: create"), std::string::npos);
    const std::string into_books = text(
        "flow: f\nfrom: shop\nto: books\nentity: product\n"
        "settings: { target: { unit: Styck, product_group: [Varor 25, Varor 12] } }\n");
    EXPECT_NE(into_books.find("  target:\n    unit: Styck\n    product_group:\n      - Varor 25\n      - Varor 12\n"),
              std::string::npos)
        << into_books;
    EXPECT_EQ(again(into_books), into_books);
}

TEST(Definition, AFlowOfCustomersComesBack) {
    const std::string all = text(
        "flow: f\nfrom: shop\nto: books\nentity: customer\naccept: customer.kind == \"company\"\n"
        "settings: { match: [phone], company_match: [email], ambiguous: newest, update: false, missing: create, "
        "full_every: 6h, target: { payment_term: 30 dagar, customer_group: Inhemska } }\n"
        "mapping: { customer.note: customer.reference }\nunset: [customer.phone]\n");
    EXPECT_EQ(all,
              "flow: f\nfrom: shop\nto: books\nentity: customer\nsettings:\n  match:\n    - phone\n  company_match:\n"
              "    - email\n  ambiguous: newest\n  update: false\n  missing: create\n  full_every: 6h\n  target:\n"
              "    payment_term: 30 dagar\n    customer_group: Inhemska\naccept: customer.kind == \"company\"\n"
              "mapping:\n  customer.note: customer.reference\nunset:\n  - customer.phone\n");
    EXPECT_EQ(again(all), all);
    EXPECT_NE(
        text("flow: f\nfrom: shop\nto: books\nentity: customer\nsettings: { missing: skip }\n").find("missing: skip"),
        std::string::npos);
}

TEST(Definition, AWholeOneKnowsWhichRulesAreOfTheDefaultMapping) {
    Flow whole = flow(std::string{plain} + "mapping: { document.note: order.note, customer.name: order.number }\n");
    whole.mapping.whole = whole.mapping.rules.at(1).standard = true;
    const auto read = read_definition("version 1 of f", definition_text(whole), test_record);
    ASSERT_TRUE(read.errors.empty()) << to_text(read.errors.front());
    EXPECT_TRUE(read.flow.mapping.whole);
    EXPECT_FALSE(read.flow.mapping.rules.at(0).standard);
    EXPECT_TRUE(read.flow.mapping.rules.at(1).standard);
    EXPECT_EQ(definition_text(read.flow), definition_text(whole));
}

TEST(Definition, WhatCannotBeReadIsToldWithItsPlace) {
    const std::string missing =
        text(std::string{plain} + "tests: [ { name: a, given: { file: tests/order.json }, check: [ 'true' ] } ]\n");
    const auto gone =
        read_definition("version 2 of f", missing, [](const std::string&) { return std::optional<std::string>{}; });
    ASSERT_EQ(gone.errors.size(), 1u);
    EXPECT_EQ(gone.errors[0].at.file, "version 2 of f");
    EXPECT_NE(gone.errors[0].message.find("tests/order.json"), std::string::npos);
    EXPECT_FALSE(read_definition("v", "a: [", test_record).errors.empty());
    EXPECT_FALSE(read_definition("v", "", test_record).errors.empty());
    const auto newer = read_definition("v", std::string{plain} + "settings: { later: 1 }\n", test_record);
    ASSERT_EQ(newer.errors.size(), 1u) << "a version of a newer host is refused, not half read";
    EXPECT_EQ(newer.errors[0].at.line, 4);
}

}  // namespace
}  // namespace brygga::settings
