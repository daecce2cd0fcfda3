#include "mapping/parser.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/utf8.h"
#include "mapping/token_reader.h"

namespace brygga::mapping {

namespace {

Span joined(Span a, Span b) noexcept { return {a.begin, b.end}; }

/// From loose to tight, without `not` and the comparisons, which do not chain.
struct Sign {
    std::string_view text;
    Operator op;
};
constexpr std::array<Sign, 1> disjunctions{{{"or", Operator::disjunction}}};
constexpr std::array<Sign, 1> conjunctions{{{"and", Operator::conjunction}}};
constexpr std::array<Sign, 6> comparisons{{{"==", Operator::equal},
                                           {"!=", Operator::unequal},
                                           {"<", Operator::less},
                                           {"<=", Operator::less_equal},
                                           {">", Operator::greater},
                                           {">=", Operator::greater_equal}}};
constexpr std::array<Sign, 2> fallbacks{{{"??", Operator::coalesce}, {"???", Operator::rescue}}};
constexpr std::array<Sign, 2> sums{{{"+", Operator::add}, {"-", Operator::subtract}}};
constexpr std::array<Sign, 3> products{
    {{"*", Operator::multiply}, {"/", Operator::divide}, {"%", Operator::remainder}}};

std::optional<Operator> found(std::span<const Sign> signs, const Token& token) {
    for (const Sign& s : signs)
        if (token.is(s.text)) return s.op;
    return std::nullopt;
}

/// Recursive descent. A function that returns null has left its reason in error_.
class Parser : TokenReader {
public:
    Parser(const Source& source, Tree& tree) : TokenReader{source}, tree_{tree} {}

    Expected<Node*, Diagnostic> run() {
        Node* root = expression();
        if (root && token_.kind != Token::Kind::end) unexpected({});
        if (error_) return std::move(*error_);
        return root;
    }

private:
    bool expect(std::string_view sign, std::string_view after) {
        if (take(sign)) return true;
        return unexpected(fmt::format("'{}' {}", sign, after)), false;
    }

    /// `expected` is empty where the expression might have ended.
    Node* unexpected(std::string_view expected) {
        std::string suggestion;
        if (token_.is("=")) suggestion = "write == to compare";
        if (token_.is("=>")) suggestion = "a function x => … stands only as an argument of a list function";
        if (found(comparisons, token_) || token_.is("in"))
            suggestion = "comparisons do not chain: join them with 'and', or put one in parentheses";
        else if (loose_ended_ && (found(sums, token_) || found(products, token_) || found(fallbacks, token_)))
            suggestion = "put the expression before it in parentheses";
        else if (is_keyword(token_.text) && token_.kind == Token::Kind::name)
            suggestion = fmt::format("'{}' is a word of the language", token_.text);
        return fail_expecting(expected, std::move(suggestion));
    }

    // ---- nodes
    template <class T>
    Node* make(T node, std::initializer_list<std::span<Node* const>> parts) {
        std::uint8_t below = 0;
        for (const auto& part : parts)
            for (const Node* n : part) below = std::max(below, n->height);
        if (below >= max_depth) return too_deep(node.span);
        node.height = static_cast<std::uint8_t>(below + 1);
        return tree_.make(std::move(node));
    }
    Node* too_deep(Span at) {
        return fail(at, fmt::format("this is nested more than {} levels deep, the limit of an expression", max_depth),
                    "take parts of it out with 'let'");
    }
    static Node header(Node::Kind kind, Span span) { return {kind, span}; }
    static std::span<Node* const> one(Node* const& node) { return {&node, 1}; }

    /// Counts how far the parser itself is nested, which parentheses make without a node.
    class Level {
    public:
        explicit Level(Parser& parser) : parser_{parser} { ++parser_.level_; }
        ~Level() { --parser_.level_; }
        bool too_deep() const { return parser_.level_ > max_depth; }

    private:
        Parser& parser_;
    };

    // ---- the loose forms
    Node* expression() {
        const Level level{*this};
        if (level.too_deep()) return too_deep(token_.span);
        if (error_) return nullptr;
        loose_ended_ = false;
        Node* node = token_.is("let")     ? let()
                     : token_.is("if")    ? branch()
                     : token_.is("match") ? match()
                                          : chain(disjunctions, &Parser::conjunction, Node::Kind::disjunction);
        return error_ ? nullptr : node;
    }

