// difference(): two texts line by line, as people and patch(1) know it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace brygga::settings {

/// Unified, with three lines around each change; empty when the texts are equal. The names stand at its head. Where
/// very much differs, all of it counts as changed, so that the time stays bounded.
std::string difference(std::string_view before, std::string_view after, std::string_view name_before,
                       std::string_view name_after);

}  // namespace brygga::settings
