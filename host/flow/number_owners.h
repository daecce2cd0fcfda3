// NumberOwners: which product of a source is the one of its number, where a source takes a number twice. Two products
// with one number would take turns at being the same article. Part of a reception; those that are not the one are a
// fact of the store between two comparisons, which see everything.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "store/store.h"

namespace brygga::flow {

class NumberOwners {
public:
    NumberOwners(std::string flow, store::Store& store, const Clock& clock)
        : scope_{"product:" + std::move(flow)}, store_{store}, clock_{clock} {}

    /// everything: all products come, one after the other.
    Expected<void> begin(bool everything);
    /// The id of the product that is the one of this number, by the last pass over everything, else by this one;
    /// nothing: this product is it. One that is sold goes before one that is not, then who comes first.
    std::optional<std::string> other(const std::string& number, const std::string& id, bool active);
    /// After a pass over everything.
    Expected<void> remember();

private:
    struct Owner {
        std::string id;
        bool active = true, several = false;
    };

    std::string scope_;
    store::Store& store_;
    const Clock& clock_;
    bool everything_ = false;
    Json known_ = Json::object();                         ///< ids by number, where several have it
    std::map<std::string, Owner, std::less<>> passed_{};  ///< in this pass, by number
};

}  // namespace brygga::flow
