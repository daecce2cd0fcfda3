#include <fmt/format.h>

#include "store/rows.h"
#include "store/sqlite_store.h"

namespace brygga::store {

namespace {

Delivery need_delivery(Database& db, std::int64_t id) {
    auto delivery = find_delivery(db, id);
    if (!delivery)
        fail(ErrorClass::rejected, "delivery.not_found", fmt::format("there is no delivery {}", id),
             "list the deliveries to find its number");
    return std::move(*delivery);
}

[[noreturn]] void refuse(const Delivery& d, std::string_view what, std::string why, std::string remedy) {
    fail(ErrorClass::rejected, "delivery.state",
         fmt::format("delivery {} ({} {}) cannot be {}: {}", d.id, d.type, d.source_number, what, why),
         std::move(remedy));
}

/// One that waits for a person.
Delivery need_waiting(Database& db, std::int64_t id, std::string_view what) {
    Delivery d = need_delivery(db, id);
    if (d.state != DeliveryState::held && d.state != DeliveryState::dead && d.state != DeliveryState::in_doubt)
        refuse(d, what, fmt::format("it is {}", to_string(d.state)),
               d.state == DeliveryState::skipped || d.state == DeliveryState::delivered
                   ? fmt::format("read the record again if it is to be delivered anew: brygga run {} --record {}",
                                 d.flow, d.source_number)
                   : std::string{"only held, dead and in_doubt deliveries wait for a person"});
    return d;
}

void need_payload(Database& db, const Delivery& d, std::string_view what) {
    auto q = db.query("SELECT 1 FROM payload WHERE delivery = ?1", d.id);
    if (!q.row())
        refuse(d, what, "its content was dropped when its retention ended", "read the record again from its source");
}

/// An in_doubt one is settled before anything newer; of the others only the newest version may still go.
void need_newest(Database& db, const Delivery& d, std::string_view what) {
    if (d.state == DeliveryState::in_doubt) return;
    auto q = db.query("SELECT max(o.id) FROM delivery d JOIN delivery o ON o.record = d.record WHERE d.id = ?1", d.id);
    if (q.row() && q.integer(0) != d.id)
        refuse(d, what, fmt::format("delivery {} holds a newer version", q.integer(0)),
               "look at that one instead; cancel this one");
}

void make_pending(Database& db, const Delivery& d, const Json& activity, Instant now) {
    db.run(
        "UPDATE delivery SET state = 'pending', attempts = 0, due_at = NULL, error = NULL, updated_at = ?2 WHERE id = "
        "?1",
        d.id, now);
    db.tally().moved(d.flow, d.state, DeliveryState::pending);
    add_activity(db, d.id, d.flow, DeliveryState::pending, activity.dump(), now);
}

/// The order of another record whose document this is.
std::optional<std::string> owner_of(Database& db, const Delivery& d, const IndexRow& document) {
    auto q = db.query(
        "SELECT source_number FROM delivery WHERE target_number = ?1 AND target_connection = ?2 AND state = "
        "'delivered' AND target_ref ->> '$.id' = ?3 AND NOT (source_connection = ?4 AND source_id = ?5) LIMIT 1",
        document.number, d.target_connection, document.id, d.source_connection, d.source_id);
    return q.row() ? std::optional{q.string(0)} : std::nullopt;
}

/// What the document is to the record: a credit note, when the delivery was writing one.
std::string role_of(Database& db, const Delivery& d, const IndexRow& document) {
    auto q = db.query(
        "SELECT name FROM step WHERE delivery = ?1 AND name LIKE 'credit:%' AND state <> 'done' ORDER BY name LIMIT 1",
        d.id);
    const bool credits = document.kind.starts_with("credit_note");
    if (q.row() == credits) return credits ? q.string(0) : "document";
    fail(ErrorClass::rejected, "document.kind",
         fmt::format("{} {} is {} a credit note", d.type, d.source_number,
                     credits ? "not being credited, and the document is" : "being credited, and the document is not"),
         credits ? "cancel this delivery if the order is right in the books now" : "name the credit note");
}

}  // namespace

void SqliteStore::requeue_one(Database& db, std::int64_t id, Instant now, const Again& how) {
    const Delivery d = need_waiting(db, id, "requeued");
    need_payload(db, d, "requeued");
    need_newest(db, d, "requeued");
    Json told = Json::object({{"kind", "requeued"}, {"from", to_string(d.state)}});
    if (how.flow_version != 0) told.set("flow_version", how.flow_version);
    if (!how.forget.empty()) told.set("steps", "from the start");
    db.run("UPDATE delivery SET chosen_version = nullif(?2, 0) WHERE id = ?1", id, how.flow_version);
    for (const std::string& step : how.forget)
        db.run(
            "DELETE FROM step WHERE delivery = ?1 AND state = 'done' AND (name = ?2 OR substr(name, 1, length(?2) + 1) "
            "= ?2 || ':')",
            id, step);
    make_pending(db, d, told, now);
}

Expected<void> SqliteStore::requeue(std::int64_t id, Instant now, const Again& how) {
    return writer_.run([&](Database& db) { requeue_one(db, id, now, how); });
}

Expected<void> SqliteStore::cancel(std::int64_t id, Instant now) {
    return writer_.run([&](Database& db) {
        const Delivery d = need_delivery(db, id);
        if (ended(d.state))
            refuse(d, "cancelled", fmt::format("it is {}", to_string(d.state)), "nothing: it has ended");
        if (claims_.contains(id)) refuse(d, "cancelled", "it is being delivered now", "try again in a moment");
        end_delivery(db, d, DeliveryState::cancelled, now);
        add_activity(db, id, d.flow, DeliveryState::cancelled,
                     Json::object({{"kind", "cancelled"}, {"from", to_string(d.state)}}).dump(), now);
    });
}

Expected<void> SqliteStore::resolve(std::int64_t id, const IndexRow& document, const std::string& who, Instant now) {
    const Json ref = Json::object({{"id", document.id}, {"kind", document.kind}, {"number", document.number}});
    return writer_.run([&](Database& db) {
        const Delivery d = need_waiting(db, id, "resolved");
        need_newest(db, d, "resolved");
        if (const auto owner = owner_of(db, d, document))
            fail(ErrorClass::rejected, "document.taken",
                 fmt::format("the document {} of {} is that of {} {}",
                             document.number.empty() ? document.id : document.number, d.target_connection, d.type,
                             *owner),
                 "name the document of this one");
        Json explain = d.explain.is_array() ? d.explain : Json::array();
        explain.push(Json::object({{"decision", "document"},
                                   {"value", document.number},
                                   {"rule", "a person's word"},
                                   {"inputs", Json::object({{"by", who}, {"id", document.id}})}}));
        Json target_ref = ref;
        target_ref.set("connection", d.target_connection);
        Json totals = d.totals.is_object() ? d.totals : Json::object({{"source", Json{}}});
        totals.set("target", document.fields["totals"]);
        const Binding binding{d.target_connection,
                              role_of(db, d, document),
                              d.source_connection,
                              d.source_id,
                              document.id,
                              document.number,
                              document.kind,
                              document.state,
                              d.hash,
                              {}};
        put_binding(db, binding, totals["target"].is_null() ? std::string{} : totals["target"].dump());
        // A credit note bills what was to be sent; of a document that a person names nobody knows it.
        if (binding.type == "document") put_billed(db, binding, {});
        db.run(
            "UPDATE delivery SET error = NULL, target_ref = ?2, target_number = nullif(?3, ''), explain = ?4, totals = "
            "?5 WHERE id = ?1",
            id, target_ref, document.number, explain, totals);
        db.run("UPDATE step SET state = 'denied' WHERE delivery = ?1 AND state = 'intent'", id);
        end_delivery(db, d, DeliveryState::delivered, now);
        add_activity(db, id, d.flow, DeliveryState::delivered,
                     Json::object({{"kind", "resolved"},
                                   {"from", to_string(d.state)},
                                   {"outcome", "delivered"},
                                   {"by", who},
                                   {"target", ref}})
                         .dump(),
                     now);
    });
}

Expected<void> SqliteStore::deny(std::int64_t id, const std::string& who, Instant now) {
    return writer_.run([&](Database& db) {
        const Delivery d = need_waiting(db, id, "resolved");
        need_payload(db, d, "resolved");
        if (db.run("UPDATE step SET state = 'denied' WHERE delivery = ?1 AND state = 'intent'", id) == 0)
            refuse(d, "resolved", "none of its writes has an unknown outcome",
                   "replay it to have it tried again, or cancel it");
        make_pending(
            db, d,
            Json::object(
                {{"kind", "resolved"}, {"from", to_string(d.state)}, {"outcome", "not_delivered"}, {"by", who}}),
            now);
    });
}

Expected<int> SqliteStore::restart(const std::string& flow, Instant now) {
    int moved = 0;
    const auto written = writer_.run([&](Database& db) {
        std::vector<std::int64_t> ids;
        for (const Lane lane : {Lane::live, Lane::backfill}) {
            auto q = db.query(
                "SELECT d.id FROM delivery d JOIN payload p ON p.delivery = d.id WHERE d.flow = ?1 AND d.state = "
                "'dead' AND d.lane = ?2 AND NOT EXISTS (SELECT 1 FROM delivery o WHERE o.record = d.record AND "
                "o.id > d.id)",
                flow, lane);
            while (q.row()) ids.push_back(q.integer(0));
        }
        for (const std::int64_t id : ids) requeue_one(db, id, now);
        moved = static_cast<int>(ids.size());
    });
    if (!written) return written.error();
    return moved;
}

}  // namespace brygga::store
