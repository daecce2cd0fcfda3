// Calls: how the evaluator reaches the functions, and what a function may use.
#include <algorithm>

#include <fmt/format.h>

#include "base/nearest.h"
#include "mapping/evaluate.h"

namespace brygga::mapping {

namespace {

const Parameter& parameter_of(const Function& function, std::size_t i) {
    return function.parameters[std::min(i, function.parameters.size() - 1)];
}

}  // namespace

Value Evaluator::check_argument(const CallNode& node, std::size_t i, const Value& v) {
    const Parameter& parameter = parameter_of(*node.function, i);
    const Node& argument = *node.arguments[i];
    if (i == 0 && node.function->takes_missing && v.is(Kind::missing)) return v;
    const Value there = check_there(v, argument.span);
    if (there.is_stopped() || parameter.kinds.has(there.kind())) return there;
    return error(argument.span, wrong_argument(*node.function, i, there.kind()),
                 there.is(Kind::null) ? "write ?? and what to take when it is null" : "");
}

Value Evaluator::call(const CallNode& node) {
    std::array<Value, 4> few;
    std::vector<Value> many;
    const std::size_t count = node.arguments.size();
    if (count > few.size()) many.resize(count);
    Value* values = count > few.size() ? many.data() : few.data();
    for (std::size_t i = 0; i < count; ++i) {
        const Node& argument = *node.arguments[i];
        if (argument.kind == Node::Kind::lambda) continue;
        values[i] = check_argument(node, i, value(argument));
        if (values[i].is_stopped()) return values[i];
    }
    Call call{*this, node, {values, count}};
    return node.function->run(call);
}

Value Call::apply(std::size_t i, const Value& item) {
    const auto& lambda = static_cast<const LambdaNode&>(*node_.arguments[i]);
    evaluator_.workspace_.locals[static_cast<std::size_t>(lambda.slot)] = item;
    return evaluator_.value(*lambda.body);
}

Value Call::apply_needed(std::size_t i, const Value& item) {
    return evaluator_.check_there(apply(i, item), static_cast<const LambdaNode&>(*node_.arguments[i]).body->span);
}

std::optional<bool> Call::test(std::size_t i, const Value& item) {
    const auto& lambda = static_cast<const LambdaNode&>(*node_.arguments[i]);
    evaluator_.workspace_.locals[static_cast<std::size_t>(lambda.slot)] = item;
    return evaluator_.truth(*lambda.body);
}

std::optional<int> Call::whole(std::size_t i, int least, int most) {
    const auto n = arguments_[i].decimal().units(0);
    if (n && *n >= least && *n <= most) return static_cast<int>(*n);
    error_at(i, fmt::format("{}() takes a whole number from {} to {} for '{}'", node_.name, least, most,
                            parameter_of(*node_.function, i).name));
    return std::nullopt;
}

std::size_t Call::steps() const noexcept { return evaluator_.workspace_.memory.steps(); }
bool Call::read(const Value& all) {
    return evaluator_.spend(1, node_.span) && evaluator_.read_through(all, node_.span);
}
bool Call::spend(std::size_t steps) { return evaluator_.spend(steps, node_.span); }

Value Call::make(std::string_view text) { return evaluator_.text(text, node_.span); }
Value Call::make(const std::vector<Value>& items) { return evaluator_.build(items, node_.span); }
Value Call::make(const std::vector<Entry>& entries) { return evaluator_.build(entries, node_.span); }

Value Call::missing() {
    auto* absence = evaluator_.workspace_.memory.make<Absence>(1);
    if (!absence) return evaluator_.no_room(node_.span);
    return Value::missing(new (absence) Absence{node_.span.begin, node_.span.end});
}

bool Call::fits(std::size_t bytes) {
    if (evaluator_.workspace_.memory.has_room(bytes)) return true;
    evaluator_.no_room(node_.span);
    return false;
}

Value Call::error(std::string message, std::string suggestion) {
    return evaluator_.error(node_.span, std::move(message), std::move(suggestion));
}
Value Call::error_at(std::size_t argument, std::string message, std::string suggestion) {
    return evaluator_.error(node_.arguments[argument]->span, std::move(message), std::move(suggestion));
}
Value Call::fail(std::string_view text) { return evaluator_.stop(Stop::Kind::fail, node_.span, std::string{text}); }
Value Call::skip(std::string_view text) { return evaluator_.stop(Stop::Kind::skip, node_.span, std::string{text}); }
Value Call::hold(std::string_view text) { return evaluator_.stop(Stop::Kind::hold, node_.span, std::string{text}); }

Unicode& Call::unicode() const noexcept { return evaluator_.workspace_.unicode; }

Value Call::item(const Value& list, std::size_t i) {
    const Value v = list.item(i);
    if (!v.is_unreadable()) return v;
    return error(fmt::format("item {} of the list is {}", i, name_of(v.kind())));
}

const Table* Call::table(std::size_t i) {
    const Tables* tables = evaluator_.names_.tables;
    const auto found = tables ? tables->find(text(i)) : Tables::const_iterator{};
    if (tables && found != tables->end()) return &found->second;
    std::vector<std::string_view> names;
    if (tables)
        for (const auto& [name, table] : *tables) names.push_back(name);
    const auto near = nearest(text(i), names);
    error_at(i, "there is no table of this name", near ? fmt::format("did you mean \"{}\"?", *near) : "");
    return nullptr;
}

Value Call::root(std::string_view name) const {
    const Names& names = evaluator_.names_;
    const auto found = std::ranges::find(names.names, name);
    return found == names.names.end() ? Value{} : names.values[static_cast<std::size_t>(found - names.names.begin())];
}

}  // namespace brygga::mapping
