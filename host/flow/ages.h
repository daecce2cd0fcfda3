// How old what is known of a target may be where a flow relies on it; what is older is read again.
#pragma once

#include <chrono>

namespace brygga::flow {

inline constexpr std::chrono::seconds index_age{60};       ///< before anything is made because the index lacks it
inline constexpr std::chrono::minutes known_products{10};  ///< where a missing product only waits
inline constexpr std::chrono::hours options_age{24};

}  // namespace brygga::flow
