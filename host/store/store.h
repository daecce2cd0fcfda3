// Store: the durable memory of the host, as semantic verbs; no SQL leaves this module.
// Owned by app; every verb may be called from any thread. Writes go through one writer thread that commits
// them in groups and return when they are durable; reads use their own connections, and one that fails is an error,
// never "nothing there". Backend: SQLite in WAL mode with synchronous=FULL; a second backend joins behind the same
// verbs. It never decides what happens next and never talks to a plugin.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/expected.h"
#include "base/secret.h"
#include "brygga/sdk/json.hpp"
#include "store/access.h"

namespace brygga {
class Log;
}

namespace brygga::store {

enum class DeliveryState : std::uint8_t {
    pending,
    in_flight,
    delivered,
    skipped,
    waiting,
    in_doubt,
    held,
    dead,
    superseded,
    cancelled,
};
std::string_view to_string(DeliveryState state) noexcept;
std::optional<DeliveryState> delivery_state_from(std::string_view name) noexcept;

enum class Lane : std::uint8_t { live, backfill };

// ---- intake ----------------------------------------------------------------------------------

/// One record read from a source, as it enters.
struct NewVersion {
    std::string type, source_id, source_number;
    std::string revision;                          ///< the source's revision text; may be empty
    std::string hash;                              ///< of the mapped target fields and of what decides eligibility
    std::string payload;                           ///< text of any kind; stored compressed and encrypted
    DeliveryState state = DeliveryState::pending;  ///< pending, skipped, held or dead
    std::int64_t flow_version = 0;                 ///< that mapped it, when its end is known already
    Json error;                                    ///< {class, code, message, remedy} for skipped, held, dead
    Json explain = Json::array();
};

struct Intake {
    std::string flow, run_id, source_connection, target_connection;
    std::vector<NewVersion> versions;
    std::optional<std::string> checkpoint;  ///< moved in the same transaction
    Lane lane = Lane::live;
    Instant now{};
};
struct IntakeResult {
    int fresh = 0;       ///< got a delivery row
    int unchanged = 0;   ///< same hash as the newest version: only the revision was noted
    int superseded = 0;  ///< older versions that nobody needs any more
};

// ---- deliveries ------------------------------------------------------------------------------

struct Step {
    std::string name;   ///< "customer", "product:SKU", "document", ...
    std::string state;  ///< intent | denied (begun, but without effect as a person says) | done
    std::string key;    ///< idempotency key
    std::string request_hash;
    int attempt = 0;     ///< how often this write was begun
    Instant begun_at{};  ///< of the newest intent
    Json result;
    std::int64_t flow_version = 0;  ///< that mapped what the newest intent sends; 0: not known
};

struct Delivery {
    std::int64_t id = 0;
    std::string flow, run_id, type, source_connection, source_id, source_number, target_connection;
    std::string hash;
    std::int64_t version = 0;         ///< grows per record
    std::int64_t flow_version = 0;    ///< of the flow, that mapped it; 0: not mapped yet, or before there were versions
    std::int64_t chosen_version = 0;  ///< of the flow, that is to map it by a person's word; 0: the active one
    DeliveryState state = DeliveryState::pending;
    Lane lane = Lane::live;
    int attempts = 0;        ///< spent on vendor faults
    std::int64_t fence = 0;  ///< grows with every claim; a write with an older one is refused
    std::optional<Instant> next_attempt_at;
    Instant created_at{}, updated_at{};
    Json error;       ///< {class, code, message, remedy} or null
    Json target_ref;  ///< {connection, id, kind, number} or null
    Json explain = Json::array();
    Json totals;          ///< {source, target} once known
    std::string payload;  ///< only from claim() and payload()
    std::vector<Step> steps;
};

/// How a delivery that waits for a person is tried again: from the step that failed, by the active version of its flow,
/// unless told.
struct Again {
    std::int64_t flow_version = 0;      ///< that is to map it
    std::vector<std::string> forget{};  ///< steps that are done anew although they are done: "customer", and each of
                                        ///< "product:..." for "product"
};

struct ClaimFilter {
    std::vector<std::string> flows;  ///< only deliveries of these flows
    int limit = 16;
    Instant now{};
    std::chrono::milliseconds lease{120'000};
};

/// The pair (source record, target record) that was made once.
struct Binding {
    std::string target_connection, type, source_connection, source_id;
    std::string target_id, number, kind, state, hash;
    Json totals;
    Json billed{};  ///< what it bills, as far as later changes need it; kept sealed, null when that is not known
};

/// One record of a target as the host's index knows it.
struct IndexRow {
    std::string id, number, kind, state, version;
    Json fields;                                            ///< as the connector's list gives them
    std::vector<std::pair<std::string, std::string>> keys;  ///< (by, normalised value); stored as keyed hashes
    bool deleted = false;
};

struct StepDone {
    std::string name;
    Json result;
};

/// What a finished write leaves behind; one transaction.
struct Outcome {
    std::int64_t delivery = 0, fence = 0;
    Instant now{};
    std::optional<StepDone> step;
    std::string withdrawn_step;  ///< this write certainly had no effect, in no attempt: its intent is forgotten
    std::vector<Binding> bindings;
    std::vector<std::pair<std::string, IndexRow>> index;  ///< (type, row) of the target connection
    std::vector<std::string> released_claims;             ///< see claim_key
    /// Ends or parks the delivery when set.
    std::optional<DeliveryState> state;
    Json error, target_ref, totals;
    Json explain;  ///< appended when an array
    std::optional<Instant> next_attempt_at;
    std::optional<int> attempts;
    std::int64_t flow_version = 0;  ///< with a state: that mapped it; 0: as it was
    std::vector<Json> activity;     ///< {"kind", ...} rows of the story
};

struct DeliveryQuery {
    std::vector<DeliveryState> states;
    std::string flow, type, source_number;
    std::string source_connection, source_record;  ///< source_record: a number or id at the source, exactly
    std::string text;                              ///< what a source number, source id or target number begins with
    std::optional<Instant> since, until;
    std::int64_t before_id = 0;  ///< cursor; 0 from the newest
    int limit = 50;
};

/// One thing that happened to a delivery.
struct ActivityRow {
    std::int64_t id = 0, delivery = 0;
    Instant at{};
    std::string flow;
    std::string type, source_connection, source_id, source_number;  ///< of the delivery
    Json body;                                                      ///< {"kind", "state", …}
};

struct ActivityQuery {
    std::string flow;
    std::optional<DeliveryState> state;  ///< into which it brought the delivery
    std::string text;                    ///< as in DeliveryQuery
    std::optional<Instant> since, until;
    std::int64_t before_id = 0;  ///< cursor; 0 from the newest
    int limit = 50;
};

// ---- flows and runs --------------------------------------------------------------------------

struct FlowState {
    std::string flow;
    std::string state = "running";  ///< running | paused | stopped
    std::string checkpoint;
    Instant created_at{};
    std::optional<Instant> last_run_at;
    std::string set_aside;  ///< hash of the definition in the flow's file that a rollback set aside; empty: none
};

/// What the definition of a flow was from a moment on. Never changed; the one with the highest number is active.
struct FlowVersion {
    std::string flow;
    std::int64_t number = 0;  ///< 1, 2, … of the flow
    std::string hash;         ///< of the definition
    Instant since{};
    std::string cause;         ///< file | api | rollback
    std::int64_t same_as = 0;  ///< the older one with the same definition; 0: there is none
    std::string definition;    ///< YAML text; only from flow_version()
};

/// A document of the configuration that came by the API, or its end.
struct Document {
    std::string kind, id;  ///< kind: connections | flows | alerts, as the folders of files
    std::string text;      ///< JSON; empty: it goes
    Instant changed_at{};  ///< as stored; of a change: when what it changes was stored, nothing when it is new
};

/// What is to be active of a flow.
struct FlowDefinition {
    std::string flow, hash, definition;
    std::int64_t rolled_back_to = 0;  ///< the version that was asked for, by a rollback
    std::string set_aside;            ///< see FlowState
    std::string cause = "file";       ///< of a new version that is no rollback: file | api
};

struct Run {
    std::string id, flow, trigger;
    std::string mode;   ///< live | backfill | dry_run
    std::string state;  ///< queued | running | done | failed | cancelled
    Instant started_at{};
    std::optional<Instant> ended_at;
    Json counts;  ///< {read, fresh, unchanged}; of a dry run {read} and how many would end in which state
    Json error;
};

/// What is older than these instants goes.
struct Retention {
    Instant activity{}, runs{}, dead_payload{}, audit{}, answers{};
};

/// An older copy of the database was put in its place, or it was moved: what was written at the targets since then
/// is not known to it.
struct Restoration {
    std::int64_t generation = 0;     ///< names this restoration; what was read before it counts as unread
    Instant noticed_at{};            ///< nothing that it does not know was written after this
    std::int64_t last_delivery = 0;  ///< deliveries up to this one were in the copy
};

struct StoreOptions {
    std::string path;          ///< file of the database
    Secret master_key;         ///< 32 bytes
    std::size_t queue = 4096;  ///< writes that may wait
    Instant now{};
};

class Keys;  ///< see keys.h

class Store {
public:
    /// Opens or creates, migrates, takes the lock. Errors: store.locked, store.not_writable, store.corrupt,
    /// store.newer, store.key, each with what to do.
    static Expected<std::unique_ptr<Store>> open(const StoreOptions& options, Log& log);
    virtual ~Store() = default;

