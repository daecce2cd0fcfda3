#include "webhooks.h"

#include <string>
#include <utility>

#include "brygga/sdk/webhook.hpp"

namespace brygga::economic {
namespace {

using sdk::Call;

constexpr std::string_view list_path = "/webhooks";

bool is_event(std::string_view name) {
    return !name.empty() && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
}

std::string path_of(std::string_view event) { return std::string{list_path}.append("/").append(event); }

Json order_of(std::string_view event) { return Json::object({{"event", event}}); }

/// As the vendor stores it. The text has no merge fields: their names and form are not confirmed, and what has changed
/// is read anyway.
Json wish(std::string_view event, std::string_view url) {
    return Json::object({{"eventType", event},
                         {"name", "Brygga"},
                         {"url", url},
                         {"contentType", "application/json"},
                         {"postData", order_of(event).dump()},
                         {"isDisabled", false}});
}

}  // namespace

Json register_webhook(Call& call, const Api& api, const Failures& failures, std::string_view event,
                      std::string_view url) {
    const std::string name{event};
    const Attempt reading{"read the webhook of the event " + name, "webhook"};
    const Attempt writing{"register the webhook of the event " + name, "webhook", true};
    if (!is_event(event)) throw failures.own("WebhookInvalidType", writing);
    const Json answer = Json::object({{"id", event}, {"secrets", Json::object()}});
    const auto present = api.look(call, path_of(event), reading);
    if (!present) {
        api.change(call, "POST", std::string{list_path}, wish(event, url), writing);
        return answer;
    }
    const std::string_view address = (*present)["url"].string();
    if (address != url && !sdk::was_ours(address, url)) throw failures.own("WebhookAlreadyExistsForEventType", writing);
    if (address == url && !(*present)["isDisabled"].boolean()) return answer;
    Json changed = wish(event, url);
    if (const Json& version = (*present)["objectVersion"]; !version.is_null()) changed.set("objectVersion", version);
    api.change(call, "PUT", std::string{list_path}, changed, writing);
    return answer;
}

void remove_webhook(Call& call, const Api& api, std::string_view event, std::string_view url) {
    if (!is_event(event)) return;
    const std::string name{event};
    const auto present = api.look(call, path_of(event), {"read the webhook of the event " + name, "webhook"});
    // Since then another program may have taken its place.
    if (!present || (*present)["url"].string() != url) return;
    api.erase(call, path_of(event), {}, {"remove the webhook of the event " + name, "webhook", true});
}

Json webhook_row(std::string_view event, std::string_view body) {
    const auto said = Json::parse(body, nullptr, {.bytes = 64u << 10, .depth = 8});
    if (!said || !(*said == order_of(event))) return {};
    return Json::object({{"type", event == "INVOICE_BOOKED" ? "order_status" : "product"}, {"id", ""}});
}

}  // namespace brygga::economic
