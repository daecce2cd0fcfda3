// Answers of the control API: how requests are read and answers are put, the same for every route. Pure.
#pragma once

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

}  // namespace brygga::control