    /// Random, made at creation; the root of idempotency keys and of keyed hashes.
    virtual std::string install_id() const = 0;
    /// The newest one, if ever.
    virtual std::optional<Restoration> restoration() const = 0;
    /// A copy made before this is recognised from now on. Cheap when nothing was written since.
    virtual Expected<void> mark_progress() = 0;

    // intake
    virtual Expected<IntakeResult> intake(const Intake& intake) = 0;
    /// The revision of the newest version of this record in this flow is exactly this one.
    virtual Expected<bool> seen(const std::string& flow, const std::string& type, std::string_view source_id,
                                std::string_view revision) = 0;

    // work
    /// Due deliveries (pending, or waiting and due, or in flight with a lapsed lease), live before backfill,
    /// oldest first, one version per record at a time; they are in flight afterwards, with payload and steps.
    virtual Expected<std::vector<Delivery>> claim(const ClaimFilter& filter) = 0;
    /// When the next waiting delivery of these flows is due, if any.
    virtual Expected<std::optional<Instant>> next_due(const std::vector<std::string>& flows) = 0;
    /// Stores the intent of a write before it leaves. The step as it was before: attempt > 0 means that an
    /// earlier try may have been applied. Refused (code store.fenced) with an old fence.
    virtual Expected<Step> begin_step(std::int64_t delivery, std::int64_t fence, const std::string& name,
                                      const std::string& key, const std::string& request_hash, Instant now,
                                      std::int64_t flow_version = 0) = 0;
    /// Takes (connection, type, key) for one delivery, so that two of them do not create the same record.
    /// True when this delivery holds it now; false when another unfinished one does.
    virtual Expected<bool> claim_key(const std::string& connection, const std::string& type, const std::string& key,
                                     std::int64_t delivery) = 0;
    virtual Expected<void> finish(const Outcome& outcome) = 0;
    /// The same without waiting: writes come to pass in the order in which they were handed in. `ended` is told once,
    /// on a thread of the store or before this returns; it is brief and calls nothing here.
    using Ended = std::function<void(const Expected<void>&)>;
    virtual void finish_later(Outcome outcome, Ended ended) = 0;

