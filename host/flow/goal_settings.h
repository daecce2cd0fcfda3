// What the settings of a flow and the arithmetic of its target mean for the figures of its orders. Pure.
#pragma once

#include "flow/plan.h"
#include "schema/manifest.h"
#include "settings/config.h"

namespace brygga::flow {

GoalSettings goal_settings(const settings::Order& settings);

/// How the target computes a document of this kind.
TargetArithmetic target_arithmetic(const schema::Arithmetic& of, std::string_view kind, bool prices_include_tax);

}  // namespace brygga::flow
