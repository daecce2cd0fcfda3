// Customers: which customer of the target an order belongs to (O4 to O6), or a registration of the shop (E3): matched
// in the index by rule, updated by the field rules, created once. Used by the pipelines of orders and customers; every
// decision goes into the explain.
#pragma once

#include <string>
#include <vector>

#include "flow/target.h"

namespace brygga::flow {

class Customers {
public:
    explicit Customers(Target& target) : target_{target} {}

    /// Of an order: who matches, updated; else the default customer or a new one, as its settings say.
    Expected<store::IndexRow, Halt> resolve(Work& work);
    /// Who matches; before it is nobody, the index is brought up to date.
    Expected<std::optional<store::IndexRow>, Halt> find(Work& work);
    /// What of the existing one differs is written.
    Expected<store::IndexRow, Halt> update(Work& work, store::IndexRow existing);
    Expected<store::IndexRow, Halt> create(Work& work);
    /// An address that can be none is no field of a customer. Whether there is one left.
    static bool keep_usable_email(Work& work);
    /// Whether the order's customer may be the one with this id: it is among those who match, or nobody does.
    Expected<bool, Halt> may_be(Work& work, std::string_view id);

private:
    struct Key {
        std::string by, value;
    };
    std::vector<Key> match_keys(const Work& work) const;
    Expected<std::optional<store::IndexRow>, Halt> match(Work& work, const std::vector<Key>& keys);
    Expected<store::IndexRow, Halt> default_customer(Work& work, std::string_view rule);
    delivery::Look look_up(const Work& work, std::vector<Key> keys);
    void remember_address(const Work& work, const std::string& customer);

    Target& target_;
};

/// Whether the address in the books came from a later order, or a later change in the shop. Backfilled and replayed
/// orders come after younger ones and must not bring an old address back; a backfilled one knows nothing of an address
/// that no order brought. customer: id in the target.
Expected<bool> has_newer_address(store::Store& store, const std::string& target, const std::string& customer,
                                 Instant moment, store::Lane lane);

}  // namespace brygga::flow