    Node* let() {
        const Span begin = token_.span;
        std::vector<LetNode::Binding> bindings;
        std::vector<Node*> parts;
        while (take("let")) {
            const Token name = token_;
            if (!name_token("a name")) return nullptr;
            if (!expect("=", "behind the name")) return nullptr;
            Node* value = expression();
            if (!value || !expect(";", "behind the value of a 'let'")) return nullptr;
            bindings.push_back({name.text, name.span, value});
            parts.push_back(value);
        }
        Node* body = expression();
        if (!body) return nullptr;
        loose_ended_ = true;
        return make(LetNode{header(Node::Kind::let, joined(begin, body->span)), tree_.keep(bindings), body},
                    {parts, one(body)});
    }

    Node* branch() {
        const Span begin = token_.span;
        std::vector<BranchNode::Arm> arms;
        std::vector<Node*> parts;
        while (take("if")) {
            Node* condition = expression();
            if (!condition || !expect("then", "behind the condition")) return nullptr;
            Node* value = expression();
            if (!value || !expect("else", "for when the condition is false")) return nullptr;
            arms.push_back({condition, value});
            parts.insert(parts.end(), {condition, value});
        }
        Node* otherwise = expression();
        if (!otherwise) return nullptr;
        loose_ended_ = true;
        return make(BranchNode{header(Node::Kind::branch, joined(begin, otherwise->span)), tree_.keep(arms), otherwise},
                    {parts, one(otherwise)});
    }

    Node* match() {
        const Span begin = token_.span;
        advance();
        Node* subject = expression();
        if (!subject || !expect("{", "before the arms of a 'match'")) return nullptr;
        std::vector<MatchNode::Arm> arms;
        std::vector<Node*> parts{subject};
        while (!token_.is("}")) {
            std::vector<Literal*> patterns;
            if (!arms.empty() && arms.back().patterns.empty())
                return fail(token_.span, "an arm stands behind '_', which takes everything", "put '_' last");
            if (!pattern(patterns) || !expect("=>", "behind what the arm matches")) return nullptr;
            Node* value = expression();
            if (!value) return nullptr;
            arms.push_back({tree_.keep(patterns), value});
            parts.push_back(value);
            if (!take(",") && !token_.is("}")) return unexpected("',' or '}' behind an arm");
        }
        if (arms.empty()) return fail(token_.span, "a 'match' without arms", "write match x { \"a\" => 1, _ => 2 }");
        const Span end = token_.span;
        advance();
        loose_ended_ = true;
        return make(MatchNode{header(Node::Kind::match, joined(begin, end)), subject, tree_.keep(arms)}, {parts});
    }

    /// "a" or "b", or _ alone, which leaves `patterns` empty.
    bool pattern(std::vector<Literal*>& patterns) {
        if (token_.is("_")) return advance(), true;
        do {
            const Node* node = unary();
            if (!node) return false;
            Literal* literal = constant(*node);
            if (!literal)
                return fail(node->span, "an arm of a 'match' is a constant: a text, a number, true, false or null",
                            "compare other things with 'if'"),
                       false;
            patterns.push_back(literal);
        } while (take("or"));
        return true;
    }
    /// A literal, also a negative number.
    Literal* constant(const Node& node) {
        if (node.kind == Node::Kind::literal) return tree_.make(static_cast<const Literal&>(node));
        if (node.kind != Node::Kind::minus) return nullptr;
        const Node& operand = *static_cast<const UnaryNode&>(node).operand;
        if (operand.kind != Node::Kind::literal) return nullptr;
        const Value& value = static_cast<const Literal&>(operand).value;
        return value.is(Kind::decimal) ? tree_.make(Literal{header(Node::Kind::literal, node.span), -value.decimal()})
                                       : nullptr;
    }

    // ---- operators
    Node* chain(std::span<const Sign> signs, Node* (Parser::*tighter)(), Node::Kind kind) {
        Node* first = (this->*tighter)();
        if (!first) return nullptr;
        std::vector<ChainNode::Link> links;
        std::vector<Node*> parts{first};
        while (const auto op = found(signs, token_)) {
            const Span at = token_.span;
            advance();
            Node* operand = (this->*tighter)();
            if (!operand) return nullptr;
            links.push_back({*op, at, operand});
            parts.push_back(operand);
        }
        if (links.empty()) return first;
        return make(ChainNode{header(kind, joined(first->span, parts.back()->span)), first, tree_.keep(links)},
                    {parts});
    }
    Node* conjunction() { return chain(conjunctions, &Parser::negation, Node::Kind::conjunction); }

    Node* negation() {
        if (!token_.is("not")) return comparison();
        const Level level{*this};
        if (level.too_deep()) return too_deep(token_.span);
        const Span begin = token_.span;
        advance();
        Node* operand = negation();
        if (!operand) return nullptr;
        return make(UnaryNode{header(Node::Kind::negation, joined(begin, operand->span)), operand}, {one(operand)});
    }

