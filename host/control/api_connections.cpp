#include <fmt/format.h>

#include "base/utf8.h"
#include "control/answers.h"
#include "control/documents.h"
#include "control/views.h"
#include "schema/manifest.h"

namespace brygga::control {

Response Api::list_alerts(const Request&, const Captures&) const { return json(page(parts_.monitor.open())); }

Response Api::acknowledge_alert(const Request& request, const Captures& at) const {
    const auto alert = parts_.monitor.acknowledge(at[0], request.who);
    return alert ? json(*alert) : failed(alert.error());
}

Response Api::list_channels(const Request&, const Captures&) const {
    Json items = Json::array();
    for (const auto& channel : parts_.configuration.channels) items.push(view(channel));
    return json(page(std::move(items)));
}

Response Api::test_channel(const Request&, const Captures& at) const {
    const auto sent =
        parts_.monitor.test({parts_.clock.mono() + std::chrono::seconds{20}, {}, "alert test", false}, at[0]);
    if (sent) return json(Json::object({{"sent", true}}));
    return sent.error().code == "channel.not_found"
               ? problem(404, sent.error().code, sent.error().message, sent.error().remedy)
               : failed(sent.error());
}

Response Api::list_plugins(const Request&, const Captures&) const { return json(page(parts_.actions.plugins())); }

/// A file that was put into a plugin directory: whether it can be used. The API never takes its bytes.
Response Api::add_plugin(const Request& request, const Captures&) const {
    const auto body = object_of(request, {1u << 12, 4});
    const std::string_view file = body ? (*body)["file"].string() : std::string_view{};
    if (file.empty() || file.find('/') != std::string_view::npos)
        return problem(400, "plugin.file", "file is the name of a file in a plugin directory.",
                       R"(Send for example {"file":"brygga_notes.so"}.)");
    const Json plugins = parts_.actions.plugins();
    for (const Json& plugin : plugins.items()) {
        if (std::string_view{plugin["file"].string()}.ends_with("/" + std::string{file}))
            return plugin["state"].string() == "loaded"
                       ? json(plugin)
                       : problem(422, plugin["error"]["code"].string(), plugin["error"]["message"].string(),
                                 plugin["error"]["remedy"].string());
    }
    return problem(404, "plugin.not_found", fmt::format("No plugin directory has a file '{}'.", excerpt(file, 64)),
                   "Put it there with brygga plugin install.");
}

namespace {

Json texts(const std::vector<std::string>& list) {
    Json out = Json::array();
    for (const std::string& text : list) out.push(text);
    return out;
}

Json connector_view(const schema::Manifest& m) {
    return Json::object({{"id", m.id}, {"name", m.name}, {"version", m.version}, {"vendor", m.vendor}});
}

}  // namespace

Response Api::list_connectors(const Request&, const Captures&) const {
    std::map<std::string, Json> by_id;
    for (const auto& [id, connection] : parts_.connections)
        by_id.emplace(connection->manifest().id, connector_view(connection->manifest()));
    Json items = Json::array();
    for (auto& [id, item] : by_id) items.push(std::move(item));
    return json(page(std::move(items)));
}

Response Api::show_connector(const Request&, const Captures& at) const {
    for (const auto& [id, connection] : parts_.connections)
        if (const schema::Manifest& m = connection->manifest(); m.id == at[0])
            return json(connector_view(m).set("config_schema", m.config_schema).set("options", texts(m.options)));
    return problem(404, "connector.not_found", fmt::format("No connection uses a connector '{}'.", excerpt(at[0], 64)),
                   "brygga plugin list shows what is installed.");
}

Response Api::list_connections(const Request&, const Captures&) const {
    Json items = Json::array();
    for (const auto& status : parts_.scheduler.connections())
        items.push(view(status, parts_.configuration).set("webhooks", parts_.actions.webhooks(status.id)));
    return json(page(std::move(items)));
}

Response Api::show_connection(const Request&, const Captures& at) const {
    for (const auto& status : parts_.scheduler.connections())
        if (status.id == at[0]) {
            Json shown = view(status, parts_.configuration).set("webhooks", parts_.actions.webhooks(status.id));
            const auto* origin = origin_of(parts_.configuration, *kind_of_folder("connections"), at[0]);
            Response response = json(origin ? shown.set("document", origin->document) : shown);
            if (origin) response.headers["ETag"] = etag_of(*origin);
            return response;
        }
    return problem(404, "connection.not_found", fmt::format("There is no connection '{}'.", excerpt(at[0], 64)));
}

Response Api::check_connection(const Request& request, const Captures& at) const {
    if (const auto checked = parts_.scheduler.check(at[0]); !checked) return failed(checked.error());
    return show_connection(request, at);
}

/// Begins a consent, or, with state and code, ends one whose answer a person has brought.
Response Api::authorize(const Request& request, const Captures& at) const {
    if (const Response known = show_connection(request, at); known.status != 200) return known;
    const auto body = object_of(request, {1u << 16, 4});
    if (!body) return body_invalid(R"({"redirect_uri":"https://…"} or {"state":"…","code":"…"})");
    if (!(*body)["state"].is_null()) {
        const auto done =
            parts_.actions.finish_consent((*body)["state"].string(), std::string{(*body)["code"].string()});
        if (!done) return failed(done.error());
        Response response = show_connection(request, {*done});
        response.change.after = Json::object({{"consent", "given"}});
        return response;
    }
    const auto begun = parts_.actions.begin_consent(at[0], std::string{(*body)["redirect_uri"].string()});
    if (!begun) return failed(begun.error());
    Response response = json(*begun);
    response.change.after = Json::object({{"consent", "asked"}, {"redirect_uri", (*begun)["redirect_uri"]}});
    return response;
}

namespace {

/// For the browser of whoever gave consent. `text` is the host's own, never the caller's.
Response browser_page(int status, std::string_view text) {
    std::string escaped;
    for (const char c : text) escaped += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
    return {
        status, "text/html; charset=utf-8",
        fmt::format("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Brygga</title><p>{}</p></html>\n",
                    escaped)};
}

}  // namespace

Response Api::oauth_callback(const Request& request, const Captures&) const {
    if (const std::string code = parameter(request, "code"); !code.empty()) {
        const auto done = parts_.actions.finish_consent(parameter(request, "state"), code);
        if (!done) return browser_page(400, done.error().message + " " + done.error().remedy);
        // Who holds the state of a consent has been given it by an administrator's request.
        (void)parts_.store.access().begin_audit({0,
                                                 parts_.clock.now(),
                                                 "browser",
                                                 request.client,
                                                 "connection.authorize",
                                                 *done,
                                                 "done",
                                                 {},
                                                 Json::object({{"consent", "given"}})});
        return browser_page(200, fmt::format("Connection {} is authorised. You can close this window.", *done));
    }
    return browser_page(400, "Consent was not given. Begin again: brygga connections authorize.");
}

/// The same answer to a wrong name and to a wrong key.
Response Api::take_hook(const Request& request, const Captures& at) const {
    if (parts_.actions.take_hook(at[0], at[1], request)) return json(Json::object({{"taken", true}}));
    return problem(404, "path.not_found", "There is nothing at this path.");
}

Response Api::list_options(const Request& request, const Captures& at) const {
    const auto catalog = parts_.catalogs.find(at[0]);
    if (catalog == parts_.catalogs.end())
        return problem(404, "connection.not_found", fmt::format("There is no connection '{}'.", excerpt(at[0], 64)));
    const auto age = parameter(request, "fresh") == "true" ? std::chrono::hours{0} : std::chrono::hours{24};
    const auto options =
        catalog->second->options({parts_.clock.mono() + std::chrono::seconds{60}, {}, "options", false}, at[1], age);
    if (!options) return failed(options.error());
    return json(page(**options));
}

}  // namespace brygga::control
