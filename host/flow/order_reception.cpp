#include "flow/order_reception.h"

#include <fmt/format.h>

#include "base/error_json.h"
#include "flow/order_mapping.h"

namespace brygga::flow {

namespace {

/// What the mapping leaves out; when it ended otherwise, that is the delivery's matter.
std::optional<Skip> left_out(const entity::Order& order, const std::optional<Ending>& ending) {
    if (!ending || ending->kind != Ending::Kind::skip) return std::nullopt;
    return Skip{ending->code, fmt::format("Order {}: {}", order.number, ending->message), ending->remedy};
}

/// Changes when a setting changes that decides which orders are taken or how they are mapped.
std::string settings_mark(const settings::Order& s, const FieldRules& rules) {
    Json all = Json::array({s.payment, s.from_date, s.reference_prefix, rules.mark()});
    for (const std::string& status : s.statuses) all.push(status);
    return entity::stable_hash(all).substr(0, 8);
}

}  // namespace

OrderReception::OrderReception(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules, store::Store& store)
    : flow_{flow}, rules_{std::move(rules)}, store_{store}, mark_{settings_mark(flow.order, *rules_)} {}

std::optional<Skip> OrderReception::not_accepted(const entity::Order& order, std::string_view raw,
                                                 const Zone& days) const {
    Subject subject{flow_, order, raw, days.name()};
    return left_out(order, rules_->refuse(subject));
}

Expected<bool> OrderReception::judge(const Json& row, const Reading& reading, store::NewVersion& v) const {
    auto order = entity::parse_order(row["entity"]);
    if (!order) {
        v.hash = entity::stable_hash(row["entity"]);
        v.state = store::DeliveryState::dead;
        v.error = error_json(order.error());
        return true;
    }
    auto skip = skip_reason(*order, flow_.order, reading.from_date, reading.days);
    const std::string_view raw = row["raw"].string();
    if (!skip && rules_->filters()) skip = not_accepted(*order, raw, reading.days);
    // An order's moment never changes, so its date says nothing new: a corrected time zone makes no new versions.
    Subject subject{flow_, *order, raw, Zone::utc().name()};
    const MappedOrder mapped = map_for_version(*rules_, subject, *order, flow_.order);
    v.hash = version_hash(mapped, subject.record(), skip ? skip->code : "");
    if (!skip && flow_.order.register_payment && order->payment.state == entity::PaymentState::paid)
        v.hash += paid_mark;
    if (!skip) skip = left_out(*order, mapped.fields.ending);
    // A cancelled order that is in the books already is no matter for a machine alone: the pipeline holds it.
    if (skip && order->status == entity::OrderStatus::cancelled) {
        const auto bound = store_.binding(flow_.to, "document", flow_.from, v.source_id);
        if (!bound) return bound.error();
        if (*bound) skip.reset();
    }
    if (skip) {
        v.state = store::DeliveryState::skipped;
        v.flow_version = flow_.version.number;
        v.error = Json::object(
            {{"class", "skipped"}, {"code", skip->code}, {"message", skip->message}, {"remedy", skip->remedy}});
    }
    return true;
}

}  // namespace brygga::flow
