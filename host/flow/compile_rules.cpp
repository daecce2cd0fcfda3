// How the texts of a flow's mapping become rules, and everything that can be wrong with them before a record is there.
#include <algorithm>
#include <array>
#include <set>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.h"
#include "base/utf8.h"
#include "flow/field_rules.h"

namespace brygga::flow {

namespace {

using mapping::Kind;
using settings::Position;

constexpr std::array<std::string_view, 3> order_roots{"customer", "document", "line"};
constexpr std::array<std::string_view, 1> product_roots{"product"}, category_roots{"category"},
    customer_roots{"customer"};

std::span<const std::string_view> roots_of(const std::string& entity) {
    if (entity == "product") return product_roots;
    if (entity == "category") return category_roots;
    if (entity == "customer") return customer_roots;
    return order_roots;
}

/// Fields that follow from the order, its articles and the arithmetic of the target; a rule could only contradict them.
struct HostOwned {
    std::string_view root, path, why;
};
constexpr std::array host_owned{
    HostOwned{"customer", "kind", "a customer is a company exactly when the shop has a company for it"},
    HostOwned{"document", "reference", "it finds the document again; settings.reference_prefix goes before it"},
    HostOwned{"document", "currency", "a document keeps the currency of its order"},
    HostOwned{"document", "customer", "settings.customer decides which one it is"},
    HostOwned{"document", "contact", "it follows customer.contact"},
    HostOwned{"document", "lines", "rules of 'line' are for each line"},
    HostOwned{"line", "kind", "it follows the order's line"},
    HostOwned{"line", "sku", "it is the order's; settings.rows gives those of shipping and fees"},
    HostOwned{"line", "article", "it follows line.sku"},
    HostOwned{"line", "quantity", "rows are planned so that the totals agree to the cent"},
    HostOwned{"line", "unit_price", "rows are planned so that the totals agree to the cent"},
    HostOwned{"line", "discount_percent", "discounts are in the prices of the rows"},
    HostOwned{"line", "treatment", "it follows the tax of the order"},
    HostOwned{"line", "total", "it is the order's"},
    HostOwned{"product", "sku", "products are found again by it"},
    HostOwned{"product", "active", "settings.active decides it"},
    HostOwned{"product", "stock", "a flow of stock writes it"},
    HostOwned{"product", "categories", "what a flow of categories has made of them is linked"},
};

const HostOwned* owned_by_host(std::string_view root, std::string_view path) {
    const auto found =
        std::ranges::find_if(host_owned, [&](const auto& h) { return h.root == root && h.path == path; });
    return found == host_owned.end() ? nullptr : &*found;
}

constexpr mapping::Member source_members[]{{"connection", &mapping::shapes::string}, {"raw", &mapping::shapes::any}};
constexpr mapping::Member flow_members[]{{"id", &mapping::shapes::string},
                                         {"from", &mapping::shapes::string},
                                         {"to", &mapping::shapes::string},
                                         {"time_zone", &mapping::shapes::string}};
constexpr mapping::Member run_members[]{{"id", &mapping::shapes::string}, {"started_at", &mapping::shapes::timestamp}};
constexpr mapping::Shape source_shape{Kind::object, source_members}, flow_shape{Kind::object, flow_members},
    run_shape{Kind::object, run_members};

mapping::Environment record_environment(const std::string& entity, const settings::Mapping& own) {
    mapping::Environment out{{{entity, mapping::shapes::entity(entity)},
                              {"source", &source_shape},
                              {"target"},
                              {"flow", &flow_shape},
                              {"run", &run_shape}}};
    if (entity == "order") out.roots.push_back({"customer", mapping::shapes::entity("customer")});
    for (const auto& table : own.tables) out.tables.push_back(table.name);
    return out;
}

mapping::Tables tables_of(const settings::Mapping& own) {
    mapping::Tables out;
    for (const settings::Table& table : own.tables) {
        mapping::Table& t = out[table.name];
        for (const auto& row : table.rows) t.rows[row.key] = Json{row.value};
        for (const auto& row : table.by_country) t.by_country[row.key] = Json{row.value};
        if (table.otherwise) t.standard = Json{table.otherwise->value};
    }
    return out;
}

std::string_view wanted(schema::FieldType type) {
    switch (type) {
        case schema::FieldType::string:
            return "a text";
        case schema::FieldType::decimal:
        case schema::FieldType::integer:
            return "a number";
        case schema::FieldType::date:
            return "a date";
        case schema::FieldType::boolean:
            return "a bool";
        case schema::FieldType::option:
            return "a text, the id or label of an option";
        case schema::FieldType::object:
            break;
    }
    return "any value";
}

bool takes(schema::FieldType type, Kind kind) {
    if (kind == Kind::any || kind == Kind::never || kind == Kind::null || kind == Kind::missing) return true;
    switch (type) {
        case schema::FieldType::string:
            return kind == Kind::string;
        case schema::FieldType::decimal:
        case schema::FieldType::integer:
            return kind == Kind::decimal;
        case schema::FieldType::date:
            return kind == Kind::date || kind == Kind::string;
        case schema::FieldType::boolean:
            return kind == Kind::boolean;
        case schema::FieldType::option:
            return kind == Kind::string || kind == Kind::decimal;
        case schema::FieldType::object:
            break;
    }
    return true;
}

std::string way_out(schema::FieldType type, Kind kind) {
    if (type == schema::FieldType::date && kind == Kind::timestamp) return "write ….in_zone(flow.time_zone)";
    if (type == schema::FieldType::decimal && kind == Kind::string) return "write to_decimal(…)";
    if (type != schema::FieldType::string) return "";
    if (kind == Kind::decimal || kind == Kind::boolean) return "write to_text(…)";
    if (kind == Kind::date || kind == Kind::timestamp) return "write format_date(…)";
    if (kind == Kind::list) return "write ….join(\", \")";
    return "name one of its members";
}

schema::Field free_field(const std::string& path) {
    schema::Field field;
    field.path = path;
    field.type = schema::FieldType::object;
    return field;
}

}  // namespace

/// One compilation.
class RuleCompiler {
public:
    RuleCompiler(const settings::Flow& flow, const settings::Mapping& standard, const schema::Manifest& target)
        : flow_{flow}, standard_{flow.mapping.whole ? none() : standard}, target_{target} {}

