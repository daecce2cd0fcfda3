// ExistingDocuments: which document of the target is an order's already (O3): the one of the binding, else the only
// one with the order's reference, when it agrees with the order. Anything else with that reference is held with
// the difference shown; so is an order whose document is gone, until a person replays it.
// Used by the order pipeline; it writes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/customers.h"
#include "flow/target.h"

namespace brygga::flow {

/// "order 77": kind and number as people find it in the books; a draft may have no number, then its id.
std::string document_title(std::string_view kind, std::string_view number, std::string_view id);
inline std::string document_title(const store::Binding& b) { return document_title(b.kind, b.number, b.target_id); }

class ExistingDocuments {
public:
    struct Found {
        store::Binding binding;
        std::optional<store::IndexRow> adopted;  ///< no binding led to it, its reference and its figures did
    };

    ExistingDocuments(Target& target, Customers& customers) : target_{target}, customers_{customers} {}

    /// Nothing: one is to be written, in the step work.create_step.
    Expected<std::optional<Found>, Halt> find(Work& work);
    /// Held when the order's change may not or cannot reach its document.
    Expected<void, Halt> allow_update(Work& work, const store::Binding& binding);
    /// The order was cancelled: its document is deleted where settings and state allow that, else held. What is left of
    /// the binding.
    Expected<store::Binding, Halt> cancel(Work& work, store::Binding binding);
    /// How the delivery ends when the target did not take the change of this document.
    Halt not_changed(Work& work, const store::Binding& binding, Error error, const std::string& step);

private:
    Expected<std::vector<store::IndexRow>, Halt> with_reference(Work& work);
    Halt differs(Work& work, const store::Binding& binding) const;
    Halt gone(Work& work, store::Binding binding) const;
    Expected<std::string, Halt> disagreement(Work& work, const store::IndexRow& row);
    Expected<std::string, Halt> other_order(const Work& work, const store::IndexRow& row) const;
    Expected<std::vector<store::Delivery>> makers(const Work& work, std::string_view document) const;

    Target& target_;
    Customers& customers_;
};

}  // namespace brygga::flow
