// SqliteStore: the SQLite backend of Store. Verbs prepare (hash, compress, seal) on the caller's thread, then
// hand one piece of work to the Writer; reads borrow a connection from the Readers. Only the verbs' files
// (intake, work, memory, flows, versions, access, watch, repair, keys) hold SQL. Owned by app through Store.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <type_traits>

#include "store/cache.h"
#include "store/claims.h"
#include "store/generation.h"
#include "store/host_lock.h"
#include "store/keys.h"
#include "store/readers.h"
#include "store/store.h"
#include "store/vault.h"
#include "store/writer.h"

namespace brygga::store {

class SqliteStore final : public Store, public Access, public Keys {
public:
    /// Throws Failure.
    static std::unique_ptr<SqliteStore> open(const StoreOptions& options, Log& log);

    ~SqliteStore() override;

    std::string install_id() const override { return vault_.install_id(); }
    std::optional<Restoration> restoration() const override { return generation_.restoration(); }
    Expected<void> mark_progress() override;

    Expected<IntakeResult> intake(const Intake& intake) override;
    Expected<bool> seen(const std::string& flow, const std::string& type, std::string_view source_id,
                        std::string_view revision) override;

    Expected<std::vector<Delivery>> claim(const ClaimFilter& filter) override;
    Expected<std::optional<Instant>> next_due(const std::vector<std::string>& flows) override;
    Expected<Step> begin_step(std::int64_t delivery, std::int64_t fence, const std::string& name,
                              const std::string& key, const std::string& request_hash, Instant now,
                              std::int64_t flow_version) override;
    Expected<bool> claim_key(const std::string& connection, const std::string& type, const std::string& key,
                             std::int64_t delivery) override;
    Expected<void> finish(const Outcome& outcome) override;
    void finish_later(Outcome outcome, Ended ended) override;

    Expected<std::optional<Binding>> binding(const std::string& target_connection, const std::string& type,
                                             const std::string& source_connection,
                                             const std::string& source_id) override;
    Expected<std::vector<IndexRow>> index_find(const std::string& connection, const std::string& type,
                                               const std::string& by, const std::string& value) override;
    Expected<void> index_put(const std::string& connection, const std::string& type, const std::vector<IndexRow>& rows,
                             const std::string& cursor, Instant now) override;
    Expected<IndexState> index_state(const std::string& connection, const std::string& type) override;
    Expected<std::optional<Json>> fact(const std::string& scope, const std::string& name) override;
    Expected<void> set_fact(const std::string& scope, const std::string& name, const Json& value, Instant now) override;
    Expected<std::optional<Secret>> secret(const std::string& connection, const std::string& name) override;
    Expected<void> set_secret(const std::string& connection, const std::string& name, const Secret& value,
                              Instant now) override;

    Expected<FlowState> flow(const std::string& flow, Instant now) override;
    Expected<void> set_flow_state(const std::string& flow, const std::string& state, Instant now) override;
    Expected<void> set_checkpoint(const std::string& flow, const std::string& checkpoint, Instant now) override;
    Expected<void> put_run(const Run& run) override;
    Expected<std::vector<Run>> runs(const std::string& flow, int limit) override;
    Expected<std::optional<Run>> run(const std::string& id) override;
    Expected<void> abandon_runs(Instant now) override;
    Expected<void> put_plan(const std::string& run, const Json& plan) override;
    Expected<std::optional<Json>> plan(const std::string& run) override;

    Expected<std::vector<FlowVersion>> activate(const std::vector<FlowDefinition>& flows, Instant now,
                                                const std::vector<Document>& changed) override;
    Expected<std::vector<Document>> documents() override;
    Expected<std::vector<FlowVersion>> flow_versions(const std::string& flow, std::int64_t before, int limit) override;
    Expected<std::optional<FlowVersion>> flow_version(const std::string& flow, std::int64_t number) override;

    Access& access() override { return *this; }
    Expected<void> put_token(const Token& token, const std::string& hash) override;
    Expected<std::vector<Token>> tokens() override;
    Expected<std::optional<Token>> token_with(const std::string& hash) override;
    Expected<void> used_token(const std::string& id, Instant now) override;
    Expected<void> remove_token(const std::string& id) override;
    Expected<std::int64_t> begin_audit(const AuditEntry& entry) override;
    Expected<void> end_audit(const AuditEntry& entry) override;
    Expected<std::vector<AuditEntry>> audit(const std::string& object, std::int64_t before, int limit) override;
    Expected<std::optional<Answered>> begin_answer(const Repeatable& request, Instant now) override;
    Expected<void> end_answer(const Repeatable& request, int status, const std::string& content) override;

