// Stock at the door of a flow: a change is delivered; from time to time everything is read and compared with what the
// target shows, so that what it sold or somebody typed there does not stay wrong (E5).
#pragma once

#include "connector/catalog.h"
#include "entity/stock.h"
#include "flow/comparison.h"
#include "flow/reception.h"
#include "settings/config.h"

namespace brygga::flow {

class StockReception final : public Reception {
public:
    StockReception(const settings::Flow& flow, connector::Catalog& target, store::Store& store, const Clock& clock);

    const std::string& mark() const override { return mark_; }
    std::string_view named_by() const override { return "sku"; }
    Expected<bool> wants_everything() override { return comparison_.is_due(mark_); }
    Expected<void> begin(const CallContext& call, const Reading& reading) override;
    Expected<bool> judge(const Json& row, const Reading& reading, store::NewVersion& version) const override;
    Expected<void> compared() override { return comparison_.ended(mark_); }

private:
    bool shows(const store::IndexRow& product, const Decimal& level) const;

    const settings::Flow& flow_;
    connector::Catalog& target_;
    Comparison comparison_;
    std::string mark_;
};

}  // namespace brygga::flow
