#include "contract.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "paths.h"

namespace brygga::test {

namespace {

std::string upper(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

std::vector<std::string> segments(std::string_view path) {
    std::vector<std::string> out;
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto end = std::min(path.find('/'), path.size());
        out.emplace_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return out;
}

bool fits(std::string_view pattern, std::string_view path) {
    const auto want = segments(pattern), have = segments(path);
    return std::ranges::equal(want, have, [](const std::string& w, const std::string& h) {
        return w == h || (w.starts_with('{') && !h.empty());
    });
}

bool is_method(std::string_view name) {
    return name == "get" || name == "post" || name == "put" || name == "patch" || name == "delete";
}

}  // namespace

const Contract& Contract::of_the_source() {
    static const Contract contract{[] {
        std::ifstream in{BRYGGA_SOURCE_DIR "/host/control/openapi.json"};
        const std::string text{std::istreambuf_iterator<char>{in}, {}};
        return Json::parse(text, nullptr, {.bytes = 1u << 20, .depth = 64}).value_or(Json{});
    }()};
    return contract;
}

std::vector<Contract::Operation> Contract::operations() const {
    std::vector<Operation> out;
    for (const auto& path : document_["paths"].members())
        for (const auto& operation : path.value.members()) {
            if (!is_method(operation.name)) continue;
            std::string pattern;
            for (const std::string& segment : segments(path.name))
                pattern += segment.starts_with('{') ? "/{}" : "/" + segment;
            out.push_back({upper(operation.name), pattern, std::string{operation.value["x-scope"].string()}});
        }
    return out;
}

const Json* Contract::operation(const std::string& method, const std::string& path) const {
    const Json* found = nullptr;
    for (const auto& known : document_["paths"].members()) {
        if (!fits(known.name, path)) continue;
        for (const auto& operation : known.value.members())
            if (upper(operation.name) == method && (!found || known.name.find('{') == std::string_view::npos))
                found = &operation.value;
    }
    return found;
}

const JsonSchema& Contract::schema(const Json& of) const {
    const std::scoped_lock lock{mutex_};
    std::unique_ptr<JsonSchema>& known = schemas_[of.dump()];
    if (!known) {
        Json whole = of;
        whole.set("components", Json::object({{"schemas", document_["components"]["schemas"]}}));
        // What stands beside $ref is not read in draft 7.
        if (whole.has("$ref"))
            whole = Json::object({{"allOf", Json::array({of})}, {"components", whole["components"]}});
        known = std::make_unique<JsonSchema>(whole.dump());
    }
    return *known;
}

std::string Contract::breach(const std::string& method, const std::string& path, int status,
                             const std::string& content_type, const std::string& body) const {
    const std::string what = method + " " + path + " answers " + std::to_string(status);
    const Json* operation = this->operation(method, path);
    if (!operation) return status == 404 || status == 405 ? "" : what + ", which the document does not know";
    const Json& responses = (*operation)["responses"];
    const Json* response = responses.find(std::to_string(status));
    if (!response && status >= 400) response = responses.find("default");
    if (!response) return what + ", which the document does not foresee";
    if (response->has("$ref")) response = &document_["components"]["responses"]["Problem"];
    if (!response->has("content")) return body.empty() ? "" : what + " with a body";
    const Json* content = (*response)["content"].find(content_type);
    if (!content) return what + " as " + content_type + ", which the document does not foresee";
    if (!content_type.ends_with("json")) return {};
    const auto document = Json::parse(body, nullptr, {.bytes = 64u << 20, .depth = 64});
    if (!document) return what + " with a body that is no JSON";
    const std::string misfit = schema((*content)["schema"]).misfit(*document);
    return misfit.empty() ? "" : what + ": " + misfit + " in " + body.substr(0, 400);
}

}  // namespace brygga::test
