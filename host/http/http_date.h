// The dates of HTTP headers (RFC 9110) and what follows from them. Pure functions.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "http/client.h"

namespace brygga::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT"; nothing for any other form.
std::optional<Instant> from_http_date(std::string_view text) noexcept;

/// How long the answer asks to wait: Retry-After in seconds or as a date, between 1 s and 1 h; nothing when it
/// is missing or makes no sense.
std::optional<std::chrono::milliseconds> retry_after(const Response& response, Instant now) noexcept;

/// The vendor's clock minus ours, from the header named (RFC 3339) or else from Date.
std::optional<std::chrono::milliseconds> clock_skew(const Response& response, std::string_view date_header,
                                                    Instant now) noexcept;

}  // namespace brygga::http
