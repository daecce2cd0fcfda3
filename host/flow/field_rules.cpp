#include "flow/field_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "brygga/sdk/paths.hpp"
#include "flow/goal_settings.h"

namespace brygga::flow {

namespace {

mapping::Workspace& workspace() {
    thread_local mapping::Workspace space;
    return space;
}

std::string_view code_of(mapping::Outcome::Kind kind) {
    switch (kind) {
        case mapping::Outcome::Kind::skip:
            return "mapping.skip";
        case mapping::Outcome::Kind::hold:
            return "mapping.hold";
        case mapping::Outcome::Kind::limit:
            return "mapping.limit";
        default:
            return "mapping.error";
    }
}

/// what: "document.note", "accept".
Ending ending_of(const mapping::Outcome& outcome, std::string_view what) {
    using Kind = mapping::Outcome::Kind;
    const mapping::Diagnostic& d = outcome.diagnostic;
    const std::string place = fmt::format("{}, {}:{}:{}", what, d.file, d.line, d.column);
    Ending out{Ending::Kind::error, std::string{code_of(outcome.kind)}, {}, {}};
    if (outcome.kind == Kind::skip) {
        out.kind = Ending::Kind::skip;
        out.message = fmt::format("{} ({})", d.message, place);
        return out;
    }
    if (outcome.kind == Kind::hold) out.kind = Ending::Kind::hold;
    out.message = fmt::format("{}: {}.", place, d.message);
    out.remedy = fmt::format("{}{}Correct the mapping or the record, then replay.", d.suggestion,
                             d.suggestion.empty() ? "" : ". ");
    return out;
}

Ending wrong_value(const FieldRule& rule, std::string_view wanted) {
    return {Ending::Kind::error, "mapping.error",
            fmt::format("{}, {}:{}:{}: the field takes {}, and the rule gave something else.", rule.name(),
                        rule.at.file, rule.at.line, rule.at.column, wanted),
            "Correct the mapping, then replay."};
}

bool is_date(std::string_view text) { return text.size() == 10 && from_rfc3339(std::string{text} + "T00:00:00Z"); }

/// What the field of the target takes, in words, when this value is not it.
std::string_view unfit(const FieldRule& rule, const Json& value) {
    switch (rule.field.type) {
        case schema::FieldType::string:
            return value.is_string() ? "" : "a text";
        case schema::FieldType::decimal:
            return value.is_number() ? "" : "a number";
        case schema::FieldType::integer:
            return value.is_number() && value.integer() ? "" : "a whole number";
        case schema::FieldType::date:
            return value.is_string() && is_date(value.string()) ? "" : "a date (YYYY-MM-DD)";
        case schema::FieldType::boolean:
            return value.is_boolean() ? "" : "true or false";
        case schema::FieldType::option:
            return value.is_string() || value.is_number() ? "" : "the id or label of an option";
        case schema::FieldType::object:
            break;
    }
    return "";
}

Json order_document(const entity::Order& order) {
    Json out = entity::to_json(order);
    out.set("delivery", out[order.shipping.empty() ? "billing" : "shipping"]);
    if (!order.tax_country().empty()) out.set("tax_country", order.tax_country());
    return out;
}

}  // namespace

Subject::Subject(const settings::Flow& flow, const entity::Order& order, std::string_view raw,
                 std::string_view time_zone, const RunFacts& run)
    : Subject{flow, &order, order_document(order), raw, time_zone, run} {}

Subject::Subject(const settings::Flow& flow, const entity::Product& product, std::string_view raw,
                 std::string_view time_zone, const RunFacts& run)
    : Subject{flow, nullptr, entity::to_json(product), raw, time_zone, run} {}

Subject::Subject(const settings::Flow& flow, const entity::CustomerRecord& customer, std::string_view raw,
                 std::string_view time_zone, const RunFacts& run)
    : Subject{flow, nullptr, entity::to_json(customer), raw, time_zone, run} {}

Subject::Subject(const settings::Flow& flow, const entity::Category& category, std::string_view raw,
                 std::string_view time_zone, const RunFacts& run)
    : Subject{flow, nullptr, entity::to_json(category), raw, time_zone, run} {}

Subject::Subject(const settings::Flow& flow, const entity::Order* order, Json record, std::string_view raw,
                 std::string_view time_zone, const RunFacts& run)
    : settings_{flow},
      order_{order},
      raw_{raw},
      record_{std::move(record)},
      source_{Json::object({{"connection", flow.from}})},
      flow_{Json::object({{"id", flow.id}, {"from", flow.from}, {"to", flow.to}, {"time_zone", time_zone}})},
      run_{Json::object({{"id", run.id}, {"started_at", to_rfc3339(run.started_at)}})} {}

/// What costs something is worked out when a rule reads it, once.
void FieldRules::fill(mapping::Scope& scope, Subject& subject, Needs needs) const {
    if (needs.raw && !subject.source_.has("raw"))
        subject.source_.set("raw", Json::parse(subject.raw_).value_or(Json{}));
    if (needs.totals && subject.order_ && !subject.record_.has("totals")) {
        // Only a sum that the lines give; what contradicts itself has none and is held later, with the reason.
        const auto goal = order_goal(*subject.order_, goal_settings(subject.settings_.order));
        subject.record_.set("totals", goal ? entity::to_json(goal->totals) : Json{});
    }
    scope.set(slot_record, mapping::Value::view(subject.record_, record_.roots[slot_record].shape));
    scope.set(slot_source, mapping::Value::view(subject.source_, record_.roots[slot_source].shape));
    if (!subject.target_.is_null()) scope.set(slot_target, mapping::Value::view(subject.target_));
    scope.set(slot_flow, mapping::Value::view(subject.flow_, record_.roots[slot_flow].shape));
    scope.set(slot_run, mapping::Value::view(subject.run_, record_.roots[slot_run].shape));
    if (!subject.order_ || !needs.customer) return;
    if (subject.customer_.is_null()) subject.customer_ = entity::customer_of(*subject.order_);
    scope.set(slot_customer, mapping::Value::view(subject.customer_, record_.roots[slot_customer].shape));
}

std::optional<Ending> FieldRules::refuse(Subject& subject) const {
    if (!accept_) return std::nullopt;
    workspace().memory.clear();
    mapping::Scope scope{record_, &tables_};
    fill(scope, subject, needs_);
    const auto outcome = accept_->evaluate(scope, workspace());
    if (!outcome.ok()) return ending_of(outcome, "accept");
    if (!outcome.value.is(mapping::Kind::boolean))
        return Ending{Ending::Kind::error, "mapping.error", "accept gave neither true nor false.",
                      "Correct the filter, then replay."};
    if (outcome.value.boolean()) return std::nullopt;
    return Ending{Ending::Kind::skip, entity() + ".not_accepted",
                  fmt::format("the filter of this flow does not take it: {}", excerpt(accept_->source().text, 200)),
                  fmt::format("Change accept if it belongs into {}.", subject.settings_.to)};
}

bool FieldRules::varies(const FieldRule& rule) {
    return rule.program && (rule.program->reads(slot_target) || rule.program->reads(slot_run));
}

std::optional<Ending> FieldRules::apply(const FieldRule& rule, const mapping::Scope& scope, Json& into,
                                        bool for_version) const {
    if (for_version && varies(rule)) return set_path(into, rule.path, Json{rule.text}), std::nullopt;
    Json value = rule.constant;
    if (rule.program) {
        const auto outcome = rule.program->evaluate(scope, workspace());
        if (outcome.kind == mapping::Outcome::Kind::missing) return std::nullopt;
        if (!outcome.ok()) return ending_of(outcome, rule.name());
        if (outcome.value.is_nothing()) return std::nullopt;
        value = mapping::to_json(outcome.value);
    }
    // An empty text says as little as none.
    if (value.is_string() && value.string().empty()) return std::nullopt;
    if (const std::string_view wanted = unfit(rule, value); !wanted.empty()) return wrong_value(rule, wanted);
    set_path(into, rule.path, std::move(value));
    return std::nullopt;
}

Mapped FieldRules::map(Subject& subject) const { return map(subject, false); }
Mapped FieldRules::map_for_version(Subject& subject) const { return map(subject, true); }

Mapped FieldRules::map(Subject& subject, bool for_version) const {
    workspace().memory.clear();
    Mapped out;
    mapping::Scope scope{record_, &tables_};
    fill(scope, subject, needs_);
    const auto lines_from = std::ranges::find(rules_, "line", &FieldRule::root);
    for (auto rule = rules_.begin(); rule != lines_from && !out.ending; ++rule)
        out.ending = apply(*rule, scope, out.fields(rule->root), for_version);
    if (lines_from == rules_.end() || out.ending) return out;

    mapping::Scope line_scope{line_, &tables_};
    fill(line_scope, subject, needs_);
    const auto& lines = subject.record_["lines"].items();
    for (std::size_t i = 0; i < lines.size() && !out.ending; ++i) {
        line_scope.set(slot_line, mapping::Value::view(lines[i], line_.roots[slot_line].shape));
        line_scope.set(slot_index, mapping::Value{Decimal{static_cast<std::int64_t>(i)}});
        Json& into = out.lines.emplace_back(Json::object());
        for (auto rule = lines_from; rule != rules_.end() && !out.ending; ++rule)
            out.ending = apply(*rule, line_scope, into, for_version);
    }
    return out;
}

std::optional<Ending> FieldRules::map_again(Subject& subject, std::string_view root, Json& fields) const {
    workspace().memory.clear();
    mapping::Scope scope{record_, &tables_};
    fill(scope, subject, needs_);
    for (const FieldRule& rule : rules_) {
        if (rule.root != root || !rule.program || !rule.program->reads(slot_target)) continue;
        erase_path(fields, rule.path);
        if (auto ending = apply(rule, scope, fields, false)) return ending;
    }
    return std::nullopt;
}

Expected<bool, mapping::Diagnostics> FieldRules::check(const settings::Expression& text, Subject& subject,
                                                       const Mapped& mapped) const {
    mapping::Environment names = record_;
    // What was mapped stands in the place of what it was mapped from.
    if (of_orders()) names.roots[slot_customer].shape = &mapping::shapes::any;
    names.roots.push_back({of_orders() ? "document" : "mapped"});
    const auto program = mapping::Program::compile({text.text, text.at.file, text.at.line, text.at.column}, names);
    if (!program) return program.error();
    workspace().memory.clear();
    mapping::Scope scope{names, &tables_};
    Needs needs;
    needs.add(text.text);
    fill(scope, subject, needs);
    if (of_orders()) {
        scope.set("customer", mapping::Value::view(mapped.customer));
        scope.set("document", mapping::Value::view(mapped.document));
    } else {
        scope.set("mapped", mapping::Value::view(mapped.fields(entity())));
    }
    const auto outcome = program->evaluate(scope, workspace());
    if (!outcome.ok()) return mapping::Diagnostics{outcome.diagnostic};
    if (outcome.value.is(mapping::Kind::boolean)) return outcome.value.boolean();
    const auto whole = static_cast<std::uint32_t>(text.text.size());
    return mapping::Diagnostics{mapping::diagnose(program->source(), {0, whole}, "a check has to be true or false",
                                                  "compare it with something")};
}

const FieldRule* FieldRules::rule(std::string_view root, std::string_view path) const noexcept {
    const auto found =
        std::ranges::find_if(rules_, [&](const FieldRule& r) { return r.root == root && r.path == path; });
    return found == rules_.end() ? nullptr : &*found;
}

}  // namespace brygga::flow
