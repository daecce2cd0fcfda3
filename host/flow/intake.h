// Intake: from a source's pages to durable deliveries. Every record seen gets a row, and the checkpoint moves in
// the same transaction, before anything is routed; one bad record never stops a page.
// One object a flow, used by one run at a time. It talks to the source and the store; what a type of record needs of
// its target is the Reception's.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/call.h"
#include "connector/catalog.h"
#include "connector/connection.h"
#include "flow/reception.h"
#include "settings/config.h"
#include "store/store.h"

namespace brygga::flow {

/// What a run reads: everything new (live), a range of dates, single records by their number, or a range of numbers.
struct RunRequest {
    std::string run_id;
    std::string from, to;              ///< ISO dates; a range is read beside the checkpoint, in the backfill lane
    std::vector<std::string> records;  ///< order numbers
    bool range = false;                ///< records are all numbers between two: some may not exist; backfill lane
    std::int64_t flow_version = 0;     ///< that maps what is only shown; 0: the active one
    bool dry = false;                  ///< only shows what it would do
    std::stop_token cancelled{};       ///< asked to end at the next boundary of a page

    /// live | backfill | dry_run
    std::string_view mode() const { return dry ? "dry_run" : from.empty() && !range ? "live" : "backfill"; }
};

struct RunReport {
    int read = 0, fresh = 0, unchanged = 0, superseded = 0;
    bool more = false;  ///< stopped at max_per_run or cancelled; another run would bring more at once
};

class Intake {
public:
    Intake(const settings::Flow& flow, std::unique_ptr<Reception> reception, connector::Connection& source,
           connector::Catalog& catalog, store::Store& store, const Clock& clock);

    /// What was stored before an error stays stored; the next run goes on from there. A page of which something cannot
    /// be known now, since the store cannot be read, is left as a whole.
    Expected<RunReport> run(const CallContext& call, const RunRequest& request);
    /// What a run would take in first, at most so many records; nothing is stored and the checkpoint stays.
    Expected<std::vector<store::NewVersion>> peek(const CallContext& call, const RunRequest& request, std::size_t most);
    /// The newest records since a day (ISO date), at most so many, whether or not they were taken in; nothing is
    /// stored.
    Expected<std::vector<store::NewVersion>> latest(const CallContext& call, const std::string& since,
                                                    std::size_t most);

private:
    struct Batch;
    struct Collected;
    Expected<void> begin(const CallContext& call, const RunRequest& request);
    Expected<Collected> find_records(const CallContext& call, std::string_view by,
                                     const std::vector<std::string>& values) const;
    bool collect(const Json& row, Collected& into) const;
    Expected<bool> seen(std::string_view id, std::string_view revision) const;
    Expected<void> poll_pages(const CallContext& call, const RunRequest& request, RunReport& report);
    Expected<void> read_records(const CallContext& call, const RunRequest& request, RunReport& report);
    Expected<void> none_missing(const Collected& collected) const;
    Expected<void> commit(Batch& batch, RunReport& report);
    bool in_range(const RunRequest& request, const Json& row) const;
    Expected<std::optional<store::NewVersion>> version_of(const Json& row) const;
    std::string marked(std::string_view revision) const;

    const settings::Flow& flow_;
    const std::unique_ptr<Reception> reception_;
    connector::Connection& source_;
    connector::Catalog& catalog_;  ///< of the source
    store::Store& store_;
    const Clock& clock_;
    Reading reading_;
};

}  // namespace brygga::flow
