// ProductMemory: what a flow of products wrote last into each record of its target, so that a flow the other way can
// tell what there is the record's own and what came from it (E12). Facts of the store, kept only where there are two
// such flows.
#pragma once

#include <set>
#include <string>

#include "entity/product.h"
#include "settings/config.h"
#include "store/store.h"

namespace brygga::flow {

/// What of a record of the source came from the target.
struct Echo {
    std::set<std::string, std::less<>> fields{};  ///< they still have what was written there
    bool made = false;                            ///< the record itself was made from one of the target
};

class ProductMemory {
public:
    ProductMemory(const settings::Flow& flow, store::Store& store, const Clock& clock)
        : flow_{flow}, store_{store}, clock_{clock} {}

    /// Before these fields are written to a record of the target: until that is certain, what was there counts, too.
    Expected<void> intend(const std::string& id, const Json& fields) const;
    /// They have been; made: the record was made with them.
    Expected<void> wrote(const std::string& id, const Json& fields, bool made) const;
    /// id: of the record of the source.
    Expected<Echo> echo(const std::string& id, const entity::Product& product) const;

private:
    Expected<Json> known(const std::string& id) const;
    bool is_alone() const { return flow_.product.mirror.empty(); }
    static std::string scope(const std::string& connection) { return "products-written:" + connection; }

    const settings::Flow& flow_;
    store::Store& store_;
    const Clock& clock_;
};

}  // namespace brygga::flow
