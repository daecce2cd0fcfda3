// Process: one real program under test, with a clean signal mask; its output in hand, its errors in a file.
// Owned by a test; the destructor kills what still runs. A program also dies with the test that started it.
// It never waits longer than it is told.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace brygga::system_test {

using Seconds = std::chrono::duration<double>;

/// The programs and plugins under test; BRYGGA_BIN_DIR and BRYGGA_PLUGIN_DIR choose others than this build's.
std::filesystem::path program(const std::string& name);
std::filesystem::path plugin_directory();

/// Asks until the answer is yes; the last answer.
template <class Ask>
bool eventually(Seconds patience, Ask&& ask);

class Process {
public:
    using Environment = std::map<std::string, std::string>;

    Process(std::vector<std::string> command, const std::filesystem::path& errors, const Environment& environment = {});
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// One line of its standard output; nothing when it ends or the time is over before.
    std::optional<std::string> line(Seconds patience);
    /// All of its standard output until it closes it.
    std::string output(Seconds patience);
    void signal(int number) const;
    /// The exit code, 128 + the signal that ended it, or nothing when it still runs.
    std::optional<int> wait(Seconds patience);
    void kill_hard();
    pid_t pid() const noexcept { return pid_; }

private:
    bool fill(std::chrono::steady_clock::time_point deadline);

    pid_t pid_ = -1;
    int output_ = -1;
    std::string buffer_;
    std::optional<int> status_;
};

/// A program that runs to its end.
struct Ended {
    int code = -1;
    std::string out, err;
};
Ended run_to_end(std::vector<std::string> command, const Process::Environment& environment = {},
                 Seconds patience = Seconds{30});

/// A directory that lives as long as the object.
class TempDir {
public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

void write_file(const std::filesystem::path& path, const std::string& text);
std::string read_file(const std::filesystem::path& path);

void pause_briefly();

template <class Ask>
bool eventually(Seconds patience, Ask&& ask) {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(patience);
    for (;;) {
        if (ask()) return true;
        if (std::chrono::steady_clock::now() >= deadline) return false;
        pause_briefly();
    }
}

}  // namespace brygga::system_test
