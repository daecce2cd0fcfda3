#include "mapping/check.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include "base/nearest.h"
#include "mapping/functions.h"

namespace brygga::mapping {

namespace {

constexpr std::size_t most_mistakes = 20, longest_pattern = 1000;
constexpr std::int64_t pattern_memory = 1 << 20;

template <class T>
T& as(Node& node) noexcept {
    return static_cast<T&>(node);
}

class Checker {
public:
    Checker(const Source& source, const Environment& environment, Checked& out)
        : source_{source}, environment_{environment}, out_{out} {
        out_.used.assign(environment.roots.size(), false);
    }

    Diagnostics run(Node& root) {
        out_.type = type(root);
        return std::move(mistakes_);
    }

private:
    struct Local {
        std::string_view name;
        Type type;
        int slot;
        const Node* value;  ///< of a let
    };

    Type mistake(Span at, std::string message, std::string suggestion = {}) {
        if (mistakes_.size() < most_mistakes)
            mistakes_.push_back(diagnose(source_, at, std::move(message), std::move(suggestion)));
        return &shapes::any;
    }

    /// Only as long as mistakes are shown: it is slow.
    std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) const {
        const auto near = mistakes_.size() < most_mistakes ? nearest(word, known) : std::nullopt;
        return near ? fmt::format("did you mean '{}'?", *near) : "";
    }

    // ---- types
    Type list_of(Type item) {
        if (item == &shapes::any) return &shapes::list;
        return &out_.shapes.emplace_back(Shape{Kind::list, {}, item});
    }
    Type group_of(Type key, Type items) {
        const auto& members = out_.members.emplace_back(std::vector<Member>{{"key", key}, {"items", items}});
        return list_of(&out_.shapes.emplace_back(Shape{Kind::object, members}));
    }
    static Type item_of(Type list) { return list->kind == Kind::list ? list->item : &shapes::any; }

    Type type(Node& node) {
        switch (node.kind) {
            case Node::Kind::literal:
                return of_literal(as<Literal>(node).value);
            case Node::Kind::text:
                return text(as<TextNode>(node));
            case Node::Kind::list:
                return list(as<ListNode>(node));
            case Node::Kind::object:
                return object(as<ObjectNode>(node));
            case Node::Kind::name:
                return name(as<NameNode>(node));
            case Node::Kind::path:
                return path(as<PathNode>(node));
            case Node::Kind::call:
                return call(as<CallNode>(node));
            case Node::Kind::lambda:
                return mistake(node.span, "a function x => … stands only as an argument of a list function");
            case Node::Kind::let:
                return let(as<LetNode>(node));
            case Node::Kind::branch:
                return branch(as<BranchNode>(node));
            case Node::Kind::match:
                return match(as<MatchNode>(node));
            case Node::Kind::minus:
                return want(*as<UnaryNode>(node).operand, shapes::decimal, "'-' takes a number");
            case Node::Kind::negation:
                return want(*as<UnaryNode>(node).operand, shapes::boolean, "true or false is expected here");
            case Node::Kind::conjunction:
            case Node::Kind::disjunction:
                return logic(as<ChainNode>(node));
            case Node::Kind::sum:
            case Node::Kind::product:
                return arithmetic(as<ChainNode>(node));
            case Node::Kind::comparison:
                return comparison(as<ComparisonNode>(node));
            case Node::Kind::fallback:
                return fallback(as<ChainNode>(node));
        }
        return &shapes::any;
    }

    static Type of_literal(const Value& v) {
        switch (v.kind()) {
            case Kind::null:
                return &shapes::null;
            case Kind::boolean:
                return &shapes::boolean;
            case Kind::decimal:
                return &shapes::decimal;
            default:
                return &shapes::string;
        }
    }

    Type want(Node& node, const Shape& wanted, std::string_view expected) {
        const Type found = type(node);
        if (found->known() && found->kind != wanted.kind)
            mistake(node.span, fmt::format("{}, not {}", expected, name_of(found->kind)));
        return &wanted;
    }

    Type text(TextNode& node) {
        for (Node* part : node.parts) {
            const Type found = type(*part);
            if (found->kind == Kind::null || found->kind == Kind::list || found->kind == Kind::object)
                mistake(part->span, fmt::format("{} cannot stand in a text", name_of(found->kind)),
                        found->kind == Kind::list ? "make a text of it, with join() for one" : "");
        }
        return &shapes::string;
    }

    Type list(ListNode& node) {
        if (node.items.empty()) return &shapes::list;
        Type item = &shapes::never;
        for (Node* n : node.items) item = join(item, type(*n));
        return list_of(item->known() ? item : &shapes::any);
    }

