#include <fmt/format.h>

#include <algorithm>

#include "store/rows.h"
#include "store/sqlite_store.h"

namespace brygga::store {

namespace {

// In flight, or an older one whose end is open: then this version has to wait.
#define BRYGGA_NOT_BLOCKED                                                                     \
  "NOT EXISTS (SELECT 1 FROM delivery o WHERE o.record = d.record AND o.ended_at IS NULL AND " \
  "((o.id < d.id AND o.state IN ('pending', 'waiting', 'in_doubt')) OR (o.id <> d.id AND o.state = 'in_flight')))"

/// Ids of due deliveries of one flow and lane: the oldest pending ones and those whose time has come.
void due(Database& db, const std::string& flow, Lane lane, const ClaimFilter& filter, std::vector<std::int64_t>& ids) {
    {
        auto q = db.query(
            "SELECT d.id FROM delivery d WHERE d.flow = ?1 AND d.state = 'pending' AND d.lane = ?2 "
            "AND " BRYGGA_NOT_BLOCKED " ORDER BY d.id LIMIT ?3",
            flow, lane, filter.limit);
        while (q.row()) ids.push_back(q.integer(0));
    }
    auto q = db.query(
        "SELECT d.id FROM delivery d WHERE d.flow = ?1 AND d.lane = ?2 AND d.due_at <= ?3 AND " BRYGGA_NOT_BLOCKED
        " ORDER BY d.due_at LIMIT ?4",
        flow, lane, filter.now, filter.limit);
    while (q.row()) ids.push_back(q.integer(0));
}

std::vector<std::int64_t> due(Database& db, const ClaimFilter& filter) {
    std::vector<std::int64_t> chosen;
    for (const Lane lane : {Lane::live, Lane::backfill}) {
        std::vector<std::int64_t> ids;
        for (const std::string& flow : filter.flows) due(db, flow, lane, filter, ids);
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        const std::size_t room = static_cast<std::size_t>(std::max(filter.limit, 0)) - chosen.size();
        chosen.insert(chosen.end(), ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(std::min(room, ids.size())));
    }
    return chosen;
}

std::int64_t next_fence(Database& db) {
    auto q = db.query("UPDATE fence SET value = value + 1 RETURNING value");
    q.row();
    return q.integer(0);
}

/// Writes that an older, given up version of the record left open: this version must look before it repeats one.
void inherit_intents(Database& db, std::int64_t id) {
    db.run(
        "INSERT INTO step(delivery, name, state, key, request_hash, attempt, begun_at) "
        "SELECT d.id, s.name, s.state, s.key, s.request_hash, s.attempt, s.begun_at FROM delivery d "
        "JOIN delivery o ON o.record = d.record AND o.ended_at IS NULL AND o.id < d.id JOIN step s ON s.delivery = "
        "o.id "
        "WHERE d.id = ?1 AND s.state = 'intent' ORDER BY o.id DESC ON CONFLICT DO NOTHING",
        id);
}

Delivery take(Database& db, std::int64_t id, std::int64_t fence, const ClaimFilter& filter) {
    Delivery delivery;
    {
        auto q = db.query(
            "UPDATE delivery SET state = 'in_flight', fence = ?2, lease = ?3, due_at = ?4, updated_at = ?5 WHERE id = "
            "?1 "
            "RETURNING " BRYGGA_DELIVERY_COLUMNS,
            id, fence, filter.lease.count(), filter.now + filter.lease, filter.now);
        if (q.row()) delivery = read_delivery(q);
        q.run();
    }
    auto q = db.query("SELECT content FROM payload WHERE delivery = ?1", id);
    if (q.row()) delivery.payload = q.blob(0);
    inherit_intents(db, id);
    delivery.steps = read_steps(db, id);
    return delivery;
}

Error fenced(std::int64_t delivery) {
    return {ErrorClass::cancelled, "store.fenced",
            fmt::format("delivery {} is no longer in the hands of this worker", delivery),
            "nothing: its present owner goes on with it"};
}

struct Held {
    std::string target_connection;
    std::optional<Instant> due_at;
    std::chrono::milliseconds lease{};
    Json explain;
};

/// The delivery in the hands of this fence; throws store.fenced.
Held held(Database& db, std::int64_t delivery, std::int64_t fence) {
    auto q = db.query(
        "SELECT target_connection, due_at, lease, explain FROM delivery WHERE id = ?1 AND fence = ?2 AND state = "
        "'in_flight'",
        delivery, fence);
    if (!q.row()) throw Failure{fenced(delivery)};
    Held h;
    h.target_connection = q.string(0);
    h.due_at = q.maybe_instant(1);
    h.lease = std::chrono::milliseconds{q.integer(2)};
    h.explain = q.json(3);
    return h;
}

std::optional<Step> find_step(Database& db, std::int64_t delivery, const std::string& name) {
    auto q = db.query(
        "SELECT state, key, request_hash, attempt, begun_at, result FROM step WHERE delivery = ?1 AND name = ?2",
        delivery, name);
    if (!q.row()) return std::nullopt;
    return Step{.name = name,
                .state = q.string(0),
                .key = q.string(1),
                .request_hash = q.string(2),
                .attempt = q.small(3),
                .begun_at = q.instant(4),
                .result = q.null(5) ? Json{} : Json{q.blob(5)}};
}

void put_binding(Database& db, const Binding& b) {
    db.run(
        "INSERT INTO binding(target_connection, type, source_connection, source_id, target_id, number, kind, state, "
        "hash, totals) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO UPDATE SET target_id = excluded.target_id, "
        "number = excluded.number, kind = excluded.kind, state = excluded.state, hash = excluded.hash, totals = "
        "excluded.totals",
        b.target_connection, b.type, b.source_connection, b.source_id, b.target_id, b.number, b.kind, b.state, b.hash,
        b.totals);
}

void put_step(Database& db, const Outcome& outcome, const std::string& sealed) {
    db.run(
        "INSERT INTO step(delivery, name, state, key, request_hash, attempt, begun_at, result) VALUES(?1, ?2, 'done', "
        "'', '', 0, ?3, ?4) "
        "ON CONFLICT DO UPDATE SET state = 'done', result = excluded.result",
        outcome.delivery, outcome.step->name, outcome.now, Blob{sealed});
}

void withdraw_step(Database& db, std::int64_t delivery, const std::string& name) {
    db.run("UPDATE step SET attempt = attempt - 1 WHERE delivery = ?1 AND name = ?2 AND state = 'intent'", delivery,
           name);
    db.run("DELETE FROM step WHERE delivery = ?1 AND name = ?2 AND state = 'intent' AND attempt <= 0", delivery, name);
}

/// What a parked or ended delivery keeps: see Store. Null members of the outcome leave ref and totals as they are.
void move(Database& db, const Outcome& outcome, const Json& explain) {
    const DeliveryState state = *outcome.state;
    std::optional<Instant> due_at, ended_at;
    if (state == DeliveryState::waiting) due_at = outcome.next_attempt_at.value_or(outcome.now);
    if (ended(state)) ended_at = outcome.now;
    std::optional<std::string> number;
    if (const auto text = outcome.target_ref["number"].text(); !text.empty()) number = text;
    db.run(
        "UPDATE delivery SET state = ?2, due_at = ?3, ended_at = ?4, updated_at = ?5, error = ?6, target_ref = "
        "coalesce(?7, target_ref), "
        "target_number = coalesce(?8, target_number), explain = ?9, totals = coalesce(?10, totals), attempts = "
        "coalesce(?11, attempts) "
        "WHERE id = ?1",
        outcome.delivery, state, due_at, ended_at, outcome.now, outcome.error, outcome.target_ref, number, explain,
        outcome.totals, outcome.attempts);
    if (ended(state)) db.run("DELETE FROM payload WHERE delivery = ?1", outcome.delivery);
    const bool resting = ended(state) || state == DeliveryState::held || state == DeliveryState::dead;
    if (resting && !has_open_intent(db, outcome.delivery))
        db.run("DELETE FROM claim WHERE delivery = ?1", outcome.delivery);
}

}  // namespace

void SqliteStore::open_steps(std::vector<Step>& steps, std::int64_t delivery) const {
    for (Step& step : steps) {
        if (step.result.is_null()) continue;
        const auto text = vault_.open(step.result.string(), step_cell(delivery, step.name));
        auto result = text ? Json::parse(*text) : std::nullopt;
        if (!result)
            fail(ErrorClass::bug, "store.sealed",
                 fmt::format("the stored result of step {} of delivery {} cannot be opened", step.name, delivery),
                 "look at the target and requeue or cancel the delivery");
        step.result = std::move(*result);
    }
}

void SqliteStore::park_unreadable(const Delivery& delivery, Instant now) {
    Outcome outcome;
    outcome.delivery = delivery.id;
    outcome.fence = delivery.fence;
    outcome.now = now;
    outcome.state = DeliveryState::dead;
    outcome.error = Json::object({{"class", "bug"},
                                  {"code", "store.sealed"},
                                  {"message", fmt::format("the stored content of {} {} cannot be opened", delivery.type,
                                                          delivery.source_number)},
                                  {"remedy", "read the record again from its source"}});
    if (const auto parked = finish(outcome); !parked)
        log_.error("store.sealed", Json::object({{"delivery", delivery.id}, {"code", parked.error().code}}));
}

Expected<std::vector<Delivery>> SqliteStore::claim(const ClaimFilter& filter) {
    std::vector<Delivery> taken;
    const auto written = writer_.run([&](Database& db) {
        taken.clear();
        const auto ids = due(db, filter);
        if (ids.empty()) return;
        const std::int64_t fence = next_fence(db);
        latest_fence_ = fence;
        for (const std::int64_t id : ids) taken.push_back(take(db, id, fence, filter));
    });
    if (!written) return written.error();

    std::vector<Delivery> out;
    for (Delivery& delivery : taken) {
        try {
            auto content = vault_.unpack(delivery.payload, payload_cell(delivery));
            if (!content) fail(ErrorClass::bug, "store.sealed", "", "");
            delivery.payload = std::move(*content);
            open_steps(delivery.steps, delivery.id);
            out.push_back(std::move(delivery));
        } catch (const Failure&) {
            park_unreadable(delivery, filter.now);
        }
    }
    return out;
}

std::optional<Instant> SqliteStore::next_due(const std::vector<std::string>& flows) {
    return read(std::optional<Instant>{}, [&](Database& db) {
        std::optional<Instant> first;
        for (const std::string& flow : flows) {
            for (const Lane lane : {Lane::live, Lane::backfill}) {
                auto q = db.query(
                    "SELECT due_at FROM delivery WHERE flow = ?1 AND lane = ?2 AND due_at IS NOT NULL AND state = "
                    "'waiting' "
                    "ORDER BY due_at LIMIT 1",
                    flow, lane);
                if (q.row() && (!first || q.instant(0) < *first)) first = q.instant(0);
            }
        }
        return first;
    });
}

Expected<Step> SqliteStore::begin_step(std::int64_t delivery, std::int64_t fence, const std::string& name,
                                       const std::string& key, const std::string& request_hash, Instant now) {
    if (fence <= doubtful_up_to_)
        return Error{ErrorClass::transient, "store.io",
                     fmt::format("delivery {} was claimed before a read of the database failed", delivery),
                     "nothing: it is tried again from the start"};
    Step before;
    const auto written = writer_.run([&](Database& db) {
        const Held owner = held(db, delivery, fence);
        if (const auto step = find_step(db, delivery, name)) {
            before = *step;
            if (step->state == "done") return;
        } else {
            before = Step{.name = name,
                          .state = "intent",
                          .key = key,
                          .request_hash = request_hash,
                          .attempt = 0,
                          .begun_at = now,
                          .result = {}};
        }
        db.run(
            "INSERT INTO step(delivery, name, state, key, request_hash, attempt, begun_at) VALUES(?1, ?2, 'intent', "
            "?3, ?4, ?5, ?6) "
            "ON CONFLICT DO UPDATE SET key = excluded.key, request_hash = excluded.request_hash, attempt = "
            "excluded.attempt, "
            "begun_at = excluded.begun_at",
            delivery, name, key, request_hash, before.attempt + 1, now);
        // A worker that makes progress keeps its lease.
        if (owner.due_at && *owner.due_at < now + owner.lease / 2)
            db.run("UPDATE delivery SET due_at = ?2 WHERE id = ?1", delivery, now + owner.lease);
    });
    if (!written) return written.error();
    try {
        std::vector<Step> one{std::move(before)};
        open_steps(one, delivery);
        return std::move(one.front());
    } catch (const Failure& failure) {
        return failure.error;
    }
}

Expected<bool> SqliteStore::claim_key(const std::string& connection, const std::string& type, const std::string& key,
                                      std::int64_t delivery) {
    const std::string hash = vault_.keyed_hash({"claim", key});
    bool mine = false;
    const auto written = writer_.run([&](Database& db) {
        std::optional<std::int64_t> owner;
        bool resting = false;
        {
            auto q = db.query(
                "SELECT c.delivery, d.ended_at IS NOT NULL OR d.state IN ('held', 'dead') FROM claim c JOIN delivery d "
                "ON d.id = c.delivery "
                "WHERE c.connection = ?1 AND c.type = ?2 AND c.key = ?3",
                connection, type, Blob{hash});
            if (q.row()) {
                owner = q.integer(0);
                resting = q.integer(1) != 0;
            }
        }
        mine = !owner || *owner == delivery || (resting && !has_open_intent(db, *owner));
        if (mine && owner != delivery)
            db.run(
                "INSERT INTO claim(connection, type, key, delivery) VALUES(?1, ?2, ?3, ?4) "
                "ON CONFLICT DO UPDATE SET delivery = excluded.delivery",
                connection, type, Blob{hash}, delivery);
    });
    if (!written) return written.error();
    return mine;
}

Expected<void> SqliteStore::finish(const Outcome& outcome) {
    std::string sealed;
    if (outcome.step)
        sealed = vault_.seal(outcome.step->result.dump(), step_cell(outcome.delivery, outcome.step->name));
    std::vector<std::string> claims;
    for (const std::string& key : outcome.released_claims) claims.push_back(vault_.keyed_hash({"claim", key}));
    return writer_.run([&](Database& db) {
        Held owner = held(db, outcome.delivery, outcome.fence);
        if (outcome.step) put_step(db, outcome, sealed);
        if (!outcome.withdrawn_step.empty()) withdraw_step(db, outcome.delivery, outcome.withdrawn_step);
        for (const Binding& binding : outcome.bindings) put_binding(db, binding);
        for (const auto& [type, row] : outcome.index)
            put_row(db, owner.target_connection, type, sealed_row(owner.target_connection, type, row));
        for (const std::string& claim : claims)
            db.run("DELETE FROM claim WHERE delivery = ?1 AND key = ?2", outcome.delivery, Blob{claim});
        for (const Json& item : outcome.explain.items()) owner.explain.push(item);
        if (outcome.state)
            move(db, outcome, owner.explain);
        else if (outcome.explain.size() > 0)
            db.run("UPDATE delivery SET explain = ?2 WHERE id = ?1", outcome.delivery, owner.explain);
        for (const Json& row : outcome.activity) add_activity(db, outcome.delivery, row, outcome.now);
    });
}

}  // namespace brygga::store
