// Keys: the data keys of the store and their rotation. A new key seals all that is written from then on; what older
// ones have sealed stays readable and is sealed anew piece by piece, over restarts. Reached through Store, and of its
// kind.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/expected.h"

namespace brygga::store {

struct KeyState {
    int number = 1;                         ///< of the data key that seals now
    std::optional<Instant> rotated_at;      ///< nothing: never
    std::optional<Instant> sealed_anew_at;  ///< all of it since then; nothing while something is left
    std::string table;                      ///< that is being sealed anew
    std::int64_t sealed = 0;                ///< cells sealed anew since the rotation
    std::int64_t unreadable = 0;            ///< damaged ones, left as they are
};

class Keys {
public:
    virtual ~Keys() = default;

    virtual Expected<KeyState> key_state() = 0;
    /// Errors: keys.rotating while an older rotation has cells left; keys.used_up.
    virtual Expected<KeyState> rotate(Instant now) = 0;
    /// Seals a bounded piece anew; whether there is more to do. One caller at a time.
    virtual Expected<bool> seal_anew(Instant now) = 0;
};

}  // namespace brygga::store
