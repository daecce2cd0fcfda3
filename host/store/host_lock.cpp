#include "store/host_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "store/sqlite.h"

namespace brygga::store {

namespace {

int open_private(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    struct stat status {};
    if (file >= 0 && ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
        ((status.st_mode & 0077) == 0 || ::fchmod(file, 0600) == 0))
        return file;
    const int error = file >= 0 && !S_ISREG(status.st_mode) ? EINVAL : errno;
    if (file >= 0) ::close(file);
    fail(ErrorClass::misconfigured, "store.not_writable",
         fmt::format("the file {} cannot be written: {}", path, std::strerror(error)),
         "create its directory and give the user of the host write access to it");
}

std::string owner(int file) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(file, text.data(), text.size(), 0);
    std::string pid;
    for (ssize_t i = 0;
         i < size && text[static_cast<std::size_t>(i)] >= '0' && text[static_cast<std::size_t>(i)] <= '9'; ++i)
        pid += text[static_cast<std::size_t>(i)];
    return pid.empty() ? "unknown" : pid;
}

}  // namespace

void make_private_file(const std::string& path) { ::close(open_private(path)); }

HostLock::HostLock(const std::string& database_path) : file_{open_private(database_path + ".lock")} {
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
        const std::string pid = owner(file_);
        ::close(file_);
        fail(ErrorClass::misconfigured, "store.locked",
             fmt::format("the database {} is in use by another host (process {})", database_path, pid),
             "stop that process, or give this host a database of its own");
    }
    // The number is for people only: the lock decides. A full disk must not stop a host.
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(file_, 0) == 0) [[maybe_unused]]
        const auto written = ::pwrite(file_, pid.data(), pid.size(), 0);
}

HostLock::~HostLock() { ::close(file_); }

}  // namespace brygga::store
