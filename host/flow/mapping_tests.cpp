#include "flow/mapping_tests.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.h"
#include "base/utf8.h"
#include "brygga/sdk/paths.hpp"
#include "flow/order_mapping.h"

namespace brygga::flow {

namespace {

/// The order's lines as rows of the document: what rules gave instead of what the line says.
Json lines_of(const Json& order, const std::vector<Json>& mapped) {
    Json out = Json::array();
    for (std::size_t i = 0; i < order["lines"].size(); ++i) {
        Json line = order["lines"].at(i);
        line.set("text", line["name"]);
        if (i < mapped.size())
            for (const auto& field : mapped[i].members()) line.set(field.name, field.value);
        out.push(std::move(line));
    }
    return out;
}

constexpr std::array<std::string_view, 4> outcomes{"mapped", "skipped", "held", "failed"};

std::string_view outcome_of(const std::optional<Ending>& ending) {
    if (!ending) return "mapped";
    return ending->kind == Ending::Kind::skip ? "skipped" : ending->kind == Ending::Kind::hold ? "held" : "failed";
}

class TestRun {
public:
    TestRun(const settings::Flow& flow, const FieldRules& rules, const settings::MappingTest& test)
        : flow_{flow}, rules_{rules}, test_{test}, out_{test.name, {}} {}

    TestResult run() {
        if (flow_.entity == "order")
            run_order();
        else if (flow_.entity == "customer")
            run_record(entity::parse_customer(test_.given));
        else if (flow_.entity == "category")
            run_record(entity::parse_category(test_.given));
        else
            run_record(entity::parse_product(test_.given));
        return std::move(out_);
    }

private:
    void run_order() {
        const auto order = entity::parse_order(test_.given);
        if (!order) return no_record(order.error());
        Subject subject{flow_, *order, "null", zone()};
        auto ending = rules_.refuse(subject);
        MappedOrder mapped;
        if (!ending) {
            mapped = map_order(rules_, subject, *order, flow_.order);
            ending = mapped.fields.ending;
        }
        compare(mapped.fields, ending);
        mapped.fields.document.set("reference", mapped.reference);
        mapped.fields.document.set("lines", lines_of(subject.record(), mapped.fields.lines));
        for (const settings::Expression& check : test_.check) assert_that(check, subject, mapped.fields);
    }

    template <class Record>
    void run_record(const Expected<Record>& record) {
        if (!record) return no_record(record.error());
        Subject subject{flow_, *record, "null", zone()};
        auto ending = rules_.refuse(subject);
        Mapped mapped;
        if (!ending) {
            mapped = rules_.map(subject);
            ending = mapped.ending;
        }
        compare(mapped, ending);
        for (const settings::Expression& check : test_.check) assert_that(check, subject, mapped);
    }

    std::string zone() const { return flow_.time_zone.empty() ? "UTC" : flow_.time_zone; }

    void no_record(const Error& error) {
        std::string why = error.message;
        if (why.ends_with('.')) why.pop_back();
        fail(test_.given_at, fmt::format("the given {} is none: {}", flow_.entity, why), "correct it");
    }

    void fail(const settings::Position& at, std::string message, std::string suggestion = {},
              std::string excerpt = {}) {
        out_.failures.push_back({at, fmt::format("test '{}': {}", brygga::excerpt(test_.name, 60), message),
                                 std::move(suggestion), std::move(excerpt)});
    }

    void no_rule(const settings::MappingTest::Expected& expected) {
        std::vector<std::string> names;
        for (const FieldRule& rule : rules_.rules()) names.push_back(rule.name());
        const auto near = nearest(expected.field, names);
        fail(expected.at, fmt::format("no rule fills '{}'", brygga::excerpt(expected.field, 60)),
             near ? fmt::format("did you mean '{}'?", *near) : "add one to mapping");
    }

    const Json* fields_of(const Mapped& mapped, const std::string& root) const {
        const bool known =
            root == flow_.entity || (flow_.entity == "order" && (root == "customer" || root == "document"));
        return known && root != "order" ? &mapped.fields(root) : nullptr;
    }

    void compare(const Mapped& mapped, const std::optional<Ending>& ending) {
        bool outcome_expected = false;
        for (const auto& expected : test_.expect) {
            if (expected.field == "outcome") {
                outcome_expected = true;
                if (std::ranges::find(outcomes, expected.value.text()) == outcomes.end())
                    fail(expected.at, fmt::format("'{}' is no outcome", brygga::excerpt(expected.value.text(), 60)),
                         fmt::format("possible: {}", fmt::join(outcomes, ", ")));
                else if (expected.value.text() != outcome_of(ending))
                    fail(expected.at, fmt::format("outcome: expected {}, got {}{}", expected.value.text(),
                                                  outcome_of(ending), ending ? ": " + ending->message : ""));
                continue;
            }
            const std::size_t dot = expected.field.find('.');
            const std::string root = expected.field.substr(0, dot);
            const Json* const fields = dot == std::string::npos ? nullptr : fields_of(mapped, root);
            if (!fields) {
                fail(expected.at, fmt::format("'{}' is no field", brygga::excerpt(expected.field, 60)),
                     flow_.entity == "order"
                         ? "expect fields of customer. and document., or outcome: mapped, skipped, held or failed; "
                           "lines are for check"
                         : fmt::format("expect fields of {}., or outcome: mapped, skipped, held or failed",
                                       flow_.entity));
                continue;
            }
            const Json* got = at_path(*fields, std::string_view{expected.field}.substr(dot + 1));
            const Json nothing;
            if (!got && !expected.value.is_null() &&
                !rules_.rule(root, std::string_view{expected.field}.substr(dot + 1))) {
                no_rule(expected);
                continue;
            }
            if (!got) got = &nothing;
            if (!(*got == expected.value))
                fail(expected.at,
                     fmt::format("{}: expected {}, got {}", expected.field, expected.value.dump(), got->dump()));
        }
        if (ending && !outcome_expected)
            fail(test_.at, fmt::format("the {} is {}: {}", flow_.entity, outcome_of(ending), ending->message),
                 fmt::format("expect: {{ outcome: {} }} if that is right", outcome_of(ending)));
    }

    void assert_that(const settings::Expression& check, Subject& subject, const Mapped& mapped) {
        const auto outcome = rules_.check(check, subject, mapped);
        if (!outcome) {
            for (const mapping::Diagnostic& d : outcome.error())
                fail({d.file, d.line, d.column}, d.message, d.suggestion, mapping::marked(d));
        } else if (!*outcome) {
            fail(check.at, fmt::format("this is not true: {}", brygga::excerpt(check.text, 200)));
        }
    }

    const settings::Flow& flow_;
    const FieldRules& rules_;
    const settings::MappingTest& test_;
    TestResult out_;
};

}  // namespace

std::vector<TestResult> run_tests(const settings::Flow& flow, const FieldRules& rules) {
    std::vector<TestResult> out;
    for (const settings::MappingTest& test : flow.mapping.tests) out.push_back(TestRun{flow, rules, test}.run());
    return out;
}

}  // namespace brygga::flow
