// What a flow is made of, by the type of its records.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
/// Steps of a delivery of this type that find or make what its record refers to. Begun from the start, they are done
/// anew; the record itself never is, since its binding knows what it became.
std::vector<std::string> steps_before_record(std::string_view type);

}  // namespace brygga::flow
