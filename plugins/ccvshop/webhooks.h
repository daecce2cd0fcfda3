// Webhooks of CCV Shop: one registration for each event and address, and what a delivery says. The shop puts no event
// into its payload and how it signs is not documented, so that a delivery is told by the address at which it comes.
// Used by the connector instance; requests go through its Api.
#pragma once

#include <string_view>

#include "api.h"

namespace brygga::ccvshop {

/// {"id","secrets":{"key"}}; see brygga/plugin.h.
Json register_webhook(sdk::Call& call, const Api& api, std::string_view event, std::string_view url);
void remove_webhook(sdk::Call& call, const Api& api, const Json& request);

/// {"type","id"} of a delivery for this event; null when it is none. Pure.
Json webhook_row(std::string_view event, std::string_view body);

}  // namespace brygga::ccvshop