    Type object(ObjectNode& node) {
        std::vector<std::string_view> names;
        for (const auto& field : node.fields) {
            want(*field.name, shapes::string, "the name of a member is a text");
            if (field.name->kind == Node::Kind::literal) {
                const std::string_view name = as<Literal>(*field.name).value.text();
                if (std::ranges::find(names, name) != names.end())
                    mistake(field.name->span, "this object has a member of this name already");
                names.push_back(name);
            }
            type(*field.value);
        }
        return &shapes::object;
    }

    // ---- names
    std::vector<std::string_view> names_in_scope() const {
        std::vector<std::string_view> names;
        for (const Local& l : locals_) names.push_back(l.name);
        for (const Root& r : environment_.roots) names.push_back(r.name);
        return names;
    }

    Type name(NameNode& node) {
        if (const auto local = std::ranges::find(locals_, node.name, &Local::name); local != locals_.end()) {
            node.meaning = NameNode::Meaning::local;
            node.slot = local->slot;
            return local->type;
        }
        const auto root = std::ranges::find(environment_.roots, node.name, &Root::name);
        if (root != environment_.roots.end()) {
            node.meaning = NameNode::Meaning::root;
            node.slot = static_cast<int>(root - environment_.roots.begin());
            out_.used[static_cast<std::size_t>(node.slot)] = true;
            return root->shape;
        }
        const auto names = names_in_scope();
        std::string suggestion = did_you_mean(node.name, names);
        if (find_function(node.name)) suggestion = fmt::format("the function is written {}(…)", node.name);
        if (suggestion.empty() && !names.empty() && names.size() <= 12)
            suggestion = fmt::format("there is {}", fmt::join(names, ", "));
        return mistake(node.span, fmt::format("unknown name '{}'", node.name), std::move(suggestion));
    }

    int declare(std::string_view name, Span at, Type type, const Node* value) {
        const auto known = names_in_scope();
        if (std::ranges::find(known, name) != known.end())
            mistake(at, fmt::format("'{}' is a name already, and a second one would hide it", name),
                    "take another name");
        const int slot = static_cast<int>(out_.locals++);
        locals_.push_back({name, type, slot, value});
        return slot;
    }

    Type path(PathNode& node) {
        Type at = type(*node.base);
        Span parent = node.base->span;
        for (const auto& step : node.steps) {
            at = step.index ? index(at, step, parent) : member(at, step.name, step.span, parent);
            parent.end = step.span.end;
        }
        return at;
    }

    Type member(Type from, std::string_view name, Span at, Span parent) {
        if (!from->known() || from->kind == Kind::null) return &shapes::any;
        if (from->kind != Kind::object)
            return mistake(at, fmt::format("{} has no members, so there is no '{}'", name_of(from->kind), name),
                           suggestion_for_step(name, from->kind));
        if (from->members.empty()) return &shapes::any;
        if (const Shape* found = from->member(name)) return found;
        std::vector<std::string_view> names;
        for (const Member& m : from->members) names.push_back(m.name);
        return mistake(at, fmt::format("'{}' has no '{}'", quoted(source_, parent), name),
                       find_function(name) ? suggestion_for_step(name, from->kind) : did_you_mean(name, names));
    }

    Type index(Type from, const PathNode::Step& step, Span parent) {
        const Type at = type(*step.index);
        if (!from->known() || from->kind == Kind::null) return &shapes::any;
        if (from->kind != Kind::list && from->kind != Kind::object)
            return mistake(step.span, fmt::format("{} has no items", name_of(from->kind)));
        const bool of_list = from->kind == Kind::list;
        if (at->known() && at->kind != (of_list ? Kind::decimal : Kind::string))
            return mistake(step.span, of_list ? "an item of a list is taken with a whole number"
                                              : "a member of an object is taken with a text");
        if (of_list) return from->item;
        if (step.index->kind != Node::Kind::literal) return &shapes::any;
        return member(from, as<Literal>(*step.index).value.text(), step.span, parent);
    }

    // ---- calls
    Type call(CallNode& node) {
        node.function = find_function(node.name);
        if (!node.function) {
            mistake(node.name_span, fmt::format("unknown function '{}'", node.name),
                    did_you_mean(node.name, function_names()));
            for (Node* argument : node.arguments)
                if (argument->kind != Node::Kind::lambda) type(*argument);
            return &shapes::any;
        }
        const Function& f = *node.function;
        const std::size_t count = node.arguments.size(), most = f.parameters.size();
        const auto required = static_cast<std::size_t>(
            std::ranges::count_if(f.parameters, [](const Parameter& p) { return p.standard.empty(); }));
        if (count < required || (count > most && !f.repeats)) {
            mistake(node.span, fmt::format("{}() has {} argument{} here", f.name, count, count == 1 ? "" : "s"),
                    fmt::format("it is written {}", signature(f)));
        }
        std::vector<Type> types;
        for (std::size_t i = 0; i < count; ++i)
            types.push_back(argument(node, f.parameters[std::min(i, most - 1)], i, types));
        if (f.name == "table" && count > 0) check_table(*node.arguments[0]);
        return given(f.gives, types);
    }

