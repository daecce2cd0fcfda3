#include "control/answers.h"

#include <charconv>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/utf8.h"

namespace brygga::control {

Response problem(int status, std::string_view code, std::string_view detail, std::string_view remedy,
                 std::string_view pointer) {
    Json body = Json::object({{"type", "about:blank"}, {"title", code}, {"status", status}, {"detail", detail}});
    Json errors = Json::array();
    if (!remedy.empty()) errors.push(Json::object({{"pointer", pointer}, {"reason", detail}, {"suggestion", remedy}}));
    body.set("errors", std::move(errors));
    return {status, "application/problem+json", body.dump()};
}

Response json(const Json& body, int status) { return {status, "application/json", body.dump()}; }

Response failed(const Error& error) {
    int status = 502;
    if (error.remote_status == 404 || error.remote_status == 409)
        status = error.remote_status;
    else if (error.code == "if_match.stale")
        status = 412;
    else if (error.code.ends_with("not_found") || error.error_class == ErrorClass::unsupported)
        status = 404;
    else if (error.error_class == ErrorClass::rejected)
        status = 409;
    else if (error.code.starts_with("store."))
        status = 503;
    else if (error.code == "token.throttled")
        status = 429;
    else if (error.code.starts_with("token."))
        status = 401;
    Response response = problem(status, error.code, error.message, error.remedy);
    if (status == 401) response.headers["WWW-Authenticate"] = "Bearer";
    if (status == 429) response.headers["Retry-After"] = "60";
    return response;
}

std::optional<std::int64_t> number(const Request& request, const std::string& name, std::int64_t fallback,
                                   std::int64_t low, std::int64_t high) {
    const auto found = request.query.find(name);
    if (found == request.query.end()) return fallback;
    std::int64_t value = 0;
    const std::string& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) return std::nullopt;
    return value;
}

std::optional<std::int64_t> id_of(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 1) return std::nullopt;
    return value;
}

std::string parameter(const Request& request, const std::string& name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string{} : found->second;
}

bool is_date(std::string_view text) {
    return text.size() == 10 && from_rfc3339(std::string{text} + "T00:00:00Z").has_value();
}

std::optional<Json> object_of(const Request& request, const JsonLimits& limits) {
    if (request.body.empty()) return Json::object();
    auto body = Json::parse(request.body, nullptr, limits);
    return body && body->is_object() ? std::move(body) : std::nullopt;
}

std::string etag_of(std::string_view content) {
    return '"' + crypto::hex(crypto::digest(crypto::Hash::sha256, content)).substr(0, 32) + '"';
}

std::optional<Response> stale(const Request& request, const std::string& etag) {
    if (request.if_match.empty())
        return problem(428, "if_match.missing", "This change needs an If-Match header.",
                       "Read it first and send the ETag of the answer as If-Match.");
    if (request.if_match == etag || request.if_match == "*") return std::nullopt;
    return problem(412, "if_match.stale", "It has changed since it was read.",
                   "Read it again, and send the change with the new ETag if it is still right.");
}

std::optional<Response> read_filter(const std::function<std::string(const std::string& name)>& value,
                                    store::DeliveryQuery& query) {
    query.flow = value("flow");
    query.type = value("entity");
    query.text = value("q");
    const std::string listed = value("state");
    for (std::string_view states = listed; !states.empty();) {
        const auto comma = std::min(states.find(','), states.size());
        const auto state = store::delivery_state_from(states.substr(0, comma));
        if (!state)
            return problem(400, "query.state",
                           fmt::format("'{}' is no delivery state.", excerpt(states.substr(0, comma), 40)),
                           "Send for example held,dead,in_doubt.");
        query.states.push_back(*state);
        states.remove_prefix(std::min(states.size(), comma + 1));
    }
    for (const auto& [name, into] : {std::pair{"since", &query.since}, std::pair{"until", &query.until}}) {
        const std::string text = value(name);
        if (text.empty()) continue;
        *into = from_rfc3339(is_date(text) ? text + "T00:00:00Z" : text);
        if (!*into) return problem(400, "query.time", fmt::format("{} is an instant like 2026-01-31T00:00:00Z.", name));
    }
    return std::nullopt;
}

Response body_invalid(std::string_view example) {
    return problem(400, "body.invalid", "The body is no JSON object.", fmt::format("Send for example {}.", example));
}

}  // namespace brygga::control
