#include "control/metrics.h"

#include <sstream>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace brygga::control {

namespace {

prometheus::MetricFamily family(std::string name, std::string help, prometheus::MetricType type) {
    prometheus::MetricFamily f;
    f.name = std::move(name);
    f.help = std::move(help);
    f.type = type;
    return f;
}

void add(prometheus::MetricFamily& f, std::vector<prometheus::ClientMetric::Label> labels, std::int64_t value) {
    prometheus::ClientMetric m;
    m.label = std::move(labels);
    if (f.type == prometheus::MetricType::Counter)
        m.counter.value = static_cast<double>(value);
    else
        m.gauge.value = static_cast<double>(value);
    f.metric.push_back(std::move(m));
}

}  // namespace

std::string metrics_text(const std::vector<store::Store::Count>& deliveries,
                         const std::vector<scheduler::ConnectionStatus>& connections, const Json& http,
                         const Json& webhooks) {
    auto states = family("brygga_deliveries", "Deliveries by flow and state.", prometheus::MetricType::Gauge);
    for (const auto& c : deliveries)
        add(states, {{"flow", c.flow}, {"state", std::string{store::to_string(c.state)}}}, c.count);
    auto up = family("brygga_connection_up", "1 while a connection takes calls.", prometheus::MetricType::Gauge);
    auto running =
        family("brygga_connection_calls_running", "Work under way on a connection.", prometheus::MetricType::Gauge);
    for (const auto& c : connections) {
        add(up, {{"connection", c.id}, {"state", c.state}}, c.state == "ok" ? 1 : 0);
        add(running, {{"connection", c.id}}, c.running);
    }
    auto requests = family("brygga_http_requests_total", "Requests to a vendor by HTTP status; 0: no answer.",
                           prometheus::MetricType::Counter);
    for (const auto& connection : http.members())
        for (const auto& status : connection.value.members())
            add(requests, {{"connection", connection.name}, {"status", status.name}}, status.value.integer(0));
    auto registered = family("brygga_webhook_registered", "1 while a vendor has a webhook of ours as it should be.",
                             prometheus::MetricType::Gauge);
    auto hints = family("brygga_webhook_calls_total", "Calls of vendors since the start, by what came of them.",
                        prometheus::MetricType::Counter);
    for (const auto& connection : webhooks.members())
        for (const Json& hook : connection.value.items()) {
            const std::string event{hook["event"].string()};
            add(registered, {{"connection", connection.name}, {"event", event}},
                hook["state"].string() == "registered");
            for (const auto& [result, count] : {std::pair{"taken", "hints"}, std::pair{"refused", "refused"}})
                add(hints, {{"connection", connection.name}, {"event", event}, {"result", result}},
                    hook[count].integer(0));
        }
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, {states, up, running, requests, registered, hints});
    return out.str();
}

}  // namespace brygga::control
