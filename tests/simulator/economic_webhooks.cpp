// webhooksapi of the simulated agreement: one webhook for each kind of event, and what e-conomic sends.
#include <algorithm>

#include "economic.hpp"

namespace brygga::sim {
namespace {

constexpr std::string_view members[] = {"eventType",   "name",          "url",        "contentType",
                                        "postData",    "customHeaders", "isDisabled", "lastDisabledDate",
                                        "lastUpdated", "objectVersion"};

Reply problem(int status, std::string_view title, std::string_view code, std::string_view property = {}) {
    Json body = Json::object({{"type", "about:blank"},
                              {"title", title},
                              {"status", status},
                              {"traceId", "00-sim"},
                              {"traceTimeUtc", "2026-01-01T00:00:00Z"}});
    if (!code.empty())
        body.set("errors",
                 Json::array({Json::object({{"message", title}, {"errorCode", code}, {"property", property}})}));
    return {.status = status, .body = body.dump(), .type = "application/problem+json"};
}

}  // namespace

std::vector<std::string_view> Economic::event_types() const {
    std::vector<std::string_view> out{"INVOICE_BOOKED", "JOURNAL_BOOKED", "CUSTOMER_UPDATED"};
    if (switches_.get(Switch::economic_product_event) == 1) out.emplace_back("PRODUCT_UPDATED");
    return out;
}

/// Nothing when it is in order.
std::optional<Reply> Economic::wrong_webhook(const Json& body) const {
    for (const Json::Member& m : body.members())
        if (std::ranges::find(members, m.name) == std::end(members))
            return problem(400, "Unknown property", "", m.name);
    for (const auto& [name, longest] :
         {std::pair{"eventType", 50u}, std::pair{"name", 100u}, std::pair{"url", 1000u}, std::pair{"contentType", 50u}})
        if (!body[name].is_string() || body[name].string().empty() || body[name].string().size() > longest)
            return problem(400, "The value is missing or too long", "ValueNotValid", name);
    if (body["postData"].string().size() > 4000)
        return problem(400, "The value is too long", "ValueNotValid", "postData");
    const auto types = event_types();
    if (std::ranges::find(types, body["eventType"].string()) == types.end())
        return problem(400, "The event type is not valid", "WebhookInvalidType", "eventType");
    const std::string_view url = body["url"].string();
    const bool loopback = switches_.get(Switch::economic_webhook_url) == 1 && url.starts_with("http://127.0.0.1:");
    if (!url.starts_with("https://") && !loopback)
        return problem(400, "The scheme is not https", "WebhookInvalidUrlScheme", "url");
    return std::nullopt;
}

Reply Economic::webhook_calls(const Request& request, std::string_view path) {
    constexpr std::string_view one = "/webhooks/";
    if (path == "/EventTypes" && request.method == "GET") {
        Json list = Json::array();
        for (const std::string_view name : event_types())
            list.push(Json::object({{"name", name}, {"description", name}, {"mergeFields", Json::array()}}));
        return {.body = list.dump()};
    }
    if (path.starts_with(one)) {
        const auto found = webhooks_.find(std::string{path.substr(one.size())});
        if (found == webhooks_.end()) return problem(404, "Resource not found", "");
        if (request.method == "GET") return {.body = found->second.dump()};
        if (request.method != "DELETE") return problem(405, "Method not allowed", "");
        webhooks_.erase(found);
        return {.status = 204};
    }
    if (path != "/webhooks" || (request.method != "POST" && request.method != "PUT"))
        return problem(path == "/webhooks" ? 405 : 404, "Not available", "");
    auto body = Json::parse(request.body);
    if (!body || !body->is_object()) return problem(400, "The body is not a JSON object", "");
    if (auto wrong = wrong_webhook(*body)) return std::move(*wrong);
    const std::string event{(*body)["eventType"].string()};
    const auto present = webhooks_.find(event);
    if (request.method == "POST" && present != webhooks_.end())
        return problem(400, "There is a webhook for this event type", "WebhookAlreadyExistsForEventType", "eventType");
    if (request.method == "PUT") {
        if (present == webhooks_.end()) return problem(404, "Resource not found", "");
        if (!((*body)["objectVersion"] == present->second["objectVersion"]))
            return problem(409, "The object has changed", "ObjectVersionMismatch", "objectVersion");
    }
    body->set("objectVersion", "v" + std::to_string(++webhook_versions_));
    body->set("lastUpdated", now());
    webhooks_[event] = std::move(*body);
    if (request.method == "PUT") return {.status = 204};
    return {.status = 201, .body = Json::object({{"eventType", event}}).dump()};
}

/// One call for each change, with the text that was ordered.
void Economic::tell(std::string_view event) const {
    const auto found = webhooks_.find(std::string{event});
    if (!call_ || found == webhooks_.end() || found->second["isDisabled"].boolean()) return;
    const Json& hook = found->second;
    call_(std::string{event}, std::string{hook["url"].string()}, std::string{hook["contentType"].string()},
          std::string{hook["postData"].string()});
}

Json Economic::webhooks() const {
    const std::lock_guard lock{mutex_};
    Json out = Json::array();
    for (const auto& [event, hook] : webhooks_) out.push(hook);
    return out;
}

void Economic::put_webhook(const Json& hook) {
    const std::lock_guard lock{mutex_};
    webhooks_[std::string{hook["eventType"].string()}] = hook;
}

}  // namespace brygga::sim
