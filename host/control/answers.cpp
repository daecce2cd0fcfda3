#include "control/answers.h"

#include <charconv>

#include <fmt/format.h>

namespace brygga::control {

Response problem(int status, std::string_view code, std::string_view detail, std::string_view remedy) {
    Json body = Json::object({{"type", "about:blank"}, {"title", code}, {"status", status}, {"detail", detail}});
    Json errors = Json::array();
    if (!remedy.empty()) errors.push(Json::object({{"pointer", ""}, {"reason", detail}, {"suggestion", remedy}}));
    body.set("errors", std::move(errors));
    return {status, "application/problem+json", body.dump()};
}

Response json(const Json& body, int status) { return {status, "application/json", body.dump()}; }

Response failed(const Error& error) {
    int status = 502;
    if (error.remote_status == 404 || error.remote_status == 409)
        status = error.remote_status;
    else if (error.code.ends_with("not_found") || error.error_class == ErrorClass::unsupported)
        status = 404;
    else if (error.error_class == ErrorClass::rejected)
        status = 409;
    else if (error.code.starts_with("store."))
        status = 503;
    return problem(status, error.code, error.message, error.remedy);
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

Response body_invalid(std::string_view example) {
    return problem(400, "body.invalid", "The body is no JSON object.", fmt::format("Send for example {}.", example));
}

}  // namespace brygga::control
