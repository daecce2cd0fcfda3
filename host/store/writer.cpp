#include "store/writer.h"

#include <pthread.h>

#include "base/crash_point.h"

namespace brygga::store {

namespace {
Error unexpected(const std::exception& e) {
    return Error{ErrorClass::bug, "store.internal", std::string{"a write to the database failed: "} + e.what(),
                 "report this with the lines around it in the log"};
}
}  // namespace

Writer::Writer(std::unique_ptr<Database> database, std::size_t queue, Log& log)
    : database_{std::move(database)}, queue_limit_{queue}, log_{log} {
    thread_ = std::jthread{[this] { loop(); }};
}

Writer::~Writer() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    arrived_.notify_all();
    stop_.notify_all();
    thread_.join();
}

Expected<void> Writer::enqueue(std::shared_ptr<Piece> piece) {
    {
        const std::lock_guard lock{mutex_};
        if (queue_.size() >= queue_limit_)
            return Error{ErrorClass::transient, "store.busy", "too many writes wait for the database",
                         "the disk is slower than the work; it goes on by itself"};
        queue_.push_back(std::move(piece));
    }
    arrived_.notify_one();
    return {};
}

Expected<void> Writer::run(Work work, std::function<void()> then) {
    const auto piece = std::make_shared<Piece>(std::move(work), std::move(then), Ended{});
    if (auto queued = enqueue(piece); !queued) return queued;
    piece->done.acquire();
    if (piece->error) return std::move(*piece->error);
    return {};
}

void Writer::post(Work work, std::function<void()> then, Ended ended) {
    const auto piece = std::make_shared<Piece>(std::move(work), std::move(then), std::move(ended));
    if (const auto queued = enqueue(piece); !queued) piece->ended(queued);
}

void Writer::loop() {
    pthread_setname_np(pthread_self(), "store-writer");
    Group group;
    std::size_t before = 0;  ///< size of the group before this one
    for (;;) {
        {
            std::unique_lock lock{mutex_};
            arrived_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            // Commits are what costs. While several are at work their next pieces are near: they join this one.
            if (before > 1) stop_.wait_for(lock, gather_for, [&] { return stopping_; });
            const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), group_size));
            group.assign(std::move_iterator{queue_.begin()}, std::move_iterator{end});
            queue_.erase(queue_.begin(), end);
        }
        write(group);
        for (const auto& piece : group)
            if (!piece->error && piece->then) piece->then();
        for (const auto& piece : group) {
            if (piece->ended)
                piece->ended(piece->error ? Expected<void>{std::move(*piece->error)} : Expected<void>{});
            else
                piece->done.release();
        }
        before = group.size();
        group.clear();
    }
}

void Writer::write(const Group& group) {
    if (attempt(group, Guard::none) == End::dirty) attempt(group, Guard::savepoints);
    note(group);
}

Writer::End Writer::attempt(const Group& group, Guard guard) {
    for (const auto& piece : group) piece->error.reset();
    End end = End::lost;
    std::optional<Error> reason;
    try {
        database_->tally().clear();
        database_->run("BEGIN IMMEDIATE");
        end = run_group(group, guard);
        if (end == End::committed) {
            store_tally();
            BRYGGA_CRASH_POINT("commit_due");
            database_->run("COMMIT");
            BRYGGA_CRASH_POINT("committed");
        }
    } catch (const Failure& failure) {
        end = End::lost;
        reason = failure.error;
    } catch (const std::exception& e) {
        end = End::lost;
        reason = unexpected(e);
    }
    database_->roll_back();
    if (end != End::lost) return end;
    for (const auto& piece : group)
        if (!reason) reason = piece->error;
    for (const auto& piece : group)
        if (!piece->error) piece->error = reason;
    return end;
}

Writer::End Writer::run_group(const Group& group, Guard guard) {
    for (const auto& piece : group) {
        const bool clean = run_piece(*piece, guard);
        // Disk full, I/O error or no memory may have ended the whole transaction.
        if (!database_->in_transaction()) return End::lost;
        if (!clean) return End::dirty;
    }
    return End::committed;
}

/// False when the piece failed and left something behind.
bool Writer::run_piece(Piece& piece, Guard guard) {
    // NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): read when something was thrown
    const std::int64_t before = database_->total_changes();
    const Tally::Changes counted = guard == Guard::savepoints ? database_->tally().changes() : Tally::Changes{};
    try {
        if (guard == Guard::savepoints) database_->run("SAVEPOINT piece");
        piece.work(*database_);
        if (guard == Guard::savepoints) database_->run("RELEASE piece");
        return true;
    } catch (const Failure& failure) {
        piece.error = failure.error;
    } catch (const std::exception& e) {
        piece.error = unexpected(e);
    }
    if (database_->total_changes() == before) return true;
    if (guard == Guard::none || !database_->in_transaction()) return false;
    database_->run("ROLLBACK TO piece");
    database_->run("RELEASE piece");
    database_->tally().restore(counted);
    return true;
}

void Writer::store_tally() {
    for (const auto& [place, by] : database_->tally().changes())
        if (by != 0)
            database_->run(
                "INSERT INTO tally(flow, state, count) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET count = count + "
                "excluded.count",
                place.first, place.second, by);
}

// One line when writing begins to fail and one when it works again, however many pieces there were. A refused
// piece (an old fence, an unknown delivery) says nothing about the disk.
void Writer::note(const Group& group) {
    const auto broken = std::find_if(group.begin(), group.end(), [](const auto& piece) {
        return piece->error && (piece->error->error_class == ErrorClass::transient ||
                                piece->error->error_class == ErrorClass::misconfigured);
    });
    if (broken != group.end() && !failing_) {
        failing_ = true;
        const Error& error = *(*broken)->error;
        log_.error("store.write_failed",
                   Json::object({{"code", error.code}, {"message", error.message}, {"remedy", error.remedy}}));
    } else if (broken == group.end() && failing_) {
        failing_ = false;
        log_.info("store.write_recovered");
    }
}

}  // namespace brygga::store
