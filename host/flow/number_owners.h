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

    /// everything: all products come, one after the other; else what the last such pass has found counts.
    Expected<void> begin(bool everything);
    /// The id of another product that has this number and came first; nothing: the product is the one.
    std::optional<std::string> other(const std::string& number, const std::string& id);
    /// After a pass over everything.
    Expected<void> remember() const;

private:
    std::string scope_;
    store::Store& store_;
    const Clock& clock_;
    bool everything_ = false;
    std::map<std::string, std::string, std::less<>> owners_{};  ///< ids by number
    Json twice_ = Json::object();                               ///< of them, those whose number others have, too
};

}  // namespace brygga::flow
