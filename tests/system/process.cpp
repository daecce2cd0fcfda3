#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "paths.h"

extern char** environ;

namespace brygga::system_test {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds poll_interval{20};

Clock::time_point after(Seconds patience) {
    return Clock::now() + std::chrono::duration_cast<Clock::duration>(patience);
}

std::vector<std::string> merged(const Process::Environment& changes) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (!changes.contains(text.substr(0, text.find('=')))) all.push_back(text);
    }
    for (const auto& [name, value] : changes) all.push_back(name + "=" + value);
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

fs::path from_environment(const char* name, const char* fallback) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : fallback;
}

}  // namespace

fs::path program(const std::string& name) { return from_environment("BRYGGA_BIN_DIR", BRYGGA_BUILT_BIN_DIR) / name; }
fs::path plugin_directory() { return from_environment("BRYGGA_PLUGIN_DIR", BRYGGA_BUILT_PLUGIN_DIR); }

void pause_briefly() { std::this_thread::sleep_for(poll_interval); }

Process::Process(std::vector<std::string> command, const fs::path& errors, const Environment& environment) {
    // It dies with the test, whatever ends that.
    const std::vector<std::string> guard{"setpriv", "--pdeathsig", "KILL", "--"};
    command.insert(command.begin(), guard.begin(), guard.end());
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> variables = merged(environment);
    const int failed = posix_spawnp(&pid_, command[0].c_str(), &files, &attributes, pointers(command).data(),
                                    pointers(variables).data());
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    close(ends[1]);
    output_ = ends[0];
    if (failed != 0) {
        close(output_);
        throw std::runtime_error{command[guard.size()] + ": " + std::strerror(failed)};
    }
}

Process::~Process() {
    kill_hard();
    close(output_);
}

bool Process::fill(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd ready{output_, POLLIN, 0};
    if (poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) <= 0) return false;
    char bytes[16'384];
    const ssize_t count = read(output_, bytes, sizeof bytes);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
}

std::optional<std::string> Process::line(Seconds patience) {
    const auto deadline = after(patience);
    for (;;) {
        if (const auto end = buffer_.find('\n'); end != std::string::npos) {
            std::string text = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            return text;
        }
        if (!fill(deadline)) return std::nullopt;
    }
}

std::string Process::output(Seconds patience) {
    const auto deadline = after(patience);
    while (fill(deadline)) {
    }
    return std::exchange(buffer_, {});
}

void Process::signal(int number) const {
    if (!status_) ::kill(pid_, number);
}

std::optional<int> Process::wait(Seconds patience) {
    eventually(patience, [&] {
        if (status_) return true;
        int status = 0;
        const pid_t ended = waitpid(pid_, &status, WNOHANG);
        if (ended == pid_) status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return status_.has_value();
    });
    return status_;
}

void Process::kill_hard() {
    if (status_) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = 128 + SIGKILL;
}

Ended run_to_end(std::vector<std::string> command, const Process::Environment& environment, Seconds patience) {
    const TempDir directory;
    const fs::path errors = directory.path() / "stderr";
    Process process{std::move(command), errors, environment};
    Ended ended;
    ended.out = process.output(patience);
    ended.code = process.wait(Seconds{5}).value_or(-1);
    ended.err = read_file(errors);
    return ended;
}

TempDir::TempDir() {
    std::string pattern = (fs::temp_directory_path() / "brygga-system-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"no temporary directory"};
    path_ = pattern;
}

TempDir::~TempDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

void write_file(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream out{path, std::ios::binary | std::ios::trunc};
    out << text;
    if (!out.flush()) throw std::runtime_error{"cannot write " + path.string()};
}

std::string read_file(const fs::path& path) {
    const std::ifstream in{path, std::ios::binary};
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

}  // namespace brygga::system_test
