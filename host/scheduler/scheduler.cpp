#include "scheduler/scheduler.h"

#include <algorithm>

#include <fmt/format.h>
#include <pthread.h>

#include "base/crash_point.h"
#include "base/crypto.h"
#include "base/error_json.h"
#include "base/log.h"
#include "scheduler/due.h"

namespace brygga::scheduler {

using std::chrono::milliseconds;

namespace {

// A claim is worth asking for at least this often, whatever the hints say.
constexpr milliseconds idle_claim{1000};
constexpr milliseconds tick_every{200};
constexpr std::size_t most_rehearsed = 500, most_queued = 100;

void name_thread(const std::string& name) { pthread_setname_np(pthread_self(), name.substr(0, 15).c_str()); }

}  // namespace

/// One flow and when it runs next.
struct Scheduler::Runner {
    FlowParts parts;
    Gate* source;
    Target* target;
    std::optional<Cron> cron;
    std::string state;  ///< empty until the store has told it: a paused flow must not run
    Due due;
    struct Queued {
        flow::RunRequest request;
        std::string trigger;
    };
    /// Runs one after the other. Dry runs stand in a line of their own and pass no gate: they say nothing about it.
    struct Line {
        std::deque<Queued> queue;
        bool busy = false;
        std::string running{};                      ///< id of the run under way
        std::stop_source cancel{std::nostopstate};  ///< ends that run
    };
    Line runs, dry_runs;