    // memory
    virtual Expected<std::optional<Binding>> binding(const std::string& target_connection, const std::string& type,
                                                     const std::string& source_connection,
                                                     const std::string& source_id) = 0;
    virtual Expected<std::vector<IndexRow>> index_find(const std::string& connection, const std::string& type,
                                                       const std::string& by, const std::string& value) = 0;
    /// Rows and cursor in one transaction; a deleted row leaves.
    virtual Expected<void> index_put(const std::string& connection, const std::string& type,
                                     const std::vector<IndexRow>& rows, const std::string& cursor, Instant now) = 0;
    struct IndexState {
        std::string cursor;
        std::optional<Instant> read_at;
        std::int64_t rows = 0;
    };
    virtual Expected<IndexState> index_state(const std::string& connection, const std::string& type) = 0;

    /// Small durable facts, for example what was learned about a connection: (scope, name) -> document.
    virtual Expected<std::optional<Json>> fact(const std::string& scope, const std::string& name) = 0;
    virtual Expected<void> set_fact(const std::string& scope, const std::string& name, const Json& value,
                                    Instant now) = 0;

    /// Encrypted secrets that the host itself obtained, for example a rotated refresh token.
    virtual Expected<std::optional<Secret>> secret(const std::string& connection, const std::string& name) = 0;
    virtual Expected<void> set_secret(const std::string& connection, const std::string& name, const Secret& value,
                                      Instant now) = 0;

