// Statuses of orders at the door of a flow: a document of the books says something new of an order, or it is none of
// the shop's.
#pragma once

#include "flow/reception.h"
#include "settings/config.h"

namespace brygga::flow {

class StatusReception final : public Reception {
public:
    explicit StatusReception(const settings::Flow& flow);

    const std::string& mark() const override { return mark_; }
    std::string_view named_by() const override { return "reference"; }
    Expected<bool> judge(const Json& row, const Reading& reading, store::NewVersion& version) const override;

private:
    const settings::Flow& flow_;
    std::string mark_;
};

}  // namespace brygga::flow
