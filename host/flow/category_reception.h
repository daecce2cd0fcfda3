// Categories at the door of a flow: each change is delivered; from time to time all of them are compared with what the
// target shows (E6).
#pragma once

#include <memory>

#include "connector/catalog.h"
#include "flow/category_memory.h"
#include "flow/comparison.h"
#include "flow/field_rules.h"
#include "flow/reception.h"

namespace brygga::flow {

class CategoryReception final : public Reception {
public:
    CategoryReception(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules, connector::Catalog& target,
                      store::Store& store, const Clock& clock);

    const std::string& mark() const override { return mark_; }
    std::string_view named_by() const override { return "name"; }
    Expected<bool> wants_everything() override { return comparison_.is_due(mark_); }
    Expected<void> begin(const CallContext& call, const Reading& reading) override;
    Expected<bool> judge(const Json& row, const Reading& reading, store::NewVersion& version) const override;
    Expected<void> compared() override { return comparison_.ended(mark_); }

private:
    bool shows(const store::IndexRow& row, Subject& subject) const;

    const settings::Flow& flow_;
    const std::shared_ptr<const FieldRules> rules_;
    connector::Catalog& target_;
    Comparison comparison_;
    CategoryMemory memory_;
    const std::string mark_;
    std::shared_ptr<const schema::Capabilities> known_{};
    std::shared_ptr<const Json> parents_{};  ///< the options that a rule chooses one of
};

}  // namespace brygga::flow
