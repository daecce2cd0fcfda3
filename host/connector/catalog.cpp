#include "connector/catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crash_point.h"
#include "brygga/sdk/text.hpp"
#include "entity/order.h"

namespace brygga::connector {

namespace {

using namespace std::chrono_literals;

constexpr auto capabilities_age = 24h;
constexpr auto documents_age = 24h * 7;  // after that long without a read others may have written documents

/// The fact that says from which day on the index has all documents of a type.
std::string filled_of(const std::string& type) { return type + "s"; }

/// Lower case for ASCII and for the letters of western Europe; one blank between words.
std::string folded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto previous = i > 0 ? static_cast<unsigned char>(text[i - 1]) : 0u;
        const auto byte = static_cast<unsigned char>(c);
        if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c + 32);
        else if (previous == 0xC3 && byte >= 0x80 && byte <= 0x9E && byte != 0x97)
            out += static_cast<char>(byte + 32);
        else if (c != ' ' || (!out.empty() && out.back() != ' '))
            out += c;
    }
    return out;
}

bool asked(const store::IndexRow& row, std::string_view by, std::string_view value) {
    bool has_key = false;
    for (const auto& [name, own] : row.keys) {
        if (name != by) continue;
        has_key = true;
        if (own == value) return true;
    }
    return !has_key;
}

/// A failure that says nothing about what was known before.
bool passing(const Error& error) {
    return error.error_class == ErrorClass::transient || error.error_class == ErrorClass::rate_limited;
}

}  // namespace

/// The right to read one thing; waits for the reader before.
class Catalog::Turn {
public:
    Turn(Catalog& catalog, const CallContext& call, std::string name) : catalog_{catalog}, name_{std::move(name)} {
        std::unique_lock lock{catalog_.mutex_};
        taken_ = catalog_.freed_.wait_until(lock, call.stop, call.deadline, [&] { return !catalog_.busy_[name_]; });
        if (taken_) catalog_.busy_[name_] = true;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (!taken_) return;
        {
            const std::lock_guard lock{catalog_.mutex_};
            catalog_.busy_[name_] = false;
        }
        catalog_.freed_.notify_all();
    }
    explicit operator bool() const noexcept { return taken_; }
    Error refused(const CallContext& call) const {
        if (call.cancelled()) return {ErrorClass::cancelled, "catalog.cancelled", "the host is stopping", ""};
        return {ErrorClass::transient, "catalog.busy",
                fmt::format("{} of {} are still being read", name_, catalog_.connection_.id()),
                "nothing: it is tried again"};
    }

private:
    Catalog& catalog_;
    std::string name_;
    bool taken_ = false;
};

std::string Catalog::normalise(std::string_view by, std::string_view value) {
    if (by == "email") return entity::normalise_email(value);
    if (by == "phone") return entity::normalise_phone(value);
    if (by == "vat_number" || by == "organisation_number") return entity::normalise_number(value);
    // Ids, numbers, references, SKUs and EANs name one record exactly.
    if (by == "name_postal" || by == "name") return folded(trimmed(value));
    return std::string{trimmed(value)};
}

store::IndexRow Catalog::row_of(const std::string& type, const Json& row) {
    store::IndexRow out;
    out.id = row["id"].text();
    out.number = row["number"].text();
    out.kind = row["kind"].string();
    out.state = row["state"].string();
    out.version = row["version"].text();
    out.deleted = row["deleted"].boolean();
    out.fields = row["fields"].is_object() ? row["fields"] : Json::object();
    if (!row["totals"].is_null()) out.fields.set("totals", row["totals"]);
    const auto add = [&](std::string_view by, std::string_view value) {
        std::string normal = normalise(by, value);
        if (!normal.empty()) out.keys.emplace_back(by, std::move(normal));
    };
    for (const Json::Member& key : row["keys"].members()) {
        if (key.value.is_array())
            for (const Json& value : key.value.items()) add(key.name, value.text());
        else
            add(key.name, key.value.text());
    }
    const std::string_view name = out.fields["name"].string(), postal = out.fields["address"]["postal_code"].text();
    if (type == "customer" && !name.empty() && !postal.empty()) add("name_postal", fmt::format("{}|{}", name, postal));
    return out;
}

