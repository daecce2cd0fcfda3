// LogSink: the one sink behind Log: structured lines on standard error, through spdlog.
// Made once in main; safe on any thread.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"

namespace spdlog {
class logger;
}

namespace brygga::app {

class LogSink final : public Log {
public:
    /// level: debug, info, warning, error. format: json, text.
    LogSink(const Clock& clock, const std::string& level, const std::string& format);
    ~LogSink() override;
    void write(LogLevel level, std::string_view event, const Json& fields) override;

private:
    const Clock& clock_;
    LogLevel lowest_;
    bool json_;
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace brygga::app