    FieldRules::Compiled run() {
        made_->record_ = record_environment(flow_.entity, flow_.mapping);
        made_->line_ = made_->record_;
        if (flow_.entity == "order") {
            made_->line_.roots.push_back({"line", mapping::shapes::order().member("lines")->item});
            made_->line_.roots.push_back({"index", &mapping::shapes::decimal});
        }
        made_->tables_ = tables_of(flow_.mapping);
        compile_accept();
        check_unset();
        for (const std::string_view root : roots_) compile_root(root);
        check_required();
        made_->mark_ = mark();
        if (out_.errors.empty()) out_.rules = made_;
        return std::move(out_);
    }

private:
    static const settings::Mapping& none() {
        static const settings::Mapping nothing;
        return nothing;
    }
    void error(const Position& at, std::string message, std::string suggestion = {}) {
        out_.errors.push_back({at, std::move(message), std::move(suggestion)});
    }

    std::optional<mapping::Program> compile(const settings::Expression& text, const mapping::Environment& environment) {
        auto program = mapping::Program::compile({text.text, text.at.file, text.at.line, text.at.column}, environment);
        if (!program) {
            for (const mapping::Diagnostic& d : program.error())
                out_.errors.push_back({{d.file, d.line, d.column}, d.message, d.suggestion, mapping::marked(d)});
            return std::nullopt;
        }
        made_->needs_.add(text.text);
        return std::move(*program);
    }

    void compile_accept() {
        if (!flow_.mapping.accept) return;
        made_->accept_ = compile(*flow_.mapping.accept, made_->record_);
        if (!made_->accept_) return;
        const Kind kind = made_->accept_->type()->kind;
        if (kind != Kind::boolean && kind != Kind::any && kind != Kind::never)
            error(flow_.mapping.accept->at,
                  fmt::format("accept has to be true or false, and this is {}", mapping::name_of(kind)),
                  fmt::format("compare it with something: {}", flow_.entity == "order"     ? "order.status == \"new\""
                                                               : flow_.entity == "product" ? "product.active == true"
                                                               : flow_.entity == "category"
                                                                   ? "category.name != \"Internal\""
                                                                   : "customer.kind == \"company\""));
        if (made_->accept_->reads(FieldRules::slot_target))
            error(flow_.mapping.accept->at, "accept cannot read target: what is there is looked up later",
                  "use a rule's write policy, or settings.existing");
    }

    const settings::Rule* own_rule(const std::string& field) const {
        const auto found = std::ranges::find(flow_.mapping.rules, field, &settings::Rule::field);
        return found == flow_.mapping.rules.end() ? nullptr : &*found;
    }
    bool is_unset(const std::string& field) const {
        return std::ranges::any_of(flow_.mapping.unset, [&](const auto& u) { return u.first == field; });
    }

    void check_unset() {
        for (const auto& [field, at] : flow_.mapping.unset) {
            if (std::ranges::find(standard_.rules, field, &settings::Rule::field) != standard_.rules.end()) continue;
            std::vector<std::string> names;
            for (const auto& rule : standard_.rules) names.push_back(rule.field);
            const auto near = nearest(field, names);
            error(at, fmt::format("the default mapping has no rule for '{}'", excerpt(field, 60)),
                  near ? fmt::format("did you mean '{}'?", *near) : "remove it from unset");
        }
    }

