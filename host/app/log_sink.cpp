#include "app/log_sink.h"

#include <array>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace brygga::app {

namespace {
constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};
}

LogSink::LogSink(const Clock& clock, const std::string& level, const std::string& format)
    : clock_{clock},
      lowest_{LogLevel::info},
      json_{format == "json"},
      logger_{std::make_shared<spdlog::logger>("brygga", std::make_shared<spdlog::sinks::stderr_sink_mt>())} {
    for (std::size_t i = 0; i < level_names.size(); ++i)
        if (level_names[i] == level) lowest_ = static_cast<LogLevel>(i);
    logger_->set_pattern("%v");
    logger_->set_level(spdlog::level::trace);
    logger_->flush_on(spdlog::level::trace);
}

LogSink::~LogSink() = default;

void LogSink::write(LogLevel level, std::string_view event, const Json& fields) {
    if (level < lowest_) return;
    const std::string_view name = level_names[static_cast<std::size_t>(level)];
    std::string line;
    if (json_) {
        Json out = Json::object({{"time", to_rfc3339(clock_.now())}, {"level", name}, {"event", event}});
        for (const auto& field : fields.members()) out.set(field.name, field.value);
        line = out.dump();
    } else {
        line = to_rfc3339(clock_.now()) + ' ' + std::string{name} + ' ' + std::string{event};
        for (const auto& field : fields.members()) line += ' ' + field.name + '=' + field.value.dump();
    }
    logger_->log(spdlog::level::info, line);
}

}  // namespace brygga::app
