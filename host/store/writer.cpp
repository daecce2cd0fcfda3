#include "store/writer.h"

#include <pthread.h>

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
    thread_.join();
}

Expected<void> Writer::run(const Work& work) {
    Piece piece{.work = &work, .error = {}};
    {
        const std::lock_guard lock{mutex_};
        if (queue_.size() >= queue_limit_)
            return Error{ErrorClass::transient, "store.busy", "too many writes wait for the database",
                         "the disk is slower than the work; it goes on by itself"};
        queue_.push_back(&piece);
    }
    arrived_.notify_one();
    std::unique_lock lock{piece.mutex};
    piece.finished.wait(lock, [&] { return piece.done; });
    if (piece.error) return std::move(*piece.error);
    return {};
}

void Writer::loop() {
    pthread_setname_np(pthread_self(), "store-writer");
    std::vector<Piece*> group;
    for (;;) {
        group.clear();
        {
            std::unique_lock lock{mutex_};
            arrived_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), group_size));
            group.assign(queue_.begin(), end);
            queue_.erase(queue_.begin(), end);
        }
        write(group);
        for (Piece* piece : group) {
            // Under the lock: the piece lives on the stack of the caller, who may return right after.
            const std::lock_guard lock{piece->mutex};
            piece->done = true;
            piece->finished.notify_one();
        }
    }
}

void Writer::write(const std::vector<Piece*>& group) {
    std::optional<Error> lost;
    try {
        database_->run("BEGIN IMMEDIATE");
        for (Piece* piece : group) {
            run_piece(*piece);
            // Disk full, I/O error or no memory may have ended the whole transaction.
            if (!database_->in_transaction()) {
                lost = piece->error;
                break;
            }
        }
        if (!lost) database_->run("COMMIT");
    } catch (const Failure& failure) {
        lost = failure.error;
    } catch (const std::exception& e) {
        lost = unexpected(e);
    }
    database_->roll_back();
    for (Piece* piece : group)
        if (lost && !piece->error) piece->error = lost;
    note(group);
}

void Writer::run_piece(Piece& piece) {
    try {
        database_->run("SAVEPOINT piece");
        (*piece.work)(*database_);
        database_->run("RELEASE piece");
        return;
    } catch (const Failure& failure) {
        piece.error = failure.error;
    } catch (const std::exception& e) {
        piece.error = unexpected(e);
    }
    if (database_->in_transaction()) {
        database_->run("ROLLBACK TO piece");
        database_->run("RELEASE piece");
    }
}

// One line when writing begins to fail and one when it works again, however many pieces there were. A refused
// piece (an old fence, an unknown delivery) says nothing about the disk.
void Writer::note(const std::vector<Piece*>& group) {
    const auto broken = std::find_if(group.begin(), group.end(), [](const Piece* piece) {
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