    // flows, runs
    virtual Expected<FlowState> flow(const std::string& flow, Instant now) = 0;  ///< created on first sight
    virtual Expected<void> set_flow_state(const std::string& flow, const std::string& state, Instant now) = 0;
    virtual Expected<void> set_checkpoint(const std::string& flow, const std::string& checkpoint, Instant now) = 0;
    virtual Expected<void> put_run(const Run& run) = 0;
    virtual Expected<std::vector<Run>> runs(const std::string& flow, int limit) = 0;
    virtual Expected<std::optional<Run>> run(const std::string& id) = 0;
    /// Runs that have not ended are cancelled: nobody is at work on them any more.
    virtual Expected<void> abandon_runs(Instant now) = 0;
    /// What a dry run has found; it goes with its run.
    virtual Expected<void> put_plan(const std::string& run, const Json& plan) = 0;
    virtual Expected<std::optional<Json>> plan(const std::string& run) = 0;

    // versions of flows
    /// A new version of each flow whose definition is not that of its newest one, and what changes of the documents;
    /// one transaction. The newest versions, without definition, in the order of the flows.
    virtual Expected<std::vector<FlowVersion>> activate(const std::vector<FlowDefinition>& flows, Instant now,
                                                        const std::vector<Document>& changed = {}) = 0;
    virtual Expected<std::vector<Document>> documents() = 0;  ///< by kind and id
    /// Newest first, without definition; `before`: only older numbers, 0 from the newest.
    virtual Expected<std::vector<FlowVersion>> flow_versions(const std::string& flow, std::int64_t before,
                                                             int limit) = 0;
    /// With definition; number 0: the newest.
    virtual Expected<std::optional<FlowVersion>> flow_version(const std::string& flow, std::int64_t number) = 0;

    /// The part of the control API; as long as the store.
    virtual Access& access() = 0;
    /// The keys that seal its content; as long as the store.
    virtual Keys& keys() = 0;

    // watching
    virtual Expected<std::vector<Delivery>> deliveries(const DeliveryQuery& query) = 0;  ///< without payload
    virtual Expected<std::optional<Delivery>> delivery(std::int64_t id) = 0;             ///< with steps
    virtual Expected<std::optional<std::string>> payload(std::int64_t id) = 0;
    virtual Expected<std::vector<Json>> activity(std::int64_t delivery) = 0;
    /// Of all deliveries, newest first. Costs what is found and not what is stored.
    virtual Expected<std::vector<ActivityRow>> find_activity(const ActivityQuery& query) = 0;
    struct Count {
        std::string flow;
        DeliveryState state;
        std::int64_t count;
    };
    virtual Expected<std::vector<Count>> counts() = 0;
    /// Deliveries that one run brought in, by their state now.
    virtual Expected<std::vector<std::pair<DeliveryState, std::int64_t>>> run_counts(const std::string& run) = 0;
    /// A person's word: moves held, dead or in_doubt deliveries. Errors: delivery.not_found, delivery.state.
    virtual Expected<void> requeue(std::int64_t id, Instant now, const Again& how = {}) = 0;
    virtual Expected<void> cancel(std::int64_t id, Instant now) = 0;
    /// A person's word about a held, dead or in_doubt delivery of an order: it has become this document, which is bound
    /// to it. Errors: those of requeue; document.taken when it is another record's.
    virtual Expected<void> resolve(std::int64_t id, const IndexRow& document, const std::string& who, Instant now) = 0;
    /// The same: none of its writes of unknown outcome had an effect; it is pending again. Errors: those of requeue.
    virtual Expected<void> deny(std::int64_t id, const std::string& who, Instant now) = 0;
    /// Requeues every dead delivery of a flow; how many.
    virtual Expected<int> restart(const std::string& flow, Instant now) = 0;
    /// With the activity go also the deliveries of levels of stock that have a newer one.
    virtual Expected<void> prune(const Retention& before) = 0;
    /// A write that changes nothing has become durable: the store is alive.
    virtual Expected<void> ping() = 0;
};

}  // namespace brygga::store
