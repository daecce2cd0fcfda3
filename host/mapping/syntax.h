// Syntax: the tree of one expression. Made by the parser, completed by check() (slots, functions, patterns), then
// only read. Owned by a Tree, whose memory holds the nodes and their texts. Chains of operators, paths, bindings and
// branches are one node each, so that the tree is no deeper than the brackets of its source.
#pragma once

#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

#include "mapping/source.h"
#include "mapping/value.h"

namespace re2 {
class RE2;
}

namespace brygga::mapping {

struct Function;

struct Node {
    enum class Kind : std::uint8_t {
        literal,
        text,
        list,
        object,
        name,
        path,
        call,
        lambda,
        let,
        branch,
        match,
        minus,
        negation,
        conjunction,
        disjunction,
        sum,
        product,
        comparison,
        fallback,
    };
    Kind kind;
    Span span;
    std::uint8_t height = 1;  ///< levels of nodes from here down, at most max_depth
};

/// A constant scalar.
struct Literal : Node {
    Value value;
};
/// "text {expr} text": the pieces and the expressions in their order.
struct TextNode : Node {
    std::span<Node* const> parts;
};
struct ListNode : Node {
    std::span<Node* const> items;
};
struct ObjectNode : Node {
    struct Field {
        Node *name, *value;
    };
    std::span<const Field> fields;
};
struct NameNode : Node {
    enum class Meaning : std::uint8_t { root, local, word };
    std::string_view name;
    Meaning meaning = Meaning::root;
    int slot = -1;
};
struct PathNode : Node {
    struct Step {
        Span span;
        std::string_view name;  ///< .name; else
        Node* index = nullptr;  ///< [index]
    };
    Node* base;
    std::span<const Step> steps;
};
struct CallNode : Node {
    std::string_view name;
    Span name_span;
    std::span<Node* const> arguments;  ///< of x.f(y): x and y
    const Function* function = nullptr;
    const re2::RE2* pattern = nullptr;  ///< where an argument is a regular expression
};
struct LambdaNode : Node {
    std::string_view parameter;
    Span parameter_span;
    Node* body;
    int slot = -1;
};
struct LetNode : Node {
    struct Binding {
        std::string_view name;
        Span name_span;
        Node* value;
        int slot = -1;
    };
    std::span<Binding> bindings;
    Node* body;
};
struct BranchNode : Node {
    struct Arm {
        Node *condition, *value;
    };
    std::span<const Arm> arms;
    Node* otherwise;
};
struct MatchNode : Node {
    struct Arm {
        std::span<Literal* const> patterns;  ///< none: _
        Node* value;
    };
    Node* subject;
    std::span<const Arm> arms;
};
/// -x, not x
struct UnaryNode : Node {
    Node* operand;
};

enum class Operator : std::uint8_t {
    add,
    subtract,
    multiply,
    divide,
    remainder,
    equal,
    unequal,
    less,
    less_equal,
    greater,
    greater_equal,
    in,
    not_in,
    conjunction,
    disjunction,
    coalesce,  ///< ??
    rescue,    ///< ???
};
std::string_view name_of(Operator op) noexcept;

/// first op operand op operand ...: sums, products, `and`, `or`, and from right to left `??`.
struct ChainNode : Node {
    struct Link {
        Operator op;
        Span span;
        Node* operand;
    };
    Node* first;
    std::span<const Link> links;
};
struct ComparisonNode : Node {
    Operator op;
    Span op_span;
    Node *left, *right;
};

/// Owns the nodes and the texts that were decoded.
class Tree {
public:
    Tree() = default;
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    template <class T>
    T* make(T node) {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (memory_.allocate(sizeof(T), alignof(T))) T(std::move(node));
    }
    template <class T>
    std::span<T> keep(const std::vector<T>& items) {
        static_assert(std::is_trivially_destructible_v<T>);
        if (items.empty()) return {};
        // NOLINTNEXTLINE(bugprone-sizeof-expression): a list may be one of pointers
        T* place = static_cast<T*>(memory_.allocate(items.size() * sizeof(T), alignof(T)));
        std::uninitialized_copy(items.begin(), items.end(), place);
        return {place, items.size()};
    }
    std::string_view keep(std::string_view text) {
        if (text.empty()) return "";
        char* place = static_cast<char*>(memory_.allocate(text.size(), 1));
        std::copy(text.begin(), text.end(), place);
        return {place, text.size()};
    }

private:
    std::pmr::monotonic_buffer_resource memory_;
};

}  // namespace brygga::mapping