    Node* comparison() {
        Node* left = fallback();
        if (!left) return nullptr;
        Span at = token_.span;
        auto op = found(comparisons, token_);
        if (token_.is("in")) op = Operator::in;
        if (token_.is("not")) {
            advance();
            at.end = token_.span.end;
            if (!token_.is("in")) return unexpected("'in' behind 'not'");
            op = Operator::not_in;
        }
        if (!op) return left;
        advance();
        Node* right = fallback();
        if (!right) return nullptr;
        return make(
            ComparisonNode{header(Node::Kind::comparison, joined(left->span, right->span)), *op, at, left, right},
            {one(left), one(right)});
    }

    Node* fallback() { return chain(fallbacks, &Parser::sum, Node::Kind::fallback); }
    Node* sum() { return chain(sums, &Parser::product, Node::Kind::sum); }
    Node* product() { return chain(products, &Parser::unary, Node::Kind::product); }

    Node* unary() {
        if (!token_.is("-")) return postfix();
        const Level level{*this};
        if (level.too_deep()) return too_deep(token_.span);
        const Span begin = token_.span;
        advance();
        Node* operand = unary();
        if (!operand) return nullptr;
        return make(UnaryNode{header(Node::Kind::minus, joined(begin, operand->span)), operand}, {one(operand)});
    }

    // ---- paths and calls
    Node* postfix() {
        Node* base = primary();
        std::vector<PathNode::Step> steps;
        const auto path = [&] {
            if (!base || steps.empty()) return;
            std::vector<Node*> parts{base};
            for (const auto& step : steps)
                if (step.index) parts.push_back(step.index);
            const Span span = joined(base->span, steps.back().span);
            base = make(PathNode{header(Node::Kind::path, span), base, tree_.keep(steps)}, {parts});
            steps.clear();
        };
        while (base && !error_) {
            const Span begin = token_.span;
            if (take(".")) {
                const Token name = token_;
                if (name.kind != Token::Kind::name) return unexpected("a name behind '.'");
                advance();
                if (token_.is("(")) {
                    path();
                    base = base ? call(name, base) : nullptr;
                } else {
                    steps.push_back({joined(begin, name.span), name.text});
                }
            } else if (take("[")) {
                Node* index = expression();
                if (!index || !expect("]", "behind an index")) return nullptr;
                steps.push_back({joined(begin, previous_), {}, index});
            } else {
                break;
            }
        }
        path();
        return error_ ? nullptr : base;
    }

    Node* call(const Token& name, Node* receiver) {
        const Span begin = receiver ? receiver->span : name.span;
        std::vector<Node*> arguments;
        if (receiver) arguments.push_back(receiver);
        advance();
        while (!token_.is(")")) {
            Node* argument = this->argument();
            if (!argument) return nullptr;
            arguments.push_back(argument);
            if (!take(",") && !token_.is(")")) return unexpected("',' or ')' behind an argument");
        }
        const Span end = token_.span;
        advance();
        return make(CallNode{header(Node::Kind::call, joined(begin, end)), name.text, name.span, tree_.keep(arguments)},
                    {arguments});
    }

    Node* argument() {
        if (token_.kind != Token::Kind::name || is_keyword(token_.text) || !Lexer{lexer_}.next().is("=>"))
            return expression();
        const Level level{*this};
        if (level.too_deep()) return too_deep(token_.span);
        const Token name = token_;
        advance();
        advance();
        Node* body = expression();
        if (!body) return nullptr;
        return make(LambdaNode{header(Node::Kind::lambda, joined(name.span, body->span)), name.text, name.span, body},
                    {one(body)});
    }

    bool name_token(std::string_view what) {
        if (token_.kind != Token::Kind::name || is_keyword(token_.text)) return unexpected(what), false;
        advance();
        return true;
    }

    // ---- the smallest parts
    Node* primary() {
        if (error_) return nullptr;
        const Token token = token_;
        switch (token.kind) {
            case Token::Kind::number:
                return number();
            case Token::Kind::raw_text:
                return raw_text();
            case Token::Kind::text_begin:
                return text();
            case Token::Kind::name:
                return word();
            default:
                break;
        }
        if (token.is("[")) return list();
        if (token.is("{")) return object();
        if (!take("(")) return unexpected("a value");
        Node* inner = expression();
        if (!inner || !expect(")", "for the parenthesis")) return nullptr;
        loose_ended_ = false;
        return inner;
    }

