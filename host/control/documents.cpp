#include "control/documents.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "control/answers.h"
#include "settings/pointer.h"

namespace brygga::control {

namespace {

constexpr std::array<ObjectKind, 3> kinds{{{"connections", "connections", "connection"},
                                           {"flows", "flows", "flow"},
                                           {"alerts", "alert-channels", "channel"}}};

const ObjectKind* find(auto&& wanted) {
    const auto found = std::ranges::find_if(kinds, wanted);
    return found == kinds.end() ? nullptr : &*found;
}

template <class Objects>
const settings::Origin* origin_in(const Objects& objects, const std::string& id) {
    for (const auto& object : objects)
        if (object.id == id) return &object.origin;
    return nullptr;
}

bool is_hidden(const Json& value) { return value.is_object() && value["hidden"].boolean(); }

}  // namespace

const ObjectKind* kind_of_path(std::string_view path) {
    constexpr std::string_view root = "/v1/";
    if (!path.starts_with(root)) return nullptr;
    const std::string_view name = path.substr(root.size(), path.find('/', root.size()) - root.size());
    return find([&](const ObjectKind& kind) { return kind.path == name; });
}

const ObjectKind* kind_of_document(const Json& document) {
    return find([&](const ObjectKind& kind) { return document[kind.key].is_string(); });
}

const ObjectKind* kind_of_folder(std::string_view folder) {
    return find([&](const ObjectKind& kind) { return kind.folder == folder; });
}

const settings::Origin* origin_of(const settings::Configuration& configuration, const ObjectKind& kind,
                                  const std::string& id) {
    if (kind.folder == "connections") return origin_in(configuration.connections, id);
    if (kind.folder == "flows") return origin_in(configuration.flows, id);
    return origin_in(configuration.channels, id);
}

std::string etag_of(const settings::Origin& origin) {
    return etag_of(origin.document.dump() + to_rfc3339(origin.changed_at));
}

Json merged(const Json& document, const Json& patch) {
    if (!patch.is_object()) return patch;
    Json out = Json::object();
    for (const auto& member : document.members())
        if (!patch.has(member.name)) out.set(member.name, member.value);
    for (const auto& member : patch.members())
        if (!member.value.is_null()) out.set(member.name, merged(document[member.name], member.value));
    return out;
}

Json with_secrets_of(Json document, const Json& before) {
    Json out = Json::object();
    for (const auto& member : document.members()) {
        if (is_hidden(member.value) && before.has(member.name)) {
            out.set(member.name, before[member.name]);
        } else if (member.name == "secrets" && member.value.is_object()) {
            Json secrets = Json::object();
            for (const auto& secret : member.value.members())
                secrets.set(secret.name, is_hidden(secret.value) && before["secrets"].has(secret.name)
                                             ? before["secrets"][secret.name]
                                             : secret.value);
            out.set(member.name, std::move(secrets));
        } else {
            out.set(member.name, member.value);
        }
    }
    return out;
}

Json problem_list(const std::vector<settings::Problem>& problems, const std::vector<store::Document>& documents) {
    Json out = Json::array();
    for (const settings::Problem& problem : problems) {
        std::string pointer, reason = problem.message;
        const auto meant = std::ranges::find_if(documents, [&](const store::Document& document) {
            return problem.at.file == fmt::format("api/{}/{}", document.kind, document.id);
        });
        if (meant != documents.end())
            pointer = settings::pointer_to(meant->text, problem.at.line, problem.at.column);
        else
            reason = fmt::format("{}: {}", problem.at.file, reason);
        out.push(Json::object({{"pointer", pointer}, {"reason", reason}, {"suggestion", problem.suggestion}}));
    }
    return out;
}

Difference compare(const std::vector<store::Document>& wanted, const std::vector<store::Document>& before, bool prune) {
    Difference out{{}, Json::array()};
    const auto tell = [&](const store::Document& document, std::string_view action) {
        out.shown.push(
            Json::object({{"kind", kind_of_folder(document.kind)->path}, {"id", document.id}, {"action", action}}));
    };
    const auto same = [](const store::Document& a) {
        return [&a](const store::Document& b) { return a.kind == b.kind && a.id == b.id; };
    };
    for (const store::Document& document : wanted) {
        const auto known = std::ranges::find_if(before, same(document));
        if (known != before.end() && known->text == document.text) {
            tell(document, "none");
            continue;
        }
        tell(document, known == before.end() ? "create" : "update");
        out.changes.push_back(document);
        if (known != before.end()) out.changes.back().changed_at = known->changed_at;
    }
    for (const store::Document& document : before) {
        if (!prune || std::ranges::any_of(wanted, same(document))) continue;
        tell(document, "remove");
        out.changes.push_back({document.kind, document.id, {}, document.changed_at});
    }
    return out;
}

}  // namespace brygga::control
