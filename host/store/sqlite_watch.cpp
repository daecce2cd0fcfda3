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

/// The first row that is not older: activity is in order of time.
std::int64_t first_activity(Database& db, Instant since) {
    std::int64_t low = 0, high = newest_id;
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        auto q = db.query("SELECT id, at FROM activity WHERE id >= ?1 ORDER BY id LIMIT 1", middle);
        if (!q.row() || q.instant(1) >= since)
            high = middle;
        else
            low = q.integer(0) + 1;
    }
    return low;
}

#define BRYGGA_ACTIVITY                                                                                \
  "SELECT a.id, a.delivery, a.at, a.flow, a.state, a.body, d.type, d.source_connection, d.source_id, " \
  "d.source_number FROM activity a LEFT JOIN delivery d ON d.id = a.delivery WHERE a.id >= ?1 AND a.id < ?2 AND "

struct FoundActivity {
    ActivityRow row;
    std::string state;
};

void collect(Query&& q, std::vector<FoundActivity>& rows) {
    while (q.row())
        rows.push_back({{q.integer(0), q.integer(1), q.instant(2), q.string(3), q.string(6), q.string(7), q.string(8),
                         q.string(9), q.json(5)},
                        q.string(4)});
}

std::vector<FoundActivity> activity_candidates(Database& db, const ActivityQuery& query, Range range) {
    std::vector<FoundActivity> rows;
    if (!query.text.empty()) {
        for (const std::int64_t delivery : search(db, query.text))
            collect(db.query(BRYGGA_ACTIVITY "a.delivery = ?3 ORDER BY a.id DESC LIMIT ?4", range.from, range.before,
                             delivery, query.limit),
                    rows);
        return rows;
    }
    if (query.flow.empty() && !query.state) {
        collect(db.query(BRYGGA_ACTIVITY "1 ORDER BY a.id DESC LIMIT ?3", range.from, range.before, query.limit), rows);
        return rows;
    }
    std::vector<std::string> states;
    if (query.state)
        states.emplace_back(to_string(*query.state));
    else
        for (const DeliveryState state : all_states()) states.emplace_back(to_string(state));
    for (const std::string& flow : query.flow.empty() ? known_flows(db) : std::vector{query.flow})
        for (const std::string& state : states)
            collect(db.query(BRYGGA_ACTIVITY "a.flow = ?3 AND a.state = ?4 ORDER BY a.id DESC LIMIT ?5", range.from,
                             range.before, flow, state, query.limit),
                    rows);
    return rows;
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

Expected<std::vector<ActivityRow>> SqliteStore::find_activity(const ActivityQuery& query) {
    return read([&](Database& db) {
        const Snapshot snapshot{db};
        Range range;
        if (query.before_id > 0) range.before = query.before_id;
        if (query.since) range.from = first_activity(db, *query.since);
        if (query.until) range.before = std::min(range.before, first_activity(db, *query.until));
        auto found = activity_candidates(db, query, range);
        std::erase_if(found, [&](const FoundActivity& one) {
            return (!query.flow.empty() && one.row.flow != query.flow) ||
                   (query.state && one.state != to_string(*query.state));
        });
        std::ranges::sort(found, std::greater<>{}, [](const FoundActivity& one) { return one.row.id; });
        const auto same_id = [](const FoundActivity& a, const FoundActivity& b) { return a.row.id == b.row.id; };
        found.erase(std::unique(found.begin(), found.end(), same_id), found.end());
        std::vector<ActivityRow> out;
        for (FoundActivity& one : found) {
            if (std::ssize(out) == query.limit) break;
            if (!one.row.body.has("state") && !one.state.empty()) one.row.body.set("state", one.state);
            out.push_back(std::move(one.row));
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

}  // namespace brygga::store
