// The code by which a parcel is followed, from the field of the source's own record that the flow names (E7). Pure.
#pragma once

#include <string>
#include <string_view>

#include "settings/config.h"

namespace brygga::flow {

/// raw: JSON text of the record. Empty when the flow names no field, or the record has nothing there. A code is never
/// cut: one that is no single line of at most 100 bytes is none.
std::string tracking_code(std::string_view raw, const settings::OrderStatus& settings);

}  // namespace brygga::flow
