#include "store/rows.h"

namespace brygga::store {

std::optional<std::string> meta(Database& db, std::string_view name) {
    auto q = db.query("SELECT value FROM meta WHERE name = ?1", name);
    return q.row() ? std::optional{q.string(0)} : std::nullopt;
}

Json read_rotation(Database& db) {
    const auto text = meta(db, "rotation");
    return text ? Json::parse(*text).value_or(Json{}) : Json{};
}

Delivery read_delivery(const Query& q) {
    Delivery d;
    d.id = q.integer(0);
    d.flow = q.string(1);
    d.run_id = q.string(2);
    d.type = q.string(3);
    d.source_connection = q.string(4);
    d.source_id = q.string(5);
    d.source_number = q.string(6);
    d.target_connection = q.string(7);
    d.hash = q.string(8);
    d.version = q.integer(9);
    d.state = delivery_state_from(q.text(10)).value_or(DeliveryState::dead);
    d.lane = q.integer(11) == 0 ? Lane::live : Lane::backfill;
    d.attempts = q.small(12);
    d.next_attempt_at = q.maybe_instant(13);
    d.created_at = q.instant(14);
    d.updated_at = q.instant(15);
    d.error = q.json(16);
    d.target_ref = q.json(17);
    if (!q.null(18)) d.explain = q.json(18);
    d.totals = q.json(19);
    d.flow_version = q.integer(20);
    d.chosen_version = q.integer(21);
    return d;
}

std::optional<Delivery> find_delivery(Database& db, std::int64_t id) {
    auto q = db.query("SELECT " BRYGGA_DELIVERY_COLUMNS " FROM delivery WHERE id = ?1", id);
    if (!q.row()) return std::nullopt;
    return read_delivery(q);
}

std::vector<Step> read_steps(Database& db, std::int64_t delivery) {
    std::vector<Step> steps;
    auto q = db.query(
        "SELECT name, state, key, request_hash, attempt, begun_at, result, flow_version FROM step WHERE delivery = ?1 "
        "ORDER BY "
        "begun_at, name",
        delivery);
    while (q.row())
        steps.push_back({.name = q.string(0),
                         .state = q.string(1),
                         .key = q.string(2),
                         .request_hash = q.string(3),
                         .attempt = q.small(4),
                         .begun_at = q.instant(5),
                         .result = q.null(6) ? Json{} : Json{q.blob(6)},
                         .flow_version = q.integer(7)});
    return steps;
}

bool has_open_intent(Database& db, std::int64_t delivery) {
    auto q = db.query("SELECT 1 FROM step WHERE delivery = ?1 AND state = 'intent' LIMIT 1", delivery);
    return q.row();
}

void end_delivery(Database& db, const Delivery& delivery, DeliveryState state, Instant now) {
    db.run("UPDATE delivery SET state = ?2, due_at = NULL, ended_at = ?3, updated_at = ?3 WHERE id = ?1", delivery.id,
           state, now);
    db.tally().moved(delivery.flow, delivery.state, state);
    db.run("DELETE FROM payload WHERE delivery = ?1", delivery.id);
    db.run("DELETE FROM claim WHERE delivery = ?1", delivery.id);
}

void put_binding(Database& db, const Binding& b, const std::string& totals) {
    db.run(
        "INSERT INTO binding(target_connection, type, source_connection, source_id, target_id, number, kind, state, "
        "hash, totals) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, nullif(?10, '')) ON CONFLICT DO UPDATE SET target_id = "
        "excluded.target_id, number = excluded.number, kind = excluded.kind, state = excluded.state, hash = "
        "excluded.hash, totals = excluded.totals",
        b.target_connection, b.type, b.source_connection, b.source_id, b.target_id, b.number, b.kind, b.state, b.hash,
        totals);
}

void put_billed(Database& db, const Binding& b, const std::string& sealed) {
    if (sealed.empty())
        db.run(
            "DELETE FROM billed WHERE target_connection = ?1 AND type = ?2 AND source_connection = ?3 AND source_id = "
            "?4",
            b.target_connection, b.type, b.source_connection, b.source_id);
    else
        db.run(
            "INSERT INTO billed(target_connection, type, source_connection, source_id, content) VALUES(?1, ?2, ?3, ?4, "
            "?5) ON CONFLICT DO UPDATE SET content = excluded.content",
            b.target_connection, b.type, b.source_connection, b.source_id, Blob{sealed});
}

void add_activity(Database& db, std::int64_t delivery, const std::string& flow, DeliveryState state,
                  const std::string& body, Instant now) {
    db.run("INSERT INTO activity(delivery, at, flow, state, body) VALUES(?1, ?2, ?3, ?4, ?5)", delivery, now, flow,
           state, body);
}

}  // namespace brygga::store