    Line& line(const flow::RunRequest& request) { return request.dry ? dry_runs : runs; }
    bool may_queue(MonoTime now) const {
        return state == "running" && !runs.busy && runs.queue.empty() && source->could_enter(now);
    }
    /// The line that may go on; null when none may.
    Line* next(MonoTime now) {
        if (state == "running" && !runs.busy && !runs.queue.empty() && source->could_enter(now)) return &runs;
        return !dry_runs.busy && !dry_runs.queue.empty() ? &dry_runs : nullptr;
    }
};

/// One target connection and the deliveries that were claimed for it.
struct Scheduler::Target {
    Gate* gate;
    std::vector<Runner*> runners;
    struct Claimed {
        store::Delivery delivery;
        MonoTime at;
    };
    std::deque<Claimed> ready;
    MonoTime claim_at{};  ///< when asking the store is worth it
    bool claiming = false;
    int batch = 16;
};

struct Scheduler::Task {
    Runner* runner = nullptr;
    Runner::Queued run;
    Target* target = nullptr;
    Target::Claimed claimed;
    int epoch = 0;  ///< of the gate that was entered
};

Scheduler::Scheduler(std::vector<FlowParts> flows, std::vector<ConnectionParts> connections, store::Store& store,
                     const Clock& clock, Log& log, Limits limits)
    : store_{store}, clock_{clock}, log_{log}, limits_{limits} {
    std::map<std::string, int> concurrency;
    for (const ConnectionParts& c : connections) {
        connections_[c.connection->id()] = c.connection;
        concurrency[c.connection->id()] = c.max_concurrency;
        gates_[c.connection->id()] = std::make_unique<Gate>(c.connection->id(), c.max_concurrency, limits_.breaker);
    }
    std::map<std::string, Target*> by_connection;
    for (const FlowParts& parts : flows) {
        Target*& target = by_connection[parts.flow->to];
        if (!target) {
            target = targets_.emplace_back(std::make_unique<Target>()).get();
            target->gate = gates_.at(parts.flow->to).get();
            target->batch = std::max(8, 4 * std::min(concurrency[parts.flow->to], limits_.workers));
        }
        auto runner = std::make_unique<Runner>();
        runner->parts = parts;
        runner->source = gates_.at(parts.flow->from).get();
        runner->target = target;
        if (!parts.flow->trigger.cron.empty())
            runner->cron =
                Cron::parse(parts.flow->trigger.cron, Zone::find(parts.flow->trigger.zone).value_or(Zone::utc()));
        target->runners.push_back(runner.get());
        runners_.push_back(std::move(runner));
    }
}

Scheduler::~Scheduler() { drain(milliseconds{0}); }

void Scheduler::start() {
    const MonoTime now = clock_.mono();
    (void)store_.abandon_runs(clock_.now());  // those of a host or a configuration before
    learn_states();
    for (const auto& runner : runners_) {
        // A flow with an interval starts at once: what happened while the host was down is waiting. So does one that
        // waits for hints: those that an earlier host has taken are kept nowhere else.
        const settings::Trigger& trigger = runner->parts.flow->trigger;
        runner->due.set(trigger.every || trigger.webhook ? std::optional{now} : due_after_run(*runner, false));
    }
    threads_.emplace_back([this](std::stop_token stop) { tick(stop); });
    for (int i = 0; i < limits_.workers; ++i) threads_.emplace_back([this, i](std::stop_token stop) { work(stop, i); });
}

void Scheduler::drain(milliseconds patience) {
    {
        std::unique_lock lock{mutex_};
        draining_ = true;
        wake_.notify_all();
        if (!wake_.wait_for(lock, patience, [&] { return busy_ == 0 && ending_ == 0; })) calls_.request_stop();
    }
    for (auto& thread : threads_) thread.request_stop();
    wake_.notify_all();
    threads_.clear();
    {
        std::unique_lock lock{mutex_};
        wake_.wait(lock, [&] { return ending_ == 0; });
        for (const auto& target : targets_) {
            for (auto& claimed : target->ready) stranded_.push_back(std::move(claimed.delivery));
            target->ready.clear();
        }
    }
    release_stranded();
}

std::optional<MonoTime> Scheduler::due_after_run(const Runner& runner, bool more) const {
    const MonoTime now = clock_.mono();
    if (more) return now;
    if (runner.parts.flow->trigger.every) return now + *runner.parts.flow->trigger.every;
    if (!runner.cron) return std::nullopt;
    const auto next = runner.cron->next_after(clock_.now());
    if (!next) return std::nullopt;
    return now + (*next - clock_.now());
}

void Scheduler::learn_states() {
    for (const auto& r : runners_) {
        {
            const std::scoped_lock lock{mutex_};
            if (!r->state.empty()) continue;
        }
        const auto known = store_.flow(r->parts.flow->id, clock_.now());
        if (!known) continue;  // said by the store; asked again at the next tick
        const std::scoped_lock lock{mutex_};
        if (r->state.empty()) r->state = known->state;
    }
}

// ---- timer -------------------------------------------------------------------------------------

void Scheduler::tick(std::stop_token stop) {
    name_thread("timer");
    while (!stop.stop_requested()) {
        learn_states();
        start_due_runs(clock_.mono());
        release_stranded();
        recheck_stopped();
        std::unique_lock lock{mutex_};
        wake_.wait_for(lock, tick_every, [&] { return stop.stop_requested(); });
    }
}

void Scheduler::start_due_runs(MonoTime now) {
    std::vector<std::pair<Runner*, std::string_view>> due;
    {
        const std::scoped_lock lock{mutex_};
        if (draining_) return;
        for (const auto& r : runners_) {
            const auto cause = r->due.cause(now);
            if (!cause || !r->may_queue(now)) continue;
            r->due.queued(now, limits_.between_hints);
            due.emplace_back(r.get(), *cause);
        }
    }
    for (const auto& [runner, cause] : due) {
        if (run(runner->parts.flow->id, {}, std::string{cause})) continue;
        const std::scoped_lock lock{mutex_};
        runner->due.set(now + idle_claim);  // the store could not take it
    }
}

void Scheduler::hint(const std::string& connection, const std::string& entity) {
    const std::scoped_lock lock{mutex_};
    for (const auto& r : runners_) {
        const settings::Flow& flow = *r->parts.flow;
        if (flow.trigger.webhook && flow.from == connection && flow.entity == entity) r->due.hint();
    }
}

void Scheduler::recheck_stopped() {
    std::vector<std::string> stopped;
    const MonoTime now = clock_.mono();
    {
        const std::scoped_lock lock{mutex_};
        for (const auto& [id, gate] : gates_) {
            const bool waits = gate->state() == GateState::needs_reauth || gate->state() == GateState::misconfigured;
            if (!waits || draining_ || now < gate->next_check) continue;
            gate->next_check = now + limits_.recheck_after;
            stopped.push_back(id);
        }
    }
    for (const std::string& id : stopped) (void)check(id);
}

// ---- requests from outside -----------------------------------------------------------------------

Expected<std::string> Scheduler::run(const std::string& flow, flow::RunRequest request, const std::string& trigger) {
    store::Run record;
    std::string id;
    Runner* runner = nullptr;
    {
        const std::scoped_lock lock{mutex_};
        const auto found = std::ranges::find_if(runners_, [&](const auto& r) { return r->parts.flow->id == flow; });
        if (found == runners_.end())
            return Error{ErrorClass::rejected, "flow.not_found", fmt::format("There is no flow '{}'.", flow),
                         "See the list of flows.", 404};
        runner = found->get();
        if (!request.dry && runner->state.empty())
            return Error{
                ErrorClass::rejected, "flow.not_running",
                fmt::format("It is not known whether the flow '{}' is paused: the store cannot be read.", flow),
                "Look at the log; try again when the store answers.", 409};
        if (!request.dry && runner->state != "running")
            return Error{ErrorClass::rejected, "flow.not_running",
                         fmt::format("The flow '{}' is {}.", flow, runner->state), "Resume it first.", 409};
        if (runner->line(request).queue.size() >= most_queued)
            return Error{ErrorClass::rejected, "flow.busy",
                         fmt::format("The flow '{}' has {} runs waiting.", flow, most_queued),
                         "Wait until they have ended.", 409};
        id = crypto::base32(crypto::random_bytes(10));
        request.run_id = id;
        record = {id, flow, trigger, std::string{request.mode()}, "queued", clock_.now(), std::nullopt, {}, {}};
    }
    if (const auto stored = store_.put_run(record); !stored) return stored.error();
    const std::scoped_lock lock{mutex_};
    runner->line(request).queue.push_back({request, trigger});
    wake_.notify_one();
    return id;
}

namespace {

Error cancelled_run(const std::string& flow) {
    return {ErrorClass::cancelled, "run.cancelled", fmt::format("The run of {} was cancelled.", flow),
            "Nothing: the next run of the flow reads on from where it ended."};
}

}  // namespace

Expected<void> Scheduler::cancel(const std::string& run) {
    const auto queued = [&](const Runner::Queued& q) { return q.request.run_id == run; };
    bool waited = false;
    {
        const std::scoped_lock lock{mutex_};
        for (const auto& r : runners_)
            for (Runner::Line* line : {&r->runs, &r->dry_runs}) {
                if (line->running == run) return line->cancel.request_stop(), Expected<void>{};
                waited = waited || std::erase_if(line->queue, queued) > 0;
            }
    }
    if (!waited)
        return Error{ErrorClass::rejected, "run.not_found", "It is neither queued nor running.", "See its state.", 404};
    auto record = store_.run(run);
    if (!record) return record.error();
    if (!*record) return {};
    (*record)->state = "cancelled";
    (*record)->ended_at = clock_.now();
    (*record)->error = error_json(cancelled_run((*record)->flow));
    return store_.put_run(**record);
}

Expected<void> Scheduler::set_flow_state(const std::string& flow, const std::string& state) {
    const auto stored = store_.set_flow_state(flow, state, clock_.now());
    if (!stored) return stored.error();
    const std::scoped_lock lock{mutex_};
    for (const auto& r : runners_) {
        if (r->parts.flow->id != flow) continue;
        r->state = state;
        if (state == "running" && !r->due.scheduled())
            r->due.set(due_after_run(*r, r->parts.flow->trigger.every.has_value()));
        r->target->claim_at = {};
    }
    wake_.notify_all();
    return {};
}

Expected<void> Scheduler::check(const std::string& connection) {
    const auto found = connections_.find(connection);
    if (found == connections_.end())
        return Error{ErrorClass::rejected, "connection.not_found",
                     fmt::format("There is no connection '{}'.", connection), "See the list of connections.", 404};
    const CallContext call{clock_.mono() + limits_.check_deadline, calls_.get_token(), "check", false};
    const auto result = found->second->check(call);
    std::optional<Error> error;
    if (!result) error = result.error();
    const std::scoped_lock lock{mutex_};
    Gate& gate = *gates_.at(connection);
    report(gate, gate.checked(error, clock_.mono(), clock_.now()));
    wake_.notify_all();
    if (error) return *error;
    return {};
}

void Scheduler::wake() {
    const std::scoped_lock lock{mutex_};
    for (const auto& target : targets_) target->claim_at = {};
    wake_.notify_all();
}

std::vector<ConnectionStatus> Scheduler::connections() const {
    const std::scoped_lock lock{mutex_};
    std::vector<ConnectionStatus> out;
    for (const auto& [id, gate] : gates_) {
        const bool open = gate->state() == GateState::ok && gate->circuit_open();
        out.push_back({id, std::string{open ? "circuit_open" : to_string(gate->state())}, gate->error(), gate->since(),
                       gate->running()});
    }
    return out;
}

void Scheduler::report(Gate& gate, Gate::Change change) {
    if (change == Gate::Change::none) return;
    Json fields = Json::object(
        {{"connection", gate.connection()}, {"state", gate.circuit_open() ? "circuit_open" : to_string(gate.state())}});
    if (gate.error())
        fields.set("code", gate.error()->code)
            .set("message", gate.error()->message)
            .set("remedy", gate.error()->remedy);
    if (change == Gate::Change::closed)
        log_.info("connection.recovered", fields);
    else
        log_.error(change == Gate::Change::opened ? "connection.failing" : "connection.stopped", fields);
    if (change == Gate::Change::stopped) gate.next_check = clock_.mono() + limits_.recheck_after;
}

// ---- workers -------------------------------------------------------------------------------------

std::optional<Scheduler::Task> Scheduler::next_task(std::unique_lock<std::mutex>& lock, MonoTime now) {
    if (draining_) return std::nullopt;
    for (const auto& r : runners_) {
        Runner::Line* line = r->next(now);
        if (!line || (line == &r->runs && !r->source->enter(now))) continue;
        Task task;
        task.runner = r.get();
        task.run = std::move(line->queue.front());
        line->queue.pop_front();
        line->busy = true;
        line->running = task.run.request.run_id;
        line->cancel = std::stop_source{};
        task.run.request.cancelled = line->cancel.get_token();
        task.epoch = r->source->epoch();
        return task;
    }
    for (const auto& t : targets_) {
        if (!t->gate->could_enter(now)) continue;
        if (t->ready.empty() && !t->claiming && now >= t->claim_at && !refill(lock, *t)) continue;
        if (t->ready.empty() || !t->gate->enter(now)) continue;
        Task task;
        task.target = t.get();
        task.claimed = std::move(t->ready.front());
        t->ready.pop_front();
        task.epoch = t->gate->epoch();
        return task;
    }
    return std::nullopt;
}

bool Scheduler::has_task(MonoTime now) const {
    return std::ranges::any_of(runners_, [&](const auto& r) { return r->next(now) != nullptr; }) ||
           std::ranges::any_of(targets_, [&](const auto& t) { return !t->ready.empty() && t->gate->could_enter(now); });
}

bool Scheduler::refill(std::unique_lock<std::mutex>& lock, Target& target) {
    store::ClaimFilter filter;
    for (const Runner* r : target.runners)
        if (r->state == "running") filter.flows.push_back(r->parts.flow->id);
    if (filter.flows.empty()) return false;
    filter.limit = target.batch;
    filter.now = clock_.now();
    filter.lease = limits_.lease;
    target.claiming = true;
    target.claim_at = MonoTime::max();  // a hint that arrives meanwhile sets it back
    lock.unlock();
    const MonoTime claimed_at = clock_.mono();
    auto claimed = store_.claim(filter);
    std::optional<Instant> due;
    const bool drained = claimed && static_cast<int>(claimed->size()) < filter.limit;
    if (drained) {
        // Not known when the store cannot say: then it is asked again after idle_claim.
        if (const auto next = store_.next_due(filter.flows)) due = *next;
    }
    lock.lock();
    target.claiming = false;
    const MonoTime now = clock_.mono();
    MonoTime next = now + idle_claim;
    if (claimed && !drained) next = now;
    if (due) next = std::min(next, now + std::max(*due - clock_.now(), milliseconds{1}));
    target.claim_at = std::min(target.claim_at, next);
    if (!claimed) {
        log_.error("store.claim_failed",
                   Json::object({{"code", claimed.error().code}, {"message", claimed.error().message}}));
        return false;
    }
    for (auto& delivery : *claimed) target.ready.push_back({std::move(delivery), claimed_at});
    return !target.ready.empty();
}

void Scheduler::work(std::stop_token stop, int number) {
    name_thread(fmt::format("work-{}", number));
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
        auto task = next_task(lock, clock_.mono());
        if (!task) {
            wake_.wait_for(lock, tick_every);
            continue;
        }
        ++busy_;
        // One wakes the next as long as there is work that may begin; who ends a task looks for the next itself.
        if (has_task(clock_.mono())) wake_.notify_one();
        lock.unlock();
        if (task->runner)
            do_run(*task->runner, std::move(task->run.request), task->run.trigger, task->epoch);
        else
            do_delivery(*task->target, std::move(task->claimed.delivery), task->claimed.at, task->epoch);
        lock.lock();
        --busy_;
        if (draining_) wake_.notify_all();
    }
}

