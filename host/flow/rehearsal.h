// A target and a store that take every write and keep none: a pipeline between them shows what it would do (M8, X8).
// Reads are real. Made for one preview, used on one thread; what they stand for must outlive them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "connector/connection.h"
#include "store/store.h"

namespace brygga::flow {

/// The target: asks the real one, and answers a write with what it would have become.
class RehearsedTarget final : public connector::Connection {
public:
    explicit RehearsedTarget(connector::Connection& real) : real_{real} {}

    const std::string& id() const override { return real_.id(); }
    const schema::Manifest& manifest() const override { return real_.manifest(); }
    Expected<void> check(const CallContext& call) override { return real_.check(call); }
    Expected<Json> describe(const CallContext& call) override { return real_.describe(call); }
    Expected<void> poll(const CallContext& call, const connector::PollCall& request,
                        const connector::RowSink& sink) override {
        return real_.poll(call, request, sink);
    }
    Expected<void> list(const CallContext& call, const connector::ListCall& request,
                        const connector::RowSink& sink) override {
        return real_.list(call, request, sink);
    }
    Expected<void> find(const CallContext& call, const Json& request, const connector::RowSink& sink) override {
        return real_.find(call, request, sink);
    }
    Expected<void> options(const CallContext& call, const std::string& kind, const connector::RowSink& sink) override {
        return real_.options(call, kind, sink);
    }
    Expected<Json> deliver(const CallContext& call, const Json& document, const std::string& key) override;

    /// What would have been delivered since the last time, in order; see deliver in brygga/plugin.h.
    std::vector<Json> take_writes() { return std::exchange(writes_, {}); }
    static bool is_rehearsed(std::string_view id) { return id.starts_with("new-"); }

private:
    connector::Connection& real_;
    std::vector<Json> writes_;
    int made_ = 0;
};

/// The store: knows what the real one knows and what was rehearsed.
class RehearsedStore final : public store::Store {
public:
    explicit RehearsedStore(store::Store& real) : real_{real} {}

