// Log: the facade every module writes to; the sink is made in app. Safe on any thread, never throws, never
// blocks for long. A line is an event name and plain fields; no secret and no personal data goes in.
// Levels by the operator's duty: error act now; warning act soon; info rare; debug off by default.
#pragma once

#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

class Log {
public:
    virtual ~Log() = default;
    virtual void write(LogLevel level, std::string_view event, const Json& fields) = 0;

    void debug(std::string_view event, const Json& fields = {}) { write(LogLevel::debug, event, fields); }
    void info(std::string_view event, const Json& fields = {}) { write(LogLevel::info, event, fields); }
    void warning(std::string_view event, const Json& fields = {}) { write(LogLevel::warning, event, fields); }
    void error(std::string_view event, const Json& fields = {}) { write(LogLevel::error, event, fields); }
};

/// Writes nothing; for tests.
class NullLog final : public Log {
public:
    void write(LogLevel, std::string_view, const Json&) override {}
};

}  // namespace brygga
