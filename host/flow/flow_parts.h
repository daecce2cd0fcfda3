// What a flow is made of, by the type of its records.
#pragma once

#include <functional>
#include <memory>

#include "connector/catalog.h"
#include "delivery/decide.h"
#include "flow/field_rules.h"
#include "flow/pipeline.h"
#include "flow/reception.h"

namespace brygga {
class Log;
}

namespace brygga::flow {

/// rules: of a flow that has a mapping.
std::unique_ptr<Reception> make_reception(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                                          connector::Catalog& source, connector::Catalog& target, store::Store& store,
                                          const Clock& clock);
std::unique_ptr<Pipeline> make_pipeline(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                                        connector::Connection& target, connector::Catalog& catalog, store::Store& store,
                                        const Clock& clock, Log& log, delivery::Policy policy,
                                        std::function<int()> jitter);

}  // namespace brygga::flow
