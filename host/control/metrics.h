// The Prometheus text of /metrics, from the store's counts and the scheduler's state. Pure.
#pragma once

#include <string>
#include <vector>

#include "brygga/sdk/json.hpp"
#include "scheduler/scheduler.h"
#include "store/store.h"

namespace brygga::control {

/// http: {connection: {status: count}}; webhooks: {connection: what Actions::webhooks gives}
std::string metrics_text(const std::vector<store::Store::Count>& deliveries,
                         const std::vector<scheduler::ConnectionStatus>& connections, const Json& http,
                         const Json& webhooks);

}  // namespace brygga::control
