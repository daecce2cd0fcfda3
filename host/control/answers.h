// Answers of the control API: how requests are read and answers are put, the same for every route. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "control/api.h"

namespace brygga::control {

Response json(const Json& body, int status = 200);
Response failed(const Error& error);

/// A query parameter; empty when absent.
std::string parameter(const Request& request, const std::string& name);
/// The same as a number within bounds; the fallback when absent, nothing when malformed.
std::optional<std::int64_t> number(const Request& request, const std::string& name, std::int64_t fallback,
                                   std::int64_t low, std::int64_t high);
/// A number from 1 on, as ids are.
std::optional<std::int64_t> id_of(const std::string& text);
bool is_date(std::string_view text);
/// The body, an empty object without one; nothing when it is no object, which body_invalid() tells.
std::optional<Json> object_of(const Request& request, const JsonLimits& limits = {1u << 20, 8});
Response body_invalid(std::string_view example);
/// ETag of a resource's content (RFC 9110).
std::string etag_of(std::string_view content);
/// What a change without If-Match, or with the tag of something older, gets; nothing when it may go on.
std::optional<Response> stale(const Request& request, const std::string& etag);
/// The deliveries that somebody asks for, in the query or a body by the same names: state, flow, entity, q, since,
/// until. Or what is wrong with that.
std::optional<Response> read_filter(const std::function<std::string(const std::string& name)>& value,
                                    store::DeliveryQuery& query);

}  // namespace brygga::control
