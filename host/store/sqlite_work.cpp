#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "store/rows.h"
#include "store/sqlite_store.h"

namespace brygga::store {

/// The JSON of an outcome as it is stored; made on the caller's thread. Empty: nothing.
struct OutcomeTexts {
    explicit OutcomeTexts(const Outcome& outcome)
        : error{text(outcome.error)}, target_ref{text(outcome.target_ref)}, totals{text(outcome.totals)} {
        if (outcome.explain.size() > 0) explain = outcome.explain.dump();
        for (const Binding& binding : outcome.bindings) binding_totals.push_back(text(binding.totals));
        for (const Json& row : outcome.activity) activity.push_back(row.dump());
    }
    static std::string text(const Json& json) { return json.is_null() ? std::string{} : json.dump(); }

    std::string error, target_ref, totals, explain;
    std::vector<std::string> binding_totals, activity;
};

namespace {

// Not while an older version of the record has an open end.
#define BRYGGA_NOT_BLOCKED                                                                                     \
  "NOT EXISTS (SELECT 1 FROM delivery o WHERE o.record = d.record AND o.id < d.id AND o.ended_at IS NULL AND " \
  "o.state IN ('pending', 'waiting', 'in_doubt'))"
#define BRYGGA_CLAIM_COLUMNS "d.id, d.record, d.flow, d.target_connection, d.state"

Claim read_claim(const Query& q, const ClaimFilter& filter) {
    Claim claim;
    claim.delivery = q.integer(0);
    claim.record = q.integer(1);
    claim.flow = q.string(2);
    claim.target_connection = q.string(3);
    claim.state = delivery_state_from(q.text(4)).value_or(DeliveryState::pending);
    claim.until = filter.now + filter.lease;
    claim.lease = filter.lease;
    return claim;
}

/// Due deliveries of one flow and lane: the oldest pending ones and those whose time has come.
void due(Database& db, const std::string& flow, Lane lane, const ClaimFilter& filter, int limit,
         std::vector<Claim>& claims) {
    {
        auto q = db.query("SELECT " BRYGGA_CLAIM_COLUMNS
                          " FROM delivery d WHERE d.flow = ?1 AND d.state = 'pending' AND d.lane = ?2 "
                          "AND " BRYGGA_NOT_BLOCKED " ORDER BY d.id LIMIT ?3",
                          flow, lane, limit);
        while (q.row()) claims.push_back(read_claim(q, filter));
    }
    auto q = db.query("SELECT " BRYGGA_CLAIM_COLUMNS
                      " FROM delivery d WHERE d.flow = ?1 AND d.lane = ?2 AND d.due_at <= ?3 AND " BRYGGA_NOT_BLOCKED
                      " ORDER BY d.due_at LIMIT ?4",
                      flow, lane, filter.now, limit);
    while (q.row()) claims.push_back(read_claim(q, filter));
}

std::vector<Claim> due(Database& db, const ClaimFilter& filter, const std::vector<Claim>& in_hands) {
    std::set<std::int64_t> busy;  // records
    for (const Claim& claim : in_hands)
        if (claim.until > filter.now) busy.insert(claim.record);
    const int limit = filter.limit + static_cast<int>(in_hands.size());
    std::vector<Claim> chosen;
    for (const Lane lane : {Lane::live, Lane::backfill}) {
        std::vector<Claim> found;
        for (const std::string& flow : filter.flows) due(db, flow, lane, filter, limit, found);
        std::ranges::sort(found, {}, &Claim::delivery);
        for (Claim& claim : found)
            if (std::ssize(chosen) < filter.limit && busy.insert(claim.record).second)
                chosen.push_back(std::move(claim));
    }
    return chosen;
}

/// Writes that an older, given up version of the record left open: this version must look before it repeats one.
void inherit_intents(Database& db, std::int64_t id) {
    db.run(
        "INSERT INTO step(delivery, name, state, key, request_hash, attempt, begun_at, flow_version) "
        "SELECT d.id, s.name, s.state, s.key, s.request_hash, s.attempt, s.begun_at, s.flow_version FROM delivery d "
        "JOIN delivery o ON o.record = d.record AND o.ended_at IS NULL AND o.id < d.id JOIN step s ON s.delivery = "
        "o.id "
        "WHERE d.id = ?1 AND s.state = 'intent' ORDER BY o.id DESC ON CONFLICT DO NOTHING",
        id);
}

Delivery read_claimed(Database& db, const Claim& claim) {
    Delivery delivery;
    {
        auto q = db.query("SELECT " BRYGGA_DELIVERY_COLUMNS " FROM delivery WHERE id = ?1", claim.delivery);
        if (q.row()) delivery = read_delivery(q);
    }
    auto q = db.query("SELECT content FROM payload WHERE delivery = ?1", claim.delivery);
    if (q.row()) delivery.payload = q.blob(0);
    delivery.steps = read_steps(db, claim.delivery);
    delivery.state = DeliveryState::in_flight;
    delivery.fence = claim.fence;
    return delivery;
}

Error fenced(std::int64_t delivery) {
    return {ErrorClass::cancelled, "store.fenced",
            fmt::format("delivery {} is no longer in the hands of this worker", delivery),
            "nothing: its present owner goes on with it"};
}

/// The delivery in the hands of this fence; throws store.fenced.
Claim held(const Claims& claims, std::int64_t delivery, std::int64_t fence) {
    auto claim = claims.of(delivery, fence);
    if (!claim) throw Failure{fenced(delivery)};
    return std::move(*claim);
}

std::optional<std::string_view> maybe(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>{text};
}

// The stored array of decisions with those of another one behind it.
#define BRYGGA_MORE_EXPLAIN(more)                                           \
  "CASE WHEN " more " IS NULL THEN explain WHEN explain IS NULL THEN " more \
  " ELSE substr(explain, 1, length(explain) - 1) || ',' || substr(" more ", 2) END"

std::optional<Step> find_step(Database& db, std::int64_t delivery, const std::string& name) {
    auto q = db.query(
        "SELECT state, key, request_hash, attempt, begun_at, result, flow_version FROM step WHERE delivery = ?1 AND "
        "name = ?2",
        delivery, name);
    if (!q.row()) return std::nullopt;
    return Step{.name = name,
                .state = q.string(0),
                .key = q.string(1),
                .request_hash = q.string(2),
                .attempt = q.small(3),
                .begun_at = q.instant(4),
                .result = q.null(5) ? Json{} : Json{q.blob(5)},
                .flow_version = q.integer(6)};
}

void put_step(Database& db, const Outcome& outcome, const std::string& sealed) {
    db.run(
        "INSERT INTO step(delivery, name, state, key, request_hash, attempt, begun_at, result) VALUES(?1, ?2, 'done', "
        "'', '', 0, ?3, ?4) "
        "ON CONFLICT DO UPDATE SET state = 'done', result = excluded.result",
        outcome.delivery, outcome.step->name, outcome.now, Blob{sealed});
}

void withdraw_step(Database& db, std::int64_t delivery, const std::string& name) {
    db.run("DELETE FROM step WHERE delivery = ?1 AND name = ?2 AND state = 'intent'", delivery, name);
}

/// What a parked or ended delivery keeps: see Store. Null members of the outcome leave ref and totals as they are.
void move(Database& db, const Outcome& outcome, const OutcomeTexts& texts, const Claim& claim) {
    const DeliveryState state = *outcome.state;
    std::optional<Instant> due_at, ended_at;
    if (state == DeliveryState::waiting) due_at = outcome.next_attempt_at.value_or(outcome.now);
    if (ended(state)) ended_at = outcome.now;
    std::optional<std::string> number;
    if (const auto text = outcome.target_ref["number"].text(); !text.empty()) number = text;
    db.run(
        "UPDATE delivery SET state = ?2, due_at = ?3, ended_at = ?4, updated_at = ?5, error = ?6, target_ref = "
        "coalesce(?7, target_ref), "
        "target_number = coalesce(?8, target_number), explain = " BRYGGA_MORE_EXPLAIN(
            "?9") ", totals = coalesce(?10, totals), attempts = coalesce(?11, attempts), flow_version = coalesce(nullif(?12, 0), "
              "flow_version) WHERE id = ?1",
        outcome.delivery, state, due_at, ended_at, outcome.now, maybe(texts.error), maybe(texts.target_ref), number,
        maybe(texts.explain), maybe(texts.totals), outcome.attempts, outcome.flow_version);
    db.tally().moved(claim.flow, claim.state, state);
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
    const std::int64_t fence = ++latest_fence_;
    std::vector<Delivery> taken;
    // Read by the writer: its pages are warm, a reader would fetch them anew after every commit.
    const auto done = writer_.run([&](Database& db) {
        claims_.give_back_all(fence);  // of a first try of this piece
        taken.clear();
        for (Claim& claim : due(db, filter, claims_.all())) {
            claim.fence = fence;
            claims_.take(claim);
            inherit_intents(db, claim.delivery);
            taken.push_back(read_claimed(db, claim));
        }
    });
    if (!done) {
        claims_.give_back_all(fence);
        return done.error();
    }

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

Expected<std::optional<Instant>> SqliteStore::next_due(const std::vector<std::string>& flows) {
    return read([&](Database& db) {
        std::optional<Instant> first;
        for (const std::string& flow : flows) {
            for (const Lane lane : {Lane::live, Lane::backfill}) {
                auto q = db.query(
                    "SELECT id, due_at FROM delivery WHERE flow = ?1 AND lane = ?2 AND due_at IS NOT NULL ORDER BY "
                    "due_at",
                    flow, lane);
                while (q.row()) {
                    if (claims_.contains(q.integer(0))) continue;
                    if (!first || q.instant(1) < *first) first = q.instant(1);
                    break;
                }
            }
        }
        return first;
    });
}

Expected<Step> SqliteStore::begin_step(std::int64_t delivery, std::int64_t fence, const std::string& name,
                                       const std::string& key, const std::string& request_hash, Instant now,
                                       std::int64_t flow_version) {
    Step before;
    const auto written = writer_.run([&](Database& db) {
        const Claim claim = held(claims_, delivery, fence);
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
                          .result = {},
                          .flow_version = 0};
        }
        db.run(
            "INSERT INTO step(delivery, name, state, key, request_hash, attempt, begun_at, flow_version) VALUES(?1, "
            "?2, 'intent', ?3, ?4, ?5, ?6, nullif(?7, 0)) "
            "ON CONFLICT DO UPDATE SET state = 'intent', key = excluded.key, request_hash = excluded.request_hash, "
            "attempt = "
            "excluded.attempt, "
            "begun_at = excluded.begun_at, flow_version = excluded.flow_version",
            delivery, name, key, request_hash, before.attempt + 1, now, flow_version);
        claims_.prolong(claim, now + claim.lease);
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

/// An outcome with everything that need not be made on the writer's thread.
struct SqliteStore::Ending {
    Ending(Outcome of, const Claim& claim, const Vault& vault)
        : outcome{std::move(of)}, texts{outcome}, target_connection{claim.target_connection} {
        if (outcome.step)
            step = vault.seal(outcome.step->result.dump(), step_cell(outcome.delivery, outcome.step->name));
        for (const std::string& key : outcome.released_claims) released.push_back(vault.keyed_hash({"claim", key}));
        for (const Binding& b : outcome.bindings)
            billed.push_back(b.billed.is_null() ? std::string{} : vault.pack(b.billed.dump(), billed_cell(b)));
    }

    void write(Database& db, const Claim& claim) const {
        if (outcome.step) put_step(db, outcome, step);
        if (!outcome.withdrawn_step.empty()) withdraw_step(db, outcome.delivery, outcome.withdrawn_step);
        for (std::size_t i = 0; i < outcome.bindings.size(); ++i) {
            put_binding(db, outcome.bindings[i], texts.binding_totals[i]);
            put_billed(db, outcome.bindings[i], billed[i]);
        }
        for (std::size_t i = 0; i < rows.size(); ++i) put_row(db, target_connection, outcome.index[i].first, rows[i]);
        for (const std::string& key : released)
            db.run("DELETE FROM claim WHERE delivery = ?1 AND key = ?2", outcome.delivery, Blob{key});
        if (outcome.state)
            move(db, outcome, texts, claim);
        else if (!texts.explain.empty())
            db.run("UPDATE delivery SET explain = " BRYGGA_MORE_EXPLAIN("?2") " WHERE id = ?1", outcome.delivery,
                   texts.explain);
        for (const std::string& body : texts.activity)
            add_activity(db, outcome.delivery, claim.flow, outcome.state.value_or(claim.state), body, outcome.now);
    }

    Outcome outcome;
    OutcomeTexts texts;
    std::string target_connection, step;
    std::vector<std::string> released, billed;
    std::vector<SealedRow> rows;
};

Expected<std::shared_ptr<SqliteStore::Ending>> SqliteStore::ending(Outcome outcome) const {
    const auto owner = claims_.of(outcome.delivery, outcome.fence);
    if (!owner) return fenced(outcome.delivery);
    auto made = std::make_shared<Ending>(std::move(outcome), *owner, vault_);
    for (const auto& [type, row] : made->outcome.index)
        made->rows.push_back(sealed_row(made->target_connection, type, row));
    return made;
}

void SqliteStore::write(Database& db, const Ending& ending) const {
    ending.write(db, held(claims_, ending.outcome.delivery, ending.outcome.fence));
}

/// What is kept in memory follows when it is durable.
void SqliteStore::settle(const Ending& ending) {
    for (const auto& [type, row] : ending.outcome.index) index_.forget(joined({ending.target_connection, type}));
    if (ending.outcome.state) claims_.give_back(ending.outcome.delivery, ending.outcome.fence);
}

Expected<void> SqliteStore::finish(const Outcome& outcome) {
    const auto made = ending(outcome);
    if (!made) return made.error();
    return writer_.run([&](Database& db) { write(db, **made); }, [&] { settle(**made); });
}

void SqliteStore::finish_later(Outcome outcome, Ended ended) {
    auto made = ending(std::move(outcome));
    if (!made) return ended(made.error());
    writer_.post([this, e = *made](Database& db) { write(db, *e); }, [this, e = *made] { settle(*e); },
                 std::move(ended));
}

}  // namespace brygga::store
