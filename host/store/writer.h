// Writer: the one connection that writes, and its thread "store-writer". Callers hand in a piece of work and
// wait; the thread runs what is waiting (up to 256 pieces) in one transaction and lets them go when the commit
// is durable. A piece that fails leaves nothing behind and harms no other. Savepoints cost a copy of every page
// a piece touches, so they are used only when a piece failed after it had written: then the whole group runs
// once more, each piece in its own. They run in the order in which they came. Owned by the store.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

#include "base/expected.h"
#include "base/log.h"
#include "store/sqlite.h"

namespace brygga::store {

class Writer {
public:
    /// Fails by throwing Failure. May run twice: what it hands out it sets anew each time.
    using Work = std::function<void(Database&)>;

    Writer(std::unique_ptr<Database> database, std::size_t queue, Log& log);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer();  ///< what waits is written first

    /// Returns when the work is durable, or with the reason why nothing of it is. `then` runs on the writer thread
    /// when it is durable and before anybody in its group goes on: what is kept in memory changes with the database.
    Expected<void> run(Work work, std::function<void()> then = {});
    /// The same without waiting: `ended` is told on the writer thread, or on this one when the queue is full.
    using Ended = std::function<void(const Expected<void>&)>;
    void post(Work work, std::function<void()> then, Ended ended);

private:
    struct Piece {
        Piece(Work w, std::function<void()> t, Ended e) : work{std::move(w)}, then{std::move(t)}, ended{std::move(e)} {}
        Work work;
        std::function<void()> then;
        Ended ended;  ///< empty: somebody waits
        std::optional<Error> error;
        std::binary_semaphore done{0};
    };
    using Group = std::vector<std::shared_ptr<Piece>>;
    Expected<void> enqueue(std::shared_ptr<Piece> piece);
    static constexpr std::size_t group_size = 256;
    static constexpr std::chrono::milliseconds gather_for{2};

    void loop();
    enum class Guard { none, savepoints };
    enum class End { committed, lost, dirty };
    void write(const Group& group);
    End attempt(const Group& group, Guard guard);
    End run_group(const Group& group, Guard guard);
    bool run_piece(Piece& piece, Guard guard);
    void store_tally();
    void note(const Group& group);

    std::unique_ptr<Database> database_;
    const std::size_t queue_limit_;
    Log& log_;
    std::mutex mutex_;
    std::condition_variable arrived_, stop_;
    std::deque<std::shared_ptr<Piece>> queue_;
    bool stopping_ = false;
    bool failing_ = false;  // of the writer thread
    std::jthread thread_;
};

}  // namespace brygga::store
