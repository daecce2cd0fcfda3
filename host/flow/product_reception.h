// Products at the door of a flow: a change is delivered; from time to time everything is read and compared with what
// the target shows (E4). What the source says elsewhere of an article, its rate of tax, its currency and whether prices
// include tax, is added here.
#pragma once

#include <map>
#include <memory>

#include "connector/catalog.h"
#include "flow/comparison.h"
#include "flow/number_owners.h"
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
    Expected<void> compared() override;

private:
    Expected<void> learn_rates(const CallContext& call);
    void complete(entity::Product& product) const;
    Expected<std::vector<store::IndexRow>> products_for(const entity::Product& product) const;
    Error no_number(const store::NewVersion& version) const;
    Error number_twice(const entity::Product& product, const store::NewVersion& version,
                       const std::string& other) const;
    bool leave_out(store::NewVersion& version, const Error& reason, std::string_view key) const;
    Expected<bool> shows(const store::IndexRow& row, const entity::Product& product, std::string_view raw,
                         const Echo& echo) const;
    Expected<std::optional<Error>> not_wanted(const entity::Product& product, const store::NewVersion& version,
                                              const std::vector<store::IndexRow>& products) const;

    const settings::Flow& flow_;
    const std::shared_ptr<const FieldRules> rules_;
    connector::Catalog& source_;
    connector::Catalog& target_;
    Comparison comparison_;
    const ProductMemory memory_;
    const std::unique_ptr<NumberOwners> owners_;
    ProductLinks links_;
    ProductImages images_;
    const std::string mark_;
    std::string compared_as_{};                            ///< the mark, and what products are linked to
    std::map<std::string, Decimal, std::less<>> rates_{};  ///< by tax treatment of the source
    std::string currency_{};                               ///< of the source
    std::optional<bool> prices_include_tax_{};             ///< the same
    ProductTerms terms_{};
    const CallContext* call_ = nullptr;  ///< of the run under way
};

}  // namespace brygga::flow
