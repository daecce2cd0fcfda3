#include "ledger_table.hpp"

namespace brygga::sim {
namespace {

std::string normal_time(std::string_view text) {
    const ParsedTime when = parse_time(text);
    if (!when.valid) return {};
    std::int64_t milliseconds = 0;
    if (const auto dot = text.find('.'); dot != std::string_view::npos) {
        std::int64_t unit = 100;
        for (std::size_t i = dot + 1; i < text.size() && text[i] >= '0' && text[i] <= '9' && unit > 0; ++i, unit /= 10)
            milliseconds += (text[i] - '0') * unit;
    }
    return utc_ms_text(when.seconds * 1000 + milliseconds);
}

}  // namespace

class Filter::Parser {
public:
    Parser(std::string_view text, const Schema& schema, const Rules& rules)
        : text_{text}, schema_{schema}, rules_{rules} {}

    std::unique_ptr<Node> run(Error& error) {
        auto node = either(0);
        space();
        if (node && at_ != text_.size()) node = fail("unexpected text after the expression");
        if (!node) error = error_;
        return node;
    }

private:
    std::unique_ptr<Node> fail(std::string message, int code = 6000) {
        if (error_.message.empty()) error_ = {code, std::move(message)};
        return nullptr;
    }
    void space() {
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    }
    bool take(char c) {
        space();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    std::string_view word() {
        space();
        const std::size_t start = at_;
        const auto part = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/';
        };
        while (at_ < text_.size() && part(text_[at_])) ++at_;
        return text_.substr(start, at_ - start);
    }
    bool keyword(std::string_view wanted) {
        const std::size_t before = at_;
        if (word() == wanted) return true;
        at_ = before;
        return false;
    }

    std::unique_ptr<Node> either(int depth) {
        if (depth > 32) return fail("the expression is nested too deeply");
        auto left = both(depth);
        while (left && keyword("or")) left = join(Op::either, std::move(left), both(depth));
        return left;
    }
    std::unique_ptr<Node> both(int depth) {
        auto left = one(depth);
        while (left && keyword("and")) left = join(Op::both, std::move(left), one(depth));
        return left;
    }
    static std::unique_ptr<Node> join(Op op, std::unique_ptr<Node> left, std::unique_ptr<Node> right) {
        if (!left || !right) return nullptr;
        auto node = std::make_unique<Node>();
        node->op = op;
        node->left = std::move(left);
        node->right = std::move(right);
        return node;
    }

    std::unique_ptr<Node> one(int depth) {
        if (take('(')) {
            auto inner = either(depth + 1);
            return inner && !take(')') ? fail("')' is missing") : std::move(inner);
        }
        const std::string_view name = word();
        auto node = std::make_unique<Node>();
        if (name == "startswith" || name == "endswith" || name == "contains") {
            node->op = name == "startswith" ? Op::starts : name == "endswith" ? Op::ends : Op::contains;
            if (!take('(') || !property(word(), *node) || !take(',')) return fail("a function takes (Property,'text')");
            if (type_of(*node) != FieldType::text) return fail("the function needs a text property");
            if (!literal(*node, FieldType::text) || !take(')')) return fail("a function takes (Property,'text')");
            return node;
        }
        static constexpr std::pair<std::string_view, Of> parts[] = {
            {"length", Of::length}, {"year", Of::year}, {"month", Of::month}, {"day", Of::day}, {"hour", Of::hour}};
        for (const auto& [part, of] : parts)
            if (name == part) node->of = of;
        if (node->of != Of::value) {
            if (!take('(') || !property(word(), *node) || !take(')')) return fail("a function takes (Property)");
        } else if (!property(name, *node)) {
            return nullptr;
        }
        return comparison(std::move(node));
    }

    std::unique_ptr<Node> comparison(std::unique_ptr<Node> node) {
        static constexpr std::pair<std::string_view, Op> operators[] = {{"eq", Op::eq}, {"ne", Op::ne}, {"gt", Op::gt},
                                                                        {"ge", Op::ge}, {"lt", Op::lt}, {"le", Op::le}};
        const std::string_view sign = word();
        bool known = false;
        for (const auto& [text, op] : operators)
            if (sign == text) {
                node->op = op;
                known = true;
            }
        if (!known) return fail("an operator eq, ne, gt, ge, lt, le is expected");
        const FieldType type = node->of == Of::value ? type_of(*node) : FieldType::integer;
        return literal(*node, type) ? std::move(node) : nullptr;
    }

    bool property(std::string_view name, Node& node) {
        node.field = name == "CodingType" && schema_.index("CodingId") >= 0 ? -2 : schema_.index(name);
        if (node.field == -1) return fail("there is no property " + std::string{name}), false;
        if (!rules_.filterable(name)) return fail("the property " + std::string{name} + " cannot be filtered"), false;
        return true;
    }
    FieldType type_of(const Node& node) const {
        return node.field == -2 ? FieldType::integer : schema_.fields[static_cast<std::size_t>(node.field)].type;
    }

