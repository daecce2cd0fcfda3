#include "store/rows.h"
#include "store/sqlite_store.h"

namespace brygga::store {

namespace {

struct Known {
    std::int64_t record = 0, version = 0;
    std::string hash, revision;
};

std::optional<Known> known(Database& db, const std::string& flow, const NewVersion& version) {
    auto q = db.query("SELECT id, version, hash, revision FROM record WHERE flow = ?1 AND type = ?2 AND source_id = ?3",
                      flow, version.type, version.source_id);
    if (!q.row()) return std::nullopt;
    return Known{q.integer(0), q.integer(1), q.string(2), q.string(3)};
}

/// Older versions that nobody needs any more. One with an open or denied intent stays: it looks first what it wrote.
/// Held and dead ones that began to write stay too: a person has to look at what is in the target.
/// What a worker has in hands is not touched.
int supersede(Database& db, const Claims& claims, const std::string& flow, std::int64_t record, Instant now) {
    std::vector<Delivery> old;
    {
        auto q = db.query(
            "SELECT id, state FROM delivery d WHERE record = ?1 AND ended_at IS NULL AND ("
            "(state IN ('pending', 'waiting') AND NOT EXISTS (SELECT 1 FROM step WHERE delivery = d.id AND state IN "
            "('intent', 'denied'))) OR "
            "(state IN ('held', 'dead') AND NOT EXISTS (SELECT 1 FROM step WHERE delivery = d.id)))",
            record);
        while (q.row()) {
            Delivery& delivery = old.emplace_back();
            delivery.id = q.integer(0);
            delivery.flow = flow;
            delivery.state = delivery_state_from(q.text(1)).value_or(DeliveryState::pending);
        }
    }
    std::erase_if(old, [&](const Delivery& delivery) { return claims.contains(delivery.id); });
    for (const Delivery& delivery : old) end_delivery(db, delivery, DeliveryState::superseded, now);
    return static_cast<int>(old.size());
}

std::int64_t insert_delivery(Database& db, const Intake& intake, const NewVersion& version, std::int64_t record,
                             std::int64_t number) {
    std::optional<Instant> ended_at;
    if (ended(version.state)) ended_at = intake.now;
    db.run(
        "INSERT INTO delivery(record, version, flow, run_id, type, source_connection, source_id, source_number, "
        "target_connection, "
        "hash, state, lane, attempts, created_at, updated_at, ended_at, error, explain, flow_version) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, ?13, ?13, ?14, ?15, ?16, nullif(?17, 0))",
        record, number, intake.flow, intake.run_id, version.type, intake.source_connection, version.source_id,
        version.source_number, intake.target_connection, version.hash, version.state, intake.lane, intake.now, ended_at,
        version.error, version.explain.size() == 0 ? Json{} : version.explain, version.flow_version);
    db.tally().add(intake.flow, version.state, 1);
    return db.last_id();
}

void move_checkpoint(Database& db, const std::string& flow, const std::string& checkpoint, Instant now) {
    db.run(
        "INSERT INTO flow(flow, state, checkpoint, created_at) VALUES(?1, 'running', ?2, ?3) "
        "ON CONFLICT DO UPDATE SET checkpoint = excluded.checkpoint",
        flow, checkpoint, now);
}

bool allowed(DeliveryState state) {
    return state == DeliveryState::pending || state == DeliveryState::skipped || state == DeliveryState::held ||
           state == DeliveryState::dead;
}

}  // namespace

Expected<IntakeResult> SqliteStore::intake(const Intake& intake) {
    for (const NewVersion& version : intake.versions)
        if (!allowed(version.state))
            return Error{ErrorClass::bug, "store.state",
                         "a record cannot enter as " + std::string{to_string(version.state)}, ""};

    // Compressing and sealing happen here, on the caller's thread, for what looks new.
    std::vector<std::string> content(intake.versions.size());
    const auto seal = [&](std::size_t i) {
        const NewVersion& version = intake.versions[i];
        if (!content[i].empty() || ended(version.state)) return;
        Delivery place;
        place.flow = intake.flow;
        place.type = version.type;
        place.source_id = version.source_id;
        place.hash = version.hash;
        content[i] = vault_.pack(version.payload, payload_cell(place));
    };
    const auto fresh = read([&](Database& db) {
        std::vector<bool> out;
        for (const NewVersion& version : intake.versions) {
            const auto record = known(db, intake.flow, version);
            out.push_back(!record || record->hash != version.hash);
        }
        return out;
    });
    if (!fresh) return fresh.error();
    for (std::size_t i = 0; i < fresh->size(); ++i)
        if ((*fresh)[i]) seal(i);

    IntakeResult result;
    const auto written = writer_.run([&](Database& db) {
        result = {};
        for (std::size_t i = 0; i < intake.versions.size(); ++i) {
            const NewVersion& version = intake.versions[i];
            const auto record = known(db, intake.flow, version);
            if (record && record->hash == version.hash) {
                if (record->revision != version.revision)
                    db.run("UPDATE record SET revision = ?2 WHERE id = ?1", record->record, version.revision);
                ++result.unchanged;
                continue;
            }
            if (record) result.superseded += supersede(db, claims_, intake.flow, record->record, intake.now);
            std::int64_t id = record ? record->record : 0;
            const std::int64_t number = record ? record->version + 1 : 1;
            if (record) {
                db.run("UPDATE record SET version = ?2, hash = ?3, revision = ?4 WHERE id = ?1", id, number,
                       version.hash, version.revision);
            } else {
                db.run(
                    "INSERT INTO record(flow, type, source_id, version, hash, revision) VALUES(?1, ?2, ?3, 1, ?4, ?5)",
                    intake.flow, version.type, version.source_id, version.hash, version.revision);
                id = db.last_id();
            }
            const std::int64_t delivery = insert_delivery(db, intake, version, id, number);
            seal(i);
            if (!ended(version.state))
                db.run("INSERT INTO payload(delivery, content) VALUES(?1, ?2)", delivery, Blob{content[i]});
            ++result.fresh;
        }
        if (intake.checkpoint) move_checkpoint(db, intake.flow, *intake.checkpoint, intake.now);
    });
    if (!written) return written.error();
    return result;
}

Expected<bool> SqliteStore::seen(const std::string& flow, const std::string& type, std::string_view source_id,
                                 std::string_view revision) {
    if (revision.empty()) return false;
    return read([&](Database& db) {
        auto q = db.query("SELECT revision = ?4 FROM record WHERE flow = ?1 AND type = ?2 AND source_id = ?3", flow,
                          type, source_id, revision);
        return q.row() && q.integer(0) != 0;
    });
}

}  // namespace brygga::store
