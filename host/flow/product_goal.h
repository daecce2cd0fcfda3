// What a product of one system becomes in another, a shop or books: the fields of its mapping in the target's terms,
// its tax treatment by rate, its price with or without tax; and what of that a product that is there still needs (E4,
// M2, M5). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "entity/product.h"
#include "flow/field_rules.h"
#include "flow/product_memory.h"
#include "flow/product_terms.h"
#include "settings/config.h"

namespace brygga::flow {

/// "Article MUG", for messages.
std::string name_of(const entity::Product& product);

struct ProductGoal {
    Json fields;                               ///< of the rules, treatment and price in the target's terms
    std::optional<Decimal> price, rate;        ///< as the rules gave it, and the tax on it
    std::optional<bool> price_includes_tax{};  ///< of that price
    std::vector<std::string> images{};         ///< addresses of pictures
    Echo echo{};                               ///< what the source has from the target is not sent back
};

/// mapped: fields of the rules; what the target does not take of them goes into notices. existing: as of
/// product_changes().
/// Error (rejected): product.no_rate, product.no_treatment, product.no_price_basis, product.currency,
/// product.bad_price, and those of choose_treatment(); a person has to decide.
Expected<ProductGoal> product_goal(const FieldRules& rules, Json mapped, const entity::Product& product,
                                   const ProductTerms& terms, const Json& existing, std::vector<std::string>& notices);

/// What of the goal an update would change in `existing`, a row's fields, or an empty object. also_unseen: also what
/// such a row never tells (fields of the vendor's own).
Json product_changes(const FieldRules& rules, const ProductGoal& goal, const entity::Product& product,
                     const settings::Product& settings, const ProductTerms& terms, const Json& existing,
                     bool also_unseen);

/// The fields of a new product.
Json new_product(const FieldRules& rules, const ProductGoal& goal, const entity::Product& product,
                 const settings::Product& settings, const ProductTerms& terms);

/// Why a product that the target lacks is not made there: code, message and remedy; nothing when it is.
std::optional<Error> left_out(const std::string& name, const entity::Product& product,
                              const settings::Product& settings, const ProductTerms& terms);

/// Why a record that was made from one of the target is not made there again.
Error came_from_there(const std::string& name, const ProductTerms& terms);
/// Why nothing is sent of a record that has nothing but what its target sent itself.
Error echoed(const std::string& name, const ProductTerms& terms);

/// Of the settings and rules that decide what a product becomes.
std::string product_mark(const FieldRules& rules, const settings::Product& settings);
/// The hash of a version. mapped: of FieldRules::map_for_version.
std::string product_hash(const Mapped& mapped, const entity::Product& product, const std::string& mark);

}  // namespace brygga::flow
