#include "flow/flow_parts.h"

#include "flow/category_pipeline.h"
#include "flow/category_reception.h"
#include "flow/customer_pipeline.h"
#include "flow/customer_reception.h"
#include "flow/order_pipeline.h"
#include "flow/order_reception.h"
#include "flow/product_pipeline.h"
#include "flow/product_reception.h"
#include "flow/status_pipeline.h"
#include "flow/status_reception.h"
#include "flow/stock_pipeline.h"
#include "flow/stock_reception.h"

namespace brygga::flow {

std::unique_ptr<Reception> make_reception(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                                          connector::Catalog& source, connector::Catalog& target, store::Store& store,
                                          const Clock& clock) {
    if (flow.entity == "product")
        return std::make_unique<ProductReception>(flow, std::move(rules), source, target, store, clock);
    if (flow.entity == "category")
        return std::make_unique<CategoryReception>(flow, std::move(rules), target, store, clock);
    if (flow.entity == "customer")
        return std::make_unique<CustomerReception>(flow, std::move(rules), target, store, clock);
    if (flow.entity == "stock") return std::make_unique<StockReception>(flow, target, store, clock);
    if (flow.entity == "order_status") return std::make_unique<StatusReception>(flow);
    return std::make_unique<OrderReception>(flow, std::move(rules), store);
}

std::unique_ptr<Pipeline> make_pipeline(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                                        connector::Connection& target, connector::Catalog& catalog, store::Store& store,
                                        const Clock& clock, Log& log, delivery::Policy policy,
                                        std::function<int()> jitter) {
    if (flow.entity == "product")
        return std::make_unique<ProductPipeline>(flow, std::move(rules), target, catalog, store, clock, log, policy,
                                                 std::move(jitter));
    if (flow.entity == "category")
        return std::make_unique<CategoryPipeline>(flow, std::move(rules), target, catalog, store, clock, log, policy,
                                                  std::move(jitter));
    if (flow.entity == "customer")
        return std::make_unique<CustomerPipeline>(flow, std::move(rules), target, catalog, store, clock, log, policy,
                                                  std::move(jitter));
    if (flow.entity == "stock")
        return std::make_unique<StockPipeline>(flow, target, catalog, store, clock, log, policy, std::move(jitter));
    if (flow.entity == "order_status")
        return std::make_unique<StatusPipeline>(flow, target, catalog, store, clock, log, policy, std::move(jitter));
    return std::make_unique<OrderPipeline>(flow, std::move(rules), target, catalog, store, clock, log, policy,
                                           std::move(jitter));
}

std::vector<std::string> steps_before_record(std::string_view type) {
    if (type == "order") return {"customer", "customer-after", "customer-update", "contact", "product"};
    return {};
}

}  // namespace brygga::flow