/// What a run has brought; what a dry one would bring is stored as its plan.
Expected<Json> Scheduler::counts_of(const Runner& runner, const flow::RunRequest& request, bool& more) {
    CallContext call{clock_.mono() + limits_.run_deadline, calls_.get_token(), request.run_id, request.dry};
    if (!request.dry) {
        const auto report = runner.parts.intake->run(call, request);
        if (!report) return report.error();
        more = report->more;
        return Json::object({{"read", report->read}, {"fresh", report->fresh}, {"unchanged", report->unchanged}});
    }
    // It writes nothing, so it may end anywhere.
    std::stop_source either;
    const auto end = [&] { either.request_stop(); };
    const std::stop_callback drained{call.stop, end}, asked{request.cancelled, end};
    call.stop = either.get_token();
    const auto plan = runner.parts.preview(call, request, most_rehearsed);
    if (request.cancelled.stop_requested()) return cancelled_run(runner.parts.flow->id);
    if (!plan) return plan.error();
    if (const auto kept = store_.put_plan(request.run_id, *plan); !kept) return kept.error();
    Json counts = Json::object({{"read", (*plan)["records"].size()}});
    for (const Json& record : (*plan)["records"].items()) {
        const std::string_view outcome = record["outcome"].string();
        counts.set(outcome, counts[outcome].integer(0) + 1);
    }
    return counts;
}

