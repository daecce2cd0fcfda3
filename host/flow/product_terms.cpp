#include "flow/product_terms.h"

#include "flow/ages.h"

namespace brygga::flow {

namespace {}  // namespace

Expected<ProductTerms> read_product_terms(const CallContext& call, const settings::Flow& flow,
                                          connector::Catalog& catalog) {
    const auto known = catalog.capabilities(call);
    if (!known) return known.error();
    const schema::Capabilities& target = **known;
    ProductTerms out{flow.to, target.account.currency, flow.product.price_includes_tax,
                     target.arithmetic.price_decimals, *known};
    if (!out.prices_include_tax && target.arithmetic.prices != schema::Prices::by_customer)
        out.prices_include_tax = target.arithmetic.prices == schema::Prices::gross;
    if (!target.field("product", "treatment")) return out;
    const auto treatments = catalog.options(call, "tax_treatment", options_age);
    if (!treatments) return treatments.error();
    out.treatments = **treatments;
    return out;
}

}  // namespace brygga::flow
