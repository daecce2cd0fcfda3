// Webhooks of e-conomic (its webhooksapi): one for each kind of event in an agreement, which it shares with all other
// programs. The vendor signs nothing and tells numbers only; the text of its call is chosen here and says nothing.
// Used by the connector instance; requests go through its Api.
#pragma once

#include <string_view>

#include "api.h"

namespace brygga::economic {

/// {"id"}; see brygga/plugin.h. Another program's webhook stays, and is told as webhook.taken.
Json register_webhook(sdk::Call& call, const Api& api, const Failures& failures, std::string_view event,
                      std::string_view url);
void remove_webhook(sdk::Call& call, const Api& api, std::string_view event, std::string_view url);

/// {"type","id"} of a delivery for this event; null when the body is not what was ordered. Pure.
Json webhook_row(std::string_view event, std::string_view body);

}  // namespace brygga::economic
