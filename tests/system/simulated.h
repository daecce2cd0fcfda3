// Simulated: brygga-sim as a test sees it. One process per test; its state is in memory and ends with it.
#pragma once

#include <string>
#include <vector>

#include <brygga/sdk/json.hpp>

#include "http_call.h"
#include "process.h"

namespace brygga::system_test {

class Simulated {
public:
    /// Arguments as on its command line; budgets are off unless the arguments say otherwise.
    explicit Simulated(std::vector<std::string> arguments = {});

    std::string shop_url() const { return std::string{ready_["ccvshop"].string()}; }
    std::string ledger_url() const { return std::string{ready_["eaccounting"].string()}; }
    std::string economic_url() const { return std::string{ready_["economic"].string()}; }
    std::string identity_url() const { return std::string{ready_["identity"].string()}; }
    /// Below which pictures lie.
    std::string pictures_url() const { return control_ + "/pictures"; }
    std::string credential(const std::string& name) const { return std::string{ready_["credentials"][name].string()}; }

    Json get(const std::string& path) const;
    Json post(const std::string& path, const Json& body = Json::object()) const;

    Json report() const { return get("/report"); }
    /// The numbers of the new orders.
    std::vector<std::string> add_orders(int count, const std::string& kind = {}) const;
    void change_order(const std::string& number, const Json& change) const;
    void fault(const std::string& vendor, const std::string& kind, const std::string& probability = "1",
               const Json& more = Json::object()) const;
    void clear_faults() const;
    /// Calls that a vendor has had, by any method; of one method when named.
    std::int64_t calls(const std::string& vendor, const std::string& method = {}) const;

private:
    TempDir directory_;
    Process process_;
    Json ready_;
    std::string control_;
};

/// The member of `list` whose `name` is `value`; null when there is none.
const Json& member_of(const Json& list, std::string_view name, std::string_view value);

}  // namespace brygga::system_test
