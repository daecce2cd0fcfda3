#include "flow/product_reception.h"

#include "base/error_json.h"
#include "entity/order.h"
#include "flow/ages.h"
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
    return reading.everything ? target_.read_again(call, "product") : target_.refresh(call, "product", known_products);
}

Expected<void> ProductReception::learn_rates(const CallContext& call) {
    const auto account = source_.capabilities(call);
    if (!account) return account.error();
    currency_ = (*account)->account.currency;
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
    if (product.rate || product.treatment.empty()) return;
    if (const auto rate = rates_.find(product.treatment); rate != rates_.end())
        product.rate = rate->second;
    else
        source_.forget_options("tax_treatment");
}

/// Why it is left out.
Expected<std::optional<Error>> ProductReception::not_wanted(const entity::Product& product, std::string_view raw,
                                                            const std::vector<store::IndexRow>& products) const {
    const std::string name = name_of(product);
    if (rules_->filters()) {
        Subject subject{flow_, product, raw, Zone::utc().name()};
        if (const auto refused = rules_->refuse(subject); refused && refused->kind == Ending::Kind::skip)
            return std::optional{
                Error{ErrorClass::rejected, refused->code, name + ": " + refused->message, refused->remedy}};
    }
    if (flow_.product.match == "ean" && product.ean.empty())
        return std::optional{Error{ErrorClass::rejected, "product.no_ean", name + " has no EAN to find its product by.",
                                   "Give it one in the books, or set settings.match to sku_then_ean."}};
    if (products.empty()) return left_out(name, product, flow_.product, flow_.to);
    return std::optional<Error>{};
}

Expected<bool> ProductReception::shows(const store::IndexRow& row, const entity::Product& product,
                                       std::string_view raw) const {
    Subject subject{flow_, product, raw, Zone::utc().name()};
    subject.set_target(connector::Catalog::json_of(row));
    const Mapped mapped = rules_->map(subject);
    if (mapped.ending) return false;
    std::vector<std::string> notices;
    const auto goal = product_goal(*rules_, mapped.product, product, terms_, notices);
    if (!goal || product_changes(*rules_, *goal, product, flow_.product, terms_, row.fields, false).size() > 0)
        return false;
    const auto linked = links_.shows(row, product);
    if (!linked || !*linked) return linked;
    return images_.shows(row, goal->images);
}

Expected<bool> ProductReception::judge(const Json& row, const Reading& reading, store::NewVersion& v) const {
    auto product = entity::parse_product(row["entity"]);
    if (!product) {
        v.hash = entity::stable_hash(row["entity"]);
        v.state = store::DeliveryState::dead;
        v.error = error_json(product.error());
        return true;
    }
    complete(*product);
    const std::string_view raw = raw_text(v.payload);
    const auto products = products_of(target_, flow_.product.match, product->sku, product->ean);
    if (!products) return products.error();
    const auto reason = not_wanted(*product, raw, *products);
    if (!reason) return reason.error();
    if (*reason) {
        v.hash = entity::stable_hash(Json::array({(*reason)->code, product->sku, product->ean}));
        v.state = store::DeliveryState::skipped;
        v.flow_version = flow_.version.number;
        v.error = error_json(**reason);
        v.error.set("class", "skipped");
        return true;
    }
    Subject subject{flow_, *product, raw, Zone::utc().name()};
    v.hash = product_hash(rules_->map_for_version(subject), *product, mark_);
    if (links_.wanted()) v.hash = entity::stable_hash(Json::array({v.hash, entity::to_json(*product)["categories"]}));
    const bool compared = reading.everything && products->size() == 1;
    if (compared) {
        const auto shown = shows(products->front(), *product, raw);
        if (!shown || *shown) return shown ? Expected<bool>{false} : shown;
    }
    // The same as it was delivered once: what the target shows has changed since.
    if (compared) v.hash = entity::stable_hash(Json::array({v.hash, reading.run_id}));
    v.payload = with_entity(entity::to_json(*product), v.payload);
    return true;
}

}  // namespace brygga::flow
