#include <fmt/format.h>

#include "store/rows.h"
#include "store/sqlite_store.h"

namespace brygga::store {

namespace {

void ensure_flow(Database& db, const std::string& flow, Instant now) {
    db.run("INSERT INTO flow(flow, state, checkpoint, created_at) VALUES(?1, 'running', '', ?2) ON CONFLICT DO NOTHING",
           flow, now);
}

#define BRYGGA_RUN_COLUMNS "id, flow, cause, mode, state, started_at, ended_at, counts, error"

Run read_run(const Query& q) {
    return {q.string(0),  q.string(1),        q.string(2), q.string(3), q.string(4),
            q.instant(5), q.maybe_instant(6), q.json(7),   q.json(8)};
}

std::optional<FlowState> find_flow(Database& db, const std::string& flow) {
    auto q = db.query("SELECT state, checkpoint, created_at, last_run_at, set_aside FROM flow WHERE flow = ?1", flow);
    if (!q.row()) return std::nullopt;
    return FlowState{flow, q.string(0), q.string(1), q.instant(2), q.maybe_instant(3), q.string(4)};
}

}  // namespace

Expected<FlowState> SqliteStore::flow(const std::string& flow, Instant now) {
    auto known = read([&](Database& db) { return find_flow(db, flow); });
    if (!known) return known.error();
    if (*known) return std::move(**known);
    FlowState state;
    const auto written = writer_.run([&](Database& db) {
        ensure_flow(db, flow, now);
        state = *find_flow(db, flow);
    });
    if (!written) return written.error();
    return state;
}

Expected<void> SqliteStore::set_flow_state(const std::string& flow, const std::string& state, Instant now) {
    if (state != "running" && state != "paused" && state != "stopped")
        return Error{ErrorClass::rejected, "flow.state", fmt::format("a flow cannot be \"{}\"", state),
                     "use running, paused or stopped"};
    return writer_.run([&](Database& db) {
        ensure_flow(db, flow, now);
        db.run("UPDATE flow SET state = ?2 WHERE flow = ?1", flow, state);
    });
}

Expected<void> SqliteStore::set_checkpoint(const std::string& flow, const std::string& checkpoint, Instant now) {
    return writer_.run([&](Database& db) {
        ensure_flow(db, flow, now);
        db.run("UPDATE flow SET checkpoint = ?2 WHERE flow = ?1", flow, checkpoint);
    });
}

Expected<void> SqliteStore::put_run(const Run& run) {
    return writer_.run([&](Database& db) {
        db.run("INSERT INTO run(" BRYGGA_RUN_COLUMNS
               ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
               "ON CONFLICT DO UPDATE SET state = excluded.state, started_at = excluded.started_at, ended_at = "
               "excluded.ended_at, "
               "counts = excluded.counts, error = excluded.error",
               run.id, run.flow, run.trigger, run.mode, run.state, run.started_at, run.ended_at, run.counts, run.error);
        ensure_flow(db, run.flow, run.started_at);
        db.run("UPDATE flow SET last_run_at = max(coalesce(last_run_at, 0), ?2) WHERE flow = ?1", run.flow,
               run.started_at);
    });
}

Expected<std::vector<Run>> SqliteStore::runs(const std::string& flow, int limit) {
    return read([&](Database& db) {
        std::vector<Run> out;
        const auto collect = [&](Query&& q) {
            while (q.row()) out.push_back(read_run(q));
        };
        if (flow.empty())
            collect(
                db.query("SELECT " BRYGGA_RUN_COLUMNS " FROM run ORDER BY started_at DESC, id DESC LIMIT ?1", limit));
        else
            collect(db.query("SELECT " BRYGGA_RUN_COLUMNS
                             " FROM run WHERE flow = ?1 ORDER BY started_at DESC, id DESC LIMIT ?2",
                             flow, limit));
        return out;
    });
}

Expected<std::optional<Run>> SqliteStore::run(const std::string& id) {
    return read([&](Database& db) -> std::optional<Run> {
        auto q = db.query("SELECT " BRYGGA_RUN_COLUMNS " FROM run WHERE id = ?1", id);
        if (!q.row()) return std::nullopt;
        return read_run(q);
    });
}

Expected<void> SqliteStore::abandon_runs(Instant now) {
    return writer_.run(
        [&](Database& db) { db.run("UPDATE run SET state = 'cancelled', ended_at = ?1 WHERE ended_at IS NULL", now); });
}

Expected<void> SqliteStore::put_plan(const std::string& run, const Json& plan) {
    const std::string sealed = vault_.pack(plan.dump(), plan_cell(run));
    return writer_.run([&](Database& db) {
        db.run("INSERT INTO run_plan(run, content) VALUES(?1, ?2) ON CONFLICT DO UPDATE SET content = excluded.content",
               run, Blob{sealed});
    });
}

Expected<std::optional<Json>> SqliteStore::plan(const std::string& run) {
    return read([&](Database& db) -> std::optional<Json> {
        auto q = db.query("SELECT content FROM run_plan WHERE run = ?1", run);
        if (!q.row()) return std::nullopt;
        const auto text = vault_.unpack(q.blob(0), plan_cell(run));
        auto plan = text ? Json::parse(*text) : std::nullopt;
        if (!plan)
            fail(ErrorClass::bug, "store.sealed", fmt::format("the plan of the run {} cannot be opened", run),
                 "start the dry run again");
        return plan;
    });
}

}  // namespace brygga::store