    Keys& keys() override { return *this; }
    Expected<KeyState> key_state() override;
    Expected<KeyState> rotate(Instant now) override;
    Expected<bool> seal_anew(Instant now) override;

    Expected<std::vector<Delivery>> deliveries(const DeliveryQuery& query) override;
    Expected<std::optional<Delivery>> delivery(std::int64_t id) override;
    Expected<std::optional<std::string>> payload(std::int64_t id) override;
    Expected<std::vector<Json>> activity(std::int64_t delivery) override;
    Expected<std::vector<ActivityRow>> find_activity(const ActivityQuery& query) override;
    Expected<std::vector<Count>> counts() override;
    Expected<std::vector<std::pair<DeliveryState, std::int64_t>>> run_counts(const std::string& run) override;
    Expected<void> requeue(std::int64_t id, Instant now, const Again& how) override;
    Expected<void> cancel(std::int64_t id, Instant now) override;
    Expected<void> resolve(std::int64_t id, const IndexRow& document, const std::string& who, Instant now) override;
    Expected<void> deny(std::int64_t id, const std::string& who, Instant now) override;
    Expected<int> restart(const std::string& flow, Instant now) override;
    Expected<void> prune(const Retention& before) override;
    Expected<void> ping() override;

private:
    SqliteStore(std::unique_ptr<HostLock> lock, std::unique_ptr<Database> writer, Vault vault, Generation generation,
                const StoreOptions& options, Log& log);

    /// What `work` reads.
    template <class Work>
    Expected<std::invoke_result_t<Work, Database&>> read(Work&& work) {
        try {
            return readers_.read(std::forward<Work>(work));
        } catch (const Failure& failure) {
            return unreadable(failure.error);
        } catch (const std::exception& e) {
            return unreadable({ErrorClass::bug, "store.internal",
                               fmt::format("the database could not be read: {}", e.what()),
                               "report this with the lines around it in the log"});
        }
    }
    /// Says it in the log too: not every caller has somebody to tell.
    Error unreadable(Error error);

    // Cells of sealed content.
    static Cell payload_cell(const Delivery& delivery);
    static Cell step_cell(std::int64_t delivery, const std::string& name);
    static Cell target_cell(const std::string& connection, const std::string& type, const std::string& id);
    static Cell billed_cell(const Binding& binding);
    static Cell secret_cell(const std::string& connection, const std::string& name);
    static Cell plan_cell(const std::string& run);
    static Cell document_cell(const Document& document);
    static Cell answer_cell(const Repeatable& request);
    static Cell definition_cell(const std::string& flow, const std::string& hash);

    struct SealedTable;
    static const std::vector<SealedTable>& sealed_tables();
    struct Reseal;
    Expected<Reseal> old_cells(const Json& rotation);

    /// An index row made ready on the caller's thread.
    struct SealedRow {
        const IndexRow* row;
        std::string fields;
        std::vector<std::string> keys;
    };
    std::vector<IndexRow> read_index(Database& db, const std::string& connection, const std::string& type,
                                     const std::string& by, const std::string& value) const;
    SealedRow sealed_row(const std::string& connection, const std::string& type, const IndexRow& row) const;
    static void put_row(Database& db, const std::string& connection, const std::string& type, const SealedRow& row);

    struct Ending;
    Expected<std::shared_ptr<Ending>> ending(Outcome outcome) const;
    void write(Database& db, const Ending& ending) const;
    void settle(const Ending& ending);

    void open_steps(std::vector<Step>& steps, std::int64_t delivery) const;
    void park_unreadable(const Delivery& delivery, Instant now);
    void show_in_flight(Delivery& delivery) const;
    static void requeue_one(Database& db, std::int64_t id, Instant now, const Again& how = {});

    std::unique_ptr<HostLock> lock_;
    Vault vault_;
    const Secret master_key_;
    Generation generation_;
    Log& log_;
    std::atomic<std::int64_t> latest_fence_{0};
    Claims claims_;
    // An order asks for its customer, its articles and what was learned about the target; most of them are known.
    Cache<std::vector<IndexRow>> index_{1024};
    Cache<std::optional<Json>> facts_{256};
    Writer writer_;
    Readers readers_;
};

}  // namespace brygga::store
