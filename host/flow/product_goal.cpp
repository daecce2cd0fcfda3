#include "flow/product_goal.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "brygga/sdk/paths.hpp"
#include "flow/field_values.h"
#include "flow/fit.h"
#include "flow/order_mapping.h"
#include "flow/plan.h"
#include "flow/product_images.h"
#include "flow/tax.h"

namespace brygga::flow {

namespace {

using settings::Write;

constexpr std::int64_t highest_price = 1'000'000'000'000;
const Decimal hundred{100};

Error held(std::string code, std::string message, std::string remedy) {
    return {ErrorClass::rejected, std::move(code), std::move(message), std::move(remedy)};
}

bool has_own_rule(const FieldRules& rules, std::string_view path) {
    const FieldRule* rule = rules.rule("product", path);
    return rule && !rule->standard;
}

std::optional<Decimal> rate_of(const Json& treatment) {
    const auto rate = treatment["attributes"]["rate"].decimal();
    return rate && !rate->is_negative() && *rate <= Decimal{1'000} ? rate : std::nullopt;
}

Decimal with_tax(const Decimal& net, const Decimal& rate, int places) {
    return (net * (hundred + rate) / hundred).round(places);
}
Decimal without_tax(const Decimal& gross, const Decimal& rate, int places) {
    return (gross * hundred / (hundred + rate)).round(places);
}

const Json* treatment_with(const Json& all, std::string_view id) {
    const auto found = std::ranges::find_if(all.items(), [&](const Json& t) { return t["id"].text() == id; });
    return found == all.items().end() ? nullptr : &*found;
}

/// The one that charges the rate of the source. In books that is one for goods or services, of those in settings.
Expected<const Json*> treatment_by_rate(const entity::Product& product, const ProductTerms& terms) {
    if (terms.into_books) {
        const auto chosen = choose_treatment(treatments_named(terms.treatments, terms.product_groups), *product.rate,
                                             product.service ? "service" : "goods", TaxCase::domestic, Json::array());
        if (chosen) return treatment_with(terms.treatments, chosen->id);
        Error error = chosen.error();
        error.message = name_of(product) + ": " + error.message;
        if (error.code == "tax.no_treatment")
            error.remedy =
                "Add a treatment for this rate in the books, or correct the tax tariff in the shop; then "
                "replay.";
        return error;
    }
    const Json* chosen = nullptr;
    for (const Json& treatment : terms.treatments.items()) {
        if (!treatment["active"].boolean(true) || rate_of(treatment) != product.rate) continue;
        if (chosen)
            return held("product.no_treatment",
                        fmt::format("{}: {} has several tax tariffs of {} %.", name_of(product), terms.target,
                                    product.rate->text()),
                        "Give product.treatment a rule in the mapping that names one, then replay.");
        chosen = &treatment;
    }
    if (chosen) return chosen;
    return held(
        "product.no_treatment",
        fmt::format("{}: {} tells no tax tariff of {} %.", name_of(product), terms.target, product.rate->text()),
        "Give product.treatment a rule in the mapping that names the tariff, or correct the rate; then replay.");
}

/// The treatment of the rules, else what is there if it charges the rate of the source, else one that does.
Expected<const Json*> treatment_of(const Json& fields, const entity::Product& product, const ProductTerms& terms,
                                   const Json& existing) {
    const auto& all = terms.treatments.items();
    if (const std::string_view named = fields["treatment"].text(); !named.empty()) {
        const auto found = std::ranges::find_if(
            all, [&](const Json& t) { return t["id"].text() == named || t["label"].string() == named; });
        if (found != all.end()) return &*found;
        return held("product.no_treatment",
                    fmt::format("{}: {} has no tax {} '{}'.", name_of(product), terms.target,
                                terms.into_books ? "treatment" : "tariff", excerpt(named, 60)),
                    "Correct the rule of product.treatment, then replay.");
    }
    if (!product.rate)
        return held(
            "product.no_rate",
            fmt::format("{}: its tax {} in {} tells no rate.", name_of(product),
                        terms.into_books ? "tariff" : "treatment", terms.origin()),
            terms.into_books
                ? "Let the keys of the shop read its tax rates and its merchant's country, and run the flow for "
                  "this article again; or give product.treatment a rule."
                : "Give it one that is active, and run the flow for this article again; or give "
                  "product.treatment a rule.");
    const Json* present = treatment_with(terms.treatments, existing["treatment"].text());
    if (present && (*present)["active"].boolean(true) && rate_of(*present) == product.rate) return present;
    return treatment_by_rate(product, terms);
}

/// The price with tax or without it, whatever the goal's is.
std::optional<Decimal> counted(const ProductGoal& goal, const entity::Product& product, bool include_tax, int places) {
    const Decimal price = *goal.price;
    if (*goal.price_includes_tax == include_tax) return price.round(places);
    if (include_tax && product.price == price && product.price_with_tax) return product.price_with_tax->round(places);
    if (!goal.rate) return std::nullopt;
    return include_tax ? with_tax(price, *goal.rate, places) : without_tax(price, *goal.rate, places);
}

Error no_price_basis(const entity::Product& product, const std::string& system) {
    return held("product.no_price_basis",
                fmt::format("{}: {} does not tell whether its prices include tax.", name_of(product), system),
                "Let its keys read the settings of the web shop, or set settings.price_includes_tax to true or false; "
                "then replay.");
}

/// The price as the target keeps prices. product.price of a rule of one's own is in the target's currency.
Expected<Decimal> price_of(const FieldRules& rules, const ProductGoal& goal, const entity::Product& product,
                           const ProductTerms& terms) {
    const Decimal price = *goal.price;
    if (price.is_negative() || price > Decimal{highest_price})
        return held("product.bad_price",
                    fmt::format("{}: no product has the price {}.", name_of(product), price.text()),
                    fmt::format("Correct it in {} or in the mapping, then replay.", terms.origin()));
    if (!has_own_rule(rules, "price") && !product.currency.empty() && !terms.currency.empty() &&
        product.currency != terms.currency)
        return held("product.currency",
                    fmt::format("{}: its price is in {}, and {} {} in {}.", name_of(product), product.currency,
                                terms.target, terms.into_books ? "keeps prices" : "sells", terms.currency),
                    "Give product.price a rule that converts it, or unset it to leave prices alone; then replay.");
    if (!goal.price_includes_tax) return no_price_basis(product, terms.source);
    if (!terms.prices_include_tax) return no_price_basis(product, terms.target);
    if (const auto price_there = counted(goal, product, *terms.prices_include_tax, terms.price_decimals))
        return *price_there;
    return held("product.no_rate",
                fmt::format("{}: the rate of its tax is not known, so neither is its price {} tax.", name_of(product),
                            *terms.prices_include_tax ? "with" : "without"),
                fmt::format("Give it an active tax treatment in {}, or give product.price and "
                            "product.price_includes_tax rules; then run the flow for this article again.",
                            terms.origin()));
}

/// Also when the present price is what the other way of counting makes of the goal's: it may have come from there.
bool same_price(const ProductGoal& goal, const ProductTerms& terms, const Json& existing) {
    const auto price = existing["price"].decimal(), wanted = goal.fields["price"].decimal();
    if (!price) return false;
    if (const auto gross = existing["price_with_tax"].decimal(); gross && goal.fields.has("price_with_tax")) {
        const bool net_agrees = *price == wanted, gross_agrees = *gross == goal.fields["price_with_tax"].decimal();
        if ((net_agrees && gross_agrees) || !goal.rate || price->is_negative() || gross->is_negative() ||
            *price > Decimal{highest_price} || *gross > Decimal{highest_price})
            return net_agrees && gross_agrees;
        return (net_agrees && *gross == with_tax(*price, *goal.rate, terms.price_decimals)) ||
               (gross_agrees && *price == without_tax(*gross, *goal.rate, terms.price_decimals));
    }
    if (*price == wanted) return true;
    if (!goal.price || !goal.rate || goal.price_includes_tax == terms.prices_include_tax || price->is_negative() ||
        *price > Decimal{highest_price})
        return false;
    return goal.price == (*goal.price_includes_tax ? with_tax(*price, *goal.rate, terms.price_decimals)
                                                   : without_tax(*price, *goal.rate, terms.price_decimals));
}

/// Whether this is the number of an article that rows of orders have: see RowNumbers.
bool is_row_number(std::string_view sku) {
    const RowNumbers numbers;
    for (const std::string* of : {&numbers.shipping, &numbers.payment_fee, &numbers.discount, &numbers.rounding,
                                  &numbers.gift_card, &numbers.refund, &numbers.deposit, &numbers.other}) {
        const std::size_t rate = of->find("{rate}");
        const std::string_view before = std::string_view{*of}.substr(0, rate);
        if (!sku.starts_with(before)) continue;
        const std::string_view rest = sku.substr(before.size());
        if (rate == std::string::npos ? rest.empty() : Decimal::parse(rest.substr(0, rest.find('-'))).has_value())
            return true;
    }
    return false;
}

}  // namespace

std::string name_of(const entity::Product& product) { return fmt::format("Article {}", excerpt(product.sku, 60)); }

Expected<ProductGoal> product_goal(const FieldRules& rules, Json mapped, const entity::Product& product,
                                   const ProductTerms& terms, const Json& existing, std::vector<std::string>& notices) {
    fit(mapped, "product", *terms.known, notices);
    leave_unwritable(mapped, "product", *terms.known, notices);
    auto images = images_of(mapped, product);
    if (!images) return std::move(images).error();
    mapped.erase("images");
    ProductGoal out{mapped, {}, product.rate, product.price_includes_tax, std::move(*images)};
    if (mapped["price_includes_tax"].is_boolean()) out.price_includes_tax = mapped["price_includes_tax"].boolean();
    out.fields.erase("price_includes_tax");
    if (!terms.treatments.is_null()) {
        const auto treatment = treatment_of(mapped, product, terms, existing);
        if (!treatment) return treatment.error();
        out.fields.set("treatment", (**treatment)["id"].text());
        if (const auto rate = rate_of(**treatment)) out.rate = rate;
    }
    out.price = mapped["price"].decimal();
    if (!out.price) return out;
    auto price = price_of(rules, out, product, terms);
    if (!price) return std::move(price).error();
    out.fields.set("price", *price);
    out.fields.set("price_includes_tax", *terms.prices_include_tax);
    if (terms.both_prices && !*terms.prices_include_tax)
        if (const auto gross = counted(out, product, true, terms.price_decimals))
            out.fields.set("price_with_tax", *gross);
    return out;
}

Json product_changes(const FieldRules& rules, const ProductGoal& goal, const entity::Product& product,
                     const settings::Product& settings, const ProductTerms& terms, const Json& existing,
                     bool also_unseen) {
    Json changes = Json::object();
    const auto consider = [&](const std::string& path, Write write) {
        if (goal.echo.fields.contains(path)) return;
        const Json *wanted = at_path(goal.fields, path), *now = at_path(existing, path);
        if (write == Write::on_create || is_empty(wanted) || path == "price_includes_tax") return;
        if (path.starts_with("x.") && !also_unseen) return;
        if (now && (path == "price" ? same_price(goal, terms, existing) : same_value(*now, *wanted))) return;
        if (write == Write::keep_existing && !is_empty(now)) return;
        set_path(changes, path, *wanted);
    };
    for (const FieldRule& rule : rules.rules()) consider(rule.path, rule.write);
    if (!rules.rule("product", "treatment")) consider("treatment", Write::always);
    if (changes.has("price"))
        for (const char* with : {"price_includes_tax", "price_with_tax"})
            if (goal.fields.has(with)) changes.set(with, goal.fields[with]);
    if (settings.active == "as_source" && !goal.echo.fields.contains("active") &&
        existing["active"].boolean(product.active) != product.active)
        changes.set("active", product.active);
    return changes;
}

Json new_product(const FieldRules& rules, const ProductGoal& goal, const entity::Product& product,
                 const settings::Product& settings, const ProductTerms& terms) {
    Json fields = Json::object({{"sku", product.sku}});
    Json mapped = goal.fields;
    leave_out(mapped, rules, "product", Write::on_update);
    for (const Json::Member& member : mapped.members()) fields.set(member.name, member.value);
    // A person puts it on sale; for books an inactive one would be none.
    const bool active = terms.into_books || settings.active == "as_source";
    return std::move(fields.set("active", active && product.active));
}

std::optional<Error> left_out(const std::string& name, const entity::Product& product,
                              const settings::Product& settings, const ProductTerms& terms) {
    if (!settings.create && terms.into_books)
        return held("product.not_in_books", fmt::format("{}: {} has no such article.", name, terms.target),
                    "Nothing, if it is not to be there; else add it, or set settings.missing to create.");
    if (!settings.create)
        return held("product.not_in_shop", fmt::format("{}: {} has no such product.", name, terms.target),
                    "Nothing, if it is not sold there; else add it, or set settings.missing to create.");
    if (is_row_number(product.sku))
        return held("product.row_article", name + " is one for shipping, fees or other rows of orders.",
                    fmt::format("Nothing. If it is a product for sale, add it to {} by hand, or give it another "
                                "number.",
                                terms.place()));
    if (product.service && !terms.into_books)
        return held("product.service", name + " is a service.",
                    "Nothing, if it is not sold in the shop; else add it there by hand, then it follows the books.");
    if (!product.active)
        return held("product.inactive", fmt::format("{} is inactive in {}.", name, terms.origin()),
                    fmt::format("Nothing; it is made in {} when it becomes active.", terms.place()));
    return std::nullopt;
}

Error came_from_there(const std::string& name, const ProductTerms& terms) {
    return held("product.echo",
                fmt::format("{} was made from an article of {}, which has it no longer.", name, terms.target),
                fmt::format("Nothing; or remove it from {} by hand.", terms.origin()));
}

Error echoed(const std::string& name, const ProductTerms& terms) {
    return held("product.echo", fmt::format("{}: all that {} lacks of it has come from there.", name, terms.target),
                fmt::format("Nothing; what is changed in {} is sent.", terms.origin()));
}

std::string product_mark(const FieldRules& rules, const settings::Product& s) {
    Json all = Json::array(
        {s.match, s.create, s.active, s.price_includes_tax ? Json{*s.price_includes_tax} : Json{}, rules.mark()});
    if (!s.unit.empty()) all.push(s.unit);
    for (const std::string& group : s.product_groups) all.push(group);
    return entity::stable_hash(all).substr(0, 8);
}

std::string product_hash(const Mapped& mapped, const entity::Product& product, const std::string& mark) {
    Json all = Json::array({mark, mapped.product, product.sku, product.ean, product.active,
                            product.rate ? Json{*product.rate} : Json{}, product.currency,
                            product.price_with_tax ? Json{*product.price_with_tax} : Json{}});
    if (mapped.ending) all.push(mapped.ending->message);
    return entity::stable_hash(all);
}

}  // namespace brygga::flow
