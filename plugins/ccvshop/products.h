// Products of the shop for the host's index, what is written of them, and the levels of their stock. The list has no
// filter for what changed, but an order: newest change first. Pure values and functions; the time comes in from
// outside.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brygga/sdk/json.hpp"
#include "scan.h"

namespace brygga::ccvshop {

/// Where the reading of products stands. Everything is read by id, later the changes until those of the pass before.
struct ProductCursor {
    std::optional<std::int64_t> at;  ///< begin of the last complete pass; unset: everything is read
    std::optional<Scan> scan;        ///< under way

    /// Null begins from the start; nothing when it is none of this connector.
    static std::optional<ProductCursor> parse(const Json& document);
    Json to_json() const;
    void plan(std::int64_t now);
    void complete();
    /// Whether the changes of a page, newest first, go back to before the last pass.
    bool passed(const Json& products) const;
    /// Whether the last pass has had this product as it is.
    bool knows(const Json& product) const;
};

/// A product as what can be sold of it: itself, or where its stock is kept on its variants those.
/// variants: null when they have not been read.
std::vector<Json> sold_rows(const Json& product, const Json& variants);
/// What orders name of it, as rows of poll: its variants, and itself where there are none or one has no number, since
/// its orders then have the product's.
std::vector<Json> polled_rows(const Json& product, const Json& variants);
bool has_variants(const Json& product);

/// Plain text as HTML.
std::string escaped(std::string_view text);
/// Body of POST /products/ (create) or of PATCH: the fields of a product in the shop's names.
Json product_body(const Json& fields, bool create);
/// The options of kind tax_treatment: the shop's tariffs, with what they charge in this country where that is known.
/// countries: items of geozonecountries.
std::vector<Json> tariff_options(const Json& countries, std::string_view country);
/// What was written to the product of this id, as the result of deliver has it.
Json written_product(std::string_view id, const Json& fields);

/// One write of a level, from the id of a row and its new stock.
struct StockWrite {
    std::string path;  ///< empty: no such id
    Json body;
    bool of_variant = false;
};
StockWrite stock_write(std::string_view id, const Json& fields);
/// What was written, as the result of deliver has it.
Json written_stock(std::string_view id, const Json& fields, bool of_variant);

}  // namespace brygga::ccvshop
