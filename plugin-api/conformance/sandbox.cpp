#include "sandbox.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace brygga::conformance {
namespace {

constexpr char said = '=', does = '>', breached = '!', unguarded = '?', over = '.';

constexpr std::array forbidden{
#ifdef SYS_open
    std::pair{SYS_open, "open"},     std::pair{SYS_creat, "creat"},           std::pair{SYS_fork, "fork"},
    std::pair{SYS_vfork, "vfork"},   std::pair{SYS_unlink, "unlink"},         std::pair{SYS_rename, "rename"},
    std::pair{SYS_mkdir, "mkdir"},
#endif
    std::pair{SYS_openat, "openat"}, std::pair{SYS_unlinkat, "unlinkat"},     std::pair{SYS_mkdirat, "mkdirat"},
    std::pair{SYS_socket, "socket"}, std::pair{SYS_socketpair, "socketpair"}, std::pair{SYS_connect, "connect"},
    std::pair{SYS_bind, "bind"},     std::pair{SYS_clone, "clone"},
#ifdef SYS_clone3
    std::pair{SYS_clone3, "clone3"},
#endif
    std::pair{SYS_execve, "execve"}, std::pair{SYS_execveat, "execveat"},
};

// The handler of a signal can be given nothing.
int breach_fd = -1;
unsigned time_limit = 0;

void on_forbidden(int, siginfo_t* info, void* context) {
    const char* name = "a forbidden call";
    for (const auto& [number, text] : forbidden)
        if (number == info->si_syscall) name = text;
    std::array<char, 64> line{};
    line[0] = breached;
    const std::size_t size = std::min(std::strlen(name), line.size() - 2);
    std::memcpy(line.data() + 1, name, size);
    line[size + 1] = '\n';
    (void)!::write(breach_fd, line.data(), size + 2);
    auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    machine.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
    machine.regs[0] = static_cast<unsigned long long>(-EPERM);
#else
#  error "say where this machine keeps the result of a system call"
#endif
}

bool forbid() {
    std::vector<sock_filter> filter;
    filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    for (const auto& [number, name] : forbidden) {
        filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1));
        filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP));
    }
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    struct sigaction action {};
    action.sa_sigaction = on_forbidden;
    action.sa_flags = SA_SIGINFO;
    if (::sigaction(SIGSYS, &action, nullptr) != 0) return false;
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

std::string death_of(int status, unsigned seconds) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        return "did not return within " + std::to_string(seconds) + " s";
    if (WIFSIGNALED(status))
        return "crashed with signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")";
    if (WEXITSTATUS(status) != 0) return "ended the process with exit status " + std::to_string(WEXITSTATUS(status));
    return {};
}

/// Whether the work came to its own end.
bool sort_out(std::string_view text, Ended& ended) {
    bool whole = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string line{text.substr(0, end)};
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) continue;
        if (line[0] == said) ended.lines.push_back(line.substr(1));
        if (line[0] == does) ended.doing = line.substr(1);
        if (line[0] == over) whole = true;
        if (line[0] == unguarded) ended.guarded = false;
        if (line[0] == breached) ended.breaches.push_back("called " + line.substr(1) + ", during " + ended.doing);
    }
    return whole;
}

}  // namespace

void Lines::write(std::string_view line) const {
    std::string out{said};
    out.append(line).push_back('\n');
    for (std::string_view left = out; !left.empty();) {
        const ssize_t n = ::write(fd_, left.data(), left.size());
        if (n < 0 && errno != EINTR) return;
        if (n > 0) left.remove_prefix(static_cast<std::size_t>(n));
    }
}

void Lines::doing(std::string_view what) const {
    const std::string line = does + std::string{what} + "\n";
    (void)!::write(fd_, line.data(), line.size());
    ::alarm(time_limit);
}

Ended run_in_sandbox(const std::function<void(const Lines&)>& work, unsigned seconds, bool guarded) {
    Ended ended;
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return ended.death = "could not be started: no pipe", ended;
    const pid_t child = ::fork();
    if (child < 0) return ended.death = "could not be started: no process", ended;
    if (child == 0) {
        ::close(ends[0]);
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        breach_fd = ends[1];
        time_limit = seconds;
        const Lines lines{ends[1]};
        if (guarded && !forbid()) (void)!::write(ends[1], "?\n", 2);
        lines.doing("start");
        work(lines);
        (void)!::write(ends[1], ".\n", 2);
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string text;
    std::array<char, 4096> bytes{};
    for (;;) {
        const ssize_t n = ::read(ends[0], bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        text.append(bytes.data(), static_cast<std::size_t>(n));
    }
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    ended.whole = sort_out(text, ended);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {  // no handler runs while all signals are held off
        ended.breaches.push_back("started a thread or a process, during " + ended.doing);
        ended.whole = false;
        return ended;
    }
    ended.death = death_of(status, seconds);
    if (!ended.whole && ended.death.empty()) ended.death = "ended the process";
    return ended;
}

}  // namespace brygga::conformance
