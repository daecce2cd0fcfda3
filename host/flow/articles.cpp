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
                                               TaxCase tax_case) {
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
    const Decimal own = (*option)["attributes"]["rate"].decimal().value_or(Decimal{});
    // Where the target tells what the treatment charges in each case, that is what counts.
    const Decimal effective = (*option)["attributes"]["rates"][to_string(tax_case)].decimal().value_or(
        effective_rate(own, tax_case, zero_rated(work)));
    if (effective == row.rate) return {};
    std::string cause{tax_advice(tax_case).cause}, remedy{tax_advice(tax_case).remedy};
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

Expected<std::string, Halt> Articles::unit_for(Work& work, const PlannedRow& row) {
    const std::string own = row.source_line ? work.order.lines[*row.source_line].unit : std::string{};
    return choose_unit(work.call, target_.catalog, target_.connection.id(), work.name(), own, work.settings.unit);
}

Expected<store::IndexRow, Halt> Articles::create(Work& work, const PlannedRow& row, TaxCase tax_case,
                                                 bool prices_include_tax) {
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
    if (tax_case == TaxCase::platform && !row.templated)
        return Halt::held(
            "tax.no_treatment",
            fmt::format("{}: the article {} is missing. {}", work.name(), row.sku, tax_advice(tax_case).cause),
            std::string{tax_advice(tax_case).remedy});
    auto options = target_.catalog.options(work.call, "tax_treatment", std::chrono::hours{24});
    if (!options) return Halt::failed(std::move(options).error());
    // The number of a templated row names its rate, so its article must have that rate in every case.
    const auto treatment =
        choose_treatment(treatments_named(**options, work.settings.product_groups), row.rate, goods_class(row.role),
                         row.templated ? TaxCase::domestic : tax_case, zero_rated(work));
    if (!treatment) {
        Error error = treatment.error();
        error.message =
            fmt::format("{}: the article {} is missing and cannot be created: {}", work.name(), row.sku, error.message);
        return Halt::held(std::move(error));
    }
    auto unit = unit_for(work, row);
    if (!unit) return unit.error();
    const bool from_line = row.source_line && !row.templated;
    Json fields = Json::object(
        {{"sku", row.sku},
         {"name", from_line ? std::string_view{work.order.lines[*row.source_line].name} : role_text(row.role)},
         {"price", from_line ? row.unit_price : Decimal{}},
         {"price_includes_tax", prices_include_tax},
         {"treatment", treatment->id},
         {"service", goods_class(row.role) == "service"}});
    if (!unit->empty()) fields.set("unit", *unit);
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
        work.decided("article", row.sku, "created: missing_product", Json::object({{"treatment", treatment->label}}));
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

Expected<std::optional<store::IndexRow>, Halt> Articles::missing(Work& work, PlannedRow& row, TaxCase tax_case,
                                                                 bool prices_include_tax) {
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
            auto made = create(work, row, tax_case, prices_include_tax);
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
                                                                 TaxCase tax_case, bool prices_include_tax) {
    std::map<std::string, store::IndexRow> known;
    std::map<std::string, Article> articles;
    for (PlannedRow& row : rows) {
        if (row.kind == RowKind::text) continue;
        if (!known.contains(row.sku)) {
            const std::string ean =
                row.source_line && !row.templated ? work.order.lines[*row.source_line].ean : std::string{};
            auto found = find(work, row.sku, ean, false);
            if (found && !*found) found = find(work, row.sku, ean, true);
            if (found && !*found) found = missing(work, row, tax_case, prices_include_tax);
            if (!found) return found.error();
            if (!*found) continue;
            articles[row.sku] = {(*found)->id, (*found)->number};
            known[row.sku] = std::move(**found);
        }
        // One article may stand in rows of different rates; each has to agree.
        if (const auto checked = check_treatment(work, row, known[row.sku], tax_case); !checked) return checked.error();
    }
    return articles;
}

}  // namespace brygga::flow
