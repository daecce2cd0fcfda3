#include "connector.h"

#include "brygga/sdk/text.hpp"

namespace notes {

using brygga::Json;
using brygga::sdk::Call;
using brygga::sdk::Failure;
using brygga::sdk::HttpResponse;
using brygga::sdk::Page;
using brygga::sdk::PollRequest;

namespace {

/// The row of the manifest's errors for an HTTP status; they have class, cause and remedy.
std::string_view code_of_status(int status) {
    switch (status) {
        case 401:
            return "http.401";
        case 403:
            return "http.403";
        case 404:
            return "http.404";
        case 429:
            return "http.429";
        default:
            return status >= 500 ? "http.5xx" : "http.4xx";
    }
}

std::int64_t wait_ms(const HttpResponse& response) {
    const auto seconds = brygga::Decimal::parse(response.header("retry-after"));
    const auto whole = seconds ? seconds->units(0) : std::nullopt;
    return whole && *whole > 0 && *whole <= 3600 ? *whole * 1000 : 60'000;
}

}  // namespace

Connector::Connector(brygga::sdk::Host host, const Json& config)
    : host_{host}, base_url_{config["base_url"].string()}, errors_{Json::parse(manifest).value_or(Json{})} {}

Json Connector::answer(const HttpResponse& response, bool wrote) const {
    auto body = Json::parse(response.body);
    if (response.status >= 200 && response.status < 300) {
        if (body && body->is_object()) return std::move(*body);
        throw errors_.failure("answer", "Notes gave an answer that cannot be read.").unknown_outcome(wrote);
    }
    const Json vendor = body ? std::move(*body) : Json{};
    const std::string_view said = vendor["error"].string();
    const std::string_view code = errors_.find(said) ? said : code_of_status(response.status);
    Failure failure = errors_.failure(code, "Notes refused it with HTTP " + std::to_string(response.status) + ".");
    failure.remote_status = static_cast<std::uint32_t>(response.status);
    if (failure.status == BRYGGA_RATE_LIMITED) failure.retry_after_ms = wait_ms(response);
    failure.outcome_unknown = wrote && failure.status == BRYGGA_TRANSIENT;
    throw failure;
}

Json Connector::get(Call& call, const std::string& path) {
    return answer(
        host_.http(call, Json::object({{"method", "GET"},
                                       {"url", base_url_ + path},
                                       {"secret_headers", Json::object({{"Authorization", "Bearer ${token}"}})},
                                       {"read", true}})),
        false);
}

Json Connector::get_list(Call& call, const std::string& path) {
    Json list = get(call, path);
    // Another document may be a proxy's: it does not say that there is nothing.
    if (!list["items"].is_array()) throw errors_.failure("answer", "Notes gave an answer without items.");
    return list;
}

void Connector::check(Call& call) { get(call, "/me"); }

void Connector::poll(Call& call, const PollRequest& request, Page& page) {
    std::int64_t after = request.cursor["after"].integer(0);
    for (unsigned read = 0; read < request.max_items;) {
        const Json orders = get_list(call, "/orders?after=" + std::to_string(after));
        for (const Json& order : orders["items"].items()) {
            ++read;
            after = order["id"].integer(after);
            page.entity(Json::object({{"type", "order"},
                                      {"id", order["id"].text()},
                                      {"number", order["number"]},
                                      {"entity", order["entity"]},
                                      {"raw", order}}));
        }
        const bool more = orders["more"].boolean() && orders["items"].size() > 0;
        page.checkpoint(Json::object({{"after", after}}), more);
        if (!more) return;
    }
}

void Connector::find(Call& call, const Json& request, Page& page) {
    for (const Json& key : request["keys"].items()) {
        const Json found = get_list(call, "/documents?reference=" + brygga::percent_encoded(key["value"].string()));
        for (const Json& document : found["items"].items())
            page.entity(
                Json::object({{"n", key["n"]}, {"id", document["id"].text()}, {"kind", "order"}, {"state", "open"}}));
    }
}

Json Connector::deliver(Call& call, const Json& document, std::string_view idempotency_key) {
    const Json request = Json::object({{"method", "POST"},
                                       {"url", base_url_ + "/documents"},
                                       {"headers", Json::object({{"Idempotency-Key", idempotency_key}})},
                                       {"secret_headers", Json::object({{"Authorization", "Bearer ${token}"}})}});
    const Json body = Json::object({{"reference", document["reference"]}, {"lines", document["lines"]}});
    const Json made = answer(host_.http(call, request, body.dump()), true);
    if (made["id"].text().empty())
        throw errors_.failure("answer", "Notes did not say which document it made.").unknown_outcome();
    return Json::object({{"id", made["id"].text()},
                         {"number", made["number"]},
                         {"kind", "order"},
                         {"state", "open"},
                         {"totals", made["totals"]},
                         {"changed", Json::object()},
                         {"notices", Json::array()}});
}

}  // namespace notes

BRYGGA_CONNECTOR(notes::Connector)