    bool literal(Node& node, FieldType type) {
        space();
        if (at_ < text_.size() && text_[at_] == '\'') {
            std::string value;
            for (++at_; at_ < text_.size(); ++at_) {
                if (text_[at_] != '\'') {
                    value += text_[at_];
                } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '\'') {
                    value += '\'';
                    ++at_;
                } else {
                    ++at_;
                    if (type != FieldType::text) return fail("a quoted text does not fit the property"), false;
                    node.literal = Json{std::move(value)};
                    return true;
                }
            }
            return fail("a text has no closing quote"), false;
        }
        const std::size_t start = at_;
        while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != ')' && text_[at_] != '(') ++at_;
        return bare(node, type, text_.substr(start, at_ - start));
    }
    bool bare(Node& node, FieldType type, std::string_view token) {
        if (token == "null") return true;
        if (type == FieldType::boolean && (token == "true" || token == "false")) {
            node.literal = Json{token == "true"};
            return true;
        }
        if (type == FieldType::date) {
            std::string when = normal_time(token);
            if (when.empty()) return fail("the date is not valid", 6001), false;
            node.literal = Json{std::move(when)};
            return true;
        }
        if (type == FieldType::guid && is_guid(token)) {
            node.literal = Json{lower(token)};
            return true;
        }
        if (type == FieldType::number || type == FieldType::integer) {
            if (const auto number = Decimal::parse(token)) {
                node.literal = Json{*number};
                return true;
            }
        }
        return fail("the value does not fit the property"), false;
    }

    std::string_view text_;
    const Schema& schema_;
    const Rules& rules_;
    std::size_t at_ = 0;
    Error error_;
};

std::variant<Filter, Filter::Error> Filter::parse(std::string_view text, const Schema& schema, const Rules& rules) {
    Filter filter;
    Error error;
    filter.root_ = Parser{text, schema, rules}.run(error);
    if (!filter.root_) return error;
    filter.schema_ = &schema;
    filter.ignore_case_ = rules.ignore_case;
    filter.service_field_ = schema.index("IsServiceArticle");
    return filter;
}

bool Filter::matches(const Record& record) const { return matches(*root_, record); }

bool Filter::matches(const Node& node, const Record& record) const {
    if (node.op == Op::both) return matches(*node.left, record) && matches(*node.right, record);
    if (node.op == Op::either) return matches(*node.left, record) || matches(*node.right, record);
    if (node.field == -2) {
        const bool service = record.values[static_cast<std::size_t>(service_field_)].boolean();
        return compare(node, Json{service ? 2 : 1});
    }
    const Json& value = record.values[static_cast<std::size_t>(node.field)];
    if (node.of == Of::value) return compare(node, value);
    if (!value.is_string()) return false;
    if (node.of == Of::length) return compare(node, Json{utf8_length(value.string())});
    static constexpr std::size_t from[] = {0, 5, 8, 11}, length[] = {4, 2, 2, 2};
    const auto part = static_cast<std::size_t>(node.of) - static_cast<std::size_t>(Of::year);
    const std::string_view text = value.string();
    if (text.size() < from[part] + length[part]) return false;
    const auto number = Decimal::parse(text.substr(from[part], length[part]));
    return number && compare(node, Json{*number});
}

bool Filter::compare(const Node& node, const Json& value) const {
    if (node.literal.is_null() || value.is_null()) {
        const bool same = node.literal.is_null() && value.is_null();
        return node.op == Op::eq ? same : node.op == Op::ne ? !same : false;
    }
    std::strong_ordering order = std::strong_ordering::equal;
    if (value.is_string()) {
        std::string left{value.string()}, right{node.literal.string()};
        if (ignore_case_) {
            left = lower(left);
            right = lower(right);
        }
        if (left.size() == 10 && right.size() == 24 && right[10] == 'T') right.resize(10);
        if (node.op == Op::starts) return left.starts_with(right);
        if (node.op == Op::ends) return left.ends_with(right);
        if (node.op == Op::contains) return left.find(right) != std::string::npos;
        order = left <=> right;
    } else if (value.is_boolean()) {
        order = value.boolean() <=> node.literal.boolean();
    } else {
        const auto left = value.decimal(), right = node.literal.decimal();
        if (!left || !right) return false;
        order = *left <=> *right;
    }
    switch (node.op) {
        case Op::eq:
            return order == 0;
        case Op::ne:
            return order != 0;
        case Op::gt:
            return order > 0;
        case Op::ge:
            return order >= 0;
        case Op::lt:
            return order < 0;
        case Op::le:
            return order <= 0;
        default:
            return false;
    }
}

bool Filter::gather(const Node& node, std::vector<std::pair<int, std::string>>& out) {
    if (node.op == Op::either) return gather(*node.left, out) && gather(*node.right, out);
    if (node.op != Op::eq || node.of != Of::value || node.field < 0 || !node.literal.is_string()) return false;
    out.emplace_back(node.field, node.literal.string());
    return true;
}

std::optional<std::vector<std::pair<int, std::string>>> Filter::equalities() const {
    std::vector<std::pair<int, std::string>> out;
    if (ignore_case_ || !gather(*root_, out)) return std::nullopt;
    return out;
}

}  // namespace brygga::sim
