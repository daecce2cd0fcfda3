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
                         const std::vector<scheduler::ConnectionStatus>& connections, const Json& http) {
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
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, {states, up, running, requests});
    return out.str();
}

}  // namespace brygga::control
