// StatusPipeline: what a document of the books says of an order on its way into the shop: the order as the shop shows
// it now, then at most one write. A status that is not newer is not written, so one that was is never written twice.
#pragma once

#include "entity/order_progress.h"
#include "flow/conclusion.h"
#include "flow/pipeline.h"
#include "flow/status_goal.h"
#include "flow/target.h"

namespace brygga::flow {

class StatusPipeline final : public Pipeline {
public:
    StatusPipeline(const settings::Flow& flow, connector::Connection& target, connector::Catalog& catalog,
                   store::Store& store, const Clock& clock, Log& log, delivery::Policy policy,
                   std::function<int()> jitter);

    Processed process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                      Stored stored) override;

private:
    Expected<void, Halt> run(const CallContext& call, store::Delivery& delivery, Json& explain,
                             store::Outcome& outcome);
    Expected<ShopStatus, Halt> goal(const CallContext& call, const std::string& name,
                                    const entity::OrderProgress& status) const;
    Expected<Json, Halt> order(const CallContext& call, const std::string& name, const std::string& number,
                               const entity::OrderProgress& status) const;

    const settings::Flow& flow_;
    connector::Connection& target_;
    connector::Catalog& catalog_;
    store::Store& store_;
    Conclusion conclusion_;
    delivery::Writer writer_;
};

}  // namespace brygga::flow
