#include "app/portable.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "settings/definition.h"

namespace brygga::app {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> folders{
    {{"connection", "connections.d"}, {"flow", "flows.d"}, {"channel", "alerts.d"}}};

std::string variable(std::string_view id, std::string_view secret) {
    std::string out = fmt::format("{}_{}", id, secret);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '-' ? '_' : c;
    return out[0] >= '0' && out[0] <= '9' ? "BRYGGA_" + out : out;
}

/// Each hidden secret as a variable of the environment.
Json named(const Json& value, std::string_view id, std::string_view at, std::vector<std::string>& variables) {
    if (!value.is_object()) return value;
    if (value["hidden"].boolean()) {
        variables.push_back(variable(id, at));
        return Json::object({{"env", variables.back()}});
    }
    Json out = Json::object();
    for (const auto& member : value.members()) out.set(member.name, named(member.value, id, member.name, variables));
    return out;
}

}  // namespace

Portable read_portable(const std::string& directory, const settings::Environment& environment) {
    const settings::Loaded loaded = settings::load_documents(directory, environment);
    Portable out;
    out.errors = loaded.errors;
    const auto& c = loaded.configuration;
    for (const auto& connection : c.connections) {
        Json document = connection.origin.document;
        if (document.has("config")) document.set("config", connection.config);
        if (document.has("secrets")) {
            Json secrets = Json::object();
            for (const auto& [name, value] : connection.secrets) secrets.set(name, value.reveal());
            document.set("secrets", std::move(secrets));
        }
        out.documents.push(std::move(document));
    }
    for (const auto& flow : c.flows) out.documents.push(flow.origin.document);
    for (const auto& channel : c.channels) {
        Json document = channel.origin.document;
        if (document.has("secret")) document.set("secret", channel.secret.reveal());
        if (document.has("url")) document.set("url", channel.url);
        if (document.has("password")) document.set("password", channel.mail.password.reveal());
        out.documents.push(std::move(document));
    }
    return out;
}

Expected<Exported> write_portable(const std::string& directory, const Json& documents) {
    Exported out;
    for (const Json& document : documents.items()) {
        const auto kind = std::ranges::find_if(folders, [&](const auto& k) { return document[k.first].is_string(); });
        if (kind == folders.end()) continue;
        const std::string id{document[kind->first].string()};
        const fs::path file = fs::path{directory} / kind->second / (id + ".yaml");
        std::error_code failed;
        fs::create_directories(file.parent_path(), failed);
        if (fs::exists(file, failed))
            return Error{ErrorClass::rejected, "export.not_written", fmt::format("{} is there already.", file.string()),
                         "Export into an empty directory."};
        std::ofstream to{file};
        to << settings::yaml_text(named(document, id, "", out.variables));
        if (!to.flush())
            return Error{ErrorClass::rejected, "export.not_written",
                         fmt::format("{} cannot be written.", file.string()),
                         "Check the directory and its permissions."};
        out.files.push_back(file.string());
    }
    return out;
}

}  // namespace brygga::app
