// Stock at the door of a flow: a change is delivered; from time to time everything is read and compared with what the
// target shows, so that what it sold or somebody typed there does not stay wrong (E5).
#pragma once

#include "connector/catalog.h"
#include "entity/stock.h"
#include "flow/reception.h"
#include "settings/config.h"

namespace brygga::flow {

/// The products of a target that have this stock: by SKU, else by EAN; from its index.
Expected<std::vector<store::IndexRow>> products_of(const connector::Catalog& catalog, const entity::Stock& stock);

class StockReception final : public Reception {
public:
    StockReception(const settings::Flow& flow, connector::Catalog& target, store::Store& store, const Clock& clock);

    const std::string& mark() const override { return mark_; }
    std::string_view named_by() const override { return "sku"; }
    Expected<bool> wants_everything() override;
    Expected<void> begin(const CallContext& call, const Reading& reading) override;
    Expected<bool> judge(const Json& row, const Reading& reading, store::NewVersion& version) const override;
    Expected<void> compared() override;

private:
    Expected<bool> is_busy() const;
    bool shows(const store::IndexRow& product, const Decimal& level) const;

    const settings::Flow& flow_;
    connector::Catalog& target_;
    store::Store& store_;
    const Clock& clock_;
    std::string mark_;
    Instant begun_{};  ///< of the run that reads everything
};

}  // namespace brygga::flow
