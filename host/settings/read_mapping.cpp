#include "settings/read_mapping.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/utf8.h"

namespace brygga::settings {

namespace {

constexpr std::size_t most_rules = 300, most_tables = 100, most_rows = 10'000, most_tests = 200;
constexpr std::size_t longest_expression = 64u << 10;

class MappingReader {
public:
    MappingReader(Reader& flow, const std::string& entity, const ReadText& read_text, Mapping& out)
        : flow_{flow}, file_{flow.file()}, entity_{entity}, read_text_{read_text}, out_{out} {}

    void run() {
        if (flow_.has("accept")) out_.accept = expression(flow_.find("accept"), "'accept'");
        read_rules();
        read_unset();
        read_tables();
        read_tests();
    }

private:
    /// Where the text of a scalar begins: behind its quote, or on the first line of a block.
    Position text_at(const YAML::Node& node) const {
        Position at = file_.at(node);
        const char first = file_.character(at);
        if (first == '"' || first == '\'') ++at.column;
        if (first == '|' || first == '>') {
            ++at.line;
            at.column = 1;
            while (file_.character(at) == ' ') ++at.column;
        }
        return at;
    }

    std::optional<Expression> expression(const YAML::Node& node, std::string_view what) const {
        if (!node.IsScalar() || node.Scalar().empty()) {
            file_.error(node, fmt::format("{} must be an expression", what),
                        "write for example order.customer.name, or '\"a text\"'");
            return std::nullopt;
        }
        if (node.Scalar().size() > longest_expression) {
            file_.error(node, fmt::format("{} is longer than 64 KiB", what), "use a value table");
            return std::nullopt;
        }
        return Expression{node.Scalar(), text_at(node)};
    }

    bool too_many(const YAML::Node& node, std::size_t count, std::size_t most, std::string_view what) const {
        if (count <= most) return false;
        file_.error(node, fmt::format("there are {} {}, and a flow has {} at most", count, what, most),
                    "divide them over several flows");
        return true;
    }

    void read_rules() {
        const Reader section = flow_.section("mapping");
        if (!section.node().IsMap() || too_many(section.node(), section.node().size(), most_rules, "rules")) return;
        std::map<std::string, Position> seen;
        for (const auto& entry : section.node()) {
            const std::string field = entry.first.IsScalar() ? entry.first.Scalar() : std::string{};
            const auto [first, fresh] = seen.try_emplace(field, file_.at(entry.first));
            if (!fresh)
                file_.error(entry.first,
                            fmt::format("'{}' has a rule already, in line {}", excerpt(field, 60), first->second.line),
                            "remove one");
            else if (auto rule = read_rule(field, entry.first, entry.second))
                out_.rules.push_back(std::move(*rule));
        }
    }

    std::optional<Rule> read_rule(const std::string& field, const YAML::Node& key, const YAML::Node& value) const {
        Rule rule{field, file_.at(key), {}};
        const std::string what = fmt::format("the rule of '{}'", excerpt(field, 60));
        if (value.IsNull() || (value.IsScalar() && value.Scalar().empty())) {
            file_.error(key, what + " is empty", fmt::format("write unset: [{}] to leave the field out", field));
            return std::nullopt;
        }
        if (!value.IsMap()) {
            auto text = expression(value, what);
            if (!text) return std::nullopt;
            rule.value = std::move(*text);
            return rule;
        }
        Reader form{file_, value, what};
        const bool constant = form.has("const");
        if (constant == form.has("value")) {
            file_.error(value, what + " has either 'value' or 'const'",
                        "write { value: EXPRESSION } or { const: \"text\" }");
            (void)form.find("write");
            form.finish();
            return std::nullopt;
        }
        rule.write = form.choice("write", Write::always,
                                 std::vector<std::pair<std::string, Write>>{{"always", Write::always},
                                                                            {"on_create", Write::on_create},
                                                                            {"on_update", Write::on_update},
                                                                            {"keep_existing", Write::keep_existing}});
        form.finish();
        if (constant) {
            const YAML::Node text = form.find("const");
            if (!text.IsScalar()) {
                file_.error(text, fmt::format("'const' of '{}' must be a text", excerpt(field, 60)));
                return std::nullopt;
            }
            rule.constant = true;
            rule.value = {text.Scalar(), text_at(text)};
            return rule;
        }
        auto text = expression(form.find("value"), what);
        if (!text) return std::nullopt;
        rule.value = std::move(*text);
        return rule;
    }

