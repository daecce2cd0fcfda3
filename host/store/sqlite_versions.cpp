#include <fmt/format.h>

#include "store/sqlite_store.h"

namespace brygga::store {

namespace {

#define BRYGGA_VERSION_COLUMNS "flow, number, hash, at, cause, same_as"

FlowVersion read_version(const Query& q) {
    return {q.string(0), q.integer(1), q.string(2), q.instant(3), q.string(4), q.integer(5), {}};
}

std::optional<FlowVersion> newest(Database& db, const std::string& flow) {
    auto q = db.query(
        "SELECT " BRYGGA_VERSION_COLUMNS " FROM flow_version WHERE flow = ?1 ORDER BY number DESC LIMIT 1", flow);
    if (!q.row()) return std::nullopt;
    return read_version(q);
}

std::int64_t first_with(Database& db, const std::string& flow, const std::string& hash) {
    auto q = db.query("SELECT min(number) FROM flow_version WHERE flow = ?1 AND hash = ?2", flow, hash);
    return q.row() ? q.integer(0) : 0;
}

void set_aside(Database& db, const FlowDefinition& flow, Instant now) {
    std::optional<std::string> hash;
    if (!flow.set_aside.empty()) hash = flow.set_aside;
    db.run(
        "INSERT INTO flow(flow, state, checkpoint, created_at, set_aside) VALUES(?1, 'running', '', ?2, ?3) "
        "ON CONFLICT DO UPDATE SET set_aside = excluded.set_aside WHERE set_aside IS NOT excluded.set_aside",
        flow.flow, now, hash);
}

}  // namespace

Expected<std::vector<FlowVersion>> SqliteStore::activate(const std::vector<FlowDefinition>& flows, Instant now,
                                                         const std::vector<Document>& changed) {
    std::vector<std::string> contents;
    for (const Document& document : changed) contents.push_back(vault_.pack(document.text, document_cell(document)));
    std::vector<std::string> sealed;
    for (const FlowDefinition& flow : flows)
        sealed.push_back(vault_.pack(flow.definition, definition_cell(flow.flow, flow.hash)));
    std::vector<FlowVersion> out;
    const auto written = writer_.run([&](Database& db) {
        out.clear();
        for (std::size_t i = 0; i < changed.size(); ++i)
            if (const Document& document = changed[i]; document.text.empty())
                db.run("DELETE FROM document WHERE kind = ?1 AND id = ?2", document.kind, document.id);
            else
                db.run(
                    "INSERT INTO document(kind, id, at, content) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET at = "
                    "excluded.at, content = excluded.content",
                    document.kind, document.id, now, Blob{contents[i]});
        for (std::size_t i = 0; i < flows.size(); ++i) {
            const FlowDefinition& flow = flows[i];
            set_aside(db, flow, now);
            auto version = newest(db, flow.flow);
            if (!version || version->hash != flow.hash) {
                const bool asked = flow.rolled_back_to != 0;
                version = FlowVersion{flow.flow,
                                      version ? version->number + 1 : 1,
                                      flow.hash,
                                      now,
                                      asked ? "rollback" : flow.cause,
                                      asked ? flow.rolled_back_to : first_with(db, flow.flow, flow.hash),
                                      {}};
                std::optional<std::int64_t> same_as;
                if (version->same_as != 0) same_as = version->same_as;
                db.run("INSERT INTO flow_version(" BRYGGA_VERSION_COLUMNS
                       ", definition) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                       version->flow, version->number, version->hash, version->since, version->cause, same_as,
                       Blob{sealed[i]});
            }
            out.push_back(std::move(*version));
        }
    });
    if (!written) return written.error();
    return out;
}

Expected<std::vector<Document>> SqliteStore::documents() {
    return read([&](Database& db) {
        std::vector<Document> out;
        auto q = db.query("SELECT kind, id, content, at FROM document ORDER BY kind, id");
        while (q.row()) {
            Document document{q.string(0), q.string(1), {}, q.instant(3)};
            auto text = vault_.unpack(q.blob(2), document_cell(document));
            if (!text)
                fail(ErrorClass::bug, "store.sealed",
                     fmt::format("the stored document {} of {} cannot be opened", document.id, document.kind),
                     "restore a backup of the database with its master key");
            document.text = std::move(*text);
            out.push_back(std::move(document));
        }
        return out;
    });
}

Expected<std::vector<FlowVersion>> SqliteStore::flow_versions(const std::string& flow, std::int64_t before, int limit) {
    return read([&](Database& db) {
        std::vector<FlowVersion> out;
        auto q =
            db.query("SELECT " BRYGGA_VERSION_COLUMNS
                     " FROM flow_version WHERE flow = ?1 AND (?2 = 0 OR number < ?2) ORDER BY number DESC LIMIT ?3",
                     flow, before, limit);
        while (q.row()) out.push_back(read_version(q));
        return out;
    });
}

Expected<std::optional<FlowVersion>> SqliteStore::flow_version(const std::string& flow, std::int64_t number) {
    return read([&](Database& db) -> std::optional<FlowVersion> {
        auto q = db.query("SELECT " BRYGGA_VERSION_COLUMNS
                          ", definition FROM flow_version WHERE flow = ?1 AND (?2 = 0 OR number = ?2) ORDER BY number "
                          "DESC LIMIT 1",
                          flow, number);
        if (!q.row()) return std::nullopt;
        FlowVersion version = read_version(q);
        auto definition = vault_.unpack(q.blob(6), definition_cell(flow, version.hash));
        if (!definition)
            fail(ErrorClass::bug, "store.sealed",
                 fmt::format("the stored version {} of the flow {} cannot be opened", version.number, flow),
                 "take another version");
        version.definition = std::move(*definition);
        return version;
    });
}

}  // namespace brygga::store
