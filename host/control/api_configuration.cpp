#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/utf8.h"
#include "control/answers.h"
#include "control/documents.h"
#include "control/views.h"

namespace brygga::control {

namespace {

constexpr JsonLimits document_limits{1u << 20, 32};

Response wrong(const std::vector<settings::Problem>& errors, const std::vector<store::Document>& documents) {
    Json list = problem_list(errors, documents);
    const std::string detail =
        fmt::format("The configuration would not be in order: {}", list.at(0)["reason"].string());
    return {422, "application/problem+json",
            Json::object({{"type", "about:blank"},
                          {"title", "configuration.invalid"},
                          {"status", 422},
                          {"detail", detail},
                          {"errors", std::move(list)}})
                .dump()};
}

Response managed_by_file(const ObjectKind& kind, const std::string& id) {
    return problem(409, "object.managed_by_file", fmt::format("The {} '{}' comes from a file.", kind.key, id),
                   "Change its file and reload, or remove it there first.");
}

Response not_found(const ObjectKind& kind, const std::string& id) {
    return problem(404, std::string{kind.key} + ".not_found",
                   fmt::format("There is no {} '{}'.", kind.key, excerpt(id, 64)));
}

/// The text as which a document is stored; pretty, so that places in it are told by line.
std::string text_of(const Json& document) { return document.pretty(); }

Json stored_document(const std::vector<store::Document>& stored, const ObjectKind& kind, const std::string& id) {
    for (const store::Document& document : stored)
        if (document.kind == kind.folder && document.id == id)
            return Json::parse(document.text, nullptr, document_limits).value_or(Json{});
    return {};
}

/// Without the secrets in it.
Json shown_document(Json document, const ObjectKind& kind) {
    const Json hidden = Json::object({{"hidden", true}});
    if (kind.folder == "alerts")
        for (const char* key : {"secret", "url", "password"})
            if (document.has(key)) document.set(key, hidden);
    if (kind.folder == "connections" && document["secrets"].is_object()) {
        Json secrets = Json::object();
        for (const auto& secret : document["secrets"].members()) secrets.set(secret.name, hidden);
        document.set("secrets", std::move(secrets));
    }
    return document;
}

Json warning_list(const std::vector<settings::Problem>& warnings) {
    Json out = Json::array();
    for (const auto& warning : warnings)
        if (warning.at.file.starts_with("api/")) out.push(settings::to_text(warning));
    return out;
}

}  // namespace

Response Api::show_channel(const Request&, const Captures& at) const {
    for (const auto& channel : parts_.configuration.channels) {
        if (channel.id != at[0]) continue;
        Response response = json(view(channel).set("document", channel.origin.document));
        response.headers["ETag"] = etag_of(channel.origin);
        return response;
    }
    return not_found(*kind_of_folder("alerts"), at[0]);
}

Response Api::add_object(const Request& request, const Captures&) const {
    const ObjectKind& kind = *kind_of_path(request.path);
    const auto body = object_of(request, document_limits);
    if (!body || !(*body)[kind.key].is_string())
        return body_invalid(fmt::format(R"({{"{}":"a-name",…}}: the document of a file as JSON)", kind.key));
    const std::string id{(*body)[kind.key].string()};
    if (origin_of(parts_.configuration, kind, id))
        return problem(409, std::string{kind.key} + ".exists",
                       fmt::format("There is a {} '{}' already.", kind.key, excerpt(id, 64)),
                       "Change it with PUT or PATCH, or choose another name.", "/" + std::string{kind.key});
    const std::vector<store::Document> changes{{std::string{kind.folder}, id, text_of(*body), {}}};
    const Changed changed = parts_.actions.change(changes, false);
    if (!changed.errors.empty()) return wrong(changed.errors, changes);
    if (changed.failed) return failed(*changed.failed);
    const Json shown = shown_document(*body, kind);
    Response response = json(
        Json::object(
            {{"id", id}, {"managed_by", "api"}, {"document", shown}, {"warnings", warning_list(changed.warnings)}}),
        201);
    response.headers["Location"] = fmt::format("/v1/{}/{}", kind.path, id);
    response.change = {id, {}, shown};
    return response;
}

Response Api::set_object(const Request& request, const Captures& at) const {
    const ObjectKind& kind = *kind_of_path(request.path);
    const settings::Origin* origin = origin_of(parts_.configuration, kind, at[0]);
    if (!origin) return not_found(kind, at[0]);
    if (!origin->api) return managed_by_file(kind, at[0]);
    if (auto refused = stale(request, etag_of(*origin))) return std::move(*refused);
    const auto body = object_of(request, document_limits);
    if (!body) return body_invalid(fmt::format(R"({{"{}":"{}",…}})", kind.key, at[0]));
    const auto stored = parts_.store.documents();
    if (!stored) return failed(stored.error());
    const Json before = stored_document(*stored, kind, at[0]);
    const Json wanted =
        request.method == "PATCH" ? merged(before, with_secrets_of(*body, before)) : with_secrets_of(*body, before);
    if (wanted[kind.key].string() != at[0])
        return problem(
            422, "object.name",
            fmt::format("The document is named '{}', not '{}'.", excerpt(wanted[kind.key].string(), 64), at[0]),
            "A name stays; make a new one and remove this one instead.", "/" + std::string{kind.key});
    const std::vector<store::Document> changes{{std::string{kind.folder}, at[0], text_of(wanted), origin->changed_at}};
    const Changed changed = parts_.actions.change(changes, false);
    if (!changed.errors.empty()) return wrong(changed.errors, changes);
    if (changed.failed) return failed(*changed.failed);
    const Json shown = shown_document(wanted, kind);
    Response response = json(Json::object(
        {{"id", at[0]}, {"managed_by", "api"}, {"document", shown}, {"warnings", warning_list(changed.warnings)}}));
    response.change = {{}, origin->document, shown};
    return response;
}

Response Api::remove_object(const Request& request, const Captures& at) const {
    const ObjectKind& kind = *kind_of_path(request.path);
    const settings::Origin* origin = origin_of(parts_.configuration, kind, at[0]);
    if (!origin) return not_found(kind, at[0]);
    if (!origin->api) return managed_by_file(kind, at[0]);
    if (auto refused = stale(request, etag_of(*origin))) return std::move(*refused);
    if (kind.folder == "flows") {
        using enum store::DeliveryState;
        const auto counts = parts_.store.counts();
        if (!counts) return failed(counts.error());
        std::int64_t waiting_count = 0;
        for (const auto& count : *counts)
            if (count.flow == at[0] && (count.state == pending || count.state == in_flight || count.state == waiting ||
                                        count.state == in_doubt))
                waiting_count += count.count;
        if (waiting_count > 0)
            return problem(409, "flow.has_work",
                           fmt::format("The flow '{}' has {} deliveries under way.", at[0], waiting_count),
                           "Let them end, or cancel them: brygga deliveries --flow lists them.");
    }
    const std::vector<store::Document> changes{{std::string{kind.folder}, at[0], {}, origin->changed_at}};
    const Changed changed = parts_.actions.change(changes, false);
    if (!changed.errors.empty()) return wrong(changed.errors, changes);
    if (changed.failed) return failed(*changed.failed);
    Response response{204, "application/json", ""};
    response.change.before = origin->document;
    return response;
}

/// The document of the body in the place of the flow's own; without a body the flow as it is.
Response Api::validate_flow(const Request& request, const Captures& at) const {
    const settings::Flow* known = flow(at[0]);
    if (!known) return show_flow(request, at);
    std::vector<store::Document> changes;
    if (!request.body.empty()) {
        const auto body = object_of(request, document_limits);
        if (!body) return body_invalid(R"({"flow":"shop-orders",…})");
        if (!known->origin.api) return managed_by_file(*kind_of_folder("flows"), at[0]);
        changes.push_back({"flows", at[0], text_of(*body), known->origin.changed_at});
    }
    const Changed checked = parts_.actions.change(changes, true);
    return json(Json::object({{"valid", checked.errors.empty()},
                              {"errors", problem_list(checked.errors, changes)},
                              {"warnings", problem_list(checked.warnings, changes)}}));
}

Response Api::export_configuration(const Request&, const Captures&) const {
    Json documents = Json::array();
    const auto add = [&](const auto& objects) {
        for (const auto& object : objects)
            if (object.origin.api) documents.push(object.origin.document);
    };
    add(parts_.configuration.connections);
    add(parts_.configuration.flows);
    add(parts_.configuration.channels);
    return json(Json::object({{"documents", std::move(documents)}}));
}

namespace {

struct Wanted {
    std::vector<store::Document> documents;
    bool prune = false;
};

/// The documents of a body {"documents": […], "prune": bool}, or what is wrong with it.
std::optional<Response> read_wanted(const Request& request, const settings::Configuration& configuration,
                                    const std::vector<store::Document>& stored, Wanted& out) {
    const auto body = object_of(request, document_limits);
    if (!body || !(*body)["documents"].is_array())
        return body_invalid(R"({"documents":[{"flow":"shop-orders",…}],"prune":false})");
    out.prune = (*body)["prune"].boolean();
    std::set<std::pair<std::string_view, std::string>> named;
    std::size_t i = 0;
    for (const Json& document : (*body)["documents"].items()) {
        const std::string pointer = fmt::format("/documents/{}", i++);
        const ObjectKind* kind = kind_of_document(document);
        if (!kind)
            return problem(422, "document.kind", "A document is a connection, a flow or a channel.",
                           R"(It has one of the keys "connection", "flow", "channel" with its name.)", pointer);
        const std::string id{document[kind->key].string()};
        if (!named.emplace(kind->folder, id).second)
            return problem(422, "document.twice",
                           fmt::format("The {} '{}' is named twice.", kind->key, excerpt(id, 64)),
                           "Send each document once.", pointer);
        if (const auto* origin = origin_of(configuration, *kind, id); origin && !origin->api)
            return managed_by_file(*kind, id);
        out.documents.push_back({std::string{kind->folder},
                                 id,
                                 text_of(with_secrets_of(document, stored_document(stored, *kind, id))),
                                 {}});
    }
    return std::nullopt;
}

}  // namespace

Response Api::plan_configuration(const Request& request, const Captures&) const {
    const auto stored = parts_.store.documents();
    if (!stored) return failed(stored.error());
    Wanted wanted;
    if (auto refused = read_wanted(request, parts_.configuration, *stored, wanted)) return std::move(*refused);
    Difference difference = compare(wanted.documents, *stored, wanted.prune);
    const Changed checked = parts_.actions.change(difference.changes, true);
    return json(Json::object({{"changes", std::move(difference.shown)},
                              {"errors", problem_list(checked.errors, difference.changes)},
                              {"warnings", warning_list(checked.warnings)}}));
}

Response Api::apply_configuration(const Request& request, const Captures&) const {
    const auto stored = parts_.store.documents();
    if (!stored) return failed(stored.error());
    Wanted wanted;
    if (auto refused = read_wanted(request, parts_.configuration, *stored, wanted)) return std::move(*refused);
    Difference difference = compare(wanted.documents, *stored, wanted.prune);
    Changed changed;
    if (!difference.changes.empty()) changed = parts_.actions.change(difference.changes, false);
    if (!changed.errors.empty()) return wrong(changed.errors, difference.changes);
    if (changed.failed) return failed(*changed.failed);
    Response response = json(Json::object(
        {{"changes", difference.shown}, {"errors", Json::array()}, {"warnings", warning_list(changed.warnings)}}));
    response.change.after = Json::object({{"changes", std::move(difference.shown)}});
    return response;
}

}  // namespace brygga::control
