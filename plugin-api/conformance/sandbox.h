// Sandbox: runs a piece of work in a child process that cannot open a file or socket and cannot start a thread or
// process, so that a connector which crashes, hangs or reaches out is seen and ends nothing else.
// What the work has to say comes back as lines. The parent must have one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace brygga::conformance {

/// The child's end: one line for each thing to say. Lines that were written before a crash arrive.
class Lines {
public:
    explicit Lines(int fd) noexcept : fd_{fd} {}
    void write(std::string_view line) const;
    /// What is under way, for the report of a crash; starts the time limit anew.
    void doing(std::string_view what) const;

private:
    int fd_;
};

struct Ended {
    std::vector<std::string> lines;
    std::vector<std::string> breaches;  ///< "called socket, during poll order"
    std::string doing;                  ///< the last thing that was under way
    std::string death;                  ///< "signal 11 (Segmentation fault)", "did not return within 20 s"; or empty
    bool guarded = true;                ///< the kernel took the filter
    bool whole = true;                  ///< the work came to its own end
};

/// seconds: for each thing that is done. guarded: with the filter; a library cannot be loaded under it.
Ended run_in_sandbox(const std::function<void(const Lines&)>& work, unsigned seconds = 20, bool guarded = true);

}  // namespace brygga::conformance