    Type argument(CallNode& node, const Parameter& parameter, std::size_t i, const std::vector<Type>& before) {
        Node& argument = *node.arguments[i];
        if (parameter.role == Parameter::Role::lambda) return lambda(node, parameter, argument, item_of(before[0]));
        if (parameter.role == Parameter::Role::word) return word(argument, parameter);
        const Type found = type(argument);
        if (found->known() && !parameter.kinds.has(found->kind))
            mistake(argument.span, wrong_argument(*node.function, i, found->kind));
        if (parameter.role == Parameter::Role::pattern) pattern(node, argument);
        return found;
    }

    Type lambda(const CallNode& call, const Parameter& parameter, Node& argument, Type item) {
        if (argument.kind != Node::Kind::lambda)
            return mistake(argument.span, fmt::format("{}() takes a function here", call.name),
                           fmt::format("write it like {}", parameter.name));
        auto& lambda = as<LambdaNode>(argument);
        lambda.slot = declare(lambda.parameter, lambda.parameter_span, item, nullptr);
        const Type result = type(*lambda.body);
        locals_.pop_back();
        if (result->known() && !parameter.kinds.has(result->kind))
            mistake(lambda.body->span,
                    fmt::format("{} is expected here, not {}", parameter.kinds.names(), name_of(result->kind)));
        return result;
    }

    Type word(Node& argument, const Parameter& parameter) {
        const bool is_name = argument.kind == Node::Kind::name;
        const std::string_view text = is_name ? as<NameNode>(argument).name : "";
        if (std::ranges::find(words(), text) != words().end()) {
            as<NameNode>(argument).meaning = NameNode::Meaning::word;
            return &shapes::string;
        }
        const std::vector<std::string_view> known(words().begin(), words().end());
        return mistake(argument.span,
                       fmt::format("the {} is one of the words {}", parameter.name, fmt::join(known, ", ")),
                       argument.kind == Node::Kind::literal ? "write it without quotes"
                       : text.empty()                       ? ""
                                                            : did_you_mean(text, known));
    }

    void pattern(CallNode& node, Node& argument) {
        const Node* constant = &argument;
        if (argument.kind == Node::Kind::name) {
            const auto local = std::ranges::find(locals_, as<NameNode>(argument).name, &Local::name);
            if (local != locals_.end() && local->value) constant = local->value;
        }
        if (constant->kind != Node::Kind::literal) {
            mistake(argument.span, "a pattern is a constant text", "write it here, best in '…'");
            return;
        }
        const std::string_view text = static_cast<const Literal*>(constant)->value.text();
        if (!static_cast<const Literal*>(constant)->value.is(Kind::string)) return;
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(pattern_memory);
        auto made = text.size() <= longest_pattern
                        ? std::make_unique<RE2>(re2::StringPiece{text.data(), text.size()}, options)
                        : nullptr;
        if (made && made->ok())
            node.pattern = out_.patterns.emplace_back(std::move(made)).get();
        else
            mistake(argument.span, made ? fmt::format("this is no pattern of RE2: {}", made->error())
                                        : fmt::format("a pattern has at most {} bytes", longest_pattern));
    }

    void check_table(Node& argument) {
        if (argument.kind != Node::Kind::literal || !as<Literal>(argument).value.is(Kind::string)) return;
        const std::string_view name = as<Literal>(argument).value.text();
        const std::vector<std::string_view> known(environment_.tables.begin(), environment_.tables.end());
        if (std::ranges::find(known, name) == known.end())
            mistake(argument.span, "there is no table of this name", did_you_mean(name, known));
    }

    Type given(Gives gives, const std::vector<Type>& types) {
        const Type first = types.empty() ? &shapes::any : types[0];
        const Type second = types.size() > 1 ? types[1] : &shapes::any;
        switch (gives) {
            case Gives::boolean:
                return &shapes::boolean;
            case Gives::decimal:
                return &shapes::decimal;
            case Gives::string:
                return &shapes::string;
            case Gives::date:
                return &shapes::date;
            case Gives::timestamp:
                return &shapes::timestamp;
            case Gives::list:
                return &shapes::list;
            case Gives::strings:
                return &shapes::texts;
            case Gives::decimals:
                return &shapes::decimals;
            case Gives::object:
                return &shapes::object;
            case Gives::any:
                return &shapes::any;
            case Gives::never:
                return &shapes::never;
            case Gives::first:
                return first;
            case Gives::item:
                return item_of(first);
            case Gives::mapped:
                return list_of(second->known() ? second : &shapes::any);
            case Gives::grouped:
                return group_of(second, first->kind == Kind::list ? first : &shapes::list);
        }
        return &shapes::any;
    }

