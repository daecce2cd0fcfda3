// ProductLinks: in which categories of a shop a product is: those that its own in the books have become, and those that
// a person has put it into. Only links that the host made are removed again. Part of the reception and the pipeline of
// products; each link is a write with an intent of its own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "flow/category_memory.h"
#include "flow/product_side.h"

namespace brygga::flow {

struct LinkChanges {
    std::vector<std::string> add;                             ///< categories
    std::vector<std::pair<std::string, std::string>> remove;  ///< (category, link)
    Json made;                                                ///< of the links there are, those that the host made

    bool empty() const noexcept { return add.empty() && remove.empty(); }
};
/// shown: the product's links now, ids by category. wanted: categories of the target. made: what the host made. Pure.
LinkChanges link_changes(const Json& shown, const std::vector<std::string>& wanted, const Json& made);

class ProductLinks {
public:
    ProductLinks(const settings::Flow& flow, connector::Catalog& catalog, store::Store& store, const Clock& clock)
        : flow_{flow}, catalog_{catalog}, store_{store}, clock_{clock}, memory_{flow, catalog, store, clock} {}

    bool wanted() const noexcept { return flow_.product.categories.value_or(false); }
    /// Changes when links may have become others although the products have not; empty where none are wanted.
    Expected<std::string> stamp() const { return wanted() ? memory_.stamp() : Expected<std::string>{std::string{}}; }
    /// Whether a row that tells its links shows those that it should.
    Expected<bool> shows(const store::IndexRow& row, const entity::Product& product) const;

    /// Writes what is missing and what is too much; whether that was something.
    Expected<bool, Halt> settle(ProductSide& product);

private:
    Expected<std::vector<std::string>> categories_of(const entity::Product& product,
                                                     std::vector<std::string>* missing = nullptr) const;
    Expected<void> learn(ProductSide& product) const;
    delivery::Look look_for(const std::string& product, const std::string& category) const;
    Expected<void, Halt> settle_begun(ProductSide& product, Json& made);
    Expected<void, Halt> add(ProductSide& product, const std::string& category, Json& made);
    Expected<void, Halt> remove(ProductSide& product, const std::string& category, const std::string& link, Json& made);
    Expected<void, Halt> keep(const ProductSide& product, const std::string& step, const Json& answer,
                              const Json& made);
    Halt refused(const ProductSide& product, Error error, const std::string& step, const std::string& category) const;

    const settings::Flow& flow_;
    connector::Catalog& catalog_;
    store::Store& store_;
    const Clock& clock_;
    CategoryMemory memory_;
};

}  // namespace brygga::flow
