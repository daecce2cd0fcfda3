#include "flow/stock_reception.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error_json.h"
#include "base/utf8.h"
#include "entity/order.h"
#include "flow/stock_level.h"

namespace brygga::flow {

namespace {

constexpr std::chrono::minutes known_products{10};
constexpr const char* last_comparison = "compared";

std::string scope_of(const std::string& flow) { return "stock:" + flow; }

}  // namespace

Expected<std::vector<store::IndexRow>> products_of(const connector::Catalog& catalog, const entity::Stock& stock) {
    for (const auto& [by, value] : {std::pair{"sku", &stock.sku}, std::pair{"ean", &stock.ean}}) {
        if (value->empty()) continue;
        auto found = catalog.find("product", by, *value);
        if (!found || !found->empty()) return found;
    }
    return std::vector<store::IndexRow>{};
}

StockReception::StockReception(const settings::Flow& flow, connector::Catalog& target, store::Store& store,
                               const Clock& clock)
    : flow_{flow}, target_{target}, store_{store}, clock_{clock} {
    const settings::Stock& s = flow.stock;
    mark_ = entity::stable_hash(Json::array({s.mode, s.buffer, s.manage ? Json{*s.manage} : Json{}})).substr(0, 8);
}

/// Whether a level waits to be written: what the shop shows is not what it will show.
Expected<bool> StockReception::is_busy() const {
    const auto counts = store_.counts();
    if (!counts) return counts.error();
    using enum store::DeliveryState;
    return std::ranges::any_of(*counts, [&](const store::Store::Count& c) {
        return c.flow == flow_.id && c.count > 0 && (c.state == pending || c.state == in_flight || c.state == waiting);
    });
}

/// Also after a change of the settings, which makes every level another one.
Expected<bool> StockReception::wants_everything() {
    const auto busy = is_busy();
    if (!busy || *busy) return busy ? Expected<bool>{false} : Expected<bool>{busy.error()};
    const auto last = store_.fact(scope_of(flow_.id), last_comparison);
    if (!last) return last.error();
    if (!*last || (**last)["mark"].string() != mark_) return true;
    const auto at = from_rfc3339((**last)["at"].string());
    return !at || clock_.now() - *at >= flow_.stock.full_every;
}

Expected<void> StockReception::begin(const CallContext& call, const Reading& reading) {
    begun_ = clock_.now();
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
    const auto products = products_of(target_, *stock);
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

Expected<void> StockReception::compared() {
    return store_.set_fact(scope_of(flow_.id), last_comparison,
                           Json::object({{"at", to_rfc3339(begun_)}, {"mark", mark_}}), clock_.now());
}

}  // namespace brygga::flow
