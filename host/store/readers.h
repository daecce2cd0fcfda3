// Readers: a few connections that only read, lent to one caller at a time. Safe on any thread; a caller waits
// when all are lent. They never write and never checkpoint: one connection does both, see Writer.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "store/sqlite.h"

namespace brygga::store {

class Readers {
public:
    /// Throws Failure.
    Readers(const std::string& path, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            free_.push_back(std::make_unique<Database>(path, Database::Role::reader));
    }

    /// What `work` makes of one connection; throws Failure. The work must not ask for a second one.
    template <class Work>
    auto read(Work&& work) {
        const Loan loan{*this};
        return work(*loan.database);
    }

private:
    struct Loan {
        explicit Loan(Readers& owner) : readers{owner} {
            std::unique_lock lock{readers.mutex_};
            readers.returned_.wait(lock, [&] { return !readers.free_.empty(); });
            database = std::move(readers.free_.back());
            readers.free_.pop_back();
        }
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;
        ~Loan() {
            {
                const std::lock_guard lock{readers.mutex_};
                readers.free_.push_back(std::move(database));
            }
            readers.returned_.notify_one();
        }
        Readers& readers;
        std::unique_ptr<Database> database;
    };

    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Database>> free_;
};

}  // namespace brygga::store
