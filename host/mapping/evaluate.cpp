#include "mapping/evaluate.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/nearest.h"

namespace brygga::mapping {

namespace {

template <class T>
const T& as(const Node& node) noexcept {
    return static_cast<const T&>(node);
}

/// The nearest of the members that are there. Many are not looked through.
std::string suggestion_for(const Absence& absence) {
    constexpr std::size_t most = 1000;
    if (absence.parent.is(Kind::object) && absence.parent.size() <= most) {
        std::vector<std::string_view> names;
        for (std::size_t i = 0; i < absence.parent.size(); ++i)
            if (absence.parent.entry(i).name.size() <= 100) names.push_back(absence.parent.entry(i).name);
        if (const auto near = nearest(absence.name, names)) return fmt::format("did you mean '{}'?", *near);
    }
    return "write ?? and what to take when it is missing";
}

}  // namespace

// ---- what stops an evaluation

Value Evaluator::stop(Stop::Kind kind, Span at, std::string message, std::string suggestion) {
    stop_ = {kind, at, std::move(message), std::move(suggestion), {}};
    return Value::stopped();
}

bool Evaluator::no_steps(Span at) {
    stop(Stop::Kind::limit, at, fmt::format("the limit of {} steps is reached", workspace_.memory.limits().steps),
         "map less at once");
    return false;
}

Value Evaluator::no_room(Span at) {
    return stop(Stop::Kind::limit, at,
                fmt::format("the limit of {} bytes of values is reached", workspace_.memory.limits().bytes),
                "map less at once");
}

bool Evaluator::read_through(const Value& v, Span at) {
    if (v.is_unreadable()) {
        error(at, fmt::format("a part of this is {}", name_of(v.kind())));
        return false;
    }
    if (v.is(Kind::string)) return spend(v.size() / 256, at);
    if (!v.is(Kind::list) && !v.is(Kind::object)) return true;
    if (!spend(v.size(), at)) return false;
    for (std::size_t i = 0; i < v.size(); ++i)
        if (!read_through(v.is(Kind::list) ? v.item(i) : v.entry(i).value, at)) return false;
    return true;
}

Stop Evaluator::absence(const Value& missing, Span at) const {
    const Absence* absence = missing.absence();
    if (!absence) return {Stop::Kind::error, at, "this gives nothing", "write ?? and what to take then", {}};
    const Span span{absence->begin, absence->end};
    // A function has no member that is not there.
    if (absence->name.empty() && absence->parent.is(Kind::missing))
        return {Stop::Kind::error,
                span,
                fmt::format("'{}' gives nothing", quoted(source_, span)),
                "write ?? and what to take then",
                {}};
    return {
        Stop::Kind::error, span, fmt::format("'{}' is not there", quoted(source_, span)), suggestion_for(*absence), {}};
}

Value Evaluator::check_there(const Value& v, Span at) {
    if (v.is(Kind::missing)) {
        // Told only when nothing catches it: looking for the nearest name is slow.
        stop_ = v.absence() ? Stop{Stop::Kind::error, at, {}, {}, v} : absence(v, at);
        return Value::stopped();
    }
    if (v.is_unreadable()) return error(at, fmt::format("'{}' is {}", quoted(source_, at), name_of(v.kind())));
    return v;
}

Value Evaluator::needed(const Node& node) { return check_there(value(node), node.span); }

// ---- making values

Value Evaluator::text(std::string_view text, Span at) {
    const std::string_view copy = workspace_.memory.copy(text);
    return copy.data() ? Value{copy} : no_room(at);
}

template <class T>
Value Evaluator::build(const std::vector<T>& parts, Span at) {
    T* place = workspace_.memory.make<T>(parts.size());
    if (!place) return no_room(at);
    std::uninitialized_copy(parts.begin(), parts.end(), place);
    const std::span<const T> kept{place, parts.size()};
    Value v;
    if constexpr (std::is_same_v<T, Entry>)
        v = Value::object(kept);
    else
        v = Value::list(kept);
    if (v.depth() <= max_depth) return v;
    return stop(Stop::Kind::limit, at,
                fmt::format("the limit of {} levels of values in each other is reached", max_depth));
}
template Value Evaluator::build(const std::vector<Value>&, Span);
template Value Evaluator::build(const std::vector<Entry>&, Span);

Value Evaluator::text_node(const TextNode& node) {
    std::string out;
    for (const Node* part : node.parts) {
        const Value v = needed(*part);
        if (v.is_stopped()) return v;
        if (v.is(Kind::null) || v.is(Kind::list) || v.is(Kind::object))
            return error(part->span, fmt::format("{} cannot stand in a text", name_of(v.kind())),
                         v.is(Kind::null) ? "write ?? and what to take when it is null" : "");
        const std::size_t length = v.is(Kind::string) ? v.size() : 64;
        if (!spend(length / 256, part->span)) return Value::stopped();
        if (!workspace_.memory.has_room(out.size() + length)) return no_room(node.span);
        if (v.is(Kind::string))
            out += v.text();
        else
            out += to_text(v);
    }
    return text(out, node.span);
}

Value Evaluator::list_node(const ListNode& node) {
    std::vector<Value> items;
    items.reserve(node.items.size());
    for (const Node* item : node.items) {
        items.push_back(needed(*item));
        if (items.back().is_stopped()) return items.back();
    }
    return build(items, node.span);
}

Value Evaluator::object_node(const ObjectNode& node) {
    std::vector<Entry> entries;
    entries.reserve(node.fields.size());
    for (const auto& field : node.fields) {
        const Value name = needed(*field.name);
        if (name.is_stopped()) return name;
        if (!name.is(Kind::string))
            return error(field.name->span, fmt::format("the name of a member is a text, not {}", name_of(name.kind())));
        if (!spend(entries.size() / 64, field.name->span)) return Value::stopped();
        if (std::ranges::find(entries, name.text(), &Entry::name) != entries.end())
            return error(field.name->span, "this object has a member of this name already");
        const Value v = needed(*field.value);
        if (v.is_stopped()) return v;
        entries.push_back({name.text(), v});
    }
    return build(entries, node.span);
}

// ---- names and paths

Value Evaluator::name(const NameNode& node) {
    if (node.meaning == NameNode::Meaning::word) return node.name;
    const auto slot = static_cast<std::size_t>(node.slot);
    if (node.meaning == NameNode::Meaning::local) return workspace_.locals[slot];
    const Value& v = names_.values[slot];
    if (!v.is(Kind::missing)) return v;
    auto* absence = workspace_.memory.make<Absence>(1);
    if (!absence) return no_room(node.span);
    return Value::missing(new (absence) Absence{node.span.begin, node.span.end, {}, node.name});
}

Value Evaluator::absent(const PathNode& node, const PathNode::Step& step, const Value& parent, std::string_view name) {
    auto* absence = workspace_.memory.make<Absence>(1);
    if (!absence) return no_room(node.span);
    return Value::missing(new (absence) Absence{node.span.begin, step.span.end, parent, name});
}

Value Evaluator::path(const PathNode& node) {
    Value v = value(*node.base);
    for (const auto& s : node.steps) {
        if (v.is_stopped()) return v;
        v = s.index ? index(v, node, s) : step(v, node, s);
    }
    return v;
}

Value Evaluator::step(const Value& from, const PathNode& node, const PathNode::Step& step) {
    if (from.is(Kind::object)) {
        if (from.size() > 64 && !spend(from.size() / 64, step.span)) return Value::stopped();
        Value found;
        return from.find(step.name, &found) ? found : absent(node, step, from, step.name);
    }
    if (from.is(Kind::missing)) return from;
    if (from.is(Kind::null)) return absent(node, step, from, step.name);
    return error(step.span, fmt::format("{} has no members, so there is no '{}'", name_of(from.kind()), step.name),
                 suggestion_for_step(step.name, from.kind()));
}

Value Evaluator::index(const Value& from, const PathNode& node, const PathNode::Step& step) {
    const Value at = needed(*step.index);
    if (at.is_stopped() || from.is(Kind::missing)) return at.is_stopped() ? at : from;
    if (from.is(Kind::null)) return absent(node, step, from, {});
    if (from.is(Kind::object) && at.is(Kind::string)) {
        PathNode::Step named = step;
        named.name = at.text();
        return this->step(from, node, named);
    }
    if (!from.is(Kind::list) || !at.is(Kind::decimal))
        return error(step.span, from.is(Kind::list)     ? "an item of a list is taken with a whole number"
                                : from.is(Kind::object) ? "a member of an object is taken with a text"
                                                        : fmt::format("{} has no items", name_of(from.kind())));
    if (!at.decimal().is_integer()) return error(step.span, "an item of a list is taken with a whole number");
    const auto n = at.decimal().units(0);
    const auto size = static_cast<std::int64_t>(from.size());
    if (!n || *n >= size || *n < -size) return absent(node, step, from, {});
    return from.item(static_cast<std::size_t>(*n < 0 ? *n + size : *n));
}

// ---- branches and bindings

std::optional<bool> Evaluator::truth(const Node& node) {
    const Value v = needed(node);
    if (v.is(Kind::boolean)) return v.boolean();
    if (!v.is_stopped())
        error(node.span, fmt::format("true or false is expected here, not {}", name_of(v.kind())),
              "compare it with something");
    return std::nullopt;
}

Value Evaluator::let(const LetNode& node) {
    for (const auto& binding : node.bindings) {
        const Value v = value(*binding.value);
        if (v.is_stopped()) return v;
        workspace_.locals[static_cast<std::size_t>(binding.slot)] = v;
    }
    return value(*node.body);
}

Value Evaluator::branch(const BranchNode& node) {
    for (const auto& arm : node.arms) {
        const auto truth = this->truth(*arm.condition);
        if (!truth) return Value::stopped();
        if (*truth) return value(*arm.value);
    }
    return value(*node.otherwise);
}

Value Evaluator::match(const MatchNode& node) {
    const Value subject = needed(*node.subject);
    if (subject.is_stopped()) return subject;
    for (const auto& arm : node.arms) {
        if (arm.patterns.empty()) return value(*arm.value);
        for (const Literal* pattern : arm.patterns) {
            const Value& p = pattern->value;
            if (!spend(1, pattern->span)) return Value::stopped();
            if (p.kind() != subject.kind() && !p.is(Kind::null) && !subject.is(Kind::null))
                return error(pattern->span,
                             fmt::format("{} is compared with {}", name_of(subject.kind()), name_of(p.kind())));
            if (equal(subject, p)) return value(*arm.value);
        }
    }
    return error(node.subject->span, "no arm of this 'match' fits", "add an arm _ => … for everything else");
}

Value Evaluator::fallback(const ChainNode& node) {
    // From right to left: what stands behind an operator is taken when what stands before it is nothing.
    const Node* operand = node.first;
    for (const auto& link : node.links) {
        const Value v = value(*operand);
        const bool caught = v.is_stopped() ? link.op == Operator::rescue &&
                                                 (stop_.kind == Stop::Kind::error || stop_.kind == Stop::Kind::fail)
                                           : v.is_nothing() || (v.is_unreadable() && link.op == Operator::rescue);
        if (!caught) return v;
        operand = link.operand;
    }
    return value(*operand);
}

// ---- operators

Value Evaluator::minus(const UnaryNode& node) {
    const Value v = needed(*node.operand);
    if (v.is(Kind::decimal)) return -v.decimal();
    return v.is_stopped() ? v : error(node.span, fmt::format("'-' takes a number, not {}", name_of(v.kind())));
}

Value Evaluator::logic(const ChainNode& node, bool decides) {
    auto truth = this->truth(*node.first);
    for (const auto& link : node.links) {
        if (!truth || *truth == decides) break;
        truth = this->truth(*link.operand);
    }
    return truth ? Value{*truth} : Value::stopped();
}

Value Evaluator::arithmetic(const ChainNode& node) {
    Value left = needed(*node.first);
    for (const auto& link : node.links) {
        if (left.is_stopped()) return left;
        const Value right = needed(*link.operand);
        if (right.is_stopped()) return right;
        left = apply(link, left, right);
    }
    return left;
}

Value Evaluator::apply(const ChainNode::Link& link, const Value& a, const Value& b) {
    if (link.op == Operator::add && a.is(Kind::string) && b.is(Kind::string)) {
        const std::size_t size = a.size() + b.size();
        if (!spend(size / 256, link.span)) return Value::stopped();
        char* place = workspace_.memory.make<char>(size);
        if (!place) return no_room(link.span);
        std::ranges::copy(b.text(), std::ranges::copy(a.text(), place).out);
        return std::string_view{place, size};
    }
    if (!a.is(Kind::decimal) || !b.is(Kind::decimal))
        return error(link.span,
                     fmt::format("'{}' takes two numbers{}, not {} and {}", name_of(link.op),
                                 link.op == Operator::add ? " or two texts" : "", name_of(a.kind()), name_of(b.kind())),
                     link.op == Operator::add && (a.is(Kind::string) || b.is(Kind::string))
                         ? "put values into a text with braces: \"{…}\""
                         : "");
    try {
        switch (link.op) {
            case Operator::add:
                return a.decimal() + b.decimal();
            case Operator::subtract:
                return a.decimal() - b.decimal();
            case Operator::multiply:
                return a.decimal() * b.decimal();
            case Operator::divide:
                return a.decimal() / b.decimal();
            default:
                return a.decimal() % b.decimal();
        }
    } catch (const DecimalDivisionByZero&) {
        return error(link.span, "division by zero");
    } catch (const DecimalOverflow&) {
        return error(link.span, "the result has more than 28 digits");
    }
}

Value Evaluator::comparison(const ComparisonNode& node) {
    const Value a = needed(*node.left);
    if (a.is_stopped()) return a;
    const Value b = needed(*node.right);
    if (b.is_stopped()) return b;
    if (node.op == Operator::in || node.op == Operator::not_in) {
        const Value found = contains(node, a, b);
        return found.is_stopped() || node.op == Operator::in ? found : Value{!found.boolean()};
    }
    const bool equality = node.op == Operator::equal || node.op == Operator::unequal;
    if (equality && (a.is(Kind::null) || b.is(Kind::null)))
        return (a.kind() == b.kind()) == (node.op == Operator::equal);
    if (a.kind() != b.kind())
        return error(node.op_span, fmt::format("{} is compared with {}", name_of(a.kind()), name_of(b.kind())),
                     "compare values of one type");
    if (!equality && (a.is(Kind::null) || a.is(Kind::list) || a.is(Kind::object)))
        return error(node.op_span, fmt::format("'{}' does not compare {}", name_of(node.op), name_of(a.kind())));
    if (!read_through(a, node.op_span) || !read_through(b, node.op_span)) return Value::stopped();
    const auto order = compare(a, b);
    switch (node.op) {
        case Operator::equal:
            return order == 0;
        case Operator::unequal:
            return order != 0;
        case Operator::less:
            return order < 0;
        case Operator::less_equal:
            return order <= 0;
        case Operator::greater:
            return order > 0;
        default:
            return order >= 0;
    }
}

Value Evaluator::contains(const ComparisonNode& node, const Value& part, const Value& whole) {
    if (whole.is(Kind::list)) {
        for (std::size_t i = 0; i < whole.size(); ++i) {
            const Value item = whole.item(i);
            if (!spend(1, node.op_span) || !read_through(item, node.op_span)) return Value::stopped();
            if (item.kind() != part.kind() && !item.is(Kind::null) && !part.is(Kind::null))
                return error(node.op_span,
                             fmt::format("{} is compared with {}", name_of(part.kind()), name_of(item.kind())),
                             "compare values of one type");
            if (equal(item, part)) return true;
        }
        return false;
    }
    if (!part.is(Kind::string) || !(whole.is(Kind::object) || whole.is(Kind::string)))
        return error(node.op_span,
                     fmt::format("'in' looks for an item in a list, a name in an object or a text in a text, not for "
                                 "{} in {}",
                                 name_of(part.kind()), name_of(whole.kind())));
    if (!spend(whole.size() / 64, node.op_span)) return Value::stopped();
    return whole.is(Kind::object)
               ? whole.has(part.text())
               : memmem(whole.text().data(), whole.size(), part.text().data(), part.size()) != nullptr;
}

Value Evaluator::value(const Node& node) {
    if (!spend(1, node.span)) return Value::stopped();
    switch (node.kind) {
        case Node::Kind::literal:
            return as<Literal>(node).value;
        case Node::Kind::text:
            return text_node(as<TextNode>(node));
        case Node::Kind::list:
            return list_node(as<ListNode>(node));
        case Node::Kind::object:
            return object_node(as<ObjectNode>(node));
        case Node::Kind::name:
            return name(as<NameNode>(node));
        case Node::Kind::path:
            return path(as<PathNode>(node));
        case Node::Kind::call:
            return call(as<CallNode>(node));
        case Node::Kind::lambda:
            break;
        case Node::Kind::let:
            return let(as<LetNode>(node));
        case Node::Kind::branch:
            return branch(as<BranchNode>(node));
        case Node::Kind::match:
            return match(as<MatchNode>(node));
        case Node::Kind::minus:
            return minus(as<UnaryNode>(node));
        case Node::Kind::negation: {
            const auto truth = this->truth(*as<UnaryNode>(node).operand);
            return truth ? Value{!*truth} : Value::stopped();
        }
        case Node::Kind::conjunction:
            return logic(as<ChainNode>(node), false);
        case Node::Kind::disjunction:
            return logic(as<ChainNode>(node), true);
        case Node::Kind::sum:
        case Node::Kind::product:
            return arithmetic(as<ChainNode>(node));
        case Node::Kind::comparison:
            return comparison(as<ComparisonNode>(node));
        case Node::Kind::fallback:
            return fallback(as<ChainNode>(node));
    }
    return error(node.span, "a function x => … is no value");
}

}  // namespace brygga::mapping
