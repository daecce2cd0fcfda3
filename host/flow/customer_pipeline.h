// CustomerPipeline: one registration of the shop on its way into the books: the customer that it has become, or who
// matches as for an order, is changed where it differs, or made. The same class, claim and look-up as for orders, so
// that both together make one customer.
#pragma once

#include "flow/conclusion.h"
#include "flow/customer_memory.h"
#include "flow/customers.h"
#include "flow/pipeline.h"
#include "flow/target.h"

namespace brygga::flow {

class CustomerPipeline final : public Pipeline {
public:
    CustomerPipeline(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules, connector::Connection& target,
                     connector::Catalog& catalog, store::Store& store, const Clock& clock, Log& log,
                     delivery::Policy policy, std::function<int()> jitter);

    Processed process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                      Stored stored) override;

private:
    Expected<void, Halt> run(Work& work, store::Outcome& outcome);
    /// customer_content() of the record.
    Expected<std::string, Halt> prepare(Work& work) const;
    Expected<std::optional<store::IndexRow>, Halt> existing(Work& work, const KnownCustomer& known);
    Expected<void, Halt> end(Work& work, const store::IndexRow& customer, const std::string& content, bool writes,
                             store::Outcome& outcome);

    const settings::Flow& flow_;
    const std::shared_ptr<const FieldRules> rules_;
    Conclusion conclusion_;
    delivery::Writer writer_;
    Target target_;
    Customers customers_;
    CustomerMemory memory_;
};

}  // namespace brygga::flow