Json Catalog::json_of(const store::IndexRow& row) {
    Json keys = Json::object();
    for (const auto& [by, value] : row.keys) keys.set(by, value);
    Json fields = row.fields;
    Json totals = fields["totals"];
    fields.erase("totals");
    return Json::object({{"id", row.id},
                         {"number", row.number},
                         {"kind", row.kind},
                         {"state", row.state},
                         {"version", row.version},
                         {"keys", std::move(keys)},
                         {"fields", std::move(fields)},
                         {"totals", std::move(totals)}});
}

Expected<std::vector<store::IndexRow>> Catalog::find(const std::string& type, const std::string& by,
                                                     std::string_view value) const {
    const std::string normal = normalise(by, value);
    if (normal.empty()) return std::vector<store::IndexRow>{};
    return store_.index_find(connection_.id(), type, by, normal);
}

Expected<void> Catalog::refresh(const CallContext& call, const std::string& type, std::chrono::milliseconds max_age) {
    const Instant needed = clock_.now() - max_age;
    const auto fresh = [&] {
        const auto last = kept("read:" + type);
        return last && last->at >= needed;
    };
    if (fresh()) return {};
    const Turn turn{*this, call, type};
    if (!turn) return turn.refused(call);
    if (fresh()) return {};
    std::string from;
    if (const auto filled = kept(filled_of(type))) from = (*filled->document)["from"].string();
    return read_changes(call, type, from);
}

Expected<void> Catalog::read_again(const CallContext& call, const std::string& type) {
    const Turn turn{*this, call, type};
    if (!turn) return turn.refused(call);
    return read_list(call, type, {}, {});
}

Expected<void> Catalog::read_changes(const CallContext& call, const std::string& type, const std::string& from) {
    const auto reached = store_.index_state(connection_.id(), type);
    if (!reached) return reached.error();
    return read_list(call, type, from, reached->cursor);
}

Expected<void> Catalog::read_list(const CallContext& call, const std::string& type, const std::string& from,
                                  std::string cursor) {
    const Instant begun = clock_.now();
    for (;;) {
        std::vector<store::IndexRow> rows;
        Expected<void> stored;
        bool more = false;
        const std::string at = cursor;
        const RowSink sink{
            .row =
                [&](Json row) {
                    rows.push_back(row_of(type, row));
                    return true;
                },
            .checkpoint =
                [&](std::string next, bool has_more) {
                    stored = store_.index_put(connection_.id(), type, rows, next, clock_.now());
                    BRYGGA_CRASH_POINT("index_page_stored");
                    rows.clear();
                    cursor = std::move(next);
                    more = has_more;
                    return stored.ok();
                },
            .seen = {},
        };
        const auto listed = connection_.list(call, ListCall{.type = type, .cursor = at, .from = from}, sink);
        if (!stored) return stored;
        if (!listed) return listed;
        if (!rows.empty()) {
            if (auto put = store_.index_put(connection_.id(), type, rows, cursor, clock_.now()); !put) return put;
        }
        if (!more) break;
        if (cursor == at)
            return Error{ErrorClass::bug, "plugin.no_progress",
                         fmt::format("{} says that more records of type {} follow but gives the same position again",
                                     connection_.id(), type),
                         "report this to the author of the connector"};
    }
    // What was written while the list was read may be missing from it.
    keep("read:" + type, Json{}, begun);
    return {};
}

Expected<Json> Catalog::question(const std::string& type, const std::string& by, std::string_view value) const {
    const auto& entities = connection_.manifest().entities;
    const auto operations = entities.find(type);
    if (operations == entities.end() || std::ranges::find(operations->second.find, by) == operations->second.find.end())
        return Error{ErrorClass::unsupported, "find.unsupported",
                     fmt::format("{} cannot look up a {} by {}", connection_.id(), type, by), ""};
    return Json::object({{"type", type},
                         {"kinds", Json::array()},
                         {"keys", Json::array({Json::object({{"n", 0}, {"by", by}, {"value", trimmed(value)}})})}});
}

