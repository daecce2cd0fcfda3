// ProductImages: the pictures of a product in a shop, by the addresses that a rule of product.images gives (E8). Each
// is sent once; another address is another picture, which takes the place of the one before. Pictures that a person has
// put there stay. Part of the reception and the pipeline of products; what was sent is a fact of the store.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/field_rules.h"
#include "flow/product_side.h"

namespace brygga::flow {

/// The addresses that a mapped product has under "images", a text or a list of texts. Error product.bad_image.
Expected<std::vector<std::string>> images_of(const Json& mapped, const entity::Product& product);

struct ImageChanges {
    std::vector<std::string> add;                             ///< addresses
    std::vector<std::pair<std::string, std::string>> remove;  ///< (mark of an address, picture)
};
/// sent: pictures by mark of their address, an empty one where there was none to read; null: the host never gave this
/// product any. has_picture: whether the product shows one, as far as that is known. Pure.
ImageChanges image_changes(const std::vector<std::string>& wanted, const Json& sent, settings::Write write, bool fresh,
                           std::optional<bool> has_picture);

class ProductImages {
public:
    ProductImages(const settings::Flow& flow, const FieldRules& rules, store::Store& store, const Clock& clock)
        : flow_{flow}, rule_{rules.rule("product", "images")}, store_{store}, clock_{clock} {}

    /// Whether nothing is to be sent to the product of this row or taken from it.
    Expected<bool> shows(const store::IndexRow& row, const std::vector<std::string>& wanted) const;
    /// Writes what is missing and takes away what the host has replaced; whether that was something.
    Expected<bool, Halt> settle(ProductSide& product, const std::vector<std::string>& wanted);

private:
    Expected<Json> known(const std::string& product) const;
    Expected<void> remember(const std::string& product, const Json& sent, const Json& before);
    delivery::Look look_for(const ProductSide& product) const;
    Expected<void, Halt> settle_begun(ProductSide& product, Json& sent);
    Expected<void, Halt> add(ProductSide& product, const std::string& url, bool main, Json& sent);
    Expected<void, Halt> remove(ProductSide& product, const std::string& mark, const std::string& picture, Json& sent);
    Expected<void, Halt> done(const ProductSide& product, const std::string& step, const Json* answer);
    std::string scope() const { return "images:" + flow_.from + ":" + flow_.to; }

    const settings::Flow& flow_;
    const FieldRule* const rule_;  ///< null: pictures are left alone
    store::Store& store_;
    const Clock& clock_;
};

}  // namespace brygga::flow
