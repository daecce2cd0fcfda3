// Contacts: the person at a company for whom an order is (O5), where the target keeps persons as records of their own.
// Found among those of the company, made when there is none; what goes wrong with one never keeps an order out of the
// books. Used by the order pipeline; every decision goes into the explain.
#pragma once

#include <string>
#include <vector>

#include "flow/target.h"

namespace brygga::flow {

class Contacts {
public:
    explicit Contacts(Target& target) : target_{target} {}

    /// The person's id; empty for an order that names nobody, and for a target without such records.
    Expected<std::string, Halt> resolve(Work& work, const store::IndexRow& customer);

private:
    Expected<std::string, Halt> known(Work& work, const std::string& customer, const Json& person) const;
    Expected<std::string, Halt> without(Work& work, const Halt& halt, const std::string& claim);
    Expected<std::string, Halt> create(Work& work, const std::string& customer, const Json& person);
    delivery::Look look_up(const std::string& customer, const Json& person) const;

    Target& target_;
};

/// Whether the target keeps the persons of companies apart from its customers.
bool keeps_contacts(const schema::Capabilities& target);

}  // namespace brygga::flow