    // ---- branches and operators
    Type let(LetNode& node) {
        for (auto& binding : node.bindings) {
            const Type found = type(*binding.value);
            binding.slot = declare(binding.name, binding.name_span, found, binding.value);
        }
        const Type result = type(*node.body);
        locals_.resize(locals_.size() - node.bindings.size());
        return result;
    }

    Type branch(BranchNode& node) {
        Type result = &shapes::never;
        for (const auto& arm : node.arms) {
            want(*arm.condition, shapes::boolean, "true or false is expected here");
            result = join(result, type(*arm.value));
        }
        return join(result, type(*node.otherwise));
    }

    Type match(MatchNode& node) {
        const Type subject = type(*node.subject);
        Type result = &shapes::never;
        for (const auto& arm : node.arms) {
            for (const Literal* pattern : arm.patterns) comparable(subject, of_literal(pattern->value), pattern->span);
            result = join(result, type(*arm.value));
        }
        return result;
    }

    void comparable(Type a, Type b, Span at) {
        if (!a->known() || !b->known() || a->kind == b->kind || a->kind == Kind::null || b->kind == Kind::null) return;
        mistake(at, fmt::format("{} is compared with {}", name_of(a->kind), name_of(b->kind)),
                "compare values of one type");
    }

    Type logic(ChainNode& node) {
        constexpr std::string_view expected = "true or false is expected here";
        want(*node.first, shapes::boolean, expected);
        for (const auto& link : node.links) want(*link.operand, shapes::boolean, expected);
        return &shapes::boolean;
    }

    Type arithmetic(ChainNode& node) {
        Type left = type(*node.first);
        for (const auto& link : node.links) {
            const Type right = type(*link.operand);
            const auto fits = [&](Kind kind) {
                return (!left->known() || left->kind == kind) && (!right->known() || right->kind == kind);
            };
            const bool adds = link.op == Operator::add;
            if (!fits(Kind::decimal) && !(adds && fits(Kind::string))) {
                const bool text = left->kind == Kind::string || right->kind == Kind::string;
                mistake(link.span,
                        fmt::format("'{}' takes two numbers{}, not {} and {}", name_of(link.op),
                                    adds ? " or two texts" : "", name_of(left->kind), name_of(right->kind)),
                        adds && text ? "put values into a text with braces: \"{…}\"" : "");
                left = &shapes::any;
            } else if (!adds || left->kind == Kind::decimal || right->kind == Kind::decimal) {
                left = &shapes::decimal;
            } else {
                left = left->known() || right->known() ? &shapes::string : &shapes::any;
            }
        }
        return left;
    }

    Type comparison(ComparisonNode& node) {
        const Type left = type(*node.left), right = type(*node.right);
        if (node.op == Operator::in || node.op == Operator::not_in) {
            membership(node, left, right);
            return &shapes::boolean;
        }
        comparable(left, right, node.op_span);
        if (node.op == Operator::equal || node.op == Operator::unequal) return &shapes::boolean;
        for (const Type side : {left, right}) {
            if (side->kind != Kind::null && side->kind != Kind::list && side->kind != Kind::object) continue;
            mistake(node.op_span, fmt::format("'{}' does not compare {}", name_of(node.op), name_of(side->kind)));
            break;
        }
        return &shapes::boolean;
    }

    void membership(const ComparisonNode& node, Type part, Type whole) {
        if (whole->kind == Kind::list) return comparable(part, whole->item, node.op_span);
        const bool part_fits = !part->known() || part->kind == Kind::string;
        if (!whole->known() || ((whole->kind == Kind::object || whole->kind == Kind::string) && part_fits)) return;
        mistake(
            node.op_span,
            fmt::format("'in' looks for an item in a list, a name in an object or a text in a text, not for {} in {}",
                        name_of(part->kind), name_of(whole->kind)));
    }

    Type fallback(ChainNode& node) {
        Type result = type(*node.first);
        for (const auto& link : node.links) result = join(result, type(*link.operand));
        return result;
    }

    const Source& source_;
    const Environment& environment_;
    Checked& out_;
    std::vector<Local> locals_;
    Diagnostics mistakes_;
};

}  // namespace

Checked::Checked() = default;
Checked::~Checked() = default;

Diagnostics check(const Source& source, const Environment& environment, Node& root, Checked& out) {
    return Checker{source, environment, out}.run(root);
}

}  // namespace brygga::mapping
