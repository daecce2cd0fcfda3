#include "monitor/alerts.h"

#include <algorithm>

#include <fmt/format.h>

namespace brygga::monitor {

namespace {

constexpr std::string_view failing = "connection_failing", attention = "needs_attention", webhook = "webhook_failing";

/// What is wrong now, one for each (rule, connection).
std::vector<Alert> troubles(Instant now, const View& view) {
    std::vector<Alert> out;
    for (const ConnectionView& c : view.connections)
        if (c.failing && now - c.since >= Alerts::fires_after)
            out.push_back({std::string{failing}, c.id, {}, c.since, 1, c.cause, c.remedy});
    for (const ConnectionView& c : view.webhooks)
        if (c.failing && now - c.since >= Alerts::fires_after)
            out.push_back({std::string{webhook}, c.id, {}, c.since, 1, c.cause, c.remedy});
    for (const FlowView& f : view.flows) {
        if (f.attention == 0) continue;
        const auto same = std::ranges::find_if(
            out, [&](const Alert& a) { return a.rule == attention && a.connection == f.connection; });
        if (same == out.end())
            out.push_back({std::string{attention}, f.connection, f.id, now, f.attention, f.cause, f.remedy});
        else
            same->count += f.attention;
    }
    return out;
}

}  // namespace

std::string Alert::id() const { return fmt::format("{}:{}:{}", rule, connection, to_unix_ms(since)); }

std::string_view Alert::severity() const { return rule == failing ? "critical" : "warning"; }

Json Alert::json() const {
    return Json::object({{"id", id()},
                         {"rule", rule},
                         {"severity", severity()},
                         {"flow", flow},
                         {"connection", connection},
                         {"since", to_rfc3339(since)},
                         {"count", count},
                         {"cause", cause},
                         {"remedy", remedy}});
}

Json Alert::shown() const {
    Json out = json();
    return out.set("acknowledged", acknowledged_by.empty()
                                       ? Json{}
                                       : Json::object({{"by", acknowledged_by}, {"at", to_rfc3339(acknowledged_at)}}));
}

const Alert* Alerts::acknowledge(std::string_view id, std::string_view who, Instant now) {
    const auto found = std::ranges::find_if(open_, [&](const Alert& alert) { return alert.id() == id; });
    if (found == open_.end()) return nullptr;
    if (found->acknowledged_by.empty()) {
        found->acknowledged_by = who;
        found->acknowledged_at = now;
    }
    return &*found;
}

Json Alerts::acknowledgements() const {
    Json out = Json::object();
    for (const Alert& alert : open_)
        if (!alert.acknowledged_by.empty()) out.set(alert.id(), alert.shown()["acknowledged"]);
    return out;
}

void Alerts::acknowledged(const Json& document) {
    for (const auto& [id, by] : document.members())
        (void)acknowledge(id, by["by"].string(), from_rfc3339(by["at"].string()).value_or(Instant{}));
}

std::vector<Alerts::Notice> Alerts::observe(Instant now, const View& view) {
    std::vector<Notice> notices;
    std::vector<Alert> wrong = troubles(now, view);
    const auto find = [](std::vector<Alert>& in, const Alert& like) {
        return std::ranges::find_if(
            in, [&](const Alert& a) { return a.rule == like.rule && a.connection == like.connection; });
    };
    for (Alert& alert : open_) {
        const auto still = find(wrong, alert);
        if (still != wrong.end()) {
            alert.count = still->count;
            alert.well_since.reset();
        } else if (!alert.well_since) {
            alert.well_since = now;
        }
    }
    std::erase_if(open_, [&](const Alert& alert) {
        const bool over = alert.well_since && now - *alert.well_since >= resolves_after;
        if (over) notices.push_back({false, alert});
        return over;
    });
    for (Alert& alert : wrong) {
        if (find(open_, alert) != open_.end()) continue;
        notices.push_back({true, alert});
        open_.push_back(std::move(alert));
    }
    return notices;
}

Json Alerts::stored() const {
    Json out = Json::array();
    for (const Alert& alert : open_) {
        Json one = alert.json();
        if (alert.well_since) one.set("well_since", to_rfc3339(*alert.well_since));
        out.push(std::move(one));
    }
    return out;
}

Alerts Alerts::from_stored(const Json& document) {
    Alerts out;
    for (const Json& one : document.items()) {
        Alert alert;
        alert.rule = one["rule"].string();
        alert.connection = one["connection"].string();
        alert.flow = one["flow"].string();
        alert.since = from_rfc3339(one["since"].string()).value_or(Instant{});
        alert.count = one["count"].integer(0);
        alert.cause = one["cause"].string();
        alert.remedy = one["remedy"].string();
        alert.well_since = from_rfc3339(one["well_since"].string());
        out.open_.push_back(std::move(alert));
    }
    return out;
}

}  // namespace brygga::monitor
