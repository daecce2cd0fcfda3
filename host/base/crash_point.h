// Crash points: the places where a protocol of the host can be cut, by name, so that tests can cut it there. Compiled
// in with BRYGGA_CRASH_POINTS only (presets dev, asan and tsan); without it a point is nothing.
// BRYGGA_CRASH_AT=NAME:N in the environment ends the process as kill -9 does, when it passes the point for the N-th
// time.
#pragma once

#include <array>
#include <string_view>

#ifdef BRYGGA_CRASH_POINTS
#  include <signal.h>
#  include <unistd.h>

#  include <atomic>
#  include <cstdlib>
#endif

namespace brygga::crash {

/// All of them; tests go through this list, and a name outside it does not compile.
inline constexpr std::array<std::string_view, 14> points{
    "generation_raised",  // in the database, not yet in the file beside it
    "versions_stored",    // of flows, and nobody is at work by them yet
    "token_due",          // the intent of a renewal is stored, nothing is sent
    "token_answered",     // the vendor has spent the old token, the new one is not stored
    "token_stored",       // and not yet used
    "page_read",          // from the source, not stored
    "page_stored",        // with its checkpoint
    "index_page_stored",  // of a target's list, with its cursor
    "intent_due",         // a write is decided
    "intent_stored",      // and may be sent
    "answered",           // by the target; the result is not stored
    "commit_due",         // of a group of writes to the store
    "committed",          // durable; nobody was told
    "delivery_ended",     // its outcome is stored
};

#ifdef BRYGGA_CRASH_POINTS

consteval std::size_t number_of(std::string_view name) {
    for (std::size_t i = 0; i < points.size(); ++i)
        if (points[i] == name) return i;
    throw "no such crash point";
}

inline void pass(std::size_t point) {
    struct Plan {
        std::string_view name;
        long nth = 0;
    };
    static const Plan plan = [] {
        const char* wanted = std::getenv("BRYGGA_CRASH_AT");
        const std::string_view text = wanted ? wanted : "";
        const std::size_t colon = text.find(':');
        return colon == text.npos ? Plan{} : Plan{text.substr(0, colon), std::atol(text.data() + colon + 1)};
    }();
    static std::atomic<long> passed{0};
    if (points[point] == plan.name && ++passed == plan.nth) ::kill(::getpid(), SIGKILL);
}

#  define BRYGGA_CRASH_POINT(name) ::brygga::crash::pass(::brygga::crash::number_of(name))
#else
#  define BRYGGA_CRASH_POINT(name) static_cast<void>(0)
#endif

}  // namespace brygga::crash
