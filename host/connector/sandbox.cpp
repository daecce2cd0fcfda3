#include "connector/sandbox.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <initializer_list>
#include <system_error>
#include <vector>

#if defined(__x86_64__)
#  define BRYGGA_AUDIT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#  define BRYGGA_AUDIT_ARCH AUDIT_ARCH_AARCH64
#else
#  error "name the audit architecture of this machine"
#endif

namespace brygga::connector {
namespace {

// Sanitizers reserve terabytes of address space, and ask the system for what a plugin must not.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// A seccomp program: the first rule for a system call decides, what has none ends the process.
class Filter {
public:
    Filter() {
        add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
        program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BRYGGA_AUDIT_ARCH, 1, 0));
        add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    }
    void allow(int call) { decide(call, SECCOMP_RET_ALLOW); }
    /// It fails with EPERM, for what the C library asks by itself and can do without.
    void refuse(int call) { decide(call, SECCOMP_RET_ERRNO | EPERM); }
    /// Allowed while no bit of `mask` is set in the argument.
    void allow_without(int call, unsigned argument, unsigned mask) {
        program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 4));
        load(argument);
        program_.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, mask, 0, 1));
        add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    void allow_equal(int call, unsigned argument, unsigned value) {
        program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 4));
        load(argument);
        program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
        add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    bool install() {
        add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        const sock_fprog program{static_cast<unsigned short>(program_.size()), program_.data()};
        return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
    }

private:
    void add(unsigned code, std::size_t k) {
        program_.push_back(BPF_STMT(static_cast<std::uint16_t>(code), static_cast<std::uint32_t>(k)));
    }
    /// The lower half; what is masked here has no upper one.
    void load(unsigned argument) {
        add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
    }
    void decide(int call, unsigned verdict) {
        program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1));
        add(BPF_RET | BPF_K, verdict);
    }

    std::vector<sock_filter> program_;
};

Filter basic_filter() {
    Filter filter;
    for (const int call : {SYS_sendto,
                           SYS_recvfrom,
                           SYS_write,  // the socket and standard output
                           SYS_brk,
                           SYS_munmap,
                           SYS_mremap,
                           SYS_madvise,
                           SYS_futex,
                           SYS_clock_gettime,
                           SYS_clock_nanosleep,
                           SYS_gettimeofday,
                           SYS_setitimer,
                           SYS_getrandom,
                           SYS_sched_yield,
                           SYS_rt_sigaction,
                           SYS_rt_sigprocmask,
                           SYS_rt_sigreturn,
                           SYS_sigaltstack,
                           SYS_restart_syscall,
                           SYS_getpid,
                           SYS_gettid,
                           SYS_exit,
                           SYS_exit_group})
        filter.allow(call);
    filter.allow_equal(SYS_tgkill, 0, static_cast<unsigned>(::getpid()));  // abort()
    return filter;
}

/// By Landlock, where this system offers it. False when it does and fails.
bool read_nothing_but(std::initializer_list<std::filesystem::path> places) {
    constexpr std::uint64_t read_file = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE,
                            read = read_file | LANDLOCK_ACCESS_FS_READ_DIR;
    const landlock_ruleset_attr kinds{.handled_access_fs = read};
    const int rules = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &kinds, sizeof kinds, 0));
    if (rules < 0) return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM;
    bool done = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    for (const auto& place : places) {
        const int at = ::open(place.c_str(), O_PATH | O_CLOEXEC);
        if (at < 0) continue;  // not on this system
        std::error_code unknown;
        const bool folder = std::filesystem::is_directory(place, unknown);
        const landlock_path_beneath_attr rule{.allowed_access = folder ? read : read_file, .parent_fd = at};
        done = done && ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
        ::close(at);
    }
    done = done && ::syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    ::close(rules);
    return done;
}

}  // namespace

void limit_resources() noexcept {
    const auto limit = [](auto what, rlim_t most) {
        const rlimit both{most, most};
        ::setrlimit(what, &both);
    };
    if (!sanitized) limit(RLIMIT_AS, most_plugin_memory);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, 16);
}

bool confine_loading(const std::filesystem::path& plugin) noexcept {
    if (sanitized) return true;
    try {
        if (!read_nothing_but({"/usr", "/lib", "/lib64", "/etc/ld.so.cache", plugin})) return false;
        Filter filter = basic_filter();
        for (const int call : {SYS_mmap, SYS_mprotect, SYS_read, SYS_pread64, SYS_readv, SYS_close, SYS_lseek,
                               SYS_fstat, SYS_newfstatat, SYS_statx, SYS_readlinkat, SYS_faccessat, SYS_getcwd,
                               SYS_fcntl, SYS_prctl, SYS_geteuid, SYS_getuid, SYS_ioctl})
            filter.allow(call);
        filter.allow_without(SYS_openat, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC);
#ifdef SYS_open
        for (const int call : {SYS_stat, SYS_lstat, SYS_readlink, SYS_access}) filter.allow(call);
        filter.allow_without(SYS_open, 1, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC);
#endif
        return filter.install();
    } catch (...) {
        return false;
    }
}

bool confine_serving() noexcept {
    if (sanitized) return true;
    try {
        Filter filter = basic_filter();
        filter.allow_without(SYS_mmap, 2, PROT_EXEC);
        filter.allow_without(SYS_mprotect, 2, PROT_EXEC);
        for (const int call : {SYS_fstat, SYS_newfstatat, SYS_ioctl, SYS_lseek, SYS_prctl, SYS_sched_getaffinity})
            filter.refuse(call);
        return filter.install();
    } catch (...) {
        return false;
    }
}

}  // namespace brygga::connector