Expected<Json> Catalog::read(const CallContext& call, const std::string& type, const std::string& kind,
                             const std::string& id) const {
    auto request = question(type, "id", id);
    if (!request) return request.error();
    if (!kind.empty()) request->set("kinds", Json::array({kind}));
    Json record;
    const RowSink sink{.row =
                           [&](Json row) {
                               if (row["id"].text() == id && !row["deleted"].boolean()) record = std::move(row);
                               return true;
                           },
                       .checkpoint = {},
                       .seen = {}};
    if (const auto found = connection_.find(call, request->set("full", true), sink); !found) return found.error();
    return record;
}

Expected<std::vector<store::IndexRow>> Catalog::lookup(const CallContext& call, const std::string& type,
                                                       const std::string& by, std::string_view value,
                                                       std::optional<Instant> since) {
    auto request = question(type, by, value);
    if (!request) return request.error();
    if (since) request->set("since", to_rfc3339(*since));
    const std::string normal = normalise(by, value);
    std::vector<store::IndexRow> rows;
    const RowSink sink{.row =
                           [&](Json row) {
                               auto hit = row_of(type, row);
                               if (!hit.deleted && asked(hit, by, normal)) rows.push_back(std::move(hit));
                               return true;
                           },
                       .checkpoint = {},
                       .seen = {}};
    if (const auto found = connection_.find(call, *request, sink); !found) return found.error();
    if (rows.empty()) return rows;

    if (const auto kept = amend(call, type, rows); !kept) return kept.error();
    return rows;
}

/// The cursor belongs to the reader of the list: nobody may move it back.
Expected<void> Catalog::amend(const CallContext& call, const std::string& type,
                              const std::vector<store::IndexRow>& rows) {
    const Turn turn{*this, call, type};
    if (!turn) return turn.refused(call);
    const auto reached = store_.index_state(connection_.id(), type);
    if (!reached) return reached.error();
    return store_.index_put(connection_.id(), type, rows, reached->cursor, clock_.now());
}

Expected<bool> Catalog::exists(const CallContext& call, const std::string& type, const std::string& id) {
    const auto hits = lookup(call, type, "id", id, std::nullopt);
    if (!hits) return hits.error();
    if (!hits->empty()) return true;
    store::IndexRow gone;
    gone.id = id;
    gone.deleted = true;
    if (const auto kept = amend(call, type, {gone}); !kept) return kept.error();
    return false;
}

Expected<void> Catalog::fill_documents(const CallContext& call, const std::string& type, const std::string& from) {
    const auto covered = [&] {
        const auto filled = kept(filled_of(type));
        return filled && (*filled->document)["complete"].boolean() && (*filled->document)["from"].string() <= from;
    };
    if (covered()) return refresh(call, type, documents_age);
    const Turn turn{*this, call, type};
    if (!turn) return turn.refused(call);
    if (covered()) return {};
    if (auto ready = settled(); !ready) return ready;
    const auto mark = [&](bool complete) {
        keep(filled_of(type), Json::object({{"from", from}, {"complete", complete}}), clock_.now());
    };
    const auto begun = kept(filled_of(type));
    const bool resumed =
        begun && !(*begun->document)["complete"].boolean() && (*begun->document)["from"].string() == from;
    if (!resumed) {
        // An earlier date: the list has to start again.
        if (auto reset = store_.index_put(connection_.id(), type, {}, "", clock_.now()); !reset) return reset;
        mark(false);
    }
    if (auto read = read_changes(call, type, from); !read) return read;
    mark(true);
    return {};
}

/// What was read before it counts as unread: an older copy of the store does not know what has changed since.
std::int64_t Catalog::restoration() const {
    const auto restored = store_.restoration();
    return restored ? restored->generation : 0;
}

Expected<void> Catalog::settled() const {
    const auto restored = store_.restoration();
    const auto age = restored ? clock_.now() - restored->noticed_at : settle_;
    if (age >= settle_) return {};
    Error wait{
        ErrorClass::rate_limited, "catalog.settling",
        fmt::format("an older copy of the store is in use, and {} may not show yet what was written there before",
                    connection_.id()),
        "nothing: its documents are read again in a moment, before anything is written"};
    wait.retry_after = settle_ - std::max(age, std::chrono::milliseconds{0});
    return wait;
}

