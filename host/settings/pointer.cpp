#include "settings/pointer.h"

#include <optional>

#include "settings/yaml_documents.h"

namespace brygga::settings {

namespace {

std::string escaped(const std::string& name) {
    std::string out;
    for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
}

std::optional<std::string> find(const YAML::Node& node, int line, int column, const std::string& at) {
    const auto is_here = [&](const YAML::Node& n) { return n.Mark().line == line && n.Mark().column == column; };
    if (node.IsMap())
        for (const auto& entry : node) {
            const std::string path = at + "/" + escaped(entry.first.Scalar());
            if (is_here(entry.first)) return path;
            if (auto found = find(entry.second, line, column, path)) return found;
        }
    if (node.IsSequence())
        for (std::size_t i = 0; i < node.size(); ++i)
            if (auto found = find(node[i], line, column, at + "/" + std::to_string(i))) return found;
    return is_here(node) ? std::optional{at} : std::nullopt;
}

}  // namespace

std::string pointer_to(const std::string& text, int line, int column) {
    try {
        return find(YAML::Load(text), line - 1, column - 1, "").value_or("");
    } catch (const YAML::Exception&) {
        return {};
    }
}

}  // namespace brygga::settings
