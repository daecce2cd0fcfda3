// Error: the one taxonomy of failures, from the plugin border to the dashboard.
// A plain value. The plugin or the module that failed classifies; delivery and scheduler decide what follows.
// It never holds a secret or personal data: code, message and remedy are shown to people and written to logs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace brygga {

enum class ErrorClass : std::uint8_t {
    transient,      ///< the same call may succeed later
    rate_limited,   ///< refused unprocessed because of too many calls
    auth,           ///< credentials refused; a person must connect again
    rejected,       ///< this document will not be accepted as it is
    misconfigured,  ///< settings, scopes, licence or set-up are wrong
    cancelled,      ///< the host asked for it
    unsupported,    ///< not offered by this connector
    bug,            ///< a broken invariant inside a plugin or the host
};

std::string_view to_string(ErrorClass error_class) noexcept;
std::optional<ErrorClass> error_class_from(std::string_view name) noexcept;

struct Error {
    ErrorClass error_class = ErrorClass::bug;
    std::string code;     ///< stable, machine readable: "customer.ambiguous"
    std::string message;  ///< what happened, to which record, and why
    std::string remedy;   ///< what to do next; may be empty
    int remote_status = 0;
    std::optional<std::chrono::milliseconds> retry_after{};
    /// The remote system may have applied the write although no success was seen.
    bool outcome_unknown = false;
};

/// Message and remedy, one behind the other; a message that is no sentence of its own becomes one, and so does its
/// remedy.
std::string in_sentences(std::string_view message, std::string_view remedy);

}  // namespace brygga
