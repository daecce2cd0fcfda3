// Tax: which case an order falls under and which treatment of the target gives a row the shop's rate.
// Pure functions over plain values: no I/O, no clock, safe on any thread. Never a guess: what is not certain
// is an Error of class rejected (hold) that names the choices. Codes: tax.country_missing,
// tax.vat_number_invalid, tax.reverse_charge_domestic, tax.no_treatment, tax.ambiguous_treatment, tax.rule.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "brygga/sdk/json.hpp"
#include "entity/order.h"
#include "settings/config.h"

namespace brygga::flow {

enum class TaxCase : std::uint8_t { domestic, eu_consumer, oss, reverse_charge, export_, platform };
/// "domestic", "eu_consumer", "oss", "reverse_charge", "export", "platform".
std::string_view to_string(TaxCase tax_case) noexcept;

/// Why the books cannot charge what the shop did in this case, and what a person can do; both may stand in a
/// message behind the figures.
struct TaxAdvice {
    std::string_view cause, remedy;
};
TaxAdvice tax_advice(TaxCase tax_case) noexcept;

struct TaxFacts {
    std::string account_country;   ///< of the target's company, alpha-2
    std::string customer_country;  ///< delivery, else billing
    entity::CustomerKind kind = entity::CustomerKind::person;
    bool vat_number_valid = false;  ///< syntax, check digits and the customer's country
    bool reverse_charge = false;    ///< the source says so
    bool platform = false;
    bool uses_oss = false;  ///< the account reports EU consumer sales under the one-stop shop
};

/// An EU business with a valid number is reverse_charge whatever the shop charged: the target will charge 0 %.
Expected<TaxCase> tax_case(const TaxFacts& facts);
/// The facts of an order; its VAT number must be valid, of the delivery or billing country, and from abroad.
TaxFacts tax_facts(const entity::Order& order, std::string_view account_country, bool uses_oss);

/// What the target charges: the treatment's rate, or 0 in a case listed in zero_rated_cases (array of names).
Decimal effective_rate(const Decimal& treatment_rate, TaxCase tax_case, const Json& zero_rated_cases);

struct Treatment {
    std::string id, label;
    Decimal rate;  ///< the treatment's own
};

/// The treatment that a rule of settings names; Error tax.rule when the books have none or several of that name.
Expected<const Json*> treatment_of_rule(const settings::TaxRule& rule, const Json& treatments);

/// What is sold, as rules of settings tell sales apart.
struct Sale {
    std::string_view country;  ///< by which tax is charged
    entity::CustomerKind customer = entity::CustomerKind::person;
    TaxCase tax_case{};
    Decimal rate;                    ///< percent
    std::string_view goods_class{};  ///< empty: not asked for
};
/// The first rule that fits; null when none does.
const settings::TaxRule* rule_for(const std::vector<settings::TaxRule>& rules, const Sale& sale);

/// The treatment of a new article: that of the first rule which fits, else that with the rate; under the one-stop shop
/// one of that case, and where the books do not tell what they charge abroad the one with the highest rate at home for
/// the country's standard rate. Errors tax.rule and those of choose_treatment.
Expected<Treatment> treatment_of_new(const std::vector<settings::TaxRule>& rules, const Json& treatments,
                                     const Sale& sale, const Json& zero_rated_cases);
/// Whether a sale that could fall under the one-stop shop is charged as at home: at the highest rate of the books,
/// which is not the country's standard one.
bool charged_as_at_home(const Json& treatments, const Sale& sale);
/// Whether an article of this treatment is charged the sale's rate under the one-stop shop, as far as rules and the
/// standard rate tell.
bool charged_under_oss(const std::vector<settings::TaxRule>& rules, const Json& treatments, const Json& treatment,
                       Sale sale);

/// The treatments with the rate that each gives in this zone of the target, where it tells that; else as they are.
Json treatments_in_zone(const Json& treatments, const std::string& zone);
/// The treatments that settings name by id or label; all when they name none.
Json treatments_named(const Json& treatments, const std::vector<std::string>& names);

/// options: [{"id","label","active","attributes":{"rate","goods_class","case","default"}}]. A treatment without
/// goods_class or case fits every one. Several fit: the one whose own rate is `rate` (in a zero-rated case the
/// row's rate does not say it), then the default, then, in a zero-rated case only, the highest rate, which is that of
/// most goods; still several: an error that names them.
Expected<Treatment> choose_treatment(const Json& options, const Decimal& rate, std::string_view goods_class,
                                     TaxCase tax_case, const Json& zero_rated_cases);

}  // namespace brygga::flow
