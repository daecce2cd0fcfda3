#include "flow/articles.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "brygga/sdk/codes.hpp"
#include "flow/ages.h"
#include "flow/fit.h"
#include "flow/unit_choice.h"

namespace brygga::flow {

namespace {

Json zero_rated(const Work& work) {
    Json out = Json::array();
    for (const std::string& name : work.caps().arithmetic.zero_rated_cases) out.push(name);
    return out;
}

std::string_view goods_class(entity::LineKind role) {
    using enum entity::LineKind;
    return role == shipping || role == payment_fee || role == extra_cost ? "service" : "goods";
}

std::string_view role_text(entity::LineKind role) {
    switch (role) {
        case entity::LineKind::shipping:
            return "Shipping";
        case entity::LineKind::payment_fee:
            return "Payment fee";
        case entity::LineKind::extra_cost:
            return "Extra cost";
        case entity::LineKind::discount:
            return "Discount or refund";
        case entity::LineKind::deposit:
            return "Deposit";
        case entity::LineKind::gift_card:
            return "Gift card";
        case entity::LineKind::rounding:
            return "Rounding";
        case entity::LineKind::product:
            break;
    }
    return "Other goods";
}

}  // namespace

Expected<std::optional<store::IndexRow>, Halt> Articles::find(Work& work, const std::string& sku,
                                                              const std::string& ean, bool refresh) {
    if (refresh) {
        if (auto fresh = target_.catalog.refresh(work.call, "product", index_age); !fresh)
            return Halt::failed(std::move(fresh).error());
    }
    for (const auto& [by, value] : {std::pair{"sku", sku}, std::pair{"ean", ean}}) {
        if (value.empty()) continue;
        auto rows = target_.catalog.find("product", by, value);
        if (!rows) return Halt::failed(std::move(rows).error());
        if (rows->size() > 1) {
            return Halt::held("product.ambiguous",
                              fmt::format("{}: {} articles of {} have the {} {}.", work.name(), rows->size(),
                                          target_.connection.id(), by, excerpt(value, 60)),
                              "Correct one of them in the books, then replay.");
        }
        if (rows->size() == 1) return std::optional{std::move(rows->front())};
    }
    return std::optional<store::IndexRow>{};
}

Expected<void, Halt> Articles::check_treatment(Work& work, const PlannedRow& row, const store::IndexRow& article,
                                               const BilledAs& as) {
    const std::string_view treatment = article.fields["treatment"].string();
    auto options = target_.catalog.options(work.call, "tax_treatment", std::chrono::hours{24});
    if (!options) return Halt::failed(std::move(options).error());
    const auto& items = (*options)->items();
    const auto option = std::ranges::find_if(items, [&](const Json& o) { return o["id"].text() == treatment; });
    if (option == items.end()) {
        target_.catalog.forget_options("tax_treatment");
        return Halt::held("tax_mismatch",
                          fmt::format("{}: the article {} of {} has a tax treatment that is not active.", work.name(),
                                      article.number, target_.connection.id()),
                          "Give the article an active one in the books, then replay.");
    }
    if (as.tax_case == TaxCase::oss) return check_oss(work, row, article, **options, *option, as);
    const Decimal own = (*option)["attributes"]["rate"].decimal().value_or(Decimal{});
    // Where the target tells what the treatment charges in a case or a zone, that is what counts.
    const Json& in_case = (*option)["attributes"]["rates"][to_string(as.tax_case)];
    const Json& in_zone = (*option)["attributes"]["zones"][as.zone];
    const Decimal effective =
        in_zone.decimal().value_or(in_case.decimal().value_or(effective_rate(own, as.tax_case, zero_rated(work))));
    if (effective == row.rate) return {};
    std::string cause{tax_advice(as.tax_case).cause}, remedy{tax_advice(as.tax_case).remedy};
    if (const std::string& sold_to = work.order.tax_country(); !sold_to.empty() && sold_to != work.tax_country) {
        cause = fmt::format("The order goes to {}, but the books charge by the customer's country, {}.", sold_to,
                            work.tax_country);
        remedy = "Enter the order by hand and cancel this delivery, or correct the customer's country in the books.";
    }
    return Halt::held(
        "tax_mismatch",
        fmt::format("{}: the shop charged {} % on {}, the article {} of {} gives {} % ({}).{}{}", work.name(),
                    row.rate.text(), excerpt(row.text, 60), article.number, target_.connection.id(), effective.text(),
                    (*option)["label"].string(), cause.empty() ? "" : " ", cause),
        std::move(remedy));
}

/// The books do not tell what they charge abroad; the totals of their answer are compared in any case.
Expected<void, Halt> Articles::check_oss(Work& work, const PlannedRow& row, const store::IndexRow& article,
                                         const Json& treatments, const Json& treatment, const BilledAs& as) {
    const Sale sale{work.tax_country, as.customer, as.tax_case, row.rate};
    const Json& marked = article.fields["oss"];
    if (!marked.boolean(true) && Decimal::parse(treatment["attributes"]["rate"].text()) == row.rate) return {};
    if (!charged_under_oss(work.settings.tax, treatments, treatment, sale))
        return Halt::held(
            "tax_mismatch",
            fmt::format("{}: the shop charged {} % on {}, and it is not known that {} charges that in {} for the "
                        "article {} ({}). {}",
                        work.name(), row.rate.text(), excerpt(row.text, 60), target_.connection.id(), work.tax_country,
                        article.number, treatment["label"].string(), tax_advice(as.tax_case).cause),
            std::string{tax_advice(as.tax_case).remedy});
    if (row.rate.is_zero() || marked.boolean(true)) return {};
    return Halt::held("tax_mismatch",
                      fmt::format("{}: the article {} of {} is not marked for the one-stop shop, so that a consumer in "
                                  "{} would be charged the tax of the books' own country.",
                                  work.name(), article.number, target_.connection.id(), work.tax_country),
                      "Mark it for the one-stop shop in the books, then replay.");
}

Expected<std::string, Halt> Articles::unit_for(Work& work, const PlannedRow& row) {
    const std::string own = row.source_line ? work.order.lines[*row.source_line].unit : std::string{};
    return choose_unit(work.call, target_.catalog, target_.connection.id(), work.name(), own, work.settings.unit);
}

Expected<store::IndexRow, Halt> Articles::create(Work& work, const PlannedRow& row, const BilledAs& as) {
    const std::string claim = "sku:" + row.sku;
    const auto mine = target_.store.claim_key(target_.connection.id(), "product", claim, work.delivery.id);
    if (!mine) return Halt::failed(mine.error());
    if (!*mine)
        return Halt{
            Halt::Kind::parked,
            {ErrorClass::transient, "product.being_created",
             fmt::format("{}: another order is creating the article {}.", work.name(), row.sku),
             "Nothing: it goes on by itself. If it stays, look for that other order: it may be in doubt or waiting."}};
    auto again = find(work, row.sku, {}, false);
    if (!again) return again.error();
    if (*again) return std::move(**again);

    // Its 0 % says nothing about the article: the next customer would be billed without VAT.
    Sale sale{work.tax_country, as.customer,
              // The number of a templated row names its rate, so its article must have that rate in every case.
              row.templated && as.tax_case != TaxCase::oss ? TaxCase::domestic : as.tax_case, row.rate,
              goods_class(row.role)};
    if (sale.tax_case == TaxCase::platform && !rule_for(work.settings.tax, sale))
        return Halt::held(
            "tax.no_treatment",
            fmt::format("{}: the article {} is missing. {}", work.name(), row.sku, tax_advice(sale.tax_case).cause),
            std::string{tax_advice(sale.tax_case).remedy});
    auto options = target_.catalog.options(work.call, "tax_treatment", std::chrono::hours{24});
    if (!options) return Halt::failed(std::move(options).error());
    const Json treatments = treatments_in_zone(treatments_named(**options, work.settings.product_groups), as.zone);
    const bool ruled = rule_for(work.settings.tax, sale) != nullptr;
    const bool abroad =
        sale.tax_case == TaxCase::oss && !row.rate.is_zero() && (ruled || !charged_as_at_home(treatments, sale));
    if (sale.tax_case == TaxCase::oss && !abroad) sale.tax_case = TaxCase::domestic;
    const auto treatment = treatment_of_new(work.settings.tax, treatments, sale, zero_rated(work));
    if (!treatment) {
        Error error = treatment.error();
        error.message =
            fmt::format("{}: the article {} is missing and cannot be created: {}", work.name(), row.sku, error.message);
        return Halt::held(std::move(error));
    }
    auto unit = unit_for(work, row);
    if (!unit) return unit.error();
    const bool from_line = row.source_line && !row.templated;
    // A price abroad has another tax in it, or another currency, than the article's own at home.
    const bool priced = from_line && !abroad;
    Json fields = Json::object(
        {{"sku", row.sku},
         {"name", from_line ? std::string_view{work.order.lines[*row.source_line].name} : role_text(row.role)},
         {"price", priced ? row.unit_price : Decimal{}},
         {"price_includes_tax", as.prices_include_tax},
         {"treatment", treatment->id},
         {"service", goods_class(row.role) == "service"}});
    if (!unit->empty()) fields.set("unit", *unit);
    if (abroad && work.caps().field("product", "oss")) fields.set("oss", true);
    fit(fields, "product", work.caps(), work.notices);
    fill_required(fields, "product", work.caps(), work.notices);
    const auto look = [this, sku = row.sku](const CallContext& call, Instant since) -> Expected<std::optional<Json>> {
        const auto rows = target_.catalog.lookup(call, "product", "sku", sku, since);
        if (!rows) return rows.error();
        if (rows->empty()) return std::optional<Json>{};
        return std::optional{connector::Catalog::json_of(rows->front())};
    };
    const Json document =
        Json::object({{"op", "create"}, {"type", "product"}, {"kind", "article"}, {"fields", fields}});
    auto made = write_indexed(target_, work, "product", {"product:" + row.sku, document, look}, claim);
    if (!made && made.error().error.code == code::product_exists)
        return take_existing(work, row.sku, made.error(), claim);
    if (made)
        work.decided("article", row.sku, "created: missing_product",
                     Json::object({{"treatment", treatment->label}, {"by", ruled ? "settings.tax" : "its rate"}}));
    return made;
}

/// Somebody else made the article after the index was read.
Expected<store::IndexRow, Halt> Articles::take_existing(Work& work, const std::string& sku, const Halt& refusal,
                                                        const std::string& claim) {
    auto rows = target_.catalog.lookup(work.call, "product", "sku", sku, std::nullopt);
    if (!rows) return Halt::failed(std::move(rows).error());
    if (rows->size() != 1) return refusal;
    store::Outcome outcome;
    outcome.withdrawn_step = refusal.withdrawn_step;
    outcome.released_claims.push_back(claim);
    if (auto stored = keep(target_, work, std::move(outcome)); !stored) return stored.error();
    work.decided("article", sku, "made by somebody else meanwhile");
    return std::move(rows->front());
}

Expected<std::optional<store::IndexRow>, Halt> Articles::missing(Work& work, PlannedRow& row, const BilledAs& as) {
    using settings::Choice;
    const auto rule = work.caps().field("product", "sku");
    if (rule && rule->length && static_cast<int>(row.sku.size()) > *rule->length) {
        return Halt::held("product.number_too_long",
                          fmt::format("{}: the article number {} has more than {} characters.", work.name(),
                                      excerpt(row.sku, 80), *rule->length),
                          "Shorten it in the shop; an article number is never cut.");
    }
    switch (work.settings.missing_product) {
        case Choice::create: {
            auto made = create(work, row, as);
            if (!made) return made.error();
            return std::optional{std::move(*made)};
        }
        case Choice::default_: {
            auto found = find(work, work.settings.default_product, {}, false);
            if (!found) return found.error();
            if (!*found) break;
            work.decided("article", work.settings.default_product, "default_product",
                         Json::object({{"missing", row.sku}}));
            row.sku = work.settings.default_product;
            return found;
        }
        case Choice::text:
            if (!row.amount.is_zero()) break;
            row.kind = RowKind::text;
            work.decided("article", nullptr, "missing_product: text", Json::object({{"missing", row.sku}}));
            return std::optional<store::IndexRow>{};
        case Choice::fail:
            return Halt::failed(
                {ErrorClass::rejected, "product.missing",
                 fmt::format("{}: {} has no article {}.", work.name(), target_.connection.id(), row.sku),
                 "Create it, then replay."});
        default:
            break;
    }
    return Halt::held("product.missing",
                      fmt::format("{}: {} has no article {} ({}).", work.name(), target_.connection.id(), row.sku,
                                  excerpt(row.text, 60)),
                      "Create it in the books, or set missing_product to create, then replay.");
}

Expected<std::map<std::string, Article>, Halt> Articles::resolve(Work& work, std::vector<PlannedRow>& rows,
                                                                 const BilledAs& as) {
    std::map<std::string, store::IndexRow> known;
    std::map<std::string, Article> articles;
    for (PlannedRow& row : rows) {
        if (row.kind == RowKind::text) continue;
        if (!known.contains(row.sku)) {
            const std::string ean =
                row.source_line && !row.templated ? work.order.lines[*row.source_line].ean : std::string{};
            auto found = find(work, row.sku, ean, false);
            if (found && !*found) found = find(work, row.sku, ean, true);
            if (found && !*found) found = missing(work, row, as);
            if (!found) return found.error();
            if (!*found) continue;
            articles[row.sku] = {(*found)->id, (*found)->number};
            known[row.sku] = std::move(**found);
        }
        // One article may stand in rows of different rates; each has to agree.
        if (const auto checked = check_treatment(work, row, known[row.sku], as); !checked) return checked.error();
    }
    return articles;
}

}  // namespace brygga::flow
