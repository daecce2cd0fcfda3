// Counts calls per vendor, method, path template and status, and holds the vendors' request budgets.
// Owned by the simulation, used from all connection threads under one short lock.
// It decides only whether a call is over the limit; the vendor words the answer.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "basics.hpp"
#include "brygga/sdk/json.hpp"
#include "switches.hpp"

namespace brygga::sim {

class Meter {
public:
    Meter(const SimClock& clock, const Switches& switches) : clock_{clock}, switches_{switches} {}

    void enable(bool on) { enabled_ = on; }
    /// 0 when the call is within the budget of its scope, else the seconds to wait.
    int take(std::string_view scope, int limit);
    /// What the scope has used of the running minute.
    int used(std::string_view scope);
    void count(std::string_view vendor, std::string_view method, std::string_view path_template, int status);
    Json calls() const;     ///< {"ccvshop":{"GET":n,"429":n},...}
    Json requests() const;  ///< per vendor, method, template and status, and peak_per_minute
    void reset();

private:
    struct Budget {
        std::array<int, 60> seconds{};
        std::int64_t last = 0;
        int sum = 0;
        int peak = 0;
        std::int64_t window_start = 0;
        int window_count = 0;
    };

    const SimClock& clock_;
    const Switches& switches_;
    std::atomic<bool> enabled_{true};
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Budget> budgets_;
    std::map<std::string, std::map<std::string, std::map<int, std::int64_t>>> counts_;  // vendor, "METHOD path", status
};

}  // namespace brygga::sim