    /// The default's rules in their order, the flow's own where they replace one, then the others of the flow.
    void compile_root(std::string_view root) {
        const auto of_root = [&](const settings::Rule& rule) {
            return std::string_view{rule.field}.substr(0, rule.field.find('.')) == root;
        };
        for (const settings::Rule& rule : standard_.rules) {
            if (!of_root(rule) || is_unset(rule.field)) continue;
            if (const settings::Rule* own = own_rule(rule.field))
                add(*own, false);
            else if (find_field(rule))
                add(rule, true);
        }
        for (const settings::Rule& rule : flow_.mapping.rules)
            if (of_root(rule) &&
                std::ranges::find(standard_.rules, rule.field, &settings::Rule::field) == standard_.rules.end())
                add(rule, rule.standard);
        if (root != roots_.front()) return;
        for (const settings::Rule& rule : flow_.mapping.rules)
            if (std::ranges::find(roots_, rule.field.substr(0, rule.field.find('.'))) == roots_.end())
                error(rule.at, fmt::format("there is no field '{}'", excerpt(rule.field, 60)),
                      flow_.entity == "order" ? "fields begin with customer., document. or line."
                                              : fmt::format("fields begin with {}.", flow_.entity));
    }

    /// A target that names no fields takes any.
    std::optional<schema::Field> find_field(const settings::Rule& rule) const {
        const std::size_t dot = rule.field.find('.');
        if (dot == std::string::npos) return std::nullopt;
        const std::string root = rule.field.substr(0, dot), path = rule.field.substr(dot + 1);
        if (rule.field == "document.kind") {  // a choice, no field of the vendor
            schema::Field kind;
            kind.path = path;
            return kind;
        }
        const auto fields = target_.fields.find(root);
        if (fields == target_.fields.end()) return free_field(path);
        for (const schema::Field& field : fields->second) {
            if (field.path == path) return field;
            // Free for whatever the vendor has (M11).
            if (field.type == schema::FieldType::object && path.starts_with(field.path + ".")) return free_field(path);
        }
        return std::nullopt;
    }

    void unknown_field(const settings::Rule& rule) {
        std::vector<std::string> names;
        bool free = false;
        const std::size_t dot = std::min(rule.field.find('.'), rule.field.size());
        const std::string root = rule.field.substr(0, dot);
        if (const auto fields = target_.fields.find(root); fields != target_.fields.end())
            for (const schema::Field& field : fields->second) {
                free |= field.path == "x";
                if (field.writable && !owned_by_host(root, field.path)) names.push_back(field.path);
            }
        const auto near = nearest(std::string_view{rule.field}.substr(std::min(dot + 1, rule.field.size())), names);
        error(rule.at, fmt::format("{} has no field '{}'", target_.name, excerpt(rule.field, 60)),
              near   ? fmt::format("did you mean '{}.{}'?", root, *near)
              : free ? fmt::format("a field of the vendor's own is written {}.x.NAME", root)
                     : "brygga plugin describe lists its fields");
    }

    void add(const settings::Rule& rule, bool standard) {
        const std::size_t dot = rule.field.find('.');
        const std::string root = rule.field.substr(0, dot),
                          path = dot == std::string::npos ? "" : rule.field.substr(dot + 1);
        if (const HostOwned* owned = owned_by_host(root, path))
            return error(rule.at, fmt::format("'{}' takes no rule", rule.field),
                         std::string{owned->why} + ": remove this one");
        auto field = find_field(rule);
        if (!field) return unknown_field(rule);
        if (!field->writable)
            return error(rule.at, fmt::format("{} does not let '{}' be written", target_.name, rule.field),
                         "remove the rule");
        if (root != "customer" && root != "product" && root != "category" &&
            rule.write == settings::Write::keep_existing)
            return error(rule.at,
                         fmt::format("'{}' cannot keep what is there: keep_existing is for customers", rule.field),
                         "write on_create: a document's field is then left as it is when the order changes");
        if (root == "line" && rule.write != settings::Write::always)
            return error(rule.at, fmt::format("'{}' is written with its document, always", rule.field), "remove write");
        FieldRule made{root, path, rule.value.text, rule.at, rule.write, standard, std::move(*field)};
        if (rule.constant) {
            if (!set_constant(made, rule)) return;
        } else {
            made.program = compile(rule.value, root == "line" ? made_->line_ : made_->record_);
            if (!made.program || !check_type(made, rule.value.at)) return;
        }
        made_->rules_.push_back(std::move(made));
    }

    /// A kind of document that orders become, by its name.
    bool check_kind(const FieldRule& made, const std::string& text, const settings::Position& at) {
        if (made.name() != "document.kind" || text == "quote" || text == "order" || text == "invoice_draft")
            return true;
        return error(at, fmt::format("an order becomes no document of kind '{}'", excerpt(text, 40)),
                     "write quote, order or invoice_draft"),
               false;
    }

