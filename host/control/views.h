// Views: the JSON that the control API shows of each thing; shapes of the public contract. Pure.
#pragma once

#include "brygga/sdk/json.hpp"
#include "scheduler/scheduler.h"
#include "settings/config.h"
#include "store/keys.h"
#include "store/store.h"

namespace brygga::control {

/// {"items":[…],"next":cursor|null}
Json page(Json items, Json next = {});
Json view(const scheduler::ConnectionStatus& status, const settings::Configuration& configuration);
Expected<Json> view(const settings::Flow& flow, store::Store& store, Instant now);
Json view(const store::Run& run);
Json view(const store::Delivery& delivery);
/// The members "version" and "rolled_back_to" of a flow.
void show(const settings::FlowNumber& version, Json& into);
Json view(const settings::Channel& channel);
Json view(const store::Token& token);
Json view(const store::KeyState& keys);
Json view(const store::ActivityRow& row);
Json view(const store::AuditEntry& entry);
/// With its definition when it was read along.
Json view(const store::FlowVersion& version, const settings::Flow& flow);

}  // namespace brygga::control
