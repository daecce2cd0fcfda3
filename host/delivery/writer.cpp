#include "delivery/writer.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/crypto.h"
#include "entity/order.h"

namespace brygga::delivery {

namespace {

/// Asked again, it says the same.
bool is_final(ErrorClass error) { return error == ErrorClass::rejected || error == ErrorClass::unsupported; }

}  // namespace

std::string Writer::key(const store::Delivery& d, const std::string& step) const {
    constexpr int generation = 0;
    const std::string name = d.flow + '|' + d.target_connection + '|' + step + '|' + d.type + '|' + d.source_id + '|' +
                             std::to_string(generation);
    return crypto::base32(crypto::hmac(crypto::Hash::sha256, store_.install_id(), name));
}

/// When this write was begun last, as far as that can be known; nothing when it was not.
std::optional<Instant> Writer::begun_at(const store::Delivery& delivery, const store::Step* step) const {
    std::optional<Instant> begun;
    if (step && step->attempt > 0) begun = step->begun_at;
    // A delivery of a restored copy may have been written by what the copy does not know.
    const auto restored = store_.restoration();
    if (restored && delivery.id <= restored->last_delivery)
        begun = std::max(begun.value_or(restored->noticed_at), restored->noticed_at);
    return begun;
}

Expected<std::optional<Json>> Writer::look_first(const CallContext& call, const store::Delivery& delivery,
                                                 Instant begun, const Look& look) const {
    // Since the delivery, not since the newest attempt: an older one may have had its effect late.
    auto found = look(call, delivery.created_at);
    if (!found) {
        Error error = std::move(found).error();
        error.outcome_unknown = true;  // that of the earlier attempt: its intent has to stay
        return error;
    }
    if (*found) return found;
    const auto age = clock_.now() - begun;
    if (age >= policy_.settle) return found;
    Error wait{ErrorClass::rate_limited, "write.settling",
               "The outcome of an earlier attempt is unknown and the target does not show it yet.",
               "Nothing; it is looked up again before it is sent again."};
    wait.retry_after = policy_.settle - std::max(age, std::chrono::milliseconds{0});
    wait.outcome_unknown = true;
    return wait;
}

Expected<std::optional<Json>> Writer::earlier(const CallContext& call, const store::Delivery& delivery,
                                              const std::string& step, const Look& look) const {
    const auto known = std::ranges::find(delivery.steps, step, &store::Step::name);
    const bool begun = known != delivery.steps.end();
    const auto doubtful = begun_at(delivery, begun ? &*known : nullptr);
    if (!doubtful || !look) return std::optional<Json>{};
    auto found = look_first(call, delivery, *doubtful, look);
    // Where the target will never say it, the word of a person who has looked counts.
    if (!found && begun && known->state == "denied" && is_final(found.error().error_class))
        return std::optional<Json>{};
    return found;
}

Expected<Written> Writer::write(const CallContext& call, connector::Connection& target, store::Delivery& delivery,
                                const Write& write) {
    const auto known = std::find_if(delivery.steps.begin(), delivery.steps.end(),
                                    [&](const store::Step& s) { return s.name == write.step; });
    const bool begun = known != delivery.steps.end();
    if (begun && known->state == "done") return Written{known->result, Written::From::memory};
    auto found = earlier(call, delivery, write.step, write.look);
    if (!found) return std::move(found).error();
    if (*found) return Written{std::move(**found), Written::From::look};

    const std::string key = this->key(delivery, write.step);
    BRYGGA_CRASH_POINT("intent_due");
    const auto step = store_.begin_step(delivery.id, delivery.fence, write.step, key,
                                        entity::stable_hash(write.document), clock_.now(), delivery.flow_version);
    if (!step) return step.error();
    if (begun) {
        ++known->attempt;
        known->flow_version = delivery.flow_version;
    } else {
        delivery.steps.push_back({write.step, "intent", key, {}, 1, clock_.now(), {}, delivery.flow_version});
    }

    BRYGGA_CRASH_POINT("intent_stored");
    auto answer = target.deliver(call, write.document, key);
    BRYGGA_CRASH_POINT("answered");
    if (!answer) return std::move(answer).error();
    return Written{std::move(*answer), Written::From::answer};
}

}  // namespace brygga::delivery
