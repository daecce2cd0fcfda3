// StockPipeline: one level on its way into a shop: its product in the index, one write. Writing a level twice does no
// harm, so nothing is looked up.
#pragma once

#include "entity/stock.h"
#include "flow/conclusion.h"
#include "flow/pipeline.h"
#include "flow/target.h"

namespace brygga::flow {

class StockPipeline final : public Pipeline {
public:
    StockPipeline(const settings::Flow& flow, connector::Connection& target, connector::Catalog& catalog,
                  store::Store& store, const Clock& clock, Log& log, delivery::Policy policy,
                  std::function<int()> jitter);

    Processed process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                      Stored stored) override;

private:
    Expected<void, Halt> run(const CallContext& call, store::Delivery& delivery, Json& explain,
                             store::Outcome& outcome);
    Expected<store::IndexRow, Halt> product(const std::string& name, const entity::Stock& stock) const;

    const settings::Flow& flow_;
    connector::Connection& target_;
    connector::Catalog& catalog_;
    Conclusion conclusion_;
    delivery::Writer writer_;
};

}  // namespace brygga::flow
