// A request to the simulated shop, taken apart. Lives on the stack of one call; private to the shop's own files.
// It holds no answer and changes nothing.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "shop.hpp"

namespace brygga::sim {

inline bool whole_number(std::string_view text, std::int64_t& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

/// Of a request that says it is JSON.
inline std::optional<Json> json_body(const Request& request) {
    const std::string_view type = request.header("content-type");
    if (!type.starts_with("application/json") && !type.starts_with("text/json")) return std::nullopt;
    auto body = Json::parse(request.body);
    return body && body->is_object() ? std::optional{std::move(*body)} : std::nullopt;
}

/// A request taken apart: /api/rest/v1/<resource>/<id>/<sub>/
struct Shop::Call {
    const Request& request;
    Query query;
    std::string resource, id_text, sub;
    std::int64_t id = 0;
    bool too_deep = false;

    bool get() const { return request.method == "GET"; }
    const std::string& budget_resource() const { return sub.empty() ? resource : sub; }
};

}  // namespace brygga::sim
