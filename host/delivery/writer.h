// Writer: one remote write under the exactly-once protocol. The intent is durable before the request leaves;
// a write whose outcome is not known, or that a restored copy of the store may have forgotten, is looked up before it
// is sent; a repeat uses the same key.
// Used by the pipelines, one call per step; safe on any thread. It does not finish the step: what a success
// leaves behind belongs into the pipeline's own transaction.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/call.h"
#include "connector/connection.h"
#include "delivery/decide.h"
#include "store/store.h"

namespace brygga::delivery {

/// What a look-up of a doubtful write found: the record as a target row, or nothing.
using Look = std::function<Expected<std::optional<Json>>(const CallContext& call, Instant since)>;

struct Write {
    std::string step;  ///< unique within the delivery: "document", "product:SKU"
    Json document;     ///< see deliver in brygga/plugin.h
    Look look;         ///< empty: sending it twice does no harm (an update with the whole state)
};

struct Written {
    enum class From : std::uint8_t {
        answer,
        look,    ///< an earlier attempt had succeeded
        memory,  ///< of this step: it was finished before
    };
    Json row;  ///< of an answer whole; else perhaps without some of its keys
    From from = From::answer;

    bool found() const noexcept { return from == From::look; }
};

class Writer {
public:
    Writer(store::Store& store, const Clock& clock, Policy policy) : store_{store}, clock_{clock}, policy_{policy} {}

    /// Errors are the plugin's, or `write.settling` (rate_limited) while a doubtful write may still appear. Without
    /// outcome_unknown neither this attempt nor an earlier one had an effect: the intent may be withdrawn.
    Expected<Written> write(const CallContext& call, connector::Connection& target, store::Delivery& delivery,
                            const Write& write);

    /// What an earlier attempt at this write has made, when there was one; nothing: it may be sent. Errors as of
    /// write().
    Expected<std::optional<Json>> earlier(const CallContext& call, const store::Delivery& delivery,
                                          const std::string& step, const Look& look) const;

    /// base32(HMAC-SHA256(install, flow | target | step | type | source id | generation)); the same for every
    /// attempt at one write.
    std::string key(const store::Delivery& delivery, const std::string& step) const;

private:
    std::optional<Instant> begun_at(const store::Delivery& delivery, const store::Step* step) const;
    Expected<std::optional<Json>> look_first(const CallContext& call, const store::Delivery& delivery, Instant begun,
                                             const Look& look) const;

    store::Store& store_;
    const Clock& clock_;
    Policy policy_;
};

/// The write that failed with this error certainly had no effect, in no attempt.
inline bool withdrawable(const Error& error) noexcept { return !error.outcome_unknown; }

}  // namespace brygga::delivery
