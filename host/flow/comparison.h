// Comparison: when a flow reads everything again, to set right what its target shows by now. Part of a reception; what
// it remembers is a fact of the store.
#pragma once

#include <string>

#include "base/clock.h"
#include "settings/config.h"
#include "store/store.h"

namespace brygga::flow {

class Comparison {
public:
    /// type: of the flow's records. every: the setting full_every. mark: see Reception.
    Comparison(std::string type, const settings::Flow& flow, settings::Milliseconds every, store::Store& store,
               const Clock& clock)
        : type_{std::move(type)}, flow_{flow}, every_{every}, store_{store}, clock_{clock} {}

    /// Not while something is on its way; also after a change of the settings, which makes every record another one.
    Expected<bool> is_due(const std::string& mark) const;
    void begin() { begun_ = clock_.now(); }
    Expected<void> ended(const std::string& mark);

private:
    Expected<bool> is_busy() const;
    std::string scope() const { return type_ + ":" + flow_.id; }

    const std::string type_;
    const settings::Flow& flow_;
    const settings::Milliseconds every_;
    store::Store& store_;
    const Clock& clock_;
    Instant begun_{};
};

}  // namespace brygga::flow