    void read_unset() {
        const YAML::Node list = flow_.find("unset");
        if (!list.IsDefined() || list.IsNull()) return;
        if (!list.IsSequence()) {
            file_.error(list, "'unset' must be a list of fields", "write for example unset: [customer.language]");
            return;
        }
        for (const auto& item : list) {
            const std::string field = item.IsScalar() ? item.Scalar() : std::string{};
            const auto rule = std::ranges::find(out_.rules, field, &Rule::field);
            if (rule != out_.rules.end())
                file_.error(item,
                            fmt::format("'{}' is unset and has a rule in line {}", excerpt(field, 60), rule->at.line),
                            "remove one");
            else
                out_.unset.emplace_back(field, file_.at(item));
        }
    }

    void read_tables() {
        const Reader section = flow_.section("tables");
        if (!section.node().IsMap() || too_many(section.node(), section.node().size(), most_tables, "tables")) return;
        std::size_t rows = 0;
        for (const auto& entry : section.node()) {
            Table table;
            table.name = entry.first.IsScalar() ? entry.first.Scalar() : std::string{};
            table.at = file_.at(entry.first);
            if (std::ranges::find(out_.tables, table.name, &Table::name) != out_.tables.end()) {
                file_.error(entry.first, fmt::format("there are two tables '{}'", excerpt(table.name, 60)),
                            "rename one");
                continue;
            }
            Reader form{file_, entry.second, fmt::format("table '{}'", excerpt(table.name, 60))};
            table.from_option = option(form, "from", table.from_at);
            table.to_option = option(form, "to", table.to_at);
            table.rows = read_rows(form, "rows");
            table.by_country = read_rows(form, "by_country");
            for (const Table::Row& row : table.by_country)
                if (row.key.size() != 2 || !std::ranges::all_of(row.key, [](char c) { return c >= 'A' && c <= 'Z'; }))
                    file_.errors.push_back({row.at, fmt::format("'{}' is no country", excerpt(row.key, 60)),
                                            "write its two capital letters (ISO 3166)"});
            if (form.has("default"))
                table.otherwise = Table::Row{{}, form.text("default"), file_.at(form.find("default"))};
            if (!form.has("rows") && !form.has("by_country") && !form.has("default"))
                file_.error(entry.second, fmt::format("table '{}' is empty", excerpt(table.name, 60)),
                            "add rows: { KEY: VALUE }");
            form.finish();
            rows += table.rows.size() + table.by_country.size();
            out_.tables.push_back(std::move(table));
        }
        too_many(section.node(), rows, most_rows, "rows in tables");
    }

    static std::string option(Reader& table, const std::string& key, Position& at) {
        if (!table.has(key)) return {};
        Reader side = table.section(key);
        std::string kind = side.text("option");
        if (kind.empty() && side.node().size() == 0)
            side.file().error(side.node(), fmt::format("'{}' of a table names a kind of option", key),
                              fmt::format("write {}: {{ option: payment_term }}", key));
        at = side.file().at(kind.empty() ? side.node() : side.find("option"));
        side.finish();
        return kind;
    }

    std::vector<Table::Row> read_rows(Reader& table, const std::string& key) const {
        std::vector<Table::Row> rows;
        const Reader section = table.section(key);
        if (!section.node().IsMap()) return rows;
        std::map<std::string, int> lines;
        for (const auto& entry : section.node()) {
            const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : std::string{};
            if (const auto [first, fresh] = lines.try_emplace(name, file_.at(entry.first).line); !fresh)
                file_.error(entry.first,
                            fmt::format("'{}' has a row already, in line {}", excerpt(name, 60), first->second),
                            "remove one");
            else if (!entry.second.IsScalar())
                file_.error(entry.second, fmt::format("the row '{}' must be a text", excerpt(name, 60)));
            else
                rows.push_back({name, entry.second.Scalar(), file_.at(entry.second)});
        }
        return rows;
    }

