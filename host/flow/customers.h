// Customers: which customer of the target an order belongs to (O4 to O6): matched in the index by rule, updated
// by the field rules, created once. Used by the order pipeline; every decision goes into the explain.
#pragma once

#include <string>
#include <vector>

#include "flow/target.h"

namespace brygga::flow {

class Customers {
public:
    explicit Customers(Target& target) : target_{target} {}

    Expected<store::IndexRow, Halt> resolve(Work& work);
    /// Whether the order's customer may be the one with this id: it is among those who match, or nobody does.
    Expected<bool, Halt> may_be(Work& work, std::string_view id);

private:
    struct Key {
        std::string by, value;
    };
    std::vector<Key> match_keys(const Work& work) const;
    Expected<std::optional<store::IndexRow>, Halt> match(Work& work, const std::vector<Key>& keys);
    Expected<store::IndexRow, Halt> default_customer(Work& work, std::string_view rule);
    Expected<store::IndexRow, Halt> create(Work& work, const std::vector<Key>& keys);
    Expected<store::IndexRow, Halt> update(Work& work, store::IndexRow existing);
    delivery::Look look_up(const Work& work, std::vector<Key> keys);
    Expected<bool> has_newer_address(const Work& work, const std::string& customer) const;
    void remember_address(const Work& work, const std::string& customer);
    std::string address_scope() const;

    Target& target_;
};

}  // namespace brygga::flow
