#include "control/views.h"

#include "base/error_json.h"

namespace brygga::control {

namespace {

Json instant(const std::optional<Instant>& t) { return t ? Json{to_rfc3339(*t)} : Json{}; }

Json number(std::int64_t n) { return n > 0 ? Json{n} : Json{}; }

}  // namespace

Json page(Json items, Json next) { return Json::object({{"items", std::move(items)}, {"next", std::move(next)}}); }

Json view(const scheduler::ConnectionStatus& status, const settings::Configuration& configuration) {
    Json out = Json::object({{"id", status.id}});
    std::string_view managed_by = "file";
    for (const auto& c : configuration.connections)
        if (c.id == status.id) out.set("connector", c.connector), managed_by = c.origin.managed_by();
    out.set("state", status.state)
        .set("running", status.running)
        .set("since", instant(status.since))
        .set("managed_by", managed_by);
    if (status.error) out.set("error", error_json(*status.error));
    return out;
}

Expected<Json> view(const settings::Flow& flow, store::Store& store, Instant now) {
    Json out = Json::object({{"id", flow.id},
                             {"from", flow.from},
                             {"to", flow.to},
                             {"entity", flow.entity},
                             {"managed_by", flow.origin.managed_by()}});
    const auto state = store.flow(flow.id, now);
    if (!state) return state.error();
    const auto counts = store.counts();
    if (!counts) return counts.error();
    out.set("state", state->state).set("last_run_at", instant(state->last_run_at));
    Json deliveries = Json::object();
    for (const auto& c : *counts)
        if (c.flow == flow.id) deliveries.set(store::to_string(c.state), c.count);
    out.set("deliveries", std::move(deliveries));
    show(flow.version, out);
    out.set("set_aside", state->set_aside.empty() ? Json{} : Json{state->set_aside});
    return out;
}

void show(const settings::FlowNumber& version, Json& into) {
    into.set("version", number(version.number)).set("rolled_back_to", number(version.rolled_back_to));
}

Json view(const store::FlowVersion& version, const settings::Flow& flow) {
    Json out = Json::object({{"flow", version.flow},
                             {"number", version.number},
                             {"since", to_rfc3339(version.since)},
                             {"active", version.number == flow.version.number},
                             {"cause", version.cause},
                             {"same_as", number(version.same_as)},
                             {"hash", version.hash}});
    if (!version.definition.empty()) out.set("definition", version.definition);
    return out;
}

Json view(const settings::Channel& channel) {
    return Json::object({{"id", channel.id},
                         {"kind", channel.kind},
                         {"severity", channel.severity},
                         {"signed", !channel.secret.empty()},
                         {"managed_by", channel.origin.managed_by()}});
}

Json view(const store::Token& token) {
    return Json::object({{"id", token.id},
                         {"name", token.name},
                         {"scope", token.scope},
                         {"created_at", to_rfc3339(token.created_at)},
                         {"expires_at", instant(token.expires_at)},
                         {"last_used_at", instant(token.last_used_at)}});
}

Json view(const store::AuditEntry& entry) {
    return Json::object({{"id", std::to_string(entry.id)},
                         {"at", to_rfc3339(entry.at)},
                         {"who", entry.who},
                         {"client", entry.client},
                         {"action", entry.action},
                         {"object", entry.object},
                         {"outcome", entry.outcome.empty() ? "unknown" : entry.outcome},
                         {"before", entry.before},
                         {"after", entry.after}});
}

Json view(const store::KeyState& keys) {
    return Json::object({{"key", keys.number},
                         {"rotated_at", instant(keys.rotated_at)},
                         {"sealed_anew_at", instant(keys.sealed_anew_at)},
                         {"table", keys.table.empty() ? Json{} : Json{keys.table}},
                         {"sealed", keys.sealed},
                         {"unreadable", keys.unreadable}});
}

Json view(const store::ActivityRow& row) {
    Json out = Json::object({{"id", std::to_string(row.id)},
                             {"at", to_rfc3339(row.at)},
                             {"flow", row.flow},
                             {"delivery", std::to_string(row.delivery)},
                             {"source_ref", Json::object({{"type", row.type},
                                                          {"connection", row.source_connection},
                                                          {"id", row.source_id},
                                                          {"number", row.source_number}})}});
    for (const auto& [name, value] : row.body.members()) out.set(name, value);
    return out;
}

Json view(const store::Run& run) {
    return Json::object({{"id", run.id},
                         {"flow", run.flow},
                         {"trigger", run.trigger},
                         {"mode", run.mode},
                         {"state", run.state},
                         {"started_at", to_rfc3339(run.started_at)},
                         {"ended_at", instant(run.ended_at)},
                         {"counts", run.counts},
                         {"error", run.error}});
}

Json view(const store::Delivery& d) {
    Json steps = Json::array();
    for (const auto& s : d.steps)
        steps.push(Json::object({{"name", s.name},
                                 {"state", s.state},
                                 {"attempt", s.attempt},
                                 {"result", Json::object({{"id", s.result["id"]}, {"number", s.result["number"]}})}}));
    return Json::object({{"id", std::to_string(d.id)},
                         {"flow", d.flow},
                         {"run", d.run_id},
                         {"entity", d.type},
                         {"state", store::to_string(d.state)},
                         {"source_ref", Json::object({{"type", d.type},
                                                      {"connection", d.source_connection},
                                                      {"id", d.source_id},
                                                      {"number", d.source_number}})},
                         {"target_ref", d.target_ref},
                         {"flow_version", number(d.flow_version)},
                         {"chosen_version", number(d.chosen_version)},
                         {"attempts", d.attempts},
                         {"next_attempt_at", instant(d.next_attempt_at)},
                         {"created_at", to_rfc3339(d.created_at)},
                         {"updated_at", to_rfc3339(d.updated_at)},
                         {"error", d.error},
                         {"totals", d.totals},
                         {"explain", d.explain},
                         {"steps", std::move(steps)}});
}

}  // namespace brygga::control
