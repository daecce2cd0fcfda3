// A version of a flow: its definition with the rules that count, and the flow that is made of it again.
#include "app/versions.h"

#include <gtest/gtest.h>

#include "settings/definition.h"
#include "unit/flow/rules.h"

namespace brygga::app {
namespace {

using settings::Write;

settings::Rule rule(const std::string& field, const std::string& text, Write write = Write::always) {
    return {field, {"f", 1, 1}, {text, {"f", 1, 9}}, false, write};
}

settings::Flow flow() {
    settings::Flow out;
    out.id = "orders";
    out.from = "shop";
    out.to = "books";
    out.mapping.rules = {rule("document.note", "order.note"), rule("customer.name", "order.number", Write::on_create)};
    out.mapping.unset = {{"customer.phone", {}}};
    return out;
}

/// Names only some of the fields that the default mapping has rules for.
schema::Manifest books() {
    return *schema::parse_manifest(
        R"({"id":"books","name":"Books","version":"1.0.0","vendor":"Example","entities":{"document":{"kinds":["order"],
        "create":["order"],"idempotency":"none"}},"config":{"type":"object","properties":{}},"secrets":[],
        "auth":{"kind":"keys"},"hosts":[],"budgets":[],"max_concurrency":1,"arithmetic":{"prices":"gross",
        "price_decimals":2,"quantity_decimals":{"order":4},"tax_rounding":"document_rate","negative_rows":false,
        "zero_rated_cases":[]},"options":[],"errors":[],"fields":{"customer":[{"path":"name","type":"string"},
        {"path":"email","type":"string"},{"path":"phone","type":"string"}],
        "document":[{"path":"note","type":"string"},{"path":"date","type":"date"}]}})");
}

TEST(WholeDefinition, HasEveryRuleThatCountsAndNoOther) {
    const std::string text = whole_definition(flow(), *flow::rules_of(flow(), books()));
    const std::size_t from = text.find("mapping:\n"), to = text.find("tests:");
    EXPECT_EQ(text.substr(from, to),
              "mapping:\n"
              "  customer.name:\n"
              "    value: order.number\n"
              "    write: on_create\n"
              "  customer.email:\n"
              "    value: customer.email\n"
              "    write: on_create\n"
              "  document.date: order.placed_at.in_zone(flow.time_zone)\n"
              "  document.note: order.note\n"
              "from_default:\n"
              "  - customer.email\n"
              "  - document.date\n");
}

TEST(WholeDefinition, ReadAgainItMapsTheSameWhateverTheDefaultMappingIsThen) {
    const auto rules = flow::rules_of(flow(), books());
    const std::string text = whole_definition(flow(), *rules);
    auto read = settings::read_definition("version 1 of orders", text, {});
    ASSERT_TRUE(read.errors.empty()) << settings::to_text(read.errors.front());
    settings::Mapping later;
    later.rules = {rule("customer.phone", "\"new\""), rule("customer.email", "\"new\"")};
    const auto compiled = flow::FieldRules::compile(read.flow, later, books());
    ASSERT_TRUE(compiled.rules) << settings::to_text(compiled.errors.front());
    EXPECT_EQ(compiled.rules->mark(), rules->mark());
    ASSERT_EQ(compiled.rules->rules().size(), rules->rules().size());
    for (std::size_t i = 0; i < rules->rules().size(); ++i) {
        EXPECT_EQ(compiled.rules->rules()[i].name(), rules->rules()[i].name());
        EXPECT_EQ(compiled.rules->rules()[i].standard, rules->rules()[i].standard);
    }
    EXPECT_EQ(whole_definition(read.flow, *compiled.rules), text);
}

TEST(WholeDefinition, ARuleThatReplacesOneOfTheDefaultMappingWithTheSameTextIsStillTheFlowsOwn) {
    settings::Flow own;
    own.mapping.rules = {rule("customer.email", "order.customer.email", Write::on_create)};
    EXPECT_NE(whole_definition(own, *flow::rules_of(own, books())),
              whole_definition(settings::Flow{}, *flow::rules_of(settings::Flow{}, books())));
}

}  // namespace
}  // namespace brygga::app
