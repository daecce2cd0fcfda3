// How much of an article a shop is told there is (E5). Pure.
#pragma once

#include "base/expected.h"
#include "entity/stock.h"
#include "settings/config.h"

namespace brygga::flow {

/// By the flow's mode, less its buffer, never below zero. Error stock.no_incoming (misconfigured) when the mode needs a
/// figure that the source does not tell.
Expected<Decimal> level_of(const entity::Stock& stock, const settings::Stock& settings);

}  // namespace brygga::flow
