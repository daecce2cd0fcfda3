// CustomerMemory: what a flow of customers remembers of each: which customer of the books a registration has become,
// and who said last what that one is. Part of the reception and the pipeline; durable, in bindings and facts of the
// store.
#pragma once

#include <optional>
#include <string>

#include "connector/catalog.h"
#include "settings/config.h"
#include "store/store.h"

namespace brygga::flow {

/// One registration and what it was before.
struct KnownCustomer {
    std::optional<store::Binding>
        binding{};                         ///< its hash is customer_content() of the record when it was last delivered
    std::optional<store::IndexRow> row{};  ///< the customer bound; nothing: none, or it is gone
};

class CustomerMemory {
public:
    CustomerMemory(const settings::Flow& flow, connector::Catalog& catalog, store::Store& store, const Clock& clock)
        : flow_{flow}, catalog_{catalog}, store_{store}, clock_{clock} {}

    Expected<KnownCustomer> known(const std::string& record) const;

    /// What a record may still say of a customer of the books.
    struct Standing {
        bool writes = true;  ///< false: another registration has become this customer, too, and spoke last
        Instant since{};     ///< when the record became what it is, as far as this flow has seen; 0: not since it began
    };
    /// customer: its id. content: customer_content() of the record, read at `now`.
    Expected<Standing> standing(const KnownCustomer& known, const std::string& customer, const std::string& record,
                                const std::string& content, Instant now) const;
    /// The record has spoken.
    Expected<void> remember(const std::string& customer, const std::string& record, Instant since);

private:
    std::string scope() const { return "customer:" + flow_.to; }

    const settings::Flow& flow_;
    connector::Catalog& catalog_;
    store::Store& store_;
    const Clock& clock_;
};

}  // namespace brygga::flow
