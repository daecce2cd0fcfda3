#include "flow/status_pipeline.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/utf8.h"
#include "flow/ages.h"
#include "flow/payload.h"
#include "flow/tracking.h"

namespace brygga::flow {

namespace {

constexpr const char* step = "order_status";

Halt skipped(const char* code, std::string message, std::string remedy) {
    return {Halt::Kind::skipped, {ErrorClass::rejected, code, std::move(message), std::move(remedy)}};
}

}  // namespace

StatusPipeline::StatusPipeline(const settings::Flow& flow, connector::Connection& target, connector::Catalog& catalog,
                               store::Store& store, const Clock& clock, Log& log, delivery::Policy policy,
                               std::function<int()> jitter)
    : flow_{flow},
      target_{target},
      catalog_{catalog},
      store_{store},
      conclusion_{store, clock, log, policy, std::move(jitter)},
      writer_{store, clock, policy} {}

Processed StatusPipeline::process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                                  Stored stored) {
    store::Outcome outcome;
    Json explain = Json::array();
    delivery.flow_version = flow_.version.number;
    const auto result = run(call, delivery, explain, outcome);
    return conclusion_.end(delivery, "Order " + delivery.source_number, std::move(explain), std::move(outcome), result,
                           connection_failing, std::move(stored));
}

Expected<ShopStatus, Halt> StatusPipeline::goal(const CallContext& call, const std::string& name,
                                                const entity::OrderProgress& status) const {
    const auto options = catalog_.options(call, "order_status", options_age);
    if (!options) return Halt::failed(options.error());
    auto wanted = status_goal(status, flow_.order_status, **options);
    if (!wanted) {
        Error error = std::move(wanted).error();
        error.message = name + ": " + error.message;
        catalog_.forget_options("order_status");
        return Halt::held(std::move(error));
    }
    if (!*wanted)
        return skipped("status.not_named",
                       name + ": the settings of this flow name no status for how far it is in the books.",
                       "Nothing, or name one under settings.statuses.");
    return std::move(**wanted);
}

/// The order as the shop shows it now: the one that a flow brought into these books, else the only one whose total is
/// the document's.
Expected<Json, Halt> StatusPipeline::order(const CallContext& call, const std::string& name, const std::string& number,
                                           const entity::OrderProgress& status) const {
    std::vector<Json> bound, alike;
    std::optional<Error> failed;
    connector::RowSink sink;
    sink.row = [&](Json row) {
        const auto binding = store_.binding(flow_.from, "document", flow_.to, std::string{row["id"].text()});
        if (!binding) return failed = binding.error(), false;
        const auto total = row["totals"]["gross"].decimal();
        if (*binding)
            bound.push_back(std::move(row));
        else if (status.gross && total && *status.gross == *total)
            alike.push_back(std::move(row));
        return true;
    };
    const Json key = Json::object({{"n", 0}, {"by", "number"}, {"value", number}});
    const auto read = target_.find(call, Json::object({{"type", "order"}, {"keys", Json::array({key})}}), sink);
    if (failed) return Halt::failed(std::move(*failed));
    if (!read) return Halt::failed(read.error());
    std::vector<Json>& hits = bound.empty() ? alike : bound;
    if (hits.size() == 1) return std::move(hits.front());
    if (hits.empty())
        return skipped(
            "status.no_order",
            fmt::format("{}: {} has no order of this number that came into {} or has the total of document {}.", name,
                        flow_.to, flow_.from, excerpt(status.number, 60)),
            "Nothing, if the document did not begin in the shop.");
    return Halt::held("status.ambiguous",
                      fmt::format("{}: {} has {} orders of this number.", name, flow_.to, hits.size()),
                      "Set the status of the right one in the shop, then cancel this delivery.");
}

Expected<void, Halt> StatusPipeline::run(const CallContext& call, store::Delivery& delivery, Json& explain,
                                         store::Outcome& outcome) {
    const std::string name = "Order " + delivery.source_number;
    const auto document = Json::parse(entity_text(delivery.payload));
    if (!document)
        return Halt::failed({ErrorClass::rejected, "payload.missing", name + ": its stored document is gone.",
                             "Run the flow for this record again."});
    const auto status = entity::parse_order_progress(*document);
    if (!status) return Halt::failed(status.error());
    const bool begun = std::ranges::find(delivery.steps, step, &store::Step::name) != delivery.steps.end();
    // Where there is nothing to write any more there is nothing to settle of an attempt before, and no claim to keep.
    const auto ended = [&](Halt halt) {
        if (begun && halt.kind == Halt::Kind::skipped) halt.withdrawn_step = step;
        return halt;
    };
    auto goal = this->goal(call, name, *status);
    if (!goal) return ended(goal.error());

    // Two documents of one order may speak at once: what the shop shows is read when the other has been written.
    const auto mine = store_.claim_key(target_.id(), "order_status", delivery.source_number, delivery.id);
    if (!mine) return Halt::failed(mine.error());
    if (!*mine)
        return Halt{Halt::Kind::parked,
                    {ErrorClass::transient, "status.being_written", name + ": another status of it is being written.",
                     "Nothing: it goes on by itself. If it stays, look for that other delivery of this order."}};
    auto order = this->order(call, name, delivery.source_number, *status);
    if (!order) return ended(order.error());
    const Json& shown = (*order)["fields"];
    const std::string id{(*order)["id"].text()};
    const std::string_view present = shown["meaning"].string();
    explain.push(Json::object(
        {{"decision", "status"},
         {"value", goal->label},
         {"rule", "settings.statuses." + goal->stage},
         {"inputs", Json::object({{"document", status->kind + " " + status->number}, {"present", present}})}}));

    Json fields = Json::object();
    const std::string code = tracking_code(raw_text(delivery.payload), flow_.order_status);
    if (status->shipped && !code.empty() && shown["tracking_code"].text() != code && present != "cancelled") {
        fields.set("tracking_code", code);
        if (!flow_.order_status.tracking_carrier.empty())
            fields.set("tracking_carrier", flow_.order_status.tracking_carrier);
    }
    const bool there = shown["status"].text() == goal->id;
    const auto why_not = there ? std::optional<std::string>{} : stale(*goal, present);
    // An attempt of which no answer came is settled by what the shop shows.
    if (why_not && fields.size() == 0)
        return ended(skipped("status.not_newer",
                             fmt::format("{}: '{}' was not written: {}.", name, goal->label, *why_not),
                             "Nothing: the status in the shop stays."));
    outcome.state = store::DeliveryState::delivered;
    outcome.target_ref =
        Json::object({{"connection", flow_.to}, {"id", id}, {"kind", "order"}, {"number", (*order)["number"].text()}});
    if (there && fields.size() == 0) {
        explain.push(Json::object({{"decision", "unchanged"},
                                   {"value", true},
                                   {"rule", "the shop shows it already"},
                                   {"inputs", Json::object()}}));
        if (begun) outcome.step = store::StepDone{step, *order};
        return {};
    }
    if (!there && !why_not) fields.set("status", goal->id);
    if (flow_.order_status.mail) fields.set("mail", true);
    const delivery::Write write{
        step,
        Json::object(
            {{"op", "update"}, {"type", "order_status"}, {"kind", "order"}, {"id", id}, {"fields", std::move(fields)}}),
        {}};
    auto written = writer_.write(call, target_, delivery, write);
    if (!written) return Halt::failed(written.error(), delivery::withdrawable(written.error()) ? step : std::string{});
    outcome.step = store::StepDone{step, written->row};
    return {};
}

}  // namespace brygga::flow
