#include "flow/conclusion.h"

#include <algorithm>

#include "base/error_json.h"
#include "base/log.h"

namespace brygga::flow {

namespace {

constexpr std::chrono::milliseconds parked_first{500}, parked_longest{5'000};

/// Twice as long each time: who is waited for may itself be in doubt for days.
std::chrono::milliseconds parked_for(const store::Delivery& delivery, bool again) {
    if (!again || !delivery.next_attempt_at) return parked_first;
    return std::clamp(2 * (*delivery.next_attempt_at - delivery.updated_at), parked_first, parked_longest);
}

}  // namespace

Processed Conclusion::end(const store::Delivery& delivery, const std::string& name, Json explain,
                          store::Outcome outcome, const Expected<void, Halt>& result, bool connection_failing,
                          Stored stored) const {
    Processed processed;
    bool again = false;
    outcome.delivery = delivery.id;
    outcome.fence = delivery.fence;
    outcome.now = clock_.now();
    outcome.flow_version = delivery.flow_version;
    outcome.explain = std::move(explain);
    if (!result) {
        const Halt& halt = result.error();
        Error told = halt.error;
        if (told.message.find(name) == std::string::npos) told.message = name + ": " + told.message;
        outcome.error = error_json(told);
        outcome.withdrawn_step = halt.withdrawn_step;
        if (halt.binding) outcome.bindings.push_back(*halt.binding);
        if (halt.kind == Halt::Kind::held) {
            outcome.state = store::DeliveryState::held;
        } else if (halt.kind == Halt::Kind::skipped) {
            outcome.state = store::DeliveryState::skipped;
            outcome.error.set("class", "skipped");
        } else if (halt.kind == Halt::Kind::parked) {
            outcome.state = store::DeliveryState::waiting;
            again = delivery.error["code"].string() == halt.error.code;
            outcome.next_attempt_at = clock_.now() + parked_for(delivery, again);
        } else {
            const bool crashed_before = delivery.error["code"].string() == "runner.crashed";
            const auto decision = delivery::decide(
                halt.error, {delivery.attempts, connection_failing, clock_.now(), jitter_(), crashed_before}, policy_);
            outcome.state = decision.state;
            outcome.attempts = decision.attempts;
            outcome.next_attempt_at = decision.next_attempt_at;
            processed.pause = decision.pause;
            processed.error = halt.error;
        }
    }
    processed.state = outcome.state.value_or(store::DeliveryState::pending);
    if (again)
        outcome.explain = Json{};  // the story does not grow while nothing happens
    else
        outcome.activity.push_back(Json::object({{"kind", "attempt"},
                                                 {"state", store::to_string(processed.state)},
                                                 {"run", delivery.run_id},
                                                 {"error", outcome.error}}));
    // The next delivery may begin meanwhile: its first write comes after this one.
    store_.finish_later(std::move(outcome), [&log = log_, id = delivery.id,
                                             stored = std::move(stored)](const auto& end) {
        if (!end && end.error().code != "store.fenced")
            log.error("delivery.not_stored",
                      Json::object({{"delivery", id}, {"code", end.error().code}, {"message", end.error().message}}));
        stored(end.ok());
    });
    return processed;
}

}  // namespace brygga::flow
