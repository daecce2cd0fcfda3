// Limits of what a connector may say of any record; more is refused as invalid.
#pragma once

#include <cstddef>
#include <cstdint>

namespace brygga::entity {

inline constexpr std::size_t key_bytes = 200;                   ///< ids, numbers and codes
inline constexpr std::int64_t most_amount = 1'000'000'000'000;  ///< of prices and quantities

}  // namespace brygga::entity
