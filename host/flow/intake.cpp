#include "flow/intake.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <span>

#include <fmt/format.h>

#include "base/crash_point.h"
#include "flow/order_reception.h"
#include "flow/payload.h"
#include "flow/source_zone.h"

namespace brygga::flow {

namespace {

constexpr unsigned page_size = 100;
constexpr std::size_t largest_batch = 500;

/// The UTC date on which this day of the zone begins: what a source is asked from, since it knows UTC days only.
std::string begins_on(const std::string& day, const Zone& days) {
    const auto midnight = from_rfc3339(day + "T00:00:00Z");
    return midnight ? to_iso_date(days.instant(Zone::utc().local(*midnight))) : day;
}

}  // namespace

struct Intake::Batch {
    const RunRequest& request;
    store::Lane lane = store::Lane::live;
    std::vector<store::NewVersion> versions{};
    std::optional<std::string> checkpoint{};
    std::optional<Error> failed{};  ///< nothing more of the page is taken

    bool fail(Error error) {
        failed = std::move(error);
        return false;
    }
};

Intake::Intake(const settings::Flow& flow, std::unique_ptr<Reception> reception, connector::Connection& source,
               connector::Catalog& catalog, store::Store& store, const Clock& clock)
    : flow_{flow}, reception_{std::move(reception)}, source_{source}, catalog_{catalog}, store_{store}, clock_{clock} {}

/// The days of this run.
Expected<void> Intake::begin(const CallContext& call, const RunRequest& request) {
    const auto state = store_.flow(flow_.id, clock_.now());
    if (!state) return state.error();
    const auto zone = find_source_zone(call, flow_, catalog_, store_, clock_.now());
    if (!zone) return zone.error();
    reading_ = Reading{};
    reading_.run_id = request.run_id;
    reading_.days = zone->value_or(Zone::utc());
    reading_.from_date = !request.from.empty()            ? request.from
                         : !flow_.order.from_date.empty() ? flow_.order.from_date
                                                          : reading_.days.iso_date(state->created_at);
    if (request.records.empty() && request.from.empty()) {
        const auto everything = reception_->wants_everything();
        if (!everything) return everything.error();
        reading_.everything = *everything;
    }
    return reception_->begin(call, reading_);
}

Expected<RunReport> Intake::run(const CallContext& call, const RunRequest& request) {
    if (auto begun = begin(call, request); !begun) return begun.error();
    RunReport report;
    const auto done = request.records.empty() ? poll_pages(call, request, report) : read_records(call, request, report);
    if (!done) return done.error();
    if (reading_.everything && !report.more)
        if (const auto noted = reception_->compared(); !noted) return noted.error();
    return report;
}

Expected<std::optional<store::NewVersion>> Intake::version_of(const Json& row) const {
    store::NewVersion v;
    v.type = row["type"].string(flow_.entity);
    v.source_id = row["id"].text();
    v.source_number = row["number"].text();
    if (!row["revision"].text().empty()) v.revision = marked(row["revision"].text());
    v.payload = payload_of(row);
    const auto enters = reception_->judge(row, reading_, v);
    if (!enters) return enters.error();
    return *enters ? std::optional{std::move(v)} : std::nullopt;
}

std::string Intake::marked(std::string_view revision) const {
    return fmt::format("{}#{}", revision, reception_->mark());
}

Expected<void> Intake::commit(Batch& batch, RunReport& report) {
    if (batch.versions.empty() && !batch.checkpoint) return {};
    store::Intake intake;
    intake.flow = flow_.id;
    intake.run_id = batch.request.run_id;
    intake.source_connection = flow_.from;
    intake.target_connection = flow_.to;
    intake.versions = std::move(batch.versions);
    intake.checkpoint = std::move(batch.checkpoint);
    intake.lane = batch.lane;
    intake.now = clock_.now();
    batch.versions.clear();
    batch.checkpoint.reset();
    report.read += static_cast<int>(intake.versions.size());
    BRYGGA_CRASH_POINT("page_read");
    const auto result = store_.intake(intake);
    if (!result) return result.error();
    BRYGGA_CRASH_POINT("page_stored");
    report.fresh += result->fresh;
    report.unchanged += result->unchanged;
    report.superseded += result->superseded;
    return {};
}

Expected<void> Intake::poll_pages(const CallContext& call, const RunRequest& request, RunReport& report) {
    const bool range = !request.from.empty();
    const auto state = store_.flow(flow_.id, clock_.now());
    if (!state) return state.error();
    std::string cursor = range || reading_.everything ? std::string{} : state->checkpoint;
    // What reads everything begins again from the start when it is cut.
    const int most = reading_.everything ? std::numeric_limits<int>::max() : flow_.order.max_per_run;

    for (report.more = true; report.more && report.read < most;) {
        if (call.cancelled())
            return Error{ErrorClass::cancelled,
                         "run.cancelled",
                         fmt::format("The run of {} was stopped.", flow_.id),
                         "",
                         0,
                         {},
                         false};
        if (request.cancelled.stop_requested()) break;
        Batch batch{request, range ? store::Lane::backfill : store::Lane::live};
        report.more = false;
        connector::RowSink sink;
        sink.row = [&](Json row) {
            if (batch.failed) return false;
            if (!in_range(request, row)) return true;
            auto version = version_of(row);
            if (!version) return batch.fail(std::move(version).error());
            if (!*version) return ++report.read, ++report.unchanged, true;
            batch.versions.push_back(std::move(**version));
            if (batch.versions.size() < largest_batch) return true;
            const auto stored = commit(batch, report);
            return stored || batch.fail(stored.error());
        };
        sink.checkpoint = [&](std::string next, bool more) {
            if (batch.failed) return false;
            cursor = next;
            report.more = more;
            if (!range) batch.checkpoint = std::move(next);
            const auto stored = commit(batch, report);
            return stored || batch.fail(stored.error());
        };
        sink.seen = [&](std::string_view id, std::string_view revision) {
            const auto known = seen(id, revision);
            return known ? *known : batch.fail(known.error());
        };
        const auto polled =
            source_.poll(call, {flow_.entity, cursor, begins_on(reading_.from_date, reading_.days), page_size}, sink);
        if (batch.failed) return *batch.failed;
        if (!polled) return polled.error();
        if (const auto rest = commit(batch, report); !rest) return rest.error();
    }
    return {};
}

bool Intake::in_range(const RunRequest& request, const Json& row) const {
    const auto placed = from_rfc3339(row["entity"]["placed_at"].string());
    if (request.from.empty() || !placed) return true;
    const std::string day = reading_.days.iso_date(*placed);
    return day >= request.from && (request.to.empty() || day <= request.to);
}

/// Versions of the rows of a page; nothing more of it is taken once something cannot be known now.
struct Intake::Collected {
    std::vector<store::NewVersion> versions{};
    std::vector<std::string> missing{};  ///< of the records that were asked for
    std::optional<Error> failed{};
};

bool Intake::collect(const Json& row, Collected& into) const {
    auto version = version_of(row);
    if (!version) {
        into.failed = version.error();
        return false;
    }
    if (*version) into.versions.push_back(std::move(**version));
    return true;
}

Expected<bool> Intake::seen(std::string_view id, std::string_view revision) const {
    if (reading_.everything) return false;
    return store_.seen(flow_.id, flow_.entity, id, marked(revision));
}

Expected<Intake::Collected> Intake::find_records(const CallContext& call, std::string_view by,
                                                 const std::vector<std::string>& values) const {
    Json keys = Json::array();
    for (std::size_t i = 0; i < values.size(); ++i)
        keys.push(Json::object({{"n", i}, {"by", by}, {"value", values[i]}}));
    Collected out;
    std::vector<bool> found(values.size());
    connector::RowSink sink;
    sink.row = [&](const Json& row) {
        if (const auto n = row["n"].integer(); n && *n >= 0 && static_cast<std::size_t>(*n) < found.size())
            found[static_cast<std::size_t>(*n)] = true;
        return collect(row, out);
    };
    const auto read = source_.find(call, Json::object({{"type", flow_.entity}, {"keys", keys}, {"full", true}}), sink);
    if (out.failed) return std::move(*out.failed);
    if (!read) return read.error();
    for (std::size_t i = 0; i < found.size(); ++i)
        if (!found[i]) out.missing.push_back(values[i]);
    return out;
}

/// The first record that was asked for and is not there.
Expected<void> Intake::none_missing(const Collected& collected) const {
    if (collected.missing.empty()) return {};
    return Error{ErrorClass::rejected,
                 "record.not_found",
                 fmt::format("{} {} does not exist in {}.", flow_.entity, collected.missing.front(), flow_.from),
                 "Check the number as it is printed in the shop.",
                 0,
                 {},
                 false};
}

Expected<void> Intake::read_records(const CallContext& call, const RunRequest& request, RunReport& report) {
    constexpr std::size_t at_once = 100;
    for (auto rest = std::span{request.records}; !rest.empty() && !request.cancelled.stop_requested();) {
        const auto some = rest.first(std::min(at_once, rest.size()));
        rest = rest.subspan(some.size());
        auto found = find_records(call, reception_->named_by(), {some.begin(), some.end()});
        if (!found) return found.error();
        Batch batch{request, request.range ? store::Lane::backfill : store::Lane::live};
        batch.versions = std::move(found->versions);
        if (const auto stored = commit(batch, report); !stored) return stored.error();
        if (const auto all = request.range ? Expected<void>{} : none_missing(*found); !all) return all.error();
    }
    return {};
}

Expected<std::vector<store::NewVersion>> Intake::peek(const CallContext& call, const RunRequest& request,
                                                      std::size_t most) {
    if (auto begun = begin(call, request); !begun) return begun.error();
    if (!request.records.empty()) {
        auto found = find_records(call, reception_->named_by(), request.records);
        if (!found) return found.error();
        if (const auto all = request.range ? Expected<void>{} : none_missing(*found); !all) return all.error();
        return std::move(found->versions);
    }
    const auto state = store_.flow(flow_.id, clock_.now());
    if (!state) return state.error();
    Collected out;
    std::string cursor = request.from.empty() && !reading_.everything ? state->checkpoint : std::string{};
    for (bool more = true; more && out.versions.size() < most;) {
        more = false;
        connector::RowSink sink;
        sink.row = [&](const Json& row) {
            return out.versions.size() < most && (!in_range(request, row) || collect(row, out));
        };
        sink.checkpoint = [&](std::string next, bool has_more) {
            cursor = std::move(next);
            more = has_more;
            return !out.failed && out.versions.size() < most;
        };
        sink.seen = [&](std::string_view id, std::string_view revision) {
            const auto known = seen(id, revision);
            if (!known) out.failed = known.error();
            return known && *known;
        };
        const auto polled =
            source_.poll(call, {flow_.entity, cursor, begins_on(reading_.from_date, reading_.days), page_size}, sink);
        if (out.failed) return std::move(*out.failed);
        if (!polled && out.versions.size() < most) return polled.error();
    }
    return std::move(out.versions);
}

Expected<std::vector<store::NewVersion>> Intake::latest(const CallContext& call, const std::string& since,
                                                        std::size_t most) {
    RunRequest request;
    request.from = since;
    if (auto begun = begin(call, request); !begun) return begun.error();
    // Listed first, as if all were known: only those that are wanted cost a read of their own.
    std::deque<std::string> newest;
    const auto note = [&](std::string_view id) {
        if (std::ranges::find(newest, id) != newest.end()) return;
        newest.emplace_back(id);
        if (newest.size() > most) newest.pop_front();
    };
    std::string cursor;
    for (bool more = true; more;) {
        more = false;
        connector::RowSink sink;
        sink.row = [&](const Json& row) { return note(row["id"].text()), true; };
        sink.checkpoint = [&](std::string next, bool has_more) {
            cursor = std::move(next);
            more = has_more;
            return true;
        };
        sink.seen = [&](std::string_view id, std::string_view) { return note(id), true; };
        const auto polled =
            source_.poll(call, {flow_.entity, cursor, begins_on(since, reading_.days), page_size}, sink);
        if (!polled) return polled.error();
    }
    auto found = find_records(call, "id", {newest.begin(), newest.end()});
    if (!found) return found.error();
    return std::move(found->versions);
}

}  // namespace brygga::flow