    void read_tests() {
        const YAML::Node list = flow_.find("tests");
        if (!list.IsDefined() || list.IsNull()) return;
        if (!list.IsSequence()) {
            file_.error(list, "'tests' must be a list", "write each as '- name: …' with given and expect");
            return;
        }
        if (too_many(list, list.size(), most_tests, "tests")) return;
        for (const auto& item : list) {
            Reader form{file_, item, "this test"};
            if (!item.IsMap()) continue;
            MappingTest test;
            test.at = file_.at(item);
            test.name = form.required("name", "company keeps its VAT number");
            if (std::ranges::find(out_.tests, test.name, &MappingTest::name) != out_.tests.end())
                file_.error(form.find("name"), fmt::format("there are two tests '{}'", excerpt(test.name, 60)),
                            "rename one");
            auto given = read_given(form, test.given_file);
            test.given_at = form.has("given") ? file_.at(form.find("given")) : test.at;
            const std::size_t told = file_.errors.size();
            read_expectations(form, test);
            form.finish();
            if (test.expect.empty() && test.check.empty() && file_.errors.size() == told)
                file_.error(item, fmt::format("the test '{}' expects nothing", excerpt(test.name, 60)),
                            "add expect: { FIELD: VALUE } or check: [ EXPRESSION ]");
            if (!given) continue;
            test.given = std::move(*given);
            out_.tests.push_back(std::move(test));
        }
    }

    std::optional<Json> read_given(Reader& test, std::string& path) const {
        Reader given = test.section("given");
        const YAML::Node inline_record = given.find(entity_);
        path = given.text("file");
        given.finish();
        if (inline_record.IsDefined() == !path.empty()) {
            file_.error(given.node().IsNull() ? test.node() : given.node(),
                        fmt::format("a test is given either a 'file' or an '{}'", entity_),
                        fmt::format("write given: {{ file: tests/{}.json }}", entity_));
            return std::nullopt;
        }
        if (path.empty()) return given.json(inline_record);
        const auto text = read_text_(path);
        if (!text) {
            file_.error(given.find("file"),
                        fmt::format("the file {} cannot be read, or is larger than 1 MiB", excerpt(path, 100)),
                        "its path is relative to the directory of brygga.yaml");
            return std::nullopt;
        }
        JsonError wrong;
        auto document = Json::parse(*text, &wrong);
        if (!document)
            file_.error(given.find("file"),
                        fmt::format("{} is not JSON: {}, at byte {}", excerpt(path, 100), wrong.message, wrong.offset));
        return document;
    }

    void read_expectations(Reader& form, MappingTest& test) const {
        const Reader expect = form.section("expect");
        if (expect.node().IsMap())
            for (const auto& entry : expect.node())
                test.expect.push_back({entry.first.IsScalar() ? entry.first.Scalar() : std::string{},
                                       expect.json(entry.second), file_.at(entry.first)});
        const YAML::Node checks = form.find("check");
        if (checks.IsDefined() && !checks.IsSequence() && !checks.IsNull())
            file_.error(checks, "'check' must be a list of expressions", "write check: [ … ]");
        else if (checks.IsDefined())
            for (const auto& check : checks)
                if (auto text = expression(check, "a check")) test.check.push_back(std::move(*text));
    }

    Reader& flow_;
    const FileContext& file_;
    const std::string& entity_;
    const ReadText& read_text_;
    Mapping& out_;
};

}  // namespace

void read_mapping(Reader& flow, const std::string& entity, const ReadText& read_text, Mapping& mapping) {
    MappingReader{flow, entity, read_text, mapping}.run();
}

}  // namespace brygga::settings