    Node* literal(Span span, Value value) { return tree_.make(Literal{header(Node::Kind::literal, span), value}); }

    Node* number() {
        const Token token = token_;
        advance();
        const auto value = Decimal::parse(token.text);
        if (!value) return fail(token.span, "this number has more than 28 digits, or more than 9 behind the point");
        return literal(token.span, *value);
    }

    Node* raw_text() {
        const Token token = token_;
        advance();
        std::string text;
        for (std::size_t i = 1; i + 1 < token.text.size(); ++i) {
            text += token.text[i];
            if (token.text[i] == '\'') ++i;
        }
        return literal(token.span, tree_.keep(text));
    }

    /// Pieces and expressions; a text without braces is a constant.
    Node* text() {
        const Level level{*this};
        if (level.too_deep()) return too_deep(token_.span);
        const Span begin = token_.span;
        std::vector<Node*> parts;
        bool constant = true;
        Span span = begin;
        for (std::uint32_t from = begin.end;;) {
            TextPiece piece = lexer_.piece(from);
            if (piece.end == TextPiece::End::bad) return fail_lexer();
            if (!piece.text.empty()) parts.push_back(literal(piece.span, tree_.keep(piece.text)));
            span.end = piece.span.end + 1;
            if (piece.end == TextPiece::End::quote) break;
            constant = false;
            advance();
            if (token_.is("}")) return fail(token_.span, "the braces of this text are empty", "write {{ for a brace");
            Node* node = expression();
            if (!node) return nullptr;
            if (!token_.is("}"))
                return unexpected("'}' behind the expression in a text (a brace itself is written {{)");
            parts.push_back(node);
            from = token_.span.end;
        }
        advance();
        if (constant) return literal(span, parts.empty() ? std::string_view{""} : text_of(parts[0]));
        return make(TextNode{header(Node::Kind::text, span), tree_.keep(parts)}, {parts});
    }
    static std::string_view text_of(const Node* node) { return static_cast<const Literal*>(node)->value.text(); }
    Node* word() {
        const Token token = token_;
        if (token.is("let") || token.is("if") || token.is("match") || token.is("not"))
            return fail(token.span, fmt::format("'{}' as an operand stands in parentheses", token.text),
                        fmt::format("write ({} …)", token.text));
        if (token.is("true") || token.is("false")) return advance(), literal(token.span, token.is("true"));
        if (token.is("null")) return advance(), literal(token.span, Value::null());
        if (!name_token("a value")) return nullptr;
        if (token_.is("(")) return call(token, nullptr);
        return tree_.make(NameNode{header(Node::Kind::name, token.span), token.text});
    }

    Node* list() {
        const Span begin = token_.span;
        advance();
        std::vector<Node*> items;
        while (!token_.is("]")) {
            Node* item = expression();
            if (!item) return nullptr;
            items.push_back(item);
            if (!take(",") && !token_.is("]")) return unexpected("',' or ']' behind an item");
        }
        const Span end = token_.span;
        advance();
        return make(ListNode{header(Node::Kind::list, joined(begin, end)), tree_.keep(items)}, {items});
    }

    Node* object() {
        const Span begin = token_.span;
        advance();
        std::vector<ObjectNode::Field> fields;
        std::vector<Node*> parts;
        while (!token_.is("}")) {
            if (token_.kind == Token::Kind::name && !is_keyword(token_.text))
                return fail(token_.span, "the names of an object's members are texts",
                            fmt::format("write \"{}\"", quoted(source_, token_.span)));
            Node* name = expression();
            if (!name || !expect(":", "behind the name of a member")) return nullptr;
            Node* value = expression();
            if (!value) return nullptr;
            fields.push_back({name, value});
            parts.insert(parts.end(), {name, value});
            if (!take(",") && !token_.is("}")) return unexpected("',' or '}' behind a member");
        }
        const Span end = token_.span;
        advance();
        return make(ObjectNode{header(Node::Kind::object, joined(begin, end)), tree_.keep(fields)}, {parts});
    }

    Tree& tree_;
    int level_ = 0;
    bool loose_ended_ = false;  ///< what was just read reaches as far right as possible
};

}  // namespace

Expected<Node*, Diagnostic> parse(const Source& source, Tree& tree) {
    if (source.text.size() > max_source)
        return diagnose(source, {}, fmt::format("an expression has at most {} KiB", max_source >> 10), "split it");
    if (!is_utf8(source.text)) return diagnose(source, {}, "the expression is not valid UTF-8");
    return Parser{source, tree}.run();
}

}  // namespace brygga::mapping
