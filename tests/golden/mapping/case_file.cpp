#include "case_file.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace brygga::mapping {

namespace {

Json json(const std::string& text) {
    JsonError error;
    auto parsed = Json::parse(text, &error);
    if (!parsed) throw std::runtime_error("no JSON (" + error.message + "): " + text);
    return std::move(*parsed);
}

std::string marked(std::string_view kind, const std::string& text) {
    std::string out = "! " + std::string{kind};
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) out += "\n! " + line;
    return out;
}

void append_line(std::string& to, const std::string& line) {
    if (!to.empty()) to += '\n';
    to += line;
}

/// "key: value"; false when the line is none of these.
bool read_key(Case& c, const std::string& line) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) return false;
    const std::string key = line.substr(0, colon), value = line.substr(colon + 2);
    if (key == "clause")
        c.clauses.push_back(value);
    else if (key == "given")
        c.given = value;
    else if (key == "type")
        c.type = value;
    else if (key == "tables")
        c.tables = value;
    else if (key == "limits")
        c.limits = value;
    else
        return false;
    return true;
}

}  // namespace

std::vector<Case> read_cases(const std::filesystem::path& file) {
    std::ifstream in{file};
    std::vector<Case> cases;
    Case common, *current = &common;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty() || line.starts_with("#")) continue;
        if (line.starts_with("=== ")) {
            current = &cases.emplace_back(common);
            current->title = line.substr(4);
            current->line = number;
        } else if (line == ">" || line.starts_with("> ")) {
            append_line(current->expression, line.size() > 2 ? line.substr(2) : "");
        } else if (line.starts_with("= ") || line.starts_with("! ")) {
            append_line(current->expected, line);
        } else if (!read_key(*current, line)) {
            throw std::runtime_error(file.string() + ":" + std::to_string(number) + ": what is this line?");
        }
    }
    return cases;
}

Tables tables_from(const Json& json) {
    Tables tables;
    for (const auto& [name, content] : json.members()) {
        Table& table = tables[name];
        for (const auto& [key, value] : content["rows"].members()) table.rows[key] = value;
        for (const auto& [key, value] : content["by_country"].members()) table.by_country[key] = value;
        if (content.has("default")) table.standard = content["default"];
    }
    return tables;
}

std::string run(const Case& c) {
    const Json given = json(c.given);
    const Tables tables = tables_from(json(c.tables));
    Environment environment;
    const Shape* shape = c.type.empty() ? nullptr : shapes::entity(c.type);
    if (shape)
        environment.roots.push_back({c.type, shape});
    else
        for (const auto& m : given.members()) environment.roots.push_back({m.name});
    for (const auto& [name, table] : tables) environment.tables.push_back(name);

    const auto program = Program::compile({c.expression}, environment);
    if (!program) {
        std::string text;
        for (const Diagnostic& d : program.error()) append_line(text, to_text(d));
        return marked("refused", text);
    }
    Scope scope{environment, &tables};
    if (shape) scope.set(c.type, Value::view(given, shape));
    for (const auto& m : given.members())
        if (!shape) scope.set(m.name, Value::view(m.value));

    Limits limits;
    const Json wanted = json(c.limits);
    limits.steps = static_cast<std::size_t>(wanted["steps"].integer(static_cast<std::int64_t>(limits.steps)));
    limits.bytes = static_cast<std::size_t>(wanted["bytes"].integer(static_cast<std::int64_t>(limits.bytes)));
    Workspace workspace;
    const Outcome outcome = program->evaluate(scope, workspace, limits);
    if (outcome.ok()) return "= " + to_json(outcome.value).dump();
    static constexpr const char* kinds[]{"value", "missing", "error", "skip", "hold", "limit"};
    return marked(kinds[static_cast<int>(outcome.kind)], to_text(outcome.diagnostic));
}

}  // namespace brygga::mapping