/// What the store cannot read counts as not kept: the target can be asked again.
std::optional<Catalog::Kept> Catalog::kept(const std::string& name) {
    {
        const std::lock_guard lock{mutex_};
        if (const auto known = kept_.find(name); known != kept_.end()) return known->second;
    }
    const auto fact = store_.fact(scope(), name);
    if (!fact || !*fact || !(**fact)["at"].is_number() || (**fact)["restoration"].integer(0) != restoration())
        return std::nullopt;
    Kept loaded{std::make_shared<const Json>((**fact)["document"]), from_unix_ms((**fact)["at"].integer(0))};
    const std::lock_guard lock{mutex_};
    return kept_.try_emplace(name, std::move(loaded)).first->second;
}

void Catalog::keep(const std::string& name, const Json& document, Instant at) {
    {
        const std::lock_guard lock{mutex_};
        kept_[name] = Kept{std::make_shared<const Json>(document), at};
    }
    // Only a memory of what can be read again: a failure costs one more read after a restart.
    const auto stored = store_.set_fact(
        scope(), name, Json::object({{"at", to_unix_ms(at)}, {"document", document}, {"restoration", restoration()}}),
        clock_.now());
    if (!stored)
        log_.warning("catalog.not_kept",
                     Json::object({{"connection", connection_.id()}, {"what", name}, {"code", stored.error().code}}));
}

void Catalog::forget(const std::string& name) {
    const std::lock_guard lock{mutex_};
    if (const auto known = kept_.find(name); known != kept_.end()) known->second.at = Instant{};
}

Expected<std::shared_ptr<const Json>> Catalog::options(const CallContext& call, const std::string& kind,
                                                       std::chrono::milliseconds max_age) {
    const std::string name = "options:" + kind;
    const Instant needed = clock_.now() - max_age;
    auto known = kept(name);
    if (known && known->at >= needed) return std::move(known->document);
    const Turn turn{*this, call, name};
    if (!turn) return turn.refused(call);
    known = kept(name);
    if (known && known->at >= needed) return std::move(known->document);
    auto read = read_options(call, kind);
    if (read) {
        keep(name, *read, clock_.now());
        return std::make_shared<const Json>(std::move(*read));
    }
    if (!known || !passing(read.error())) return read.error();
    log_.info("catalog.old_options",
              Json::object({{"connection", connection_.id()}, {"kind", kind}, {"code", read.error().code}}));
    return std::move(known->document);
}

Expected<Json> Catalog::read_options(const CallContext& call, const std::string& kind) {
    Json rows = Json::array();
    const RowSink sink{.row =
                           [&](Json row) {
                               rows.push(std::move(row));
                               return true;
                           },
                       .checkpoint = {},
                       .seen = {}};
    if (const auto done = connection_.options(call, kind, sink); !done) return done.error();
    return rows;
}

void Catalog::forget_options(const std::string& kind) { forget("options:" + kind); }

Expected<std::shared_ptr<const schema::Capabilities>> Catalog::capabilities(const CallContext& call) {
    const Instant needed = clock_.now() - capabilities_age;
    const auto current = [&]() -> std::shared_ptr<const schema::Capabilities> {
        const std::lock_guard lock{mutex_};
        return capabilities_ && capabilities_at_ >= needed ? capabilities_ : nullptr;
    };
    if (auto known = current()) return known;
    const Turn turn{*this, call, "describe"};
    if (!turn) return turn.refused(call);
    if (auto known = current()) return known;

    auto answer = kept("describe");
    if (!answer || answer->at < needed) {
        auto described = connection_.describe(call);
        if (described)
            keep("describe", *described, clock_.now());
        else if (described.error().error_class == ErrorClass::unsupported)
            keep("describe", Json::object(), clock_.now());
        else if (!answer || !passing(described.error()))
            return described.error();
        answer = kept("describe");
    }
    auto made = schema::capabilities(connection_.manifest(), *answer->document);
    if (!made) return made.error();
    const std::lock_guard lock{mutex_};
    capabilities_ = std::make_shared<const schema::Capabilities>(std::move(*made));
    capabilities_at_ = answer->at;
    return capabilities_;
}

void Catalog::forget_capabilities() {
    forget("describe");
    const std::lock_guard lock{mutex_};
    capabilities_.reset();
}

}  // namespace brygga::connector
