#include "settings/read_product.h"

namespace brygga::settings {

void read_product(Reader& r, Product& p) {
    p.match = r.one_of("match", p.match, {"sku", "ean", "sku_then_ean"});
    p.create = r.one_of("missing", "create", {"create", "skip"}) == "create";
    p.active = r.one_of("active", p.active, {"never", "as_source"});
    const std::string prices = r.one_of("price_includes_tax", "shop", {"true", "false", "shop"});
    if (prices != "shop") p.price_includes_tax = prices == "true";
    p.full_every = r.hours("full_every", p.full_every);
    if (r.has("categories")) p.categories = r.one_of("categories", "link", {"link", "leave"}) == "link";
    Reader target = r.section("target");
    p.unit = target.text("unit");
    p.product_groups = target.list("product_group", {}, {});
    target.finish();
}

}  // namespace brygga::settings
