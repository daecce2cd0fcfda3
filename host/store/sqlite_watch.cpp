#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "store/rows.h"
#include "store/sqlite_store.h"

namespace brygga::store {

namespace {

constexpr int search_limit = 500;  // hits of one text, before the other conditions
constexpr std::int64_t newest_id = std::numeric_limits<std::int64_t>::max();

/// The end of the range of texts that begin with this one.
std::string after_prefix(std::string text) { return text + "\xF4\x8F\xBF\xBF"; }

std::vector<std::string> known_flows(Database& db) {
    std::vector<std::string> flows;
    auto q = db.query("SELECT DISTINCT flow FROM tally");
    while (q.row()) flows.push_back(q.string(0));
    return flows;
}

std::vector<DeliveryState> all_states() {
    std::vector<DeliveryState> states;
    for (int i = 0; i <= static_cast<int>(DeliveryState::cancelled); ++i)
        states.push_back(static_cast<DeliveryState>(i));
    return states;
}

void collect(Query&& q, std::vector<std::int64_t>& ids) {
    while (q.row()) ids.push_back(q.integer(0));
}

/// Ids grow with time, so instants become a range of ids.
struct Range {
    std::int64_t from = 0, before = newest_id;
};
Range range_of(Database& db, const DeliveryQuery& query) {
    Range range;
    if (query.before_id > 0) range.before = query.before_id;
    const auto first_since = [&](Instant t) {
        auto q = db.query("SELECT id FROM delivery WHERE created_at >= ?1 ORDER BY created_at, id LIMIT 1", t);
        return q.row() ? q.integer(0) : newest_id;
    };
    if (query.since) range.from = first_since(*query.since);
    if (query.until) range.before = std::min(range.before, first_since(*query.until));
    return range;
}

std::vector<std::int64_t> search(Database& db, const std::string& text) {
    std::vector<std::int64_t> ids;
    const std::string end = after_prefix(text);
    collect(
        db.query(
            "SELECT id FROM delivery WHERE source_number >= ?1 AND source_number < ?2 ORDER BY source_number LIMIT ?3",
            text, end, search_limit),
        ids);
    collect(db.query("SELECT d.id FROM record r JOIN delivery d ON d.record = r.id WHERE r.source_id >= ?1 AND "
                     "r.source_id < ?2 ORDER BY r.source_id LIMIT ?3",
                     text, end, search_limit),
            ids);
    collect(
        db.query(
            "SELECT id FROM delivery WHERE target_number >= ?1 AND target_number < ?2 ORDER BY target_number LIMIT ?3",
            text, end, search_limit),
        ids);
    return ids;
}

/// What may match; `in_hands` are the deliveries that are stored as pending or waiting, but in flight.
std::vector<std::int64_t> candidates(Database& db, const DeliveryQuery& query, Range range,
                                     const std::vector<Claim>& in_hands) {
    std::vector<std::int64_t> ids;
    if (!query.source_number.empty()) {
        collect(db.query("SELECT id FROM delivery WHERE source_number = ?1", query.source_number), ids);
        return ids;
    }
    if (!query.source_record.empty()) {
        collect(db.query("SELECT id FROM delivery WHERE source_number = ?1", query.source_record), ids);
        collect(db.query("SELECT d.id FROM record r JOIN delivery d ON d.record = r.id WHERE r.source_id = ?1",
                         query.source_record),
                ids);
        return ids;
    }
    if (!query.text.empty()) return search(db, query.text);
    if (query.flow.empty() && query.states.empty()) {
        collect(db.query("SELECT id FROM delivery WHERE id >= ?1 AND id < ?2 AND (?3 = '' OR type = ?3) ORDER BY id "
                         "DESC LIMIT ?4",
                         range.from, range.before, query.type, query.limit),
                ids);
        return ids;
    }
    const auto flows = query.flow.empty() ? known_flows(db) : std::vector{query.flow};
    const auto states = query.states.empty() ? all_states() : query.states;
    const int limit = query.limit + static_cast<int>(in_hands.size());
    for (const Claim& claim : in_hands) ids.push_back(claim.delivery);
    for (const std::string& flow : flows)
        for (const DeliveryState state : states)
            for (const Lane lane : {Lane::live, Lane::backfill})
                collect(db.query("SELECT id FROM delivery WHERE flow = ?1 AND state = ?2 AND lane = ?3 AND id >= ?4 "
                                 "AND id < ?5 AND "
                                 "(?6 = '' OR type = ?6) ORDER BY id DESC LIMIT ?7",
                                 flow, state, lane, range.from, range.before, query.type, limit),
                        ids);
    return ids;
}

bool matches(const Delivery& d, const DeliveryQuery& query, Range range) {
    return d.id < range.before && d.id >= range.from && (query.flow.empty() || d.flow == query.flow) &&
           (query.type.empty() || d.type == query.type) &&
           (query.source_connection.empty() || d.source_connection == query.source_connection) &&
           (query.states.empty() || std::find(query.states.begin(), query.states.end(), d.state) != query.states.end());
}

std::optional<Delivery> find_delivery(Database& db, std::int64_t id) {
    auto q = db.query("SELECT " BRYGGA_DELIVERY_COLUMNS " FROM delivery WHERE id = ?1", id);
    if (!q.row()) return std::nullopt;
    return read_delivery(q);
}

Delivery need_delivery(Database& db, std::int64_t id) {
    auto delivery = find_delivery(db, id);
    if (!delivery)
        fail(ErrorClass::rejected, "delivery.not_found", fmt::format("there is no delivery {}", id),
             "list the deliveries to find its number");
    return std::move(*delivery);
}

/// Several queries over one state of the database.
class Snapshot {
public:
    explicit Snapshot(Database& db) : db_{db} { db_.run("BEGIN"); }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    ~Snapshot() { db_.roll_back(); }

private:
    Database& db_;
};

/// Those in somebody's hands, as they are stored.
std::vector<Delivery> in_flight(Database& db, const std::vector<Claim>& claims) {
    std::vector<Delivery> out;
    for (const Claim& claim : claims)
        if (auto delivery = find_delivery(db, claim.delivery); delivery && claimable(delivery->state))
            out.push_back(std::move(*delivery));
    return out;
}

[[noreturn]] void refuse(const Delivery& d, std::string_view what, std::string why, std::string remedy) {
    fail(ErrorClass::rejected, "delivery.state",
         fmt::format("delivery {} ({} {}) cannot be {}: {}", d.id, d.type, d.source_number, what, why),
         std::move(remedy));
}

}  // namespace

void SqliteStore::show_in_flight(Delivery& delivery) const {
    if (!claimable(delivery.state) || !claims_.contains(delivery.id)) return;
    delivery.state = DeliveryState::in_flight;
    delivery.next_attempt_at.reset();
}

Expected<std::vector<Delivery>> SqliteStore::deliveries(const DeliveryQuery& query) {
    return read([&](Database& db) {
        const Range range = range_of(db, query);
        auto ids = candidates(db, query, range, claims_.all());
        std::sort(ids.begin(), ids.end(), std::greater<>{});
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        std::vector<Delivery> out;
        for (const std::int64_t id : ids) {
            if (std::ssize(out) >= query.limit) break;
            auto delivery = find_delivery(db, id);
            if (delivery) show_in_flight(*delivery);
            if (delivery && matches(*delivery, query, range)) out.push_back(std::move(*delivery));
        }
        return out;
    });
}

Expected<std::optional<Delivery>> SqliteStore::delivery(std::int64_t id) {
    return read([&](Database& db) {
        auto delivery = find_delivery(db, id);
        if (delivery) {
            show_in_flight(*delivery);
            delivery->steps = read_steps(db, id);
            open_steps(delivery->steps, id);
        }
        return delivery;
    });
}

Expected<std::optional<std::string>> SqliteStore::payload(std::int64_t id) {
    return read([&](Database& db) -> std::optional<std::string> {
        const auto delivery = find_delivery(db, id);
        auto q = db.query("SELECT content FROM payload WHERE delivery = ?1", id);
        if (!delivery || !q.row()) return std::nullopt;
        return vault_.unpack(q.blob(0), payload_cell(*delivery));
    });
}

Expected<std::vector<Json>> SqliteStore::activity(std::int64_t delivery) {
    return read([&](Database& db) {
        std::vector<Json> out;
        auto q = db.query("SELECT at, body FROM activity WHERE delivery = ?1 ORDER BY id", delivery);
        while (q.row()) {
            Json row = q.json(1);
            row.set("at", to_rfc3339(q.instant(0)));
            out.push_back(std::move(row));
        }
        return out;
    });
}

Expected<std::vector<Store::Count>> SqliteStore::counts() {
    return read([&](Database& db) {
        const Snapshot snapshot{db};
        Tally tally;
        {
            auto q = db.query("SELECT flow, state, count FROM tally");
            while (q.row())
                if (const auto state = delivery_state_from(q.text(1))) tally.add(q.string(0), *state, q.integer(2));
        }
        for (const Delivery& delivery : in_flight(db, claims_.all()))
            tally.moved(delivery.flow, delivery.state, DeliveryState::in_flight);
        std::vector<Count> out;
        for (const auto& [place, count] : tally.changes())
            if (count != 0) out.push_back({place.first, place.second, count});
        return out;
    });
}

Expected<std::vector<std::pair<DeliveryState, std::int64_t>>> SqliteStore::run_counts(const std::string& run) {
    using Counts = std::vector<std::pair<DeliveryState, std::int64_t>>;
    return read([&](Database& db) {
        const Snapshot snapshot{db};
        std::map<DeliveryState, std::int64_t> counts;
        // The time of the run bounds the search; an index on the run would cost every intake.
        auto q = db.query(
            "SELECT d.state, count(*) FROM run r JOIN delivery d ON d.created_at BETWEEN r.started_at AND "
            "coalesce(r.ended_at, 9e18) "
            "WHERE r.id = ?1 AND d.run_id = ?1 GROUP BY d.state",
            run);
        while (q.row())
            if (const auto state = delivery_state_from(q.text(0))) counts[*state] = q.integer(1);
        for (const Delivery& delivery : in_flight(db, claims_.all())) {
            if (delivery.run_id != run) continue;
            --counts[delivery.state];
            ++counts[DeliveryState::in_flight];
        }
        std::erase_if(counts, [](const auto& entry) { return entry.second == 0; });
        return Counts{counts.begin(), counts.end()};
    });
}

void SqliteStore::requeue_one(Database& db, std::int64_t id, Instant now) {
    const Delivery d = need_delivery(db, id);
    if (d.state != DeliveryState::held && d.state != DeliveryState::dead && d.state != DeliveryState::in_doubt)
        refuse(d, "requeued", fmt::format("it is {}", to_string(d.state)),
               "only held, dead and in_doubt deliveries wait for a person");
    {
        auto q = db.query("SELECT 1 FROM payload WHERE delivery = ?1", id);
        if (!q.row())
            refuse(d, "requeued", "its content was dropped when its retention ended",
                   "read the record again from its source");
    }
    // An in_doubt one is resolved before anything newer; of the others only the newest version may still go.
    if (d.state != DeliveryState::in_doubt) {
        auto q =
            db.query("SELECT max(o.id) FROM delivery d JOIN delivery o ON o.record = d.record WHERE d.id = ?1", id);
        if (q.row() && q.integer(0) != id)
            refuse(d, "requeued", fmt::format("delivery {} holds a newer version", q.integer(0)),
                   "requeue or look at that one; cancel this one");
    }
    db.run(
        "UPDATE delivery SET state = 'pending', attempts = 0, due_at = NULL, error = NULL, updated_at = ?2 WHERE id = "
        "?1",
        id, now);
    db.tally().moved(d.flow, d.state, DeliveryState::pending);
    add_activity(db, id, Json::object({{"kind", "requeued"}, {"from", to_string(d.state)}}).dump(), now);
}

Expected<void> SqliteStore::requeue(std::int64_t id, Instant now) {
    return writer_.run([&](Database& db) { requeue_one(db, id, now); });
}

Expected<void> SqliteStore::cancel(std::int64_t id, Instant now) {
    return writer_.run([&](Database& db) {
        const Delivery d = need_delivery(db, id);
        if (ended(d.state))
            refuse(d, "cancelled", fmt::format("it is {}", to_string(d.state)), "nothing: it has ended");
        if (claims_.contains(id)) refuse(d, "cancelled", "it is being delivered now", "try again in a moment");
        end_delivery(db, d, DeliveryState::cancelled, now);
        add_activity(db, id, Json::object({{"kind", "cancelled"}, {"from", to_string(d.state)}}).dump(), now);
    });
}

Expected<int> SqliteStore::restart(const std::string& flow, Instant now) {
    int moved = 0;
    const auto written = writer_.run([&](Database& db) {
        std::vector<std::int64_t> ids;
        for (const Lane lane : {Lane::live, Lane::backfill})
            collect(
                db.query(
                    "SELECT d.id FROM delivery d JOIN payload p ON p.delivery = d.id WHERE d.flow = ?1 AND d.state = "
                    "'dead' AND d.lane = ?2 AND NOT EXISTS (SELECT 1 FROM delivery o WHERE o.record = d.record AND "
                    "o.id > d.id)",
                    flow, lane),
                ids);
        for (const std::int64_t id : ids) requeue_one(db, id, now);
        moved = static_cast<int>(ids.size());
    });
    if (!written) return written.error();
    return moved;
}

}  // namespace brygga::store
