#include "control/known_names.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "control/answers.h"

namespace brygga::control {

namespace {

/// "/v1/flows/{id}" as the routes have it.
bool is_path(std::string_view written, std::string_view pattern) {
    std::string plain;
    bool in_name = false;
    for (const char c : written) {
        if (c == '}') in_name = false;
        if (!in_name) plain += c;
        if (c == '{') in_name = true;
    }
    return plain == pattern;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& known) {
    if (const auto near = nearest(name, known)) return fmt::format("Did you mean {}?", *near);
    return known.empty() ? "Leave it out: there is none." : fmt::format("There is {}.", fmt::join(known, ", "));
}

}  // namespace

const Json& KnownNames::resolved(const Json& part) const {
    std::string_view path = part["$ref"].string();
    if (path.empty()) return part;
    const Json* at = &document_;
    for (path.remove_prefix(std::min<std::size_t>(2, path.size())); !path.empty();) {
        const auto end = std::min(path.find('/'), path.size());
        at = &(*at)[path.substr(0, end)];
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return *at;
}

const Json* KnownNames::operation(std::string_view method, std::string_view pattern, const Json*& path) const {
    for (const auto& known : document_["paths"].members())
        if (is_path(known.name, pattern)) {
            path = &known.value;
            return known.value.find(lower_ascii(method));
        }
    return nullptr;
}

std::optional<Response> KnownNames::unknown_member(const Json& schema, const Json& body,
                                                   const std::string& pointer) const {
    const Json& properties = schema["properties"];
    if (!properties.is_object() || !body.is_object() || schema["additionalProperties"].boolean()) return std::nullopt;
    std::vector<std::string> known;
    for (const auto& property : properties.members()) known.push_back(property.name);
    for (const auto& member : body.members()) {
        const std::string at = pointer + "/" + member.name;
        const Json* property = properties.find(member.name);
        if (!property)
            return problem(422, "body.unknown", fmt::format("There is no member '{}' here.", excerpt(member.name, 60)),
                           suggestion(member.name, known), excerpt(at, 200));
        if (auto wrong = unknown_member(resolved(*property), member.value, at)) return wrong;
    }
    return std::nullopt;
}

std::optional<Response> KnownNames::refusal(std::string_view method, std::string_view pattern,
                                            const Request& request) const {
    const Json* path = nullptr;
    const Json* found = operation(method, pattern, path);
    if (!found) return std::nullopt;
    std::vector<std::string> known;
    for (const Json* list : {&(*path)["parameters"], &(*found)["parameters"]})
        for (const Json& each : list->items())
            if (const Json& parameter = resolved(each); parameter["in"].string() == "query")
                known.emplace_back(parameter["name"].string());
    for (const auto& [name, value] : request.query)
        if (std::ranges::find(known, name) == known.end())
            return problem(400, "query.unknown", fmt::format("There is no parameter '{}' here.", excerpt(name, 60)),
                           suggestion(name, known));
    if (request.body.empty()) return std::nullopt;
    const Json& schema = resolved((*found)["requestBody"]["content"]["application/json"]["schema"]);
    if (!schema["properties"].is_object()) return std::nullopt;
    const auto body = object_of(request);
    return body ? unknown_member(schema, *body, {}) : std::nullopt;
}

}  // namespace brygga::control
