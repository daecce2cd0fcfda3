// The change of the master key, of a store that no host has open: the data keys are wrapped anew in one transaction,
// while the next key lies durably beside the one that it takes the place of. Whenever it is cut, one of the two opens
// the store. Holds nothing; used at start and offline, on one thread.
#pragma once

#include <functional>
#include <string>

#include "base/expected.h"
#include "base/secret.h"

namespace brygga {
class Log;
}

namespace brygga::store {

/// What happens to the keys outside the store, in this order. Each is durable when it returns.
struct KeyPlaces {
    std::function<Expected<void>()> keep_next;
    std::function<Expected<void>()> put_in_place;
    std::function<Expected<void>()> drop_next;  ///< the next key is nobody's
};

/// Errors: store.locked, while a host runs; store.key, when `now` does not open it; those of the places. When the last
/// step fails the store has the next key already, and settle_master_key() does that step.
Expected<void> change_master_key(const std::string& database, const Secret& now, const Secret& next,
                                 const KeyPlaces& places, Log& log);

/// After a change that was cut: puts the next key in place, if the store is its own, or drops it. Errors as above.
Expected<void> settle_master_key(const std::string& database, const Secret& next, const KeyPlaces& places, Log& log);

}  // namespace brygga::store
