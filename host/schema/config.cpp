#include "schema/config.h"

#include <algorithm>
#include <exception>
#include <map>
#include <set>

#include <fmt/format.h>

// Else an invalid schema ends the process; the adapter then has to come before RapidJSON's own headers.
#define VALIJSON_USE_EXCEPTIONS 1
#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/nearest.h"
#include "schema/reader.h"

namespace brygga::schema {
namespace {

rapidjson::Document to_rapidjson(const Json& value) {
    rapidjson::Document document;
    document.Parse(value.dump().c_str());
    return document;
}

/// What the schema of one key asks for, in words.
std::string expectation(const Json& schema) {
    if (schema.has("const")) return fmt::format("must be {}", schema["const"].dump());
    if (const Json& list = schema["enum"]; list.is_array()) {
        std::vector<std::string> values;
        for (const Json& v : list.items()) values.push_back(v.is_string() ? std::string{v.string()} : v.dump());
        return fmt::format("must be one of {}", fmt::join(values, ", "));
    }
    static const std::map<std::string_view, std::string_view> words{
        {"string", "text"},           {"integer", "a whole number"}, {"number", "a number"},
        {"boolean", "true or false"}, {"array", "a list"},           {"object", "a group of keys"}};
    const auto word = words.find(schema["type"].string());
    std::string out = fmt::format("must be {}", word == words.end() ? "as the connector's schema says" : word->second);
    const std::string_view low = schema["minimum"].text(), high = schema["maximum"].text();
    if (!low.empty() && !high.empty())
        out += fmt::format(" from {} to {}", low, high);
    else if (!low.empty())
        out += fmt::format(" of at least {}", low);
    else if (!high.empty())
        out += fmt::format(" of at most {}", high);
    const std::string_view least = schema["minLength"].text(), most = schema["maxLength"].text();
    if (!least.empty() && !most.empty())
        out += fmt::format(", {} to {} characters long", least, most);
    else if (!least.empty())
        out += fmt::format(", at least {} characters long", least);
    else if (!most.empty())
        out += fmt::format(", at most {} characters long", most);
    if (const std::string_view pattern = schema["pattern"].string(); !pattern.empty()) {
        std::string_view description = schema["description"].string();
        if (description.ends_with('.')) description.remove_suffix(1);
        out += description.empty() ? fmt::format(", of the form {}", pattern) : fmt::format(": {}", description);
    }
    return out;
}

/// The names that the schema does not have and those that it requires; valijson would not say which was meant.
void check_names(const Json& schema, const Json& value, const std::string& pointer, std::vector<ConfigFinding>& out) {
    const Json& properties = schema["properties"];
    if (!properties.is_object() || !value.is_object()) return;
    std::vector<std::string_view> known;
    for (const Json::Member& m : properties.members()) known.push_back(m.name);
    std::set<std::string> misspelt;
    for (const Json::Member& m : value.members()) {
        if (const Json* property = properties.find(m.name)) {
            check_names(*property, m.value, pointer + "/" + m.name, out);
            continue;
        }
        const Json& additional = schema["additionalProperties"];
        if (additional.boolean() || additional.is_object() || schema.has("patternProperties")) continue;
        const auto meant = nearest(m.name, known);
        if (meant) misspelt.insert(*meant);
        out.push_back({pointer + "/" + m.name, !meant
                                                   ? fmt::format("is not known; known are {}", fmt::join(known, ", "))
                                                   : fmt::format("is not known; did you mean '{}'?", *meant)});
    }
    for (const Json& name : schema["required"].items()) {
        if (value.has(name.string()) || misspelt.contains(std::string{name.string()})) continue;
        const std::string_view title = properties[name.string()]["title"].string();
        out.push_back({fmt::format("{}/{}", pointer, name.string()),
                       title.empty() ? std::string{"is missing"} : fmt::format("is missing: {}", title)});
    }
}

/// "<root>", "[a]", "[0]" as valijson has them, to the pointer; with the schema node that is responsible.
std::pair<std::string, const Json*> locate(const std::vector<std::string>& context, const Json& root) {
    std::string pointer;
    const Json* schema = &root;
    for (const std::string& part : context) {
        if (part.size() < 2 || part.front() != '[') continue;
        const std::string name = part.substr(1, part.size() - 2);
        pointer += "/" + name;
        const Json& property = (*schema)["properties"][name];
        schema = property.is_null() ? &(*schema)["items"] : &property;
    }
    return {pointer, schema};
}

void check_values(const Json& schema, const Json& config, std::vector<ConfigFinding>& out) {
    rapidjson::Document schema_document = to_rapidjson(schema);
    rapidjson::Document config_document = to_rapidjson(config);
    valijson::Schema compiled;
    valijson::SchemaParser parser{valijson::SchemaParser::kDraft7};
    parser.populateSchema(valijson::adapters::RapidJsonAdapter{schema_document}, compiled);
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(compiled, valijson::adapters::RapidJsonAdapter{config_document}, &results)) return;

