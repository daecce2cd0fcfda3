#include "flow/status_reception.h"

#include <fmt/format.h>

#include "base/error_json.h"
#include "base/utf8.h"
#include "entity/order.h"
#include "flow/payload.h"
#include "flow/status_goal.h"
#include "flow/tracking.h"

namespace brygga::flow {

StatusReception::StatusReception(const settings::Flow& flow) : flow_{flow} {
    const settings::OrderStatus& s = flow.order_status;
    Json all = Json::array({s.reference_prefix, s.tracking_code, s.tracking_carrier, s.mail});
    for (const auto& [stage, status] : s.statuses) all.push(Json::array({stage, status}));
    mark_ = entity::stable_hash(all).substr(0, 8);
}

Expected<bool> StatusReception::judge(const Json& row, const Reading&, store::NewVersion& v) const {
    const auto status = entity::parse_order_progress(row["entity"]);
    if (!status) {
        v.hash = entity::stable_hash(row["entity"]);
        v.state = store::DeliveryState::dead;
        v.error = error_json(status.error());
        return true;
    }
    const auto leave_out = [&](const char* code, std::string message, const char* remedy) {
        v.hash = entity::stable_hash(Json::array({code, status->reference}));
        v.state = store::DeliveryState::skipped;
        v.flow_version = flow_.version.number;
        v.error =
            Json::object({{"class", "skipped"}, {"code", code}, {"message", std::move(message)}, {"remedy", remedy}});
        return true;
    };
    const std::string_view number = order_number(*status, flow_.order_status);
    if (number.empty())
        return leave_out(
            "status.no_order",
            fmt::format("Document {}: its reference names no order of {}{}.", excerpt(status->number, 60), flow_.to,
                        flow_.order_status.reference_prefix.empty()
                            ? ""
                            : fmt::format(", which would begin with {}", flow_.order_status.reference_prefix)),
            "Nothing, if it did not begin in the shop.");
    v.source_number = number;
    Json says = Json::array({mark_, status->reference});
    for (const std::string_view stage : stages_of(*status))
        if (flow_.order_status.statuses.contains(std::string{stage})) says.push(stage);
    if (says.size() == 2)
        return leave_out(
            "status.not_named",
            fmt::format("Order {}: the settings of this flow name no status for how far it is in the books.",
                        excerpt(number, 60)),
            "Nothing, or name one under settings.statuses.");
    says.push(tracking_code(raw_text(v.payload), flow_.order_status));
    v.hash = entity::stable_hash(says);
    return true;
}

}  // namespace brygga::flow
