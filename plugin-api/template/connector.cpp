#include "connector.h"

namespace notes {

using brygga::Json;
using brygga::sdk::Call;
using brygga::sdk::Failure;
using brygga::sdk::HttpResponse;
using brygga::sdk::Page;
using brygga::sdk::PollRequest;

namespace {

/// The vendor's answer as a document, or the failure that it stands for. The host has dealt with 401 and 429.
Json answer(const HttpResponse& response, bool wrote) {
    auto body = Json::parse(response.body);
    if (response.status >= 200 && response.status < 300) {
        if (body) return std::move(*body);
        throw Failure{BRYGGA_TRANSIENT, "answer", "Notes gave an answer that is not JSON."}.unknown_outcome(wrote);
    }
    if (response.status >= 500)
        throw Failure{BRYGGA_TRANSIENT, "server", "Notes could not answer."}
            .remote(response.status)
            .unknown_outcome(wrote);
    if (response.status == 401)
        throw Failure{BRYGGA_AUTH, "token", "Notes refused the API token.", "Make a new token in Notes."}.remote(401);
    if (response.status == 403)
        throw Failure{BRYGGA_MISCONFIGURED, "scope", "The API token may not do this.", "Give the token more rights."}
            .remote(403);
    const std::string code{body ? (*body)["error"].string("rejected") : "rejected"};
    throw Failure{BRYGGA_REJECTED, code, ""}.remote(response.status);  // the manifest's table has the words
}

}  // namespace

Connector::Connector(brygga::sdk::Host host, const Json& config)
    : host_{host}, base_url_{config["base_url"].string()} {}

Json Connector::get(Call& call, const std::string& path) {
    return answer(
        host_.http(call, Json::object({{"method", "GET"},
                                       {"url", base_url_ + path},
                                       {"secret_headers", Json::object({{"Authorization", "Bearer ${token}"}})},
                                       {"read", true}})),
        false);
}

void Connector::check(Call& call) { get(call, "/me"); }

void Connector::poll(Call& call, const PollRequest& request, Page& page) {
    std::int64_t after = request.cursor["after"].integer(0);
    for (unsigned read = 0; read < request.max_items;) {
        const Json orders = get(call, "/orders?after=" + std::to_string(after));
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
        const Json found = get(call, "/documents?reference=" + std::string{key["value"].string()});
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
