// The webhooks of the simulated shop: their resource, and what the shop sends.
#include <algorithm>

#include "shop_call.hpp"

namespace brygga::sim {
namespace {

constexpr std::string_view events[] = {"orders.created",
                                       "orders.deleted",
                                       "orders.updated.ispaid",
                                       "orders.updated.status",
                                       "orders.updated.trackandtrace",
                                       "invoices.updated.status",
                                       "products.created",
                                       "products.updated",
                                       "products.deleted",
                                       "categories.created",
                                       "categories.updated",
                                       "categories.deleted",
                                       "returns.created",
                                       "returns.updated",
                                       "returns.deleted"};

bool is_address(std::string_view text) {
    return (text.starts_with("https://") || text.starts_with("http://")) && text.size() <= 255;
}

/// Empty on success, else why not.
std::string wrong_member(const Json& body, bool is_new) {
    for (const Json::Member& m : body.members()) {
        if (m.name == "is_active") {
            if (!m.value.is_boolean()) return "is_active is not a boolean";
        } else if (m.name == "address") {
            if (!is_address(m.value.string())) return "address is not valid";
        } else if (m.name == "event" && is_new) {
            if (std::ranges::find(events, m.value.string()) == std::end(events)) return "event is not valid";
        } else {
            return "Unknown property " + m.name;
        }
    }
    return is_new && (!body.has("event") || !body.has("address")) ? "event and address are required" : std::string{};
}

}  // namespace

Json Shop::webhook_json(std::int64_t id, const Webhook& hook) const {
    return Json::object({{"href", api("/webhooks/" + std::to_string(id) + "/")},
                         {"id", id},
                         {"createdate", hook.created},
                         {"event", hook.event},
                         {"address", hook.address},
                         {"key", "exampleWebhookKey" + std::to_string(id)},
                         {"is_active", hook.active},
                         {"parent", Json::object({{"href", api("/webhooks/")}})}});
}

Reply Shop::webhook_calls(const Call& call) {
    if (!call.sub.empty()) return refuse(404, "404.20", "Unknown resource");
    const std::string_view method = call.request.method;
    if (call.id_text.empty() && call.get()) {
        if (const std::string error = unknown_parameters(call, {"start", "size"}); !error.empty())
            return invalid(error);
        std::vector<std::string> texts;
        for (const auto& [id, hook] : webhooks_) texts.push_back(php_escaped(webhook_json(id, hook).dump()));
        return pages(call, texts);
    }
    const auto found = webhooks_.find(call.id);
    if (!call.id_text.empty() && found == webhooks_.end()) return refuse(404, "404.10", "Not found");
    if (call.get()) return {.body = php_escaped(webhook_json(call.id, found->second).dump())};
    if (!call.id_text.empty() && method == "DELETE") {
        webhooks_.erase(found);
        return {.status = 204};
    }
    const bool is_new = call.id_text.empty() && method == "POST";
    if (!is_new && (call.id_text.empty() || method != "PATCH")) return refuse(405, "405.10", "Method not allowed");
    const auto body = Json::parse(call.request.body);
    if (!body || !body->is_object()) return invalid("The body is not a JSON object");
    if (const std::string error = wrong_member(*body, is_new); !error.empty()) return invalid(error);
    const std::int64_t id = is_new ? next_webhook_++ : call.id;
    Webhook& hook = webhooks_[id];
    if (is_new) hook.event = (*body)["event"].string(), hook.created = utc_text(clock_.now());
    if (body->has("address")) hook.address = (*body)["address"].string();
    hook.active = (*body)["is_active"].boolean(hook.active);
    if (!is_new || switches_.get(Switch::webhook_answer) == 1) return {.status = 204};
    return {.status = 201, .body = php_escaped(webhook_json(id, hook).dump())};
}

/// The payload names no event, and has an underscore where the API has none.
void Shop::tell(std::string_view event, const ShopOrder& order, const Json& more) const {
    if (!call_) return;
    Json body = Json::object({{"triggered_at", utc_text(clock_.now())},
                              {"href", api("/orders/" + std::to_string(order.id))},
                              {"id", order.id},
                              {"order_number", order.number},
                              {"ordernumber_prefix", ""},
                              {"ordernumber_full", order.number_full}});
    for (const Json::Member& m : more.members()) body.set(m.name, m.value);
    for (const auto& [id, hook] : webhooks_)
        if (hook.event == event && hook.active)
            call_(std::string{event}, hook.address, "application/json", php_escaped(body.dump()));
}

/// What such a call says besides is not known.
void Shop::tell_product(std::string_view event, std::int64_t id) const {
    if (!call_) return;
    const Json body = Json::object(
        {{"triggered_at", utc_text(clock_.now())}, {"href", api("/products/" + std::to_string(id))}, {"id", id}});
    for (const auto& [number, hook] : webhooks_)
        if (hook.event == event && hook.active)
            call_(std::string{event}, hook.address, "application/json", php_escaped(body.dump()));
}

Json Shop::webhooks() const {
    const std::lock_guard lock{mutex_};
    Json out = Json::array();
    for (const auto& [id, hook] : webhooks_) out.push(webhook_json(id, hook));
    return out;
}

}  // namespace brygga::sim
