// What the adapter's tests share: a connection to a fixture plugin, a scripted http client, a clock that is
// moved by hand.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <mutex>

#include "connector/border_connection.h"
#include "unit/connector/plugin_folder.h"

namespace brygga::connector {

struct Wire {
    std::function<Expected<http::Response>(const CallContext&, const http::Request&)> answer =
        [](const CallContext&, const http::Request&) {
            return Expected<http::Response>{http::Response{.status = 200, .headers = {}, .body = "{}"}};
        };
    std::vector<http::Request> sent;
};

class WireClient final : public http::Client {
public:
    explicit WireClient(Wire& wire) : wire_{wire} {}
    Expected<http::Response> send(const CallContext& call, const http::Request& request) override {
        wire_.sent.push_back(request);
        return wire_.answer(call, request);
    }

private:
    Wire& wire_;
};

class LogLines final : public Log {
public:
    void write(LogLevel level, std::string_view event, const Json& fields) override {
        const std::lock_guard lock{mutex};
        lines.push_back(std::to_string(static_cast<int>(level)) + " " + std::string{event} + " " + fields.dump());
    }
    std::mutex mutex;
    std::vector<std::string> lines;
};

class ConnectionTest : public ::testing::Test {
protected:
    BorderConnection open(const std::string& fixture, const std::string& as = {}) {
        return open_file(folder_.add(fixture, as));
    }
    BorderConnection open_file(const std::filesystem::path& file) {
        auto plugin = load_plugin(file, folder_.dirs());
        if (!plugin) throw std::runtime_error(plugin.error().message);
        http::SecretSource secrets{
            .get = [](const CallContext&, std::string_view name) -> Expected<Secret> {
                if (name == "key") return Secret{"a key"};
                return Error{
                    .error_class = ErrorClass::misconfigured, .code = "secret", .message = "none", .remedy = {}};
            },
            .refresh = {}};
        return BorderConnection{"shop", *plugin, Json::object(), std::make_unique<WireClient>(wire_), secrets, clock_,
                                log_,   watch_,  runner_};
    }
    CallContext call(std::chrono::milliseconds time = std::chrono::seconds{60}) const {
        return {.deadline = clock_.mono() + time, .trace_id = "run-1"};
    }
    RowSink sink() {
        return {.row = [this](Json row) { return rows_.push_back(std::move(row)), true; },
                .checkpoint = [this](std::string cursor, bool) { return cursors_.push_back(std::move(cursor)), true; },
                .seen = {}};
    }
    Expected<void> poll(BorderConnection& connection, const std::string& type, const std::string& cursor = {}) {
        return connection.poll(call(), {.type = type, .cursor = cursor, .first_run_from = "2026-01-01"}, sink());
    }

    std::filesystem::path runner_;  ///< empty: plugins run in this process
    PluginFolder folder_;
    ManualClock clock_;
    LogLines log_;
    CallWatch watch_{clock_, log_};
    Wire wire_;
    std::vector<Json> rows_;
    std::vector<std::string> cursors_;
};

}  // namespace brygga::connector
