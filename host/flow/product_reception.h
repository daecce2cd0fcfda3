// Products at the door of a flow: a change is delivered; from time to time everything is read and compared with what
// the target shows (E4). What the books say elsewhere of an article, its rate of tax and its currency, is added here.
#pragma once

#include <map>
#include <memory>

#include "connector/catalog.h"
#include "flow/comparison.h"
#include "flow/product_goal.h"
#include "flow/product_images.h"
#include "flow/product_links.h"
#include "flow/reception.h"

namespace brygga::flow {

class ProductReception final : public Reception {
public:
    ProductReception(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules, connector::Catalog& source,
                     connector::Catalog& target, store::Store& store, const Clock& clock);

    const std::string& mark() const override { return mark_; }
    std::string_view named_by() const override { return "sku"; }
    Expected<bool> wants_everything() override;
    Expected<void> begin(const CallContext& call, const Reading& reading) override;
    Expected<bool> judge(const Json& row, const Reading& reading, store::NewVersion& version) const override;
    Expected<void> compared() override { return comparison_.ended(compared_as_); }

private:
    Expected<void> learn_rates(const CallContext& call);
    void complete(entity::Product& product) const;
    Expected<bool> shows(const store::IndexRow& row, const entity::Product& product, std::string_view raw) const;
    Expected<std::optional<Error>> not_wanted(const entity::Product& product, std::string_view raw,
                                              const std::vector<store::IndexRow>& products) const;

    const settings::Flow& flow_;
    const std::shared_ptr<const FieldRules> rules_;
    connector::Catalog& source_;
    connector::Catalog& target_;
    Comparison comparison_;
    ProductLinks links_;
    ProductImages images_;
    const std::string mark_;
    std::string compared_as_{};                            ///< the mark, and what products are linked to
    std::map<std::string, Decimal, std::less<>> rates_{};  ///< by tax treatment of the source
    std::string currency_{};                               ///< of the source
    ProductTerms terms_{};
};

}  // namespace brygga::flow
