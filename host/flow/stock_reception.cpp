#include "flow/stock_reception.h"

#include <fmt/format.h>

#include "base/error_json.h"
#include "base/utf8.h"
#include "entity/order.h"
#include "flow/ages.h"
#include "flow/product_match.h"
#include "flow/stock_level.h"

namespace brygga::flow {

namespace {}  // namespace

StockReception::StockReception(const settings::Flow& flow, connector::Catalog& target, store::Store& store,
                               const Clock& clock)
    : flow_{flow}, target_{target}, comparison_{"stock", flow, flow.stock.full_every, store, clock} {
    const settings::Stock& s = flow.stock;
    mark_ = entity::stable_hash(Json::array({s.mode, s.buffer, s.manage ? Json{*s.manage} : Json{}})).substr(0, 8);
}

Expected<void> StockReception::begin(const CallContext& call, const Reading& reading) {
    comparison_.begin();
    return reading.everything ? target_.read_again(call, "product") : target_.refresh(call, "product", known_products);
}

bool StockReception::shows(const store::IndexRow& product, const Decimal& level) const {
    const auto& manage = flow_.stock.manage;
    return product.fields["stock"].decimal() == level &&
           (!manage || product.fields["manage_stock"].boolean(!*manage) == *manage);
}

Expected<bool> StockReception::judge(const Json& row, const Reading& reading, store::NewVersion& v) const {
    const auto give_up = [&](const Error& error) {
        v.hash = entity::stable_hash(row["entity"]);
        v.state = store::DeliveryState::dead;
        v.error = error_json(error);
        return true;
    };
    const auto stock = entity::parse_stock(row["entity"]);
    if (!stock) return give_up(stock.error());
    const auto level = level_of(*stock, flow_.stock);
    if (!level) return give_up(level.error());
    const auto products = products_of(target_, "sku_then_ean", stock->sku, stock->ean);
    if (!products) return products.error();
    if (products->empty()) {
        v.hash = entity::stable_hash(Json::array({"no product", stock->sku, stock->ean}));
        v.state = store::DeliveryState::skipped;
        v.flow_version = flow_.version.number;
        v.error = Json::object({{"class", "skipped"},
                                {"code", "stock.no_product"},
                                {"message", fmt::format("Article {}: {} has no product with this number.",
                                                        excerpt(stock->sku, 60), flow_.to)},
                                {"remedy", "Nothing, if it is not sold there; else give the product this number."}});
        return true;
    }
    v.hash = entity::stable_hash(Json::array({*level, mark_}));
    if (!reading.everything || products->size() > 1) return true;
    if (shows(products->front(), *level)) return false;
    // The same level as it was delivered once: what the target shows has changed since.
    v.hash = entity::stable_hash(Json::array({*level, mark_, reading.run_id}));
    return true;
}

}  // namespace brygga::flow