    std::map<std::string, std::string> found;
    for (const auto& error : results) {
        const auto [pointer, node] = locate(error.context, schema);
        found.emplace(pointer, expectation(*node));
    }
    // A parent fails whenever a child does; the child says it better.
    for (const auto& entry : found) {
        const std::string& pointer = entry.first;
        const auto below = [&](const std::string& other) {
            return other.size() > pointer.size() && other.starts_with(pointer + "/");
        };
        const bool told = std::any_of(found.begin(), found.end(), [&](const auto& f) { return below(f.first); }) ||
                          std::any_of(out.begin(), out.end(),
                                      [&](const ConfigFinding& f) { return f.pointer == pointer || below(f.pointer); });
        if (!told) out.push_back({pointer.empty() ? "/" : pointer, entry.second});
    }
}

/// Texts beyond all reason; matching one against a pattern could exhaust the stack.
void check_lengths(const Json& value, const std::string& pointer, std::vector<ConfigFinding>& out) {
    constexpr std::size_t longest = 2000;
    if (value.string().size() > longest) out.push_back({pointer, fmt::format("has more than {} bytes", longest)});
    for (const Json::Member& m : value.members()) check_lengths(m.value, pointer + "/" + m.name, out);
    for (std::size_t i = 0; i < value.items().size(); ++i)
        check_lengths(value.items()[i], fmt::format("{}/{}", pointer, i), out);
}

}  // namespace

std::vector<ConfigFinding> check_config(const Manifest& manifest, const Json& config) {
    std::vector<ConfigFinding> out;
    if (!config.is_object()) return {{"/", "must be a group of keys"}};
    check_lengths(config, "", out);
    if (!out.empty()) return out;
    check_names(manifest.config_schema, config, "", out);
    try {
        check_values(manifest.config_schema, config, out);
    } catch (const std::exception& e) {
        out.push_back(
            {"/", fmt::format("cannot be checked: the connector's config schema is not valid ({})", e.what())});
    }
    return out;
}

Json with_defaults(const Manifest& manifest, const Json& config) {
    Json out = config.is_object() ? config : Json::object();
    for (const Json::Member& m : manifest.config_schema["properties"].members())
        if (const Json* value = m.value.find("default"); value && !out.has(m.name)) out.set(m.name, *value);
    return out;
}

Expected<std::string> expand(std::string_view text, const Json& config) {
    std::string out;
    for (;;) {
        const std::size_t open = text.find('{');
        const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) return out.append(text);
        const std::string_view name = text.substr(open + 1, close - open - 1);
        const std::string_view value = config[name].text();
        if (value.empty())
            return Error{.error_class = ErrorClass::misconfigured,
                         .code = "connection.config",
                         .message = fmt::format("The connection has no value for '{}'.", name),
                         .remedy = fmt::format("Set {} under the connection's config.", name)};
        out.append(text.substr(0, open)).append(value);
        text.remove_prefix(close + 1);
    }
}

}  // namespace brygga::schema
