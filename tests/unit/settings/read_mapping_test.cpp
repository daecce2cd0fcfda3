// The mapping of a flow file: its form, the places of its texts, what is wrong with it.
#include "settings/read_mapping.h"

#include <gtest/gtest.h>

#include "settings/standard_mapping.h"
#include "unit/settings/directory.h"

namespace brygga::settings {
namespace {

constexpr const char* both_ends =
    "connection: shop\nconnector: ccvshop\n---\nconnection: books\nconnector: eaccounting\n";
constexpr const char* head = "flow: f\nfrom: shop\nto: books\n";

Loaded load(const std::string& flow) {
    Directory d;
    d.write("connections.d/a.yaml", both_ends).write("flows.d/f.yaml", head + flow);
    d.write("tests/order.json", R"({"id":"1"})").write("tests/broken.json", "{");
    return d.load();
}

std::string place(const Position& at) {
    return at.file + ':' + std::to_string(at.line) + ':' + std::to_string(at.column);
}

TEST(ReadMapping, EveryFormOfARuleWithThePlaceOfItsText) {
    const auto loaded = load(
        "mapping:\n"
        "  document.note: order.note\n"
        "  customer.name: \"order.customer.name ?? 'x'\"\n"
        "  customer.phone: { value: 'order.customer.phone', write: keep_existing }\n"
        "  document.heading: { const: Thank you }\n"
        "  line.text: |-\n"
        "    if true\n"
        "    then \"a\" else \"b\"\n"
        "  document.discount: 12.50\n");
    ASSERT_TRUE(loaded.errors.empty()) << to_text(loaded.errors.front());
    const auto& rules = loaded.configuration.flows.at(0).mapping.rules;
    ASSERT_EQ(rules.size(), 6u);
    EXPECT_EQ(rules[0].field, "document.note");
    EXPECT_EQ(place(rules[0].at), "flows.d/f.yaml:5:3");
    EXPECT_EQ(place(rules[0].value.at), "flows.d/f.yaml:5:18");
    EXPECT_EQ(rules[1].value.text, "order.customer.name ?? 'x'");
    EXPECT_EQ(place(rules[1].value.at), "flows.d/f.yaml:6:19") << "behind the quote";
    EXPECT_EQ(rules[2].write, Write::keep_existing);
    EXPECT_EQ(place(rules[2].value.at), "flows.d/f.yaml:7:29");
    EXPECT_TRUE(rules[3].constant);
    EXPECT_EQ(rules[3].value.text, "Thank you");
    EXPECT_EQ(rules[4].value.text, "if true\nthen \"a\" else \"b\"");
    EXPECT_EQ(place(rules[4].value.at), "flows.d/f.yaml:10:5");
    EXPECT_EQ(rules[5].value.text, "12.50");
}

TEST(ReadMapping, FilterUnsetTablesAndTests) {
    const auto loaded = load(
        "accept: order.status == \"new\"\n"
        "unset: [customer.language]\n"
        "tables:\n"
        "  terms:\n"
        "    from: { option: payment_method }\n"
        "    to: { option: payment_term }\n"
        "    rows: { ideal: 30 days, \"7\": 14 days }\n"
        "    by_country: { NL: 10 days }\n"
        "    default: 30 days\n"
        "tests:\n"
        "  - name: of a file\n"
        "    given: { file: tests/order.json }\n"
        "    expect: { document.discount: 1.50, customer.name: \"12\" }\n"
        "    check: [ order.number == \"1\" ]\n"
        "  - name: inline\n"
        "    given: { order: { id: \"1\", lines: [ { total: 2.50 } ] } }\n"
        "    expect: { outcome: skipped }\n");
    ASSERT_TRUE(loaded.errors.empty()) << to_text(loaded.errors.front());
    const Mapping& mapping = loaded.configuration.flows.at(0).mapping;
    EXPECT_EQ(mapping.accept->text, "order.status == \"new\"");
    EXPECT_EQ(place(mapping.accept->at), "flows.d/f.yaml:4:9");
    EXPECT_EQ(mapping.unset.at(0).first, "customer.language");
    ASSERT_EQ(mapping.tables.size(), 1u);
    const Table& terms = mapping.tables[0];
    EXPECT_EQ(terms.from_option + " " + terms.to_option, "payment_method payment_term");
    ASSERT_EQ(terms.rows.size(), 2u);
    EXPECT_EQ(terms.rows[1].key + "=" + terms.rows[1].value, "7=14 days");
    EXPECT_EQ(terms.by_country.at(0).key, "NL");
    EXPECT_EQ(terms.otherwise->value, "30 days");
    ASSERT_EQ(mapping.tests.size(), 2u);
    EXPECT_EQ(mapping.tests[0].given.dump(), R"({"id":"1"})");
    EXPECT_EQ(mapping.tests[0].expect.at(0).value.dump(), "1.5");
    EXPECT_EQ(mapping.tests[0].expect.at(1).value.dump(), "\"12\"") << "quoted, it is a text";
    EXPECT_EQ(mapping.tests[0].check.at(0).text, "order.number == \"1\"");
    EXPECT_EQ(mapping.tests[1].given["lines"].at(0)["total"].text(), "2.5");
}

struct Mistake {
    const char* text;
    const char* told;
};

class MappingMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(MappingMistakes, AreToldAtTheirPlaceWithAWayOut) {
    const auto errors = load(GetParam().text).errors;
    ASSERT_EQ(errors.size(), 1u) << (errors.empty() ? "" : to_text(errors.front()));
    EXPECT_EQ(to_text(errors.front()), std::string{"flows.d/f.yaml:"} + GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    OfFlows, MappingMistakes,
    testing::Values(
        Mistake{"mapping: [a]\n",
                "4:10: 'mapping' must be a mapping of keys to values; write each key on a line of its own, with a "
                "colon and its value"},
        Mistake{"mapping:\n  document.note:\n",
                "5:3: the rule of 'document.note' is empty; write unset: [document.note] to leave the field out"},
        Mistake{"mapping:\n  document.note: [1]\n",
                "5:18: the rule of 'document.note' must be an expression; write for example order.customer.name, or "
                "'\"a text\"'"},
        Mistake{"mapping:\n  document.note: { valu: a, const: b }\n",
                "5:20: unknown key 'valu' in the rule of 'document.note'; did you mean 'value'?"},
        Mistake{"mapping:\n  document.note: { value: a, const: b }\n",
                "5:18: the rule of 'document.note' has either 'value' or 'const'; write { value: EXPRESSION } or { "
                "const: \"text\" }"},
        Mistake{"mapping:\n  document.note: { value: a, write: once }\n",
                "5:37: 'once' is no value for 'write'; possible: always, on_create, on_update, keep_existing"},
        Mistake{"mapping:\n  document.note: a\n  document.note: b\n",
                "6:3: 'document.note' has a rule already, in line 5; remove one"},
        Mistake{"mapping:\n  document.note: a\nunset: [document.note]\n",
                "6:9: 'document.note' is unset and has a rule in line 5; remove one"},
        Mistake{"unset: document.note\n",
                "4:8: 'unset' must be a list of fields; write for example unset: [customer.language]"},
        Mistake{"accept: [a]\n",
                "4:9: 'accept' must be an expression; write for example order.customer.name, or '\"a text\"'"},
        Mistake{"tables:\n  terms: {}\n", "5:10: table 'terms' is empty; add rows: { KEY: VALUE }"},
        Mistake{"tables:\n  terms: { rows: { a: [b] } }\n  b: { default: x }\n", "5:23: the row 'a' must be a text"},
        Mistake{"tables:\n  terms: { by_country: { Netherlands: x } }\n",
                "5:39: 'Netherlands' is no country; write its two capital letters (ISO 3166)"},
        Mistake{"tables:\n  terms: { default: x, to: { options: payment_term } }\n",
                "5:30: unknown key 'options' in 'to'; did you mean 'option'?"},
        Mistake{"tests: { name: a }\n", "4:8: 'tests' must be a list; write each as '- name: …' with given and expect"},
        Mistake{"tests:\n  - name: a\n    given: { file: tests/none.json }\n    expect: { outcome: held }\n",
                "6:20: the file tests/none.json cannot be read, or is larger than 1 MiB; its path is relative to the "
                "directory of brygga.yaml"},
        Mistake{"tests:\n  - name: a\n    given: { file: tests/broken.json }\n    expect: { outcome: held }\n",
                "6:20: tests/broken.json is not JSON: a member name was expected, at byte 1"},
        Mistake{"tests:\n  - name: a\n    expect: { outcome: held }\n",
                "5:5: a test is given either a 'file' or an 'order'; write given: { file: tests/order.json }"},
        Mistake{"tests:\n  - name: a\n    given: { file: tests/order.json }\n",
                "5:5: the test 'a' expects nothing; add expect: { FIELD: VALUE } or check: [ EXPRESSION ]"},
        Mistake{"mapping: { document.note: a ?? b }\n",
                "4:29: this is no YAML: unknown token; check indentation, quotes and colons here; an expression with "
                "?, : or # stands in quotes"}));

TEST(ReadMapping, TheDefaultMappingReadsWithoutMistakes) {
    const Mapping& order = standard_mapping("order");
    EXPECT_GT(order.rules.size(), 25u);
    EXPECT_GT(standard_mapping("product").rules.size(), 5u);
    EXPECT_TRUE(standard_mapping("stock").rules.empty());
}

}  // namespace
}  // namespace brygga::settings
