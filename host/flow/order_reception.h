// Orders at the door of a flow: eligibility, the flow's own filter, and the hash over what would be written.
#pragma once

#include <memory>

#include "entity/order.h"
#include "flow/eligibility.h"
#include "flow/field_rules.h"
#include "flow/reception.h"
#include "settings/config.h"

namespace brygga::flow {

class OrderReception final : public Reception {
public:
    OrderReception(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules, store::Store& store);

    const std::string& mark() const override { return mark_; }
    std::string_view named_by() const override { return "number"; }
    Expected<bool> judge(const Json& row, const Reading& reading, store::NewVersion& version) const override;

private:
    std::optional<Skip> not_accepted(const entity::Order& order, std::string_view raw, const Zone& days) const;

    const settings::Flow& flow_;
    const std::shared_ptr<const FieldRules> rules_;
    store::Store& store_;
    std::string mark_;
};

}  // namespace brygga::flow
