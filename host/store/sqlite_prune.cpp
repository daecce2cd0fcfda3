#include <functional>

#include "store/sqlite_store.h"

namespace brygga::store {

namespace {

constexpr int prune_piece = 500;  // rows a piece takes from the writer, so that deliveries do not wait behind a big one

/// Levels of stock that have a newer one say nothing, and there are many of them; how many went.
int forget_levels(Database& db, Instant before) {
    struct Old {
        std::int64_t id;
        std::string flow;
        DeliveryState state;
    };
    std::vector<Old> old;
    {
        auto q = db.query(
            "SELECT d.id, d.flow, d.state FROM delivery d JOIN record r ON r.id = d.record WHERE d.type = 'stock' AND "
            "d.ended_at < ?1 AND d.version < r.version LIMIT ?2",
            before, prune_piece);
        while (q.row())
            old.push_back({q.integer(0), q.string(1), delivery_state_from(q.text(2)).value_or(DeliveryState::dead)});
    }
    for (const Old& level : old) {
        db.run("DELETE FROM step WHERE delivery = ?1", level.id);
        db.run("DELETE FROM activity WHERE delivery = ?1", level.id);
        db.run("DELETE FROM delivery WHERE id = ?1", level.id);
        db.tally().add(level.flow, level.state, -1);
    }
    return static_cast<int>(old.size());
}

}  // namespace

Expected<void> SqliteStore::prune(const Retention& before) {
    const std::function<int(Database&)> pieces[] = {
        // Activity is in order of time, so the oldest rows come first and the scan ends at the first young one.
        [&](Database& db) {
            return db.run(
                "DELETE FROM activity WHERE id IN (SELECT id FROM (SELECT id, at FROM activity ORDER BY id LIMIT ?2) "
                "WHERE at < ?1)",
                before.activity, prune_piece);
        },
        [&](Database& db) { return forget_levels(db, before.activity); },
        [&](Database& db) {
            return db.run(
                "DELETE FROM run_plan WHERE run IN (SELECT run FROM run_plan JOIN run ON id = run WHERE started_at < "
                "?1 AND ended_at IS NOT NULL LIMIT ?2)",
                before.runs, prune_piece);
        },
        [&](Database& db) {
            return db.run(
                "DELETE FROM run WHERE id IN (SELECT id FROM run WHERE started_at < ?1 AND ended_at IS NOT NULL LIMIT "
                "?2)",
                before.runs, prune_piece);
        },
        // CROSS JOIN keeps the order: there are few payloads and many deliveries.
        [&](Database& db) {
            return db.run(
                "DELETE FROM payload WHERE delivery IN (SELECT p.delivery FROM payload p CROSS JOIN delivery d ON d.id "
                "= p.delivery WHERE d.state = 'dead' AND d.updated_at < ?1 LIMIT ?2)",
                before.dead_payload, prune_piece);
        },
        [&](Database& db) {
            return db.run(
                "DELETE FROM audit WHERE id IN (SELECT id FROM (SELECT id, at FROM audit ORDER BY id LIMIT ?2) WHERE "
                "at < ?1)",
                before.audit, prune_piece);
        },
        [&](Database& db) {
            return db.run("DELETE FROM answer WHERE (who, key) IN (SELECT who, key FROM answer WHERE at < ?1 LIMIT ?2)",
                          before.answers, prune_piece);
        },
    };
    for (const auto& piece : pieces) {
        int removed = prune_piece;
        while (removed >= prune_piece)
            if (auto written = writer_.run([&](Database& db) { removed = piece(db); }); !written) return written;
    }
    return {};
}

}  // namespace brygga::store
