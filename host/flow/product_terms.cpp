#include "flow/product_terms.h"

#include "flow/ages.h"

namespace brygga::flow {

std::optional<bool> prices_include_tax(const schema::Capabilities& of) {
    const schema::Prices prices = of.arithmetic.prices;
    if (prices != schema::Prices::by_customer) return prices == schema::Prices::gross;
    return keeps_books(of) ? std::optional{false} : std::nullopt;
}

Expected<ProductTerms> read_product_terms(const CallContext& call, const settings::Flow& flow,
                                          connector::Catalog& catalog) {
    const auto known = catalog.capabilities(call);
    if (!known) return known.error();
    const schema::Capabilities& target = **known;
    ProductTerms out;
    out.source = flow.from;
    out.target = flow.to;
    out.into_books = keeps_books(target);
    out.currency = target.account.currency;
    out.prices_include_tax = prices_include_tax(target);
    if (flow.product.price_includes_tax && !out.into_books) out.prices_include_tax = flow.product.price_includes_tax;
    const schema::Field* with_tax = target.field("product", "price_with_tax");
    out.both_prices = with_tax && with_tax->writable;
    out.price_decimals = target.arithmetic.price_decimals;
    out.product_groups = flow.product.product_groups;
    out.known = *known;
    if (!target.field("product", "treatment")) return out;
    const auto treatments = catalog.options(call, "tax_treatment", options_age);
    if (!treatments) return treatments.error();
    out.treatments = **treatments;
    return out;
}

}  // namespace brygga::flow
