// Verdict: the shop's and the ledger's own figures against what bryggad says it did, order by order.
// Pure; the report comes from the simulator, which knows what a bookkeeper could have entered.
#pragma once

#include <string>
#include <vector>

#include <brygga/sdk/json.hpp>

namespace brygga::system_test {

struct Verdict {
    std::vector<std::string> complaints;  ///< each breaks a promise of the product
    int orders = 0, delivered = 0, held = 0, dead = 0, in_doubt = 0, skipped = 0;
    int wanted = 0, entered = 0;    ///< orders that a bookkeeper could enter; those that are in the books, equal
    std::vector<std::string> open;  ///< for people: what is held, dead or in doubt

    std::string summary() const;  ///< the figures in one line
    std::string text() const;     ///< with complaints and open ones
    bool share_reached() const { return entered * 100 >= wanted * 97; }
};

Verdict judge(const Json& report, const std::vector<Json>& deliveries);

}  // namespace brygga::system_test
