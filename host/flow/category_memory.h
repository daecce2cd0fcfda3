// CategoryMemory: which category of the target each one of the source has become, and which links between products and
// categories the host has made. Part of receptions and pipelines of categories and products; durable, in bindings and
// facts of the store.
#pragma once

#include <optional>
#include <string>

#include "connector/catalog.h"
#include "settings/config.h"
#include "store/store.h"

namespace brygga::flow {

/// One category of the source and what it has become.
struct KnownCategory {
    std::optional<store::Binding> binding{};
    std::optional<store::IndexRow> row{};  ///< the category bound, of the index; nothing: none, or it is gone
};

class CategoryMemory {
public:
    /// flow: of categories or of products; both between the same connections remember the same.
    CategoryMemory(const settings::Flow& flow, connector::Catalog& catalog, store::Store& store, const Clock& clock)
        : flow_{flow}, catalog_{catalog}, store_{store}, clock_{clock} {}

    Expected<KnownCategory> known(const std::string& category) const;

    /// A category has become another one, or is gone from the source: links of products are to be compared.
    Expected<void> changed(const std::string& category);
    /// Another text after each of these changes.
    Expected<std::string> stamp() const;

    /// The links of a product of the target that the host has made: their ids by category.
    Expected<Json> links(const std::string& product) const;
    Expected<void> set_links(const std::string& product, const Json& links);

private:
    std::string scope() const { return "categories:" + flow_.from + ":" + flow_.to; }

    const settings::Flow& flow_;
    connector::Catalog& catalog_;
    store::Store& store_;
    const Clock& clock_;
};

}  // namespace brygga::flow