void Scheduler::do_run(Runner& runner, flow::RunRequest request, const std::string& trigger, int epoch) {
    const std::string& id = runner.parts.flow->id;
    store::Run record{request.run_id, id, trigger, std::string{request.mode()}, "running", clock_.now(),
                      std::nullopt,   {}, {}};
    (void)store_.put_run(record);
    bool more = false;
    const auto result = counts_of(runner, request, more);
    // What had read everything by then is done.
    const bool cut = result && more && request.cancelled.stop_requested();

    record.ended_at = clock_.now();
    record.state = cut || (!result && result.error().error_class == ErrorClass::cancelled) ? "cancelled"
                   : result                                                                ? "done"
                                                                                           : "failed";
    if (result) record.counts = *result;
    if (cut) record.error = error_json(cancelled_run(id));
    if (!result) record.error = error_json(result.error());
    (void)store_.put_run(record);

    std::optional<Error> error;
    if (!result) error = result.error();
    const std::scoped_lock lock{mutex_};
    Runner::Line& line = runner.line(request);
    line.busy = false;
    line.running.clear();
    wake_.notify_all();
    if (request.dry) return;  // who asked for it reads its end
    if (request.from.empty() && request.records.empty()) runner.due.set(due_after_run(runner, more && !cut));
    if (error && trigger == Due::webhook) runner.due.hint_again(clock_.mono() + limits_.recheck_after);
    runner.target->claim_at = {};
    const auto change = runner.source->leave(error, error ? pause_for(*error) : delivery::Pause::none, epoch,
                                             clock_.mono(), clock_.now());
    report(*runner.source, change);
    if (error && change == Gate::Change::none && error->error_class != ErrorClass::cancelled)
        log_.warning("run.failed", Json::object({{"flow", id},
                                                 {"run", request.run_id},
                                                 {"code", error->code},
                                                 {"message", error->message},
                                                 {"remedy", error->remedy}}));
}