    bool set_constant(FieldRule& made, const settings::Rule& rule) {
        const std::string& text = rule.value.text;
        switch (made.field.type) {
            case schema::FieldType::decimal:
            case schema::FieldType::integer:
                if (const auto number = Decimal::parse(text)) return made.constant = Json{*number}, true;
                return error(rule.value.at, fmt::format("'{}' takes a number", rule.field),
                             "write for example { const: 12.50 }"),
                       false;
            case schema::FieldType::boolean:
                if (text == "true" || text == "false") return made.constant = Json{text == "true"}, true;
                return error(rule.value.at, fmt::format("'{}' takes true or false", rule.field),
                             "write { const: true }"),
                       false;
            default:
                made.constant = Json{text};
                return check_kind(made, text, rule.value.at) && check_length(made, text, rule.value.at);
        }
    }

    bool check_type(FieldRule& made, const Position& at) {
        const Kind kind = made.program->type()->kind;
        if (!takes(made.field.type, kind)) {
            error(at,
                  fmt::format("'{}' takes {}, and this is {}", made.name(), wanted(made.field.type),
                              mapping::name_of(kind)),
                  way_out(made.field.type, kind));
            return false;
        }
        if (!is_fixed(made)) return true;
        mapping::Workspace space;
        const auto outcome =
            made.program->evaluate(mapping::Scope{made.root == "line" ? made_->line_ : made_->record_}, space);
        if (!outcome.ok() || !outcome.value.is(Kind::string)) return true;
        return check_length(made, std::string{outcome.value.text()}, at);
    }

    /// Whether the rule gives the same for every record. One that asks a table ends in an error here, where none is.
    bool is_fixed(const FieldRule& made) const {
        const std::size_t slots = (made.root == "line" ? made_->line_ : made_->record_).roots.size();
        for (std::size_t slot = 0; slot < slots; ++slot)
            if (made.program->reads(slot)) return false;
        return true;
    }

    bool check_length(const FieldRule& made, const std::string& text, const Position& at) {
        const auto is_first = [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; };
        const auto length = std::ranges::count_if(text, is_first);
        if (!made.field.length || length <= *made.field.length) return true;
        error(at,
              fmt::format("'{}' takes {} characters, and this text has {}", made.name(), *made.field.length, length),
              "shorten it");
        return false;
    }

    void check_required() {
        for (const std::string_view root : roots_) {
            if (root == "line") continue;
            const auto fields = target_.fields.find(root);
            if (fields == target_.fields.end()) continue;
            for (const schema::Field& field : fields->second) {
                // An option has the target's default.
                if (!field.required || !field.writable || field.type == schema::FieldType::option ||
                    owned_by_host(root, field.path))
                    continue;
                const std::string name = fmt::format("{}.{}", root, field.path);
                const auto unset =
                    std::ranges::find(flow_.mapping.unset, name, &std::pair<std::string, Position>::first);
                if (unset != flow_.mapping.unset.end())
                    error(unset->second, fmt::format("{} requires '{}'", target_.name, name),
                          "remove it from unset, or give it a rule of its own");
                else if (!made_->rule(root, field.path) && !own_rule(name))
                    error(flow_.places.whole,
                          fmt::format("flow '{}': {} requires '{}', and it has no rule", flow_.id, target_.name, name),
                          fmt::format("add to mapping: {}: EXPRESSION", name));
            }
        }
    }

    std::string mark() const {
        Json all = Json::array();
        const auto put = [&](std::string_view text) { all.push(Json{text}); };
        if (flow_.mapping.accept) put(flow_.mapping.accept->text);
        for (const FieldRule& rule : made_->rules_) {
            put(rule.name());
            put(rule.program ? "expression" : "constant");
            put(rule.text);
        }
        for (const settings::Table& table : flow_.mapping.tables) {
            put(table.name);
            for (const auto* rows : {&table.rows, &table.by_country})
                for (const auto& row : *rows) put(row.key), put(row.value);
            if (table.otherwise) put(table.otherwise->value);
        }
        return entity::stable_hash(all).substr(0, 8);
    }

    const settings::Flow& flow_;
    const std::span<const std::string_view> roots_ = roots_of(flow_.entity);
    const settings::Mapping& standard_;
    const schema::Manifest& target_;
    std::shared_ptr<FieldRules> made_ = std::make_shared<FieldRules>();
    FieldRules::Compiled out_;
};

FieldRules::Compiled FieldRules::compile(const settings::Flow& flow, const settings::Mapping& standard,
                                         const schema::Manifest& target) {
    return RuleCompiler{flow, standard, target}.run();
}

}  // namespace brygga::flow
