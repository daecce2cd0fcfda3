// ExistingDocuments: which document of the target is an order's already (O3): the one of the binding, else the only
// one with the order's reference, when it agrees with the order. Anything else with that reference is held with
// the difference shown. Used by the order pipeline; it writes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/customers.h"
#include "flow/target.h"

namespace brygga::flow {

/// "order 77": kind and number as people find it in the books; a draft may have no number, then its id.
std::string document_title(std::string_view kind, std::string_view number, std::string_view id);

class ExistingDocuments {
public:
    struct Found {
        store::Binding binding;
        std::optional<store::IndexRow> adopted;  ///< no binding led to it, its reference and its figures did
    };

    ExistingDocuments(Target& target, Customers& customers) : target_{target}, customers_{customers} {}

    Expected<std::optional<Found>, Halt> find(Work& work);
    /// Held when the order's change may not or cannot reach its document.
    Expected<void, Halt> allow_update(Work& work, const store::Binding& binding);

private:
    Expected<std::vector<store::IndexRow>, Halt> with_reference(Work& work);
    Expected<std::string, Halt> disagreement(Work& work, const store::IndexRow& row);
    Expected<std::string, Halt> other_order(const Work& work, const store::IndexRow& row) const;

    Target& target_;
    Customers& customers_;
};

}  // namespace brygga::flow