bool Scheduler::release(const store::Delivery& delivery) {
    store::Outcome outcome;
    outcome.delivery = delivery.id;
    outcome.fence = delivery.fence;
    outcome.now = clock_.now();
    outcome.state = store::DeliveryState::pending;
    const auto done = store_.finish(outcome);
    return done || done.error().code == "store.fenced";
}

void Scheduler::release_stranded() {
    std::vector<store::Delivery> given_back;
    {
        const std::scoped_lock lock{mutex_};
        given_back.swap(stranded_);
    }
    std::erase_if(given_back, [&](const store::Delivery& d) { return release(d); });
    if (given_back.empty()) return;
    const std::scoped_lock lock{mutex_};
    stranded_.insert(stranded_.end(), given_back.begin(), given_back.end());
}

void Scheduler::ended(std::int64_t delivery, std::int64_t fence, bool stored) {
    const std::scoped_lock lock{mutex_};
    if (!stored) {
        store::Delivery handle;
        handle.id = delivery;
        handle.fence = fence;
        stranded_.push_back(std::move(handle));
    }
    --ending_;
    if (draining_) wake_.notify_all();
}

void Scheduler::do_delivery(Target& target, store::Delivery delivery, MonoTime claimed, int epoch) {
    const auto runner =
        std::ranges::find_if(target.runners, [&](const Runner* r) { return r->parts.flow->id == delivery.flow; });
    const MonoTime deadline = claimed + limits_.delivery_deadline;
    const auto stored = [this, id = delivery.id, fence = delivery.fence](bool done) { ended(id, fence, done); };
    flow::Processed processed;
    bool failing = false;
    {
        const std::scoped_lock lock{mutex_};
        failing = target.gate->failing();
        ++ending_;
    }
    // Too little of the lease is left for a whole attempt: it must not outlive it.
    if (runner == target.runners.end() || clock_.mono() + limits_.delivery_deadline / 4 > deadline) {
        stored(release(delivery));
    } else {
        const CallContext call{deadline, calls_.get_token(), delivery.run_id, false};
        processed = (*runner)->parts.pipeline->process(call, std::move(delivery), failing, stored);
        BRYGGA_CRASH_POINT("delivery_ended");
    }
    const std::scoped_lock lock{mutex_};
    report(*target.gate, target.gate->leave(processed.error, processed.pause, epoch, clock_.mono(), clock_.now()));
    if (target.gate->state() != GateState::ok || target.gate->circuit_open()) {
        // Nobody works on these while the connection rests, and their state must not say so.
        for (auto& waiting : target.ready) stranded_.push_back(std::move(waiting.delivery));
        target.ready.clear();
    }
    if (processed.state == store::DeliveryState::waiting || processed.state == store::DeliveryState::pending)
        target.claim_at = std::min(target.claim_at, clock_.mono() + milliseconds{500});
}

}  // namespace brygga::scheduler
