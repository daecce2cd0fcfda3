#include "connector/runner_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace brygga::connector {
namespace {

namespace fs = std::filesystem;

Error not_started(const fs::path& program, int reason) {
    return {
        .error_class = ErrorClass::transient,
        .code = "runner.start",
        .message = fmt::format("{} cannot be started: {}.", program.string(), std::strerror(reason)),
        .remedy = "Install Brygga's package again if the file is missing; else look for what the system is short of."};
}

struct Preparation {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    Preparation() {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawnattr_init(&attributes);
    }
    ~Preparation() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }
    Preparation(const Preparation&) = delete;
    Preparation& operator=(const Preparation&) = delete;
};

}  // namespace

Expected<std::unique_ptr<RunnerProcess>> RunnerProcess::start(const fs::path& program, const fs::path& plugin) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return not_started(program, errno);
    Preparation with;
    ::posix_spawn_file_actions_addopen(&with.files, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    ::posix_spawn_file_actions_adddup2(&with.files, STDIN_FILENO, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&with.files, STDIN_FILENO, STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&with.files, ends[1], runner_socket);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&with.attributes, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&with.attributes, &signals);
    ::posix_spawnattr_setflags(&with.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string name = program.string(), serve = "--serve", revision{frame_revision}, file = plugin.string();
    const std::array<char*, 5> words{name.data(), serve.data(), revision.data(), file.data(), nullptr};
    const std::array<char*, 1> environment{nullptr};
    pid_t pid = -1;
    const int failed =
        ::posix_spawn(&pid, name.c_str(), &with.files, &with.attributes, words.data(), environment.data());
    ::close(ends[1]);
    if (failed != 0) {
        ::close(ends[0]);
        return not_started(program, failed);
    }
    return std::unique_ptr<RunnerProcess>{new RunnerProcess{pid, ends[0]}};
}

RunnerProcess::End RunnerProcess::end() {
    if (pid_ < 0) return {"it was ended", true};
    ::kill(pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    if (WIFEXITED(status)) return {fmt::format("it ended by itself with exit status {}", WEXITSTATUS(status))};
    const int number = WTERMSIG(status);
    if (number == SIGSYS) return {"it did what a plugin must not do: network, files, processes or threads"};
    if (number == SIGKILL) return {"it was killed", true};
    return {fmt::format("it crashed ({})", ::strsignal(number))};
}

}  // namespace brygga::connector
