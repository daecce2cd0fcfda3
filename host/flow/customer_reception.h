// Customers at the door of a flow: who is new is delivered; from time to time everybody is read and compared with what
// the books show, since a shop may not tell who has changed (E3).
#pragma once

#include <memory>

#include "connector/catalog.h"
#include "flow/comparison.h"
#include "flow/customer_memory.h"
#include "flow/field_rules.h"
#include "flow/reception.h"

namespace brygga::flow {

class CustomerReception final : public Reception {
public:
    CustomerReception(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules, connector::Catalog& target,
                      store::Store& store, const Clock& clock);

    const std::string& mark() const override { return mark_; }
    std::string_view named_by() const override { return "id"; }
    Expected<bool> wants_everything() override { return comparison_.is_due(mark_); }
    Expected<void> begin(const CallContext& call, const Reading& reading) override;
    Expected<bool> judge(const Json& row, const Reading& reading, store::NewVersion& version) const override;
    Expected<void> compared() override { return comparison_.ended(mark_); }

private:
    Expected<bool> shows(const KnownCustomer& known, const entity::CustomerRecord& record, std::string_view raw) const;
    std::optional<Error> not_wanted(const entity::CustomerRecord& record, Subject& subject, const Mapped& mapped) const;

    const settings::Flow& flow_;
    const std::shared_ptr<const FieldRules> rules_;
    connector::Catalog& target_;
    store::Store& store_;
    const Clock& clock_;
    Comparison comparison_;
    CustomerMemory memory_;
    const std::string mark_;
    std::shared_ptr<const schema::Capabilities> known_{};  ///< of the target, during a comparison
};

}  // namespace brygga::flow
