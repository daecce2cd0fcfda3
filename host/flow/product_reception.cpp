#include "flow/product_reception.h"

#include <fmt/format.h>

#include "base/error_json.h"
#include "base/utf8.h"
#include "entity/order.h"
#include "flow/ages.h"
#include "flow/field_values.h"
#include "flow/payload.h"
#include "flow/product_match.h"

namespace brygga::flow {

ProductReception::ProductReception(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                                   connector::Catalog& source, connector::Catalog& target, store::Store& store,
                                   const Clock& clock)
    : flow_{flow},
      rules_{std::move(rules)},
      source_{source},
      target_{target},
      comparison_{"product", flow, flow.product.full_every, store, clock},
      memory_{flow, store, clock},
      owners_{std::make_unique<NumberOwners>(flow.id, store, clock)},
      links_{flow, target, store, clock},
      images_{flow, *rules_, store, clock},
      mark_{product_mark(*rules_, flow.product) + (links_.wanted() ? "+" : "")} {}

Expected<bool> ProductReception::wants_everything() {
    auto stamp = links_.stamp();
    if (!stamp) return std::move(stamp).error();
    compared_as_ = mark_ + *stamp;
    return comparison_.is_due(compared_as_);
}

Expected<void> ProductReception::begin(const CallContext& call, const Reading& reading) {
    comparison_.begin();
    if (const auto learned = learn_rates(call); !learned) return learned.error();
    auto terms = read_product_terms(call, flow_, target_);
    if (!terms) return std::move(terms).error();
    terms_ = std::move(*terms);
    call_ = &call;
    if (const auto begun = owners_->begin(reading.everything); !begun) return begun.error();
    return reading.everything ? target_.read_again(call, "product") : Expected<void>{};
}

Expected<void> ProductReception::learn_rates(const CallContext& call) {
    const auto account = source_.capabilities(call);
    if (!account) return account.error();
    currency_ = (*account)->account.currency;
    prices_include_tax_ = prices_include_tax(**account);
    if (flow_.product.price_includes_tax && !keeps_books(**account))
        prices_include_tax_ = flow_.product.price_includes_tax;
    const auto treatments = source_.options(call, "tax_treatment", options_age);
    if (!treatments)
        return treatments.error().error_class == ErrorClass::unsupported ? Expected<void>{} : treatments.error();
    rates_.clear();
    for (const Json& treatment : (*treatments)->items())
        if (const auto rate = treatment["attributes"]["rate"].decimal(); rate && !rate->is_negative())
            rates_.emplace(treatment["id"].text(), *rate);
    return {};
}

/// A treatment that is not known may be a new one: the next run asks for all of them.
void ProductReception::complete(entity::Product& product) const {
    if (product.currency.empty()) product.currency = currency_;
    if (!product.price_includes_tax) product.price_includes_tax = prices_include_tax_;
    if (product.rate || product.treatment.empty()) return;
    if (const auto rate = rates_.find(product.treatment); rate != rates_.end())
        product.rate = rate->second;
    else
        source_.forget_options("tax_treatment");
}

/// Why it is left out.
Expected<std::optional<Error>> ProductReception::not_wanted(const entity::Product& product, const store::NewVersion& v,
                                                            const std::vector<store::IndexRow>& products) const {
    const std::string name = name_of(product);
    if (rules_->filters()) {
        Subject subject{flow_, product, raw_text(v.payload), Zone::utc().name()};
        if (const auto refused = rules_->refuse(subject); refused && refused->kind == Ending::Kind::skip)
            return std::optional{
                Error{ErrorClass::rejected, refused->code, name + ": " + refused->message, refused->remedy}};
    }
    if (const auto other = owners_->other(product.sku, v.source_id, product.active))
        return std::optional{number_twice(product, v, *other)};
    if (flow_.product.match == "ean" && product.ean.empty())
        return std::optional{
            Error{ErrorClass::rejected, "product.no_ean", name + " has no EAN to find its product by.",
                  fmt::format("Give it one in {}, or set settings.match to sku_then_ean.", terms_.origin())}};
    if (products.empty()) return left_out(name, product, flow_.product, terms_);
    return std::optional<Error>{};
}

/// The target's that it is. The index may be behind, which only matters where the article would be left out for lack
/// of one: whoever makes one looks again.
Expected<std::vector<store::IndexRow>> ProductReception::products_for(const entity::Product& product) const {
    auto found = products_of(target_, flow_.product.match, product.sku, product.ean);
    if (!found || !found->empty() || !left_out({}, product, flow_.product, terms_)) return found;
    if (const auto fresh = target_.refresh(*call_, "product", known_products); !fresh) return fresh.error();
    return products_of(target_, flow_.product.match, product.sku, product.ean);
}

Expected<bool> ProductReception::shows(const store::IndexRow& row, const entity::Product& product, std::string_view raw,
                                       const Echo& echo) const {
    Subject subject{flow_, product, raw, Zone::utc().name()};
    subject.set_target(connector::Catalog::json_of(row));
    const Mapped mapped = rules_->map(subject);
    if (mapped.ending) return false;
    std::vector<std::string> notices;
    auto goal = product_goal(*rules_, mapped.product, product, terms_, row.fields, notices);
    if (!goal) return false;
    goal->echo = echo;
    if (product_changes(*rules_, *goal, product, flow_.product, terms_, row.fields, false).size() > 0) return false;
    const auto linked = links_.shows(row, product);
    if (!linked || !*linked) return linked;
    return images_.shows(row, goal->images);
}

Error ProductReception::no_number(const store::NewVersion& v) const {
    return {ErrorClass::rejected, "product.no_number",
            fmt::format("The product {} of {} has no article number.", excerpt(v.source_id, 60), flow_.from),
            fmt::format("Give it one in {}, each variant one of its own.", terms_.origin())};
}

Error ProductReception::number_twice(const entity::Product& product, const store::NewVersion& v,
                                     const std::string& other) const {
    return {ErrorClass::rejected, "product.number_twice",
            fmt::format("{}: {} has this number twice, at the products {} and {}; the second one is left out.",
                        name_of(product), flow_.from, excerpt(other, 60), excerpt(v.source_id, 60)),
            fmt::format("Give each a number of its own in {}.", terms_.origin())};
}

/// It enters as a version that is not delivered, once for each reason and key.
bool ProductReception::leave_out(store::NewVersion& v, const Error& reason, std::string_view key) const {
    v.hash = entity::stable_hash(Json::array({reason.code, v.source_number, key}));
    v.state = store::DeliveryState::skipped;
    v.flow_version = flow_.version.number;
    v.error = error_json(reason);
    v.error.set("class", "skipped");
    return true;
}

Expected<bool> ProductReception::judge(const Json& row, const Reading& reading, store::NewVersion& v) const {
    if (is_empty(row["entity"]["sku"])) return leave_out(v, no_number(v), row["entity"]["name"].string());
    auto product = entity::parse_product(row["entity"]);
    if (!product) {
        v.hash = entity::stable_hash(row["entity"]);
        v.state = store::DeliveryState::dead;
        v.error = error_json(product.error());
        return true;
    }
    complete(*product);
    const std::string_view raw = raw_text(v.payload);
    const auto products = products_for(*product);
    if (!products) return products.error();
    const auto reason = not_wanted(*product, v, *products);
    if (!reason) return reason.error();
    const auto echo = memory_.echo(v.source_id, *product);
    if (!echo) return echo.error();
    if (*reason) return leave_out(v, **reason, product->ean);
    Subject subject{flow_, *product, raw, Zone::utc().name()};
    v.hash = product_hash(rules_->map_for_version(subject), *product, mark_);
    if (links_.wanted()) v.hash = entity::stable_hash(Json::array({v.hash, entity::to_json(*product)["categories"]}));
    const bool compared = reading.everything && products->size() == 1;
    if (compared) {
        const auto shown = shows(products->front(), *product, raw, *echo);
        if (!shown || *shown) return shown ? Expected<bool>{false} : shown;
    }
    // The same as it was delivered once: what the target shows has changed since.
    if (compared) v.hash = entity::stable_hash(Json::array({v.hash, reading.run_id}));
    v.payload = with_entity(entity::to_json(*product), v.payload);
    return true;
}

Expected<void> ProductReception::compared() {
    if (const auto kept = owners_->remember(); !kept) return kept.error();
    return comparison_.ended(compared_as_);
}

}  // namespace brygga::flow
