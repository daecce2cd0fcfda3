// HostLock: the mark that one host, and no second one, uses a database: flock on "<database>.lock", which
// holds the owner's process id for people. Owned by the store; ends with it or with the process.
// It never waits.
#pragma once

#include <string>

namespace brygga::store {

class HostLock {
public:
    /// Throws Failure: store.locked, store.not_writable.
    explicit HostLock(const std::string& database_path);
    HostLock(const HostLock&) = delete;
    HostLock& operator=(const HostLock&) = delete;
    ~HostLock();

private:
    int file_;
};

/// Creates the file with mode 0600, or takes the rights of others away. Throws Failure: store.not_writable.
void make_private_file(const std::string& path);

}  // namespace brygga::store
