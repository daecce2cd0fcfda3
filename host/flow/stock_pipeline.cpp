#include "flow/stock_pipeline.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "brygga/sdk/codes.hpp"
#include "flow/payload.h"
#include "flow/product_match.h"
#include "flow/stock_level.h"

namespace brygga::flow {

namespace {

/// What the level was computed from, as the source tells it.
Json figures_of(const entity::Stock& stock, const settings::Stock& settings) {
    Json out = Json::object({{"quantity", stock.quantity}});
    if (stock.available) out.set("available", *stock.available);
    if (stock.reserved) out.set("reserved", *stock.reserved);
    if (stock.incoming) out.set("incoming", *stock.incoming);
    if (!settings.buffer.is_zero()) out.set("buffer", settings.buffer);
    return out;
}

}  // namespace

StockPipeline::StockPipeline(const settings::Flow& flow, connector::Connection& target, connector::Catalog& catalog,
                             store::Store& store, const Clock& clock, Log& log, delivery::Policy policy,
                             std::function<int()> jitter)
    : flow_{flow},
      target_{target},
      catalog_{catalog},
      conclusion_{store, clock, log, policy, std::move(jitter)},
      writer_{store, clock, policy} {}

Processed StockPipeline::process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                                 Stored stored) {
    store::Outcome outcome;
    Json explain = Json::array();
    delivery.flow_version = flow_.version.number;
    const auto result = run(call, delivery, explain, outcome);
    return conclusion_.end(delivery, "Article " + delivery.source_number, std::move(explain), std::move(outcome),
                           result, connection_failing, std::move(stored));
}

Expected<store::IndexRow, Halt> StockPipeline::product(const std::string& name, const entity::Stock& stock) const {
    auto products = products_of(catalog_, "sku_then_ean", stock.sku, stock.ean);
    if (!products) return Halt::failed(std::move(products).error());
    if (products->empty())
        return Halt{Halt::Kind::skipped,
                    {ErrorClass::rejected, "stock.no_product",
                     fmt::format("{}: {} has no product with this number.", name, target_.id()),
                     "Nothing, if it is not sold there; else give the product this number."}};
    if (products->size() == 1) return std::move(products->front());
    std::string ids;
    for (const auto& row : *products) ids += (ids.empty() ? "" : ", ") + row.id;
    return Halt::held("product.ambiguous",
                      fmt::format("{}: {} has {} products with this number, with the ids {}.", name, target_.id(),
                                  products->size(), excerpt(ids, 200)),
                      "Give each product a number of its own in the shop, then replay.");
}

Expected<void, Halt> StockPipeline::run(const CallContext& call, store::Delivery& delivery, Json& explain,
                                        store::Outcome& outcome) {
    const std::string name = "Article " + delivery.source_number;
    const auto document = Json::parse(entity_text(delivery.payload));
    if (!document)
        return Halt::failed({ErrorClass::rejected, "payload.missing", name + ": its stored document is gone.",
                             "Run the flow for this record again."});
    const auto stock = entity::parse_stock(*document);
    if (!stock) return Halt::failed(stock.error());
    const auto level = level_of(*stock, flow_.stock);
    if (!level) return Halt::failed(level.error());
    auto product = this->product(name, *stock);
    if (!product) return product.error();

    explain.push(Json::object({{"decision", "stock"},
                               {"value", *level},
                               {"rule", flow_.stock.mode},
                               {"inputs", figures_of(*stock, flow_.stock)}}));
    Json fields = Json::object({{"stock", *level}});
    if (flow_.stock.manage) fields.set("manage_stock", *flow_.stock.manage);
    const delivery::Write write{"stock",
                                Json::object({{"op", "update"},
                                              {"type", "stock"},
                                              {"kind", product->kind},
                                              {"id", product->id},
                                              {"fields", std::move(fields)}}),
                                {}};
    auto written = writer_.write(call, target_, delivery, write);
    if (!written && written.error().code == code::reference_gone && delivery::withdrawable(written.error())) {
        // It leaves the index; the next attempt finds what has the number now.
        if (const auto there = catalog_.exists(call, "product", product->id); !there)
            return Halt::failed(there.error(), write.step);
        return Halt::failed({ErrorClass::transient, std::string{code::reference_gone},
                             fmt::format("{}: {} has its product no longer.", name, target_.id()),
                             "Nothing: another one is looked for at the next attempt."},
                            write.step);
    }
    if (!written)
        return Halt::failed(written.error(), delivery::withdrawable(written.error()) ? write.step : std::string{});
    for (const Json& notice : written->row["notices"].items())
        explain.push(Json::object(
            {{"decision", "notice"}, {"value", notice}, {"rule", "the target's answer"}, {"inputs", Json::object()}}));
    outcome.step = store::StepDone{write.step, written->row};
    outcome.target_ref = Json::object(
        {{"connection", flow_.to}, {"id", product->id}, {"kind", product->kind}, {"number", product->number}});
    outcome.state = store::DeliveryState::delivered;
    return {};
}

}  // namespace brygga::flow
