// Scheduler: when things happen. Triggers start runs, workers take due deliveries, live before backfill; each
// connection has a gate with its concurrency, its circuit breaker and its state.
// Owned by app. Threads: timer (triggers, checks of stopped connections), work-0..n. Public functions are safe on
// any thread. It decides nothing about a delivery and keeps nothing that the store does not know.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "flow/intake.h"
#include "flow/pipeline.h"
#include "scheduler/cron.h"
#include "scheduler/gate.h"

namespace brygga::scheduler {

/// Everything one flow needs; the objects outlive the scheduler.
struct FlowParts {
    const settings::Flow* flow;
    flow::Intake* intake;
    flow::Pipeline* pipeline;
    /// A dry run: {"records":[{"outcome"…}]} of what a run would bring first, at most so many; it writes nothing.
    std::function<Expected<Json>(const CallContext&, const flow::RunRequest&, std::size_t most)> preview;
};
struct ConnectionParts {
    connector::Connection* connection;
    int max_concurrency = 1;
};

struct ConnectionStatus {
    std::string id, state;  ///< ok | needs_reauth | misconfigured | circuit_open | paused
    std::optional<Error> error;
    std::optional<Instant> since;
    int running = 0;
};

struct Limits {
    int workers = 16;
    std::chrono::milliseconds lease{120'000}, delivery_deadline{100'000}, run_deadline{900'000}, check_deadline{30'000};
    Breaker::Policy breaker{};
    std::chrono::milliseconds recheck_after{60'000};
    std::chrono::milliseconds between_hints{2'000};  ///< from one run of a flow to the next that only a hint asks for
};

class Scheduler {
public:
    Scheduler(std::vector<FlowParts> flows, std::vector<ConnectionParts> connections, store::Store& store,
              const Clock& clock, Log& log, Limits limits);
    ~Scheduler();

    void start();
    /// No new work; waits for what is under way, cancels it after `patience`.
    void drain(std::chrono::milliseconds patience);

    /// Queues a run; its id. A dry one may also be of a flow that is not running, and does not wait for another run.
    /// Errors: flow.not_found, flow.not_running, flow.busy.
    Expected<std::string> run(const std::string& flow, flow::RunRequest request, const std::string& trigger);
    /// A queued run never starts; one that is under way ends at the next boundary of a page, and what it took stays.
    /// Errors: run.not_found when it is neither; those of the store.
    Expected<void> cancel(const std::string& run);
    /// running | paused | stopped; durable.
    Expected<void> set_flow_state(const std::string& flow, const std::string& state);
    /// One cheap authenticated call; opens or closes the gate by its result. Error: connection.not_found, or the
    /// check's.
    Expected<void> check(const std::string& connection);
    /// Something was requeued: look for work now.
    void wake();
    /// The vendor of a source says that something of this entity has changed: its flows with such a trigger run as
    /// soon as they can. Many hints are one run; one that comes during a run has another follow.
    void hint(const std::string& connection, const std::string& entity);

    std::vector<ConnectionStatus> connections() const;

private:
    struct Target;
    struct Runner;
    struct Task;

    void work(std::stop_token stop, int number);
    void tick(std::stop_token stop);
    void learn_states();
    std::optional<Task> next_task(std::unique_lock<std::mutex>& lock, MonoTime now);
    bool has_task(MonoTime now) const;
    bool refill(std::unique_lock<std::mutex>& lock, Target& target);
    void do_run(Runner& runner, flow::RunRequest request, const std::string& trigger, int epoch);
    Expected<Json> counts_of(const Runner& runner, const flow::RunRequest& request, bool& more);
    void do_delivery(Target& target, store::Delivery delivery, MonoTime claimed, int epoch);
    void ended(std::int64_t delivery, std::int64_t fence, bool stored);
    bool release(const store::Delivery& delivery);
    void release_stranded();
    void start_due_runs(MonoTime now);
    void recheck_stopped();
    void report(Gate& gate, Gate::Change change);
    std::optional<MonoTime> due_after_run(const Runner& runner, bool more) const;

    store::Store& store_;
    const Clock& clock_;
    Log& log_;
    Limits limits_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::map<std::string, std::unique_ptr<Gate>> gates_;
    std::map<std::string, connector::Connection*> connections_;
    std::vector<std::unique_ptr<Runner>> runners_;
    std::vector<std::unique_ptr<Target>> targets_;
    std::stop_source calls_;                 ///< cancels calls under way
    std::vector<store::Delivery> stranded_;  ///< claimed, not worked on or not stored: given back by the timer
    bool draining_ = false;
    int busy_ = 0;    ///< tasks at work
    int ending_ = 0;  ///< deliveries whose end is not durable yet
    std::vector<std::jthread> threads_;
};

}  // namespace brygga::scheduler
