#include "flow/tax.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/utf8.h"
#include "entity/country.h"
#include "entity/vat_number.h"

namespace brygga::flow {

namespace {

constexpr std::array<std::string_view, 6> case_names{"domestic",       "eu_consumer", "oss",
                                                     "reverse_charge", "export",      "platform"};

Error held(std::string code, std::string message, std::string remedy) {
    return Error{ErrorClass::rejected, std::move(code), std::move(message), std::move(remedy)};
}

bool zero_rated(TaxCase tax_case, const Json& zero_rated_cases) {
    return std::ranges::any_of(zero_rated_cases.items(),
                               [&](const Json& name) { return name.string() == to_string(tax_case); });
}

struct Candidate {
    Treatment treatment;
    bool is_default = false;
};

std::vector<Candidate> fitting(const Json& options, std::string_view goods_class, TaxCase tax_case) {
    std::vector<Candidate> out;
    for (const Json& option : options.items()) {
        const Json& attributes = option["attributes"];
        const std::string_view own_class = attributes["goods_class"].string();
        const std::string_view own_case = attributes["case"].string();
        // Vendors give a rate as a number or as its text.
        const auto rate = Decimal::parse(attributes["rate"].text());
        if (!option["active"].boolean(true) || !rate) continue;
        if (!own_class.empty() && own_class != goods_class) continue;
        if (!own_case.empty() && own_case != to_string(tax_case)) continue;
        out.push_back({{std::string{option["id"].text()}, std::string{option["label"].string()}, *rate},
                       attributes["default"].boolean()});
    }
    return out;
}

bool fits(const settings::TaxRule& rule, const Sale& sale) {
    const auto agrees = [](std::string_view wanted, std::string_view given) {
        return wanted.empty() || wanted == given;
    };
    return agrees(rule.country, sale.country) && agrees(rule.customer, entity::to_string(sale.customer)) &&
           agrees(rule.tax_case, to_string(sale.tax_case)) &&
           (sale.goods_class.empty() || agrees(rule.goods, sale.goods_class)) &&
           (!rule.rate || *rule.rate == sale.rate);
}

/// Whether the books tell that they charge this treatment's rate under the one-stop shop.
bool is_of_oss(const Json& treatment) { return treatment["attributes"]["case"].string() == to_string(TaxCase::oss); }

/// Percent; that of most goods at home.
Decimal highest_rate(const Json& treatments) {
    Decimal highest;
    for (const Json& option : treatments.items())
        if (option["active"].boolean(true))
            highest = std::max(highest, Decimal::parse(option["attributes"]["rate"].text()).value_or(Decimal{}));
    return highest;
}

template <class Keep>
void narrow(std::vector<Candidate>& candidates, Keep keep) {
    std::vector<Candidate> kept;
    std::ranges::copy_if(candidates, std::back_inserter(kept), keep);
    if (!kept.empty()) candidates = std::move(kept);
}

std::string names(const std::vector<Candidate>& candidates) {
    constexpr std::size_t shown = 8;
    std::string out;
    for (std::size_t i = 0; i < candidates.size() && i < shown; ++i) {
        const Treatment& t = candidates[i].treatment;
        out += fmt::format("{}\"{}\" ({} %)", i == 0 ? "" : ", ", t.label.empty() ? t.id : t.label, t.rate.text());
    }
    if (candidates.size() > shown) out += fmt::format(" and {} more", candidates.size() - shown);
    return out;
}

}  // namespace

std::string_view to_string(TaxCase tax_case) noexcept { return case_names[static_cast<std::size_t>(tax_case)]; }

TaxAdvice tax_advice(TaxCase tax_case) noexcept {
    switch (tax_case) {
        case TaxCase::eu_consumer:
            return {
                "The customer is a consumer in another EU country, and the books are not set up to charge that "
                "country's own VAT (one-stop shop).",
                "Set them up for it (config/README.md, Tax and the one-stop shop), then replay; or enter the order by "
                "hand and cancel this delivery. If the VAT of the country of the books was due, correct the tax "
                "settings of the shop."};
        case TaxCase::oss:
            return {"The customer is a consumer in another EU country, whose own VAT is due (one-stop shop).",
                    "If the books charge this rate there, say by which treatment: add a line with country, rate and "
                    "use under settings.tax, then replay. Else correct the rate in the shop."};
        case TaxCase::reverse_charge:
            return {"The customer has a VAT number of another EU country, so the books charge 0 % (reverse charge).",
                    "If the number is right, correct the VAT in the shop's order. If it is not the customer's, remove "
                    "it there and at the customer in the books, then replay."};
        case TaxCase::export_:
            return {"The order leaves the EU, where the books charge 0 % (export).",
                    "Correct the VAT or the country in the shop's order; VAT on an export cannot be entered."};
        case TaxCase::platform:
            return {"It was sold through a platform that accounts for the VAT itself, which this version cannot enter.",
                    "Enter the order by hand and cancel this delivery."};
        case TaxCase::domestic:
            break;
    }
    return {"", "Correct the tax rate in the shop or the article's treatment in the books, then replay."};
}

TaxFacts tax_facts(const entity::Order& order, std::string_view account_country, bool uses_oss) {
    const std::string_view account = entity::iso_country(account_country);
    const std::string_view customer = entity::iso_country(order.tax_country());
    const auto number = entity::parse_vat_number(order.customer.vat_number, customer);
    TaxFacts facts;
    facts.account_country = account;
    facts.customer_country = customer;
    facts.kind = order.customer.kind;
    facts.vat_number_valid =
        number && number->country != account &&
        (number->country == customer || number->country == entity::iso_country(order.billing.country));
    facts.reverse_charge = order.reverse_charge;
    facts.platform = order.platform;
    facts.uses_oss = uses_oss;
    return facts;
}

Expected<TaxCase> tax_case(const TaxFacts& facts) {
    if (facts.platform) return TaxCase::platform;
    if (facts.customer_country.empty())
        return held("tax.country_missing", "It has neither a delivery nor a billing country, so its VAT is open.",
                    "Set the country in the shop.");
    if (facts.customer_country == facts.account_country) {
        if (!facts.reverse_charge) return TaxCase::domestic;
        return held("tax.reverse_charge_domestic",
                    fmt::format("The shop charged no VAT as to an EU business abroad, but the order goes to {}, the "
                                "country of the books.",
                                facts.customer_country),
                    "Correct the country or the VAT in the shop's order.");
    }
    if (!entity::is_eu(facts.account_country) || !entity::is_eu(facts.customer_country)) return TaxCase::export_;
    const bool business = facts.kind == entity::CustomerKind::company;
    if (facts.vat_number_valid && (business || facts.reverse_charge)) return TaxCase::reverse_charge;
    if (facts.reverse_charge)
        return held("tax.vat_number_invalid",
                    fmt::format("The shop charged no VAT as to an EU business, but the order has no VAT number that is "
                                "valid in {}.",
                                facts.customer_country),
                    "Ask the customer for the VAT number and correct it in the shop's order.");
    return facts.uses_oss ? TaxCase::oss : TaxCase::eu_consumer;
}

Decimal effective_rate(const Decimal& treatment_rate, TaxCase tax_case, const Json& zero_rated_cases) {
    return zero_rated(tax_case, zero_rated_cases) ? Decimal{} : treatment_rate;
}

Expected<const Json*> treatment_of_rule(const settings::TaxRule& rule, const Json& treatments) {
    const Json* found = nullptr;
    for (const Json& option : treatments.items()) {
        if (!option["active"].boolean(true)) continue;
        if (option["id"].text() == rule.use) return &option;
        if (option["label"].string() != rule.use) continue;
        if (found)
            return held("tax.rule",
                        fmt::format("The books have several tax treatments with the name {}, which settings.tax uses.",
                                    excerpt(rule.use, 60)),
                        "Write the id of one of them (brygga connections options), then replay.");
        found = &option;
    }
    if (found) return found;
    return held(
        "tax.rule",
        fmt::format("The books have no active tax treatment {}, which settings.tax uses.", excerpt(rule.use, 60)),
        "Write one that they have (brygga connections options), then replay.");
}

const settings::TaxRule* rule_for(const std::vector<settings::TaxRule>& rules, const Sale& sale) {
    const auto found = std::ranges::find_if(rules, [&](const auto& rule) { return fits(rule, sale); });
    return found == rules.end() ? nullptr : &*found;
}

Expected<Treatment> treatment_of_new(const std::vector<settings::TaxRule>& rules, const Json& treatments,
                                     const Sale& sale, const Json& zero_rated_cases) {
    if (const settings::TaxRule* rule = rule_for(rules, sale)) {
        const auto option = treatment_of_rule(*rule, treatments);
        if (!option) return option.error();
        return Treatment{std::string{(**option)["id"].text()}, std::string{(**option)["label"].string()},
                         Decimal::parse((**option)["attributes"]["rate"].text()).value_or(Decimal{})};
    }
    if (sale.tax_case != TaxCase::oss || sale.rate.is_zero())
        return choose_treatment(treatments, sale.rate, sale.goods_class, sale.tax_case, zero_rated_cases);
    Json told = Json::array();
    for (const Json& option : treatments.items())
        if (is_of_oss(option)) told.push(option);
    if (told.size() > 0) return choose_treatment(told, sale.rate, sale.goods_class, sale.tax_case, zero_rated_cases);
    if (entity::standard_vat(sale.country) == sale.rate)
        return choose_treatment(treatments, highest_rate(treatments), sale.goods_class, TaxCase::domestic,
                                zero_rated_cases);
    return held("tax.no_treatment",
                fmt::format("No rule says which treatment of the books gives {} % in {}. {}", sale.rate.text(),
                            sale.country, tax_advice(sale.tax_case).cause),
                std::string{tax_advice(sale.tax_case).remedy});
}

bool charged_as_at_home(const Json& treatments, const Sale& sale) {
    return !sale.rate.is_zero() && sale.rate == highest_rate(treatments) &&
           entity::standard_vat(sale.country) != sale.rate;
}

bool charged_under_oss(const std::vector<settings::TaxRule>& rules, const Json& treatments, const Json& treatment,
                       Sale sale) {
    const Decimal own = Decimal::parse(treatment["attributes"]["rate"].text()).value_or(Decimal{});
    if (sale.rate.is_zero()) return own.is_zero();
    if (is_of_oss(treatment)) return own == sale.rate;
    const auto names = [&](const settings::TaxRule& rule) {
        return fits(rule, sale) && (rule.use == treatment["id"].text() || rule.use == treatment["label"].string());
    };
    // A service of the books may be sold as goods.
    sale.goods_class = {};
    if (rule_for(rules, sale)) return std::ranges::any_of(rules, names);
    return entity::standard_vat(sale.country) == sale.rate && own == highest_rate(treatments);
}

Json treatments_in_zone(const Json& treatments, const std::string& zone) {
    Json out = Json::array();
    for (Json option : treatments.items()) {
        if (const Json rate = option["attributes"]["zones"][zone]; rate.is_number())
            option.member("attributes").set("rate", rate);
        out.push(std::move(option));
    }
    return out;
}

Json treatments_named(const Json& treatments, const std::vector<std::string>& names) {
    if (names.empty()) return treatments;
    Json out = Json::array();
    for (const Json& option : treatments.items())
        if (std::ranges::any_of(names, [&](const std::string& name) {
                return option["id"].text() == name || option["label"].string() == name;
            }))
            out.push(option);
    return out;
}

Expected<Treatment> choose_treatment(const Json& options, const Decimal& rate, std::string_view goods_class,
                                     TaxCase tax_case, const Json& zero_rated_cases) {
    std::vector<Candidate> candidates = fitting(options, goods_class, tax_case);
    const bool free = zero_rated(tax_case, zero_rated_cases);
    if (free && !rate.is_zero())
        return held("tax.no_treatment",
                    fmt::format("The shop charged {} % on this {}, but the books charge 0 %. {}", rate.text(),
                                goods_class, tax_advice(tax_case).cause),
                    std::string{tax_advice(tax_case).remedy});
    std::vector<Candidate> offered = candidates;
    std::erase_if(candidates, [&](const Candidate& c) {
        return effective_rate(c.treatment.rate, tax_case, zero_rated_cases) != rate;
    });
    if (candidates.empty()) {
        const TaxAdvice advice = tax_advice(tax_case);
        return held(
            "tax.no_treatment",
            fmt::format("The books have no tax treatment for {} at {} %. There are: {}.{}{}", goods_class, rate.text(),
                        offered.empty() ? "none" : names(offered), advice.cause.empty() ? "" : " ", advice.cause),
            tax_case == TaxCase::domestic
                ? std::string{"Add a treatment for this rate in the books, or enter the order by hand."}
                : std::string{advice.remedy});
    }
    // Where everything is charged 0 %, the row's rate says nothing about the article's own treatment.
    if (!free) narrow(candidates, [&](const Candidate& c) { return c.treatment.rate == rate; });
    if (candidates.size() > 1) narrow(candidates, [](const Candidate& c) { return c.is_default; });
    if (candidates.size() > 1 && free) {
        const Decimal highest =
            std::ranges::max(candidates, {}, [](const Candidate& c) { return c.treatment.rate; }).treatment.rate;
        narrow(candidates, [&](const Candidate& c) { return c.treatment.rate == highest; });
    }
    if (candidates.size() > 1)
        return held(
            "tax.ambiguous_treatment",
            fmt::format("Several tax treatments of the books fit {} at {} % ({}): {}.", goods_class, rate.text(),
                        to_string(tax_case), names(candidates)),
            "Name the right ones in settings.target.product_group, one for each rate; or leave one of them active in "
            "the books.");
    return std::move(candidates.front().treatment);
}

}  // namespace brygga::flow
