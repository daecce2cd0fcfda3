// goal_settings(): what the settings of a flow mean for the figures of its orders. Pure.
#pragma once

#include "flow/plan.h"
#include "settings/config.h"

namespace brygga::flow {

GoalSettings goal_settings(const settings::Order& settings);

}  // namespace brygga::flow
