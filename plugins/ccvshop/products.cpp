#include "products.h"

#include <algorithm>
#include <array>
#include <utility>

#include "translate.h"
#include "vendor.h"

namespace brygga::ccvshop {
namespace {

constexpr std::int64_t overlap_s = 300;

struct Name {
    std::string_view path, vendor;
};
constexpr std::array names{Name{"sku", "productnumber"},
                           Name{"ean", "eannumber"},
                           Name{"name", "name"},
                           Name{"short_text", "shortdescription"},
                           Name{"long_text", "description"},
                           Name{"price", "price"},
                           Name{"unit", "unit"},
                           Name{"weight", "weight"},
                           Name{"treatment", "taxtariff"},
                           Name{"active", "active"}};
constexpr std::array<std::string_view, 5> tariffs{"normal", "low a", "low b", "extra low", "zero"};

Json result_of(std::string_view id, std::string_view number, const Json& fields, Json notices) {
    return Json::object({{"id", id},
                         {"number", number},
                         {"kind", "article"},
                         {"state", "open"},
                         {"version", ""},
                         {"keys", Json::object()},
                         {"fields", fields},
                         {"changed", Json::object()},
                         {"notices", std::move(notices)}});
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else
            out += c;
    }
    return out;
}

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
    return products.size() > 0 && knows(products.at(products.size() - 1));
}

bool ProductCursor::knows(const Json& product) const {
    const auto changed = parse_instant(product["modifydate"].string());
    return at && changed && *changed < *at - overlap_s;
}

bool has_variants(const Json& product) { return product["stocktype"].string() == "Attribute"; }

std::vector<Json> sold_rows(const Json& product, const Json& variants) {
    if (!has_variants(product)) return {found_product(product)};
    std::vector<Json> rows;
    for (const Json& variant : variants.items()) rows.push_back(found_variant(product, variant));
    return rows;
}

std::vector<Json> polled_rows(const Json& product, const Json& variants) {
    std::vector<Json> rows;
    bool itself = variants.size() == 0;
    for (const Json& variant : variants.items()) {
        const bool numbered = !first_key_of(variant, {"sku_number", "product_number"}).empty();
        itself |= !numbered;
        if (numbered) rows.push_back(polled_product(product, variant));
    }
    if (itself) rows.push_back(polled_product(product, {}));
    return rows;
}

Json product_body(const Json& fields, bool create) {
    Json body = Json::object();
    for (const Name& name : names) {
        const Json& value = fields[name.path];
        if (value.is_null()) continue;
        body.set(name.vendor, name.path == "long_text" ? Json{escaped(value.string())} : value);
    }
    if (create) body.set("discount", 0);
    for (const Json::Member& extra : fields["x"].members()) {
        const auto number = extra.name == "package_id" ? Decimal::parse(extra.value.text()) : std::nullopt;
        body.set(extra.name, number ? Json{*number} : extra.value);
    }
    return body;
}

std::vector<Json> tariff_options(const Json& countries, std::string_view country) {
    const auto& all = countries.items();
    const auto own = std::ranges::find_if(all, [&](const Json& c) { return c["code"].string() == country; });
    std::vector<Json> options;
    for (const std::string_view tariff : tariffs) {
        Json attributes = Json::object();
        if (tariff == "zero") attributes.set("rate", 0);
        if (own != all.end())
            for (const Json& charged : (*own)["tariffs"].items())
                if (charged["type"].string() == tariff) put(attributes, "rate", amount(charged["percentage"]));
        options.push_back(
            Json::object({{"id", tariff}, {"label", tariff}, {"active", true}, {"attributes", std::move(attributes)}}));
    }
    return options;
}

Json written_product(std::string_view id, const Json& fields) {
    Json row = result_of(id, fields["sku"].string(), fields, Json::array());
    for (const char* key : {"sku", "ean"}) put(row.member("keys"), key, key_of(fields[key]));
    return row;
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
    return result_of(id, "", fields, std::move(notices));
}

}  // namespace brygga::ccvshop
