#include "settings/definition.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "settings/read_flow.h"
#include "settings/reader.h"
#include "settings/yaml_documents.h"

namespace brygga::settings {

namespace {

std::string_view name_of(Choice choice) {
    constexpr std::array names{"create", "default",  "text",  "hold",   "fail",   "skip",         "update_draft",
                               "off",    "fallback", "force", "oldest", "newest", "cancel_draft", "credit"};
    static_assert(names.size() == static_cast<std::size_t>(Choice::credit) + 1);
    return names.at(static_cast<std::size_t>(choice));
}

std::string_view name_of(Write write) {
    constexpr std::array names{"always", "on_create", "on_update", "keep_existing"};
    static_assert(names.size() == static_cast<std::size_t>(Write::keep_existing) + 1);
    return names.at(static_cast<std::size_t>(write));
}

std::string duration_text(Milliseconds duration) {
    for (const auto& [unit, ms] :
         {std::pair{"d", 86'400'000}, std::pair{"h", 3'600'000}, std::pair{"m", 60'000}, std::pair{"s", 1'000}})
        if (duration.count() % ms == 0) return fmt::format("{}{}", duration.count() / ms, unit);
    return fmt::format("{}ms", duration.count());
}

/// Whether a text may stand without quotes, and stays a text.
bool is_plain(std::string_view text) {
    constexpr std::array taken{"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    const auto is_alnum = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const auto is_safe = [&](char c) {
        return is_alnum(c) || std::string_view{" _.,+-*/%=<>!?|&()[]{}\"'@^~;"}.find(c) != std::string_view::npos;
    };
    const auto is_taken = [&](std::string_view word) {
        return std::ranges::equal(text, word, {}, [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    };
    return !text.empty() && (is_alnum(text.front()) || text.front() == '_') && text.back() != ' ' &&
           std::ranges::all_of(text, is_safe) && !Decimal::parse(text) && std::ranges::none_of(taken, is_taken);
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string quoted(std::string_view text) {
    if (has_control(text)) return Json{text}.dump();
    std::string out{"'"};
    for (const char c : text) out += c == '\'' ? std::string{"''"} : std::string{c};
    return out + "'";
}

std::string scalar(std::string_view text) { return is_plain(text) ? std::string{text} : quoted(text); }

/// Whether several lines may stand as they are, below their key.
bool is_block(std::string_view text) {
    if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n') return false;
    if (text.ends_with("\n\n")) return false;
    std::string lines{text};
    std::erase(lines, '\n');
    return !has_control(lines);
}

/// YAML in block style, two spaces a level.
class Text {
public:
    /// What is written while it lives stands below a key, or is one item of a list; it leaves no trace when that is
    /// nothing.
    class [[nodiscard]] Part {
    public:
        Part(Text& text, std::size_t before, std::size_t head) : text_{text}, before_{before}, head_{head} {
            ++text_.depth_;
        }
        Part(const Part&) = delete;
        Part& operator=(const Part&) = delete;
        ~Part() {
            --text_.depth_;
            if (text_.out_.size() == head_)
                text_.out_.resize(before_);
            else if (before_ == head_)
                text_.out_[head_ + text_.indent()] = '-';
        }

    private:
        Text& text_;
        std::size_t before_, head_;  ///< of an item the same: it has no line of its own
    };
    Part below(std::string_view key) {
        const std::size_t before = out_.size();
        line(scalar(key) + ":");
        return {*this, before, out_.size()};
    }
    Part item() { return {*this, out_.size(), out_.size()}; }

    std::string take() { return std::move(out_); }
    void text(std::string_view key, std::string_view value) { put(scalar(key) + ":", value); }
    void text_unless_empty(std::string_view key, std::string_view value) {
        if (!value.empty()) text(key, value);
    }
    /// What needs no quotes.
    void word(std::string_view key, std::string_view value) { line(fmt::format("{}: {}", key, value)); }
    void item(std::string_view value) { put("-", value); }
    void list(std::string_view key, const std::vector<std::string>& values) {
        if (values.empty()) return word(key, "[]");
        const Part part = below(key);
        for (const std::string& value : values) item(value);
    }
    void json(std::string_view key, const Json& value) {
        if (value.is_string()) return text(key, value.string());
        if (value.size() == 0) return line(fmt::format("{}: {}", scalar(key), value.dump()));
        const Part part = below(key);
        inside(value);
    }

private:
    std::size_t indent() const { return 2 * depth_; }
    void line(std::string_view text) {
        out_.append(indent(), ' ');
        out_ += text;
        out_ += '\n';
    }
    void put(const std::string& head, std::string_view value) {
        if (!is_block(value)) return line(head + " " + scalar(value));
        line(head + (value.ends_with('\n') ? " |" : " |-"));
        if (value.ends_with('\n')) value.remove_suffix(1);
        ++depth_;
        for (const std::string_view each : lines_of(value))
            if (each.empty())
                out_ += '\n';
            else
                line(each);
        --depth_;
    }
    void inside(const Json& value) {
        for (const auto& member : value.members()) json(member.name, member.value);
        for (const Json& each : value.items()) {
            if (each.is_string()) {
                item(each.string());
            } else if (each.size() == 0) {
                line("- " + each.dump());
            } else {
                const Part part = item();
                inside(each);
            }
        }
    }

    std::string out_;
    std::size_t depth_ = 0;
};

// Each type is taken to pieces by a structured binding, so that a member which is added to it does not compile here
// before it is written, too.

void write(Text& out, const Trigger& trigger) {
    const auto& [every, cron, zone, webhook] = trigger;
    const auto part = out.below("trigger");
    if (every) out.word("every", duration_text(*every));
    out.text_unless_empty("cron", cron);
    out.text_unless_empty("zone", zone);
    if (webhook) out.word("webhook", "true");
}

void write_matching(Text& out, const Order& order) {
    out.list("match", order.match);
    out.list("company_match", order.company_match);
    out.text("ambiguous", name_of(order.ambiguous));
}

void write(Text& out, const TaxRule& rule) {
    const auto& [country, customer, tax_case, goods, rate, use] = rule;
    const auto item = out.item();
    out.text_unless_empty("country", country);
    out.text_unless_empty("customer", customer);
    out.text_unless_empty("case", tax_case);
    out.text_unless_empty("goods", goods);
    if (rate) out.word("rate", rate->text());
    out.text("use", use);
}

void write(Text& out, const Order& order) {
    const auto& [document, statuses, payment, from_date, max_per_run, existing, watch, reference_prefix, match,
                 company_match, ambiguous, default_mode, default_customer, update_customer, missing_email,
                 missing_product, default_product, rows, fee_tax, shipping_tax, tolerance, on_cancel, on_refund, book,
                 register_payment, payment_accounts, payment_term, delivery_method, unit, layout, customer_group,
                 bank_account, product_groups, tax] = order;
    const auto settings = out.below("settings");
    out.text_unless_empty("document", document);
    if (!statuses.empty()) out.list("statuses", statuses);
    out.text("payment", payment);
    out.text_unless_empty("from_date", from_date);
    out.word("max_per_run", std::to_string(max_per_run));
    out.text("existing", name_of(existing));
    if (on_cancel != Choice::hold) out.text("on_cancel", name_of(on_cancel));
    if (on_refund != Choice::hold) out.text("on_refund", name_of(on_refund));
    if (watch) out.word("watch", duration_text(*watch));
    out.text_unless_empty("reference_prefix", reference_prefix);
    {
        const auto customer = out.below("customer");
        write_matching(out, order);
        {
            const auto standard = out.below("default");
            out.text("mode", name_of(default_mode));
            out.text_unless_empty("id", default_customer);
        }
        out.word("update", update_customer ? "true" : "false");
        if (missing_email) out.text("missing_email", name_of(*missing_email));
    }
    out.text("missing_product", name_of(missing_product));
    out.text_unless_empty("default_product", default_product);
    {
        const auto articles = out.below("rows");
        for (const auto& [name, sku] : rows) out.text(name, sku);
    }
    out.text("fee_tax", fee_tax);
    out.text("shipping_tax", shipping_tax);
    out.word("tolerance", tolerance.text());
    if (book) out.word("book", "true");
    if (register_payment) out.word("register_payment", "true");
    {
        const auto accounts = out.below("payment_accounts");
        for (const auto& [method, account] : payment_accounts) out.text(method, account);
    }
    if (!tax.empty()) {
        const auto rules = out.below("tax");
        for (const TaxRule& rule : tax) write(out, rule);
    }
    const auto target = out.below("target");
    out.text_unless_empty("payment_term", payment_term);
    out.text_unless_empty("delivery_method", delivery_method);
    out.text_unless_empty("unit", unit);
    out.text_unless_empty("layout", layout);
    out.text_unless_empty("customer_group", customer_group);
    out.text_unless_empty("bank_account", bank_account);
    if (!product_groups.empty()) out.list("product_group", product_groups);
}

void write(Text& out, const Stock& stock) {
    const auto& [mode, manage, buffer, full_every] = stock;
    const auto settings = out.below("settings");
    out.text("mode", mode);
    out.word("manage", !manage ? "keep" : *manage ? "true" : "false");
    out.word("buffer", buffer.text());
    out.word("full_every", duration_text(full_every));
}

void write(Text& out, const Product& product) {
    const auto& [match, create, active, price_includes_tax, full_every, unit, product_groups, mirror, categories] =
        product;
    const auto settings = out.below("settings");
    out.text("match", match);
    out.text("missing", create ? "create" : "skip");
    out.text("active", active);
    out.word("price_includes_tax", !price_includes_tax ? "shop" : *price_includes_tax ? "true" : "false");
    out.word("full_every", duration_text(full_every));
    if (categories) out.text("categories", *categories ? "link" : "leave");
    const auto target = out.below("target");
    out.text_unless_empty("unit", unit);
    if (!product_groups.empty()) out.list("product_group", product_groups);
}

void write(Text& out, const Category& category) {
    const auto& [create, full_every] = category;
    const auto settings = out.below("settings");
    out.text("missing", create ? "create" : "skip");
    out.word("full_every", duration_text(full_every));
}

void write(Text& out, const Customer& customer, const Order& order) {
    const auto& [create, full_every] = customer;
    const auto settings = out.below("settings");
    write_matching(out, order);
    out.word("update", order.update_customer ? "true" : "false");
    out.text("missing", create ? "create" : "skip");
    out.word("full_every", duration_text(full_every));
    const auto target = out.below("target");
    out.text_unless_empty("payment_term", order.payment_term);
    out.text_unless_empty("customer_group", order.customer_group);
}

void write(Text& out, const OrderStatus& status, const std::string& from_date) {
    const auto& [statuses, reference_prefix, tracking_code, tracking_carrier, mail] = status;
    const auto settings = out.below("settings");
    {
        const auto part = out.below("statuses");
        for (const auto& [stage, name] : statuses) out.text(stage, name);
    }
    out.text_unless_empty("from_date", from_date);
    out.text_unless_empty("reference_prefix", reference_prefix);
    {
        const auto tracking = out.below("tracking");
        out.text_unless_empty("code", tracking_code);
        out.text_unless_empty("carrier", tracking_carrier);
    }
    out.word("mail", mail ? "true" : "false");
}

void write_rows(Text& out, std::string_view key, std::vector<Table::Row> rows) {
    std::ranges::sort(rows, {}, &Table::Row::key);
    const auto part = out.below(key);
    for (const auto& [name, value, at] : rows) out.text(name, value);
}

void write(Text& out, const Table& table) {
    const auto& [name, at, from_option, to_option, from_at, to_at, rows, by_country, otherwise] = table;
    const auto part = out.below(name);
    for (const auto& [key, option] : {std::pair{"from", &from_option}, std::pair{"to", &to_option}}) {
        const auto side = out.below(key);
        out.text_unless_empty("option", *option);
    }
    write_rows(out, "rows", rows);
    write_rows(out, "by_country", by_country);
    if (otherwise) out.text("default", otherwise->value);
}

void write(Text& out, const Rule& rule) {
    const auto& [field, at, value, constant, policy, standard] = rule;
    if (!constant && policy == Write::always) return out.text(field, value.text);
    const auto part = out.below(field);
    out.text(constant ? "const" : "value", value.text);
    if (policy != Write::always) out.text("write", name_of(policy));
}

void write(Text& out, const MappingTest& test, const std::string& entity) {
    const auto& [name, at, given, given_file, given_at, expect, check] = test;
    out.text("name", name);
    {
        const auto record = out.below("given");
        if (given_file.empty())
            out.json(entity, given);
        else
            out.text("file", given_file);
    }
    {
        const auto fields = out.below("expect");
        for (const auto& [field, value, where] : expect) out.json(field, value);
    }
    const auto checks = out.below("check");
    for (const Expression& each : check) out.item(each.text);
}

void write(Text& out, const Mapping& mapping, const std::string& entity) {
    const auto& [whole, accept, rules, unset, tables, tests] = mapping;
    if (accept) out.text("accept", accept->text);
    std::vector<Table> sorted{tables};
    std::ranges::sort(sorted, {}, &Table::name);
    {
        const auto part = out.below("tables");
        for (const Table& table : sorted) write(out, table);
    }
    {
        const auto part = out.below("mapping");
        for (const Rule& rule : rules) write(out, rule);
    }
    {
        std::set<std::string> fields;
        for (const auto& [field, at] : unset) fields.insert(field);
        const auto part = out.below("unset");
        for (const std::string& field : fields) out.item(field);
    }
    if (whole) {
        const auto part = out.below("from_default");
        for (const Rule& rule : rules)
            if (rule.standard) out.item(rule.field);
    }
    const auto part = out.below("tests");
    for (const MappingTest& test : tests) {
        const auto item = out.item();
        write(out, test, entity);
    }
}

}  // namespace

std::string definition_text(const Flow& flow) {
    const auto& [id, from, to, entity, time_zone, trigger, order, stock, product, category, customer, order_status,
                 mapping, places, version, origin] = flow;
    Text out;
    out.text("flow", id);
    out.text("from", from);
    out.text("to", to);
    out.text("entity", entity);
    write(out, trigger);
    if (entity == "stock") {
        write(out, stock);
        return out.take();
    }
    if (entity == "order_status") {
        write(out, order_status, order.from_date);
        return out.take();
    }
    if (entity == "product")
        write(out, product);
    else if (entity == "category")
        write(out, category);
    else if (entity == "customer")
        write(out, customer, order);
    else
        write(out, order);
    write(out, mapping, entity);
    return out.take();
}

ReadDefinition read_definition(const std::string& name, const std::string& text, const ReadText& read_text) {
    ReadDefinition out;
    std::vector<Problem> warnings;
    const FileContext context{name, nullptr, out.errors, warnings, lines_of(text)};
    try {
        const auto documents = yaml_documents(text);
        if (documents.empty() || documents.front().IsNull()) {
            out.errors.push_back({{name, 0, 0}, "this version is empty", ""});
            return out;
        }
        Reader reader{context, documents.front(), "this version"};
        out.flow = read_flow(reader, read_text);
        const auto standard = reader.list("from_default", {}, {});
        reader.finish();
        out.flow.mapping.whole = true;
        const std::set<std::string> fields{standard.begin(), standard.end()};
        for (Rule& rule : out.flow.mapping.rules) rule.standard = fields.contains(rule.field);
    } catch (const YAML::Exception& e) {
        out.errors.push_back({{name, e.mark.line + 1, e.mark.column + 1}, "this is no YAML", ""});
    }
    return out;
}

std::string yaml_text(const Json& object) {
    Text text;
    for (const auto& member : object.members()) text.json(member.name, member.value);
    return text.take();
}

}  // namespace brygga::settings
