#include "subject.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "brygga/plugin.h"
#include "schema/config.h"

namespace brygga::conformance {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t most_bytes = 16u << 20;
constexpr std::array calls{"check", "describe", "poll", "list", "find", "deliver", "options"};

Error unusable(const fs::path& file, const std::string& why, std::string remedy) {
    return {.error_class = ErrorClass::misconfigured,
            .code = "conformance.file",
            .message = file.string() + ": " + why + ".",
            .remedy = std::move(remedy)};
}

/// A document that asks for as little as can be of a target nobody knows.
Json document_of(std::string_view op, std::string_view type, std::string_view kind) {
    Json fields = Json::object({{"name", "Zoë Ångström"}, {"kind", kind}, {"email", "zoe@example.com"}});
    if (type == "product") fields = Json::object({{"sku", "MUG-RED"}, {"name", "Mug, red"}, {"price", 10}});
    if (type == "document") fields = Json::object({{"customer", "1"}, {"currency", "EUR"}, {"date", "2026-01-14"}});
    Json out = Json::object({{"op", op}, {"type", type}, {"kind", kind}, {"reference", "C-1"}, {"fields", fields}});
    if (op != "create") out.set("id", "1");
    if (type == "document") {
        out.set("lines", Json::array({Json::object({{"kind", "article"},
                                                    {"article", "1"},
                                                    {"sku", "MUG-RED"},
                                                    {"text", "Mug, red"},
                                                    {"quantity", 1},
                                                    {"unit_price", 10}})}));
        out.set("expect", Json::object({{"net", 10}, {"tax", Json::array()}, {"gross", 10}}));
    }
    return out;
}

Json request_of(std::string_view type, std::string_view key) {
    return Json::object({{"type", type},
                         {"kinds", Json::array()},
                         {"keys", Json::array({Json::object({{"n", 0}, {"by", key}, {"value", "1042"}})})}});
}

Expected<Recording> recording_of(const fs::path& file, Json document) {
    Recording out;
    out.name = file.stem().string();
    Operation& operation = out.operation;
    operation.call = document["call"].string(document.has("document") ? "deliver" : "");
    if (std::ranges::find(calls, operation.call) == calls.end())
        return unusable(file, "\"call\" is none of check, describe, poll, list, find, deliver, options",
                        "Name the call that was recorded.");
    operation.what = document["type"].string(document["kind"].string());
    if (document.has("from")) operation.from = document["from"].string();
    if (operation.call == "deliver") operation.input = document["document"];
    if (operation.call == "find") operation.input = document["request"];
    if (operation.call == "deliver" || operation.call == "find") {
        if (!operation.input.is_object())
            return unusable(file, "it has no " + std::string{operation.call == "find" ? "request" : "document"},
                            "Give the document that the host sends; brygga/plugin.h describes it.");
        operation.what = operation.input["type"].string();
    }
    for (const Json& exchange : document["exchanges"].items()) {
        if (exchange["method"].string().empty() || exchange["path"].string().empty() || !exchange["status"].is_number())
            return unusable(file, "an exchange needs method, path and status", "Add what is missing.");
        out.exchanges.push_back(exchange);
    }
    out.expected = std::move(document);
    return out;
}

}  // namespace

std::string Operation::label() const {
    std::string out = call;
    if (!what.empty()) out += " " + what;
    if (call == "find") out += " by " + std::string{input["keys"].at(0)["by"].string()};
    if (call == "deliver") {
        out = std::string{input["op"].string()} + " " + what;
        if (input.has("kind")) out += " " + std::string{input["kind"].string()};
    }
    return out;
}

std::vector<Operation> operations_of(const connector::Plugin& plugin) {
    std::vector<Operation> out;
    if (plugin.api->check) out.push_back({"check", ""});
    if (plugin.api->describe) out.push_back({"describe", ""});
    for (const auto& [type, operations] : plugin.manifest.entities) {
        if (operations.poll) out.push_back({"poll", type});
        if (operations.list) out.push_back({"list", type});
        for (const std::string& key : operations.find) out.push_back({"find", type, request_of(type, key)});
        for (const std::string& kind : operations.create)
            out.push_back({"deliver", type, document_of("create", type, kind)});
        if (!operations.cancel.empty())
            for (const std::string& kind : operations.create)
                out.push_back({"deliver", type, document_of("cancel", type, kind)});
        for (const std::string& kind : operations.book)
            out.push_back({"deliver", type, document_of("book", type, kind)});
        for (const std::string& kind : operations.credit)
            out.push_back({"deliver", type, document_of("credit", type, kind)});
        if (!operations.update.empty() && !operations.create.empty())
            out.push_back({"deliver", type, document_of("update", type, operations.create.front())});
    }
    for (const std::string& kind : plugin.manifest.options) out.push_back({"options", kind});
    return out;
}

bool has_function(const connector::Plugin& plugin, std::string_view call) {
    const brygga_connector_api& api = *plugin.api;
    const std::array<std::pair<std::string_view, bool>, 7> functions{{{"check", api.check},
                                                                      {"describe", api.describe},
                                                                      {"poll", api.poll},
                                                                      {"list", api.list},
                                                                      {"find", api.find},
                                                                      {"deliver", api.deliver},
                                                                      {"options", api.options}}};
    return std::ranges::any_of(functions, [&](const auto& one) { return one.first == call && one.second; });
}

std::optional<Json> made_up_config(const schema::Manifest& manifest) {
    Json config = schema::with_defaults(manifest, Json::object());
    for (const Json& name : manifest.config_schema["required"].items())
        if (!config.has(name.string())) config.set(name.string(), "https://vendor.example");
    return schema::check_config(manifest, config).empty() ? std::optional{config} : std::nullopt;
}

Expected<Json> read_json(const fs::path& file) {
    std::error_code failed;
    if (!fs::is_regular_file(file, failed) || fs::file_size(file, failed) > most_bytes)
        return unusable(file, "it is no file of at most 16 MiB", "Correct the path.");
    std::ifstream in{file};
    JsonError where;
    auto parsed = Json::parse(std::string{std::istreambuf_iterator<char>{in}, {}}, &where);
    if (!parsed)
        return unusable(file, "it is not JSON (" + where.message + " at byte " + std::to_string(where.offset) + ")",
                        "Correct it.");
    return std::move(*parsed);
}

Expected<std::vector<Recording>> read_recordings(const fs::path& directory) {
    std::error_code failed;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{directory, failed})
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    if (failed) return unusable(directory, "it cannot be read: " + failed.message(), "Correct the path.");
    std::ranges::sort(files);
    std::vector<Recording> out;
    for (const fs::path& file : files) {
        auto document = read_json(file);
        if (!document) return document.error();
        if (!document->has("exchanges")) continue;
        auto recording = recording_of(file, std::move(*document));
        if (!recording) return recording.error();
        out.push_back(std::move(*recording));
    }
    return out;
}

}  // namespace brygga::conformance