    /// How the last delivery would have ended.
    const store::Outcome& outcome() const noexcept { return outcome_; }
    std::string install_id() const override { return real_.install_id(); }
    std::optional<store::Restoration> restoration() const override { return real_.restoration(); }
    Expected<void> mark_progress() override { return {}; }
    Expected<store::IntakeResult> intake(const store::Intake&) override { return store::IntakeResult{}; }
    Expected<bool> seen(const std::string& flow, const std::string& type, std::string_view source_id,
                        std::string_view revision) override {
        return real_.seen(flow, type, source_id, revision);
    }
    Expected<std::vector<store::Delivery>> claim(const store::ClaimFilter&) override {
        return std::vector<store::Delivery>{};
    }
    Expected<std::optional<Instant>> next_due(const std::vector<std::string>&) override {
        return std::optional<Instant>{};
    }
    Expected<store::Step> begin_step(std::int64_t, std::int64_t, const std::string& name, const std::string& key,
                                     const std::string&, Instant now, std::int64_t flow_version) override {
        return store::Step{name, "intent", key, {}, 0, now, {}, flow_version};
    }
    Expected<bool> claim_key(const std::string&, const std::string&, const std::string&, std::int64_t) override {
        return true;
    }
    Expected<void> finish(const store::Outcome& outcome) override;
    void finish_later(store::Outcome outcome, Ended ended) override {
        ended(finish(outcome));
        outcome_ = std::move(outcome);
    }
    Expected<std::optional<store::Binding>> binding(const std::string& target, const std::string& type,
                                                    const std::string& source, const std::string& id) override {
        return real_.binding(target, type, source, id);
    }
    Expected<std::vector<store::IndexRow>> index_find(const std::string& connection, const std::string& type,
                                                      const std::string& by, const std::string& value) override;
    /// What was read of the target is worth keeping.
    Expected<void> index_put(const std::string& connection, const std::string& type,
                             const std::vector<store::IndexRow>& rows, const std::string& cursor,
                             Instant now) override {
        return real_.index_put(connection, type, rows, cursor, now);
    }
    Expected<IndexState> index_state(const std::string& connection, const std::string& type) override {
        return real_.index_state(connection, type);
    }
    Expected<std::optional<Json>> fact(const std::string& scope, const std::string& name) override;
    /// So is what a catalog knows; other facts are learned from writes.
    Expected<void> set_fact(const std::string& scope, const std::string& name, const Json& value, Instant now) override;
    Expected<std::optional<Secret>> secret(const std::string& connection, const std::string& name) override {
        return real_.secret(connection, name);
    }
    Expected<void> set_secret(const std::string&, const std::string&, const Secret&, Instant) override { return {}; }
    Expected<store::FlowState> flow(const std::string& flow, Instant now) override { return real_.flow(flow, now); }
    Expected<void> set_flow_state(const std::string&, const std::string&, Instant) override { return {}; }
    Expected<void> set_checkpoint(const std::string&, const std::string&, Instant) override { return {}; }
    Expected<void> put_run(const store::Run&) override { return {}; }
    Expected<std::vector<store::Run>> runs(const std::string& flow, int limit) override {
        return real_.runs(flow, limit);
    }
    Expected<std::optional<store::Run>> run(const std::string& id) override { return real_.run(id); }
    Expected<void> abandon_runs(Instant) override { return {}; }
    Expected<void> put_plan(const std::string&, const Json&) override { return {}; }
    Expected<std::optional<Json>> plan(const std::string& run) override { return real_.plan(run); }
    Expected<std::vector<store::FlowVersion>> activate(const std::vector<store::FlowDefinition>&, Instant,
                                                       const std::vector<store::Document>&) override {
        return std::vector<store::FlowVersion>{};
    }
    Expected<std::vector<store::Document>> documents() override { return real_.documents(); }
    Expected<std::vector<store::FlowVersion>> flow_versions(const std::string& flow, std::int64_t before,
                                                            int limit) override {
        return real_.flow_versions(flow, before, limit);
    }
    Expected<std::optional<store::FlowVersion>> flow_version(const std::string& flow, std::int64_t number) override {
        return real_.flow_version(flow, number);
    }
    Expected<std::vector<store::Delivery>> deliveries(const store::DeliveryQuery& query) override {
        return real_.deliveries(query);
    }
    Expected<std::optional<store::Delivery>> delivery(std::int64_t id) override { return real_.delivery(id); }
    Expected<std::optional<std::string>> payload(std::int64_t id) override { return real_.payload(id); }
    Expected<std::vector<Json>> activity(std::int64_t delivery) override { return real_.activity(delivery); }
    Expected<std::vector<store::ActivityRow>> find_activity(const store::ActivityQuery& query) override {
        return real_.find_activity(query);
    }
    Expected<std::vector<Count>> counts() override { return real_.counts(); }
    Expected<std::vector<std::pair<store::DeliveryState, std::int64_t>>> run_counts(const std::string& run) override {
        return real_.run_counts(run);
    }
    Expected<void> requeue(std::int64_t, Instant, const store::Again&) override { return {}; }
    Expected<void> cancel(std::int64_t, Instant) override { return {}; }
    Expected<void> resolve(std::int64_t, const store::IndexRow&, const std::string&, Instant) override { return {}; }
    Expected<void> deny(std::int64_t, const std::string&, Instant) override { return {}; }
    Expected<int> restart(const std::string&, Instant) override { return 0; }
    store::Access& access() override { return real_.access(); }
    store::Keys& keys() override { return real_.keys(); }
    Expected<void> prune(const store::Retention&) override { return {}; }
    Expected<void> ping() override { return real_.ping(); }

private:
    store::Store& real_;
    store::Outcome outcome_{};
    std::vector<std::pair<std::string, store::IndexRow>> rows_;  ///< (type, row) that were rehearsed
    std::map<std::pair<std::string, std::string>, Json> facts_;
};

}  // namespace brygga::flow
