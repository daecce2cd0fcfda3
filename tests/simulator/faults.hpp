// Faults that people and tests order at the control endpoint: errors, resets, slow and broken answers.
// Owned by the simulation, read on every call; without faults that is one relaxed load.
// A fault never changes the vendor's state by itself: it only hides, spoils or prevents an answer.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "basics.hpp"
#include "brygga/sdk/json.hpp"

namespace brygga::sim {

enum class FaultKind : std::uint8_t {
    too_many,
    error_500,
    error_502,
    error_503,
    reset_before,
    reset_after,
    slow,
    truncated,
    html,
    expired_token,
    garbage,
};

struct Fault {
    FaultKind kind = FaultKind::error_500;
    int delay_ms = 0;
    int status = 0;                          ///< of html; 0 for the default
    bool applied = false;                    ///< html and garbage: the request takes effect first
    std::optional<std::string> retry_after;  ///< text of the header
};

class Faults {
public:
    explicit Faults(std::uint64_t seed) : random_{seed} {}

    /// Empty when the order was understood, else what is wrong with it.
    std::string add(const Json& order);
    void clear();
    Json describe() const;
    /// The fault that hits this call, if any.
    std::optional<Fault> pick(std::string_view vendor, std::string_view method, std::string_view path);

private:
    struct Rule {
        Json order;
        std::string vendor, method;
        std::regex path;
        Fault fault;
        std::uint64_t threshold = 0;  ///< probability x 2^32
        std::int64_t times = -1;
        std::int64_t hits = 0;
    };

    std::atomic<bool> any_{false};
    mutable std::mutex mutex_;
    Random random_;
    std::vector<Rule> rules_;
};

}  // namespace brygga::sim
