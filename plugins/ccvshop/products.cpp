#include "products.h"

#include <algorithm>

#include "translate.h"
#include "vendor.h"

namespace brygga::ccvshop {
namespace {

constexpr std::int64_t overlap_s = 300;

}  // namespace

std::optional<ProductCursor> ProductCursor::parse(const Json& document) {
    ProductCursor cursor;
    if (document.is_null()) return cursor;
    cursor.at = parse_instant(document["at"].string());
    cursor.scan = Scan::parse(document["scan"]);
    if (!cursor.at && !cursor.scan) return std::nullopt;
    return cursor;
}

Json ProductCursor::to_json() const {
    Json out = Json::object();
    if (at) out.set("at", to_instant(*at));
    if (scan) out.set("scan", scan->to_json());
    return out;
}

void ProductCursor::plan(std::int64_t now) {
    if (scan) return;
    scan.emplace();
    scan->begun = now;
}

void ProductCursor::complete() {
    at = scan->begun;
    scan.reset();
}

bool ProductCursor::passed(const Json& products) const {
    if (!at || products.size() == 0) return false;
    const auto last = parse_instant(products.at(products.size() - 1)["modifydate"].string());
    return last && *last < *at - overlap_s;
}

bool has_variants(const Json& product) { return product["stocktype"].string() == "Attribute"; }

std::vector<Json> sold_rows(const Json& product, const Json& variants) {
    if (!has_variants(product)) return {found_product(product)};
    std::vector<Json> rows;
    for (const Json& variant : variants.items()) rows.push_back(found_variant(product, variant));
    return rows;
}

StockWrite stock_write(std::string_view id, const Json& fields) {
    const std::size_t slash = id.find('/');
    const std::string product = id_of(Json::object({{"id", id.substr(0, slash)}}));
    StockWrite write;
    write.body = Json::object({{"stock", fields["stock"]}});
    if (slash == std::string_view::npos) {
        if (!product.empty()) write.path = "/products/" + product + "/";
        if (fields["manage_stock"].is_boolean()) write.body.set("stockenabled", fields["manage_stock"]);
        return write;
    }
    const std::string variant = id_of(Json::object({{"id", id.substr(slash + 1)}}));
    write.of_variant = true;
    if (!product.empty() && !variant.empty()) write.path = "/attributecombinations/" + variant + "/";
    return write;
}

Json written_stock(std::string_view id, const Json& fields, bool of_variant) {
    Json notices = Json::array();
    if (of_variant && fields["manage_stock"].is_boolean())
        notices.push("Whether stock is managed is a property of the whole product; it was left as it is.");
    return Json::object({{"id", id},
                         {"number", ""},
                         {"kind", "article"},
                         {"state", "open"},
                         {"version", ""},
                         {"keys", Json::object()},
                         {"fields", fields},
                         {"changed", Json::object()},
                         {"notices", std::move(notices)}});
}

}  // namespace brygga::ccvshop
