#include "webhooks.h"

#include <algorithm>
#include <utility>

#include "brygga/sdk/webhook.hpp"
#include "vendor.h"

namespace brygga::ccvshop {
namespace {

using sdk::Call;

constexpr std::string_view list_path = "/webhooks/";

std::string path_of(std::string_view id) { return std::string{list_path}.append(id).append("/"); }

Json registered(const Json& hook) {
    Json secrets = Json::object();
    if (const std::string key = text_of(hook["key"]); !key.empty()) secrets.set("key", key);
    return Json::object({{"id", id_of(hook)}, {"secrets", std::move(secrets)}});
}

/// What the shop calls for this event at this address; null when there is none. What this host left there goes.
Json cleaned_up(Call& call, const Api& api, std::string_view event, std::string_view url) {
    Json kept;
    Json all = api.get_all(call, list_path);
    for (Json& hook : all.items_for_writing()) {
        const std::string_view address = hook["address"].string();
        if (hook["event"].string() != event || id_of(hook).empty()) continue;
        if (address == url && kept.is_null())
            kept = std::move(hook);
        else if (address == url || sdk::was_ours(address, url))
            api.erase(call, path_of(id_of(hook)));
    }
    return kept;
}

}  // namespace

Json register_webhook(Call& call, const Api& api, std::string_view event, std::string_view url) {
    const Json kept = cleaned_up(call, api, event, url);
    if (!kept.is_null()) {
        if (!kept["is_active"].boolean(true))
            api.patch(call, path_of(id_of(kept)), Json::object({{"is_active", true}}));
        return registered(kept);
    }
    const Json made =
        api.post(call, list_path, Json::object({{"event", event}, {"address", url}, {"is_active", true}}));
    if (!made.is_null()) return registered(made);
    const Json found = cleaned_up(call, api, event, url);  // it may answer without the record
    if (found.is_null()) throw api.failure("answer.shape", "CCV Shop took a webhook and does not list it.");
    return registered(found);
}

void remove_webhook(Call& call, const Api& api, const Json& request) {
    std::string id = id_of(request);
    if (id.empty()) {
        const Json lost = cleaned_up(call, api, request["events"].at(0).string(), request["url"].string());
        id = id_of(lost);
    }
    if (!id.empty()) api.erase(call, path_of(id));
}

Json webhook_row(std::string_view event, std::string_view body) {
    const auto said = Json::parse(body, nullptr, {.bytes = 64u << 10, .depth = 8});
    if (!said || !said->is_object()) return {};
    const std::string id = id_of(*said);
    // Payloads of orders are known, and all of them have it; of others it is not known.
    if (event.starts_with("orders.")) return id.empty() ? Json{} : Json::object({{"type", "order"}, {"id", id}});
    return Json::object({{"type", event.starts_with("products.") ? "product" : ""}, {"id", id}});
}

}  // namespace brygga::ccvshop
