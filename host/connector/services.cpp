#include "connector/services.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/crypto.h"
#include "brygga/sdk/connector.hpp"
#include "connector/border_call.h"
#include "connector/pause.h"
#include "connector/plain_text.h"

namespace brygga::connector {
namespace {

constexpr std::size_t most_log_message = 500, most_log_fields = 32, most_log_value = 500;

Error cancelled() {
    return {
        .error_class = ErrorClass::cancelled, .code = "cancelled", .message = "The call was cancelled.", .remedy = {}};
}
Error host_fault(std::string_view service) {
    return {.error_class = ErrorClass::bug,
            .code = "host.service",
            .message = fmt::format("The host's {} service failed.", service),
            .remedy = {}};
}

bool write_all(brygga_sink sink, std::string_view text) {
    return text.empty() || sink.write(sink.ctx, text.data(), text.size()) == 0;
}

std::string head_of(const http::Response& response) {
    Json headers = Json::object();
    for (const auto& [name, value] : response.headers) {
        Json& member = headers.member(name);
        member = member.is_string() ? fmt::format("{}, {}", member.string(), value) : value;
    }
    return Json::object({{"status", response.status}, {"headers", std::move(headers)}}).dump();
}

}  // namespace

Services::Services(std::string connector, std::string connection, http::Client& client,
                   const http::SecretSource& secrets, const Clock& clock, Log& log)
    : connector_{std::move(connector)},
      connection_{std::move(connection)},
      client_{client},
      secrets_{secrets},
      clock_{clock},
      log_{log},
      log_at_{clock.mono()} {
    raw_ = {sizeof raw_, BRYGGA_ABI_MAJOR, BRYGGA_ABI_MINOR, this, get_service};
}

const void* Services::get_service(const brygga_host*, const char* id) noexcept {
    static constexpr brygga_service_http http{sizeof http, send};
    static constexpr brygga_service_log log{sizeof log, write_log};
    static constexpr brygga_service_clock clock{sizeof clock, unix_ms, sleep};
    static constexpr brygga_service_crypto crypto{sizeof crypto, hmac, verify};
    if (!id) return nullptr;
    if (std::strcmp(id, BRYGGA_SERVICE_HTTP) == 0) return &http;
    if (std::strcmp(id, BRYGGA_SERVICE_LOG) == 0) return &log;
    if (std::strcmp(id, BRYGGA_SERVICE_CLOCK) == 0) return &clock;
    if (std::strcmp(id, BRYGGA_SERVICE_CRYPTO) == 0) return &crypto;
    return nullptr;
}

brygga_status Services::send(const brygga_host* host, const brygga_call* raw_call, brygga_str request_json,
                             brygga_str body, brygga_sink head, brygga_sink out) noexcept {
    BorderCall& call = BorderCall::of(raw_call);
    try {
        if (call.context().cancelled()) return call.fail(cancelled());
        const auto request = http::parse_request(sdk::view(request_json), sdk::view(body));
        if (!request) return call.fail(request.error());
        if (!request->read) call.note_write();
        const auto response = of(host).client_.send(call.context(), *request);
        if (!response) return call.fail(response.error());
        if (write_all(head, head_of(*response)) && write_all(out, response->body)) return BRYGGA_OK;
        Error stopped = cancelled();
        stopped.message = "The plugin did not take the answer.";
        stopped.outcome_unknown = !request->read;
        return call.fail(stopped);
    } catch (...) {
        Error fault = host_fault("http");
        fault.outcome_unknown = call.wrote();
        return call.fail(fault);
    }
}

void Services::write_log(const brygga_host* host, std::int32_t level, brygga_str message,
                         brygga_str fields_json) noexcept {
    try {
        Services& me = of(host);
        if (!me.may_log()) return;
        Json fields = Json::object({{"connector", me.connector_},
                                    {"connection", me.connection_},
                                    {"message", plain_text(sdk::view(message), most_log_message)}});
        const auto extra = Json::parse(sdk::view(fields_json), nullptr, {.bytes = 16u << 10, .depth = 2});
        if (extra)
            for (const Json::Member& m : extra->members()) {
                if (fields.size() >= most_log_fields) break;
                const std::string name = plain_code(m.name);
                if (fields.has(name) || m.value.is_object() || m.value.is_array()) continue;
                fields.set(name, m.value.is_string() ? Json{plain_text(m.value.string(), most_log_value)} : m.value);
            }
        me.log_.write(static_cast<LogLevel>(std::clamp(level, BRYGGA_LOG_DEBUG, BRYGGA_LOG_ERROR)), "plugin.log",
                      fields);
    } catch (...) {
        // A log line is not worth a call.
    }
}

bool Services::may_log() {
    std::int64_t dropped = 0;
    {
        const std::lock_guard lock{log_mutex_};
        const MonoTime now = clock_.mono();
        const std::chrono::duration<double> passed = now - std::exchange(log_at_, now);
        log_lines_ = std::min(log_burst, log_lines_ + passed.count() * log_per_s);
        if (log_lines_ < 1) return ++log_dropped_, false;
        log_lines_ -= 1;
        dropped = std::exchange(log_dropped_, 0);
    }
    if (dropped > 0)
        log_.warning("plugin.log_dropped", Json::object({{"connector", connector_},
                                                         {"connection", connection_},
                                                         {"lines", dropped},
                                                         {"message", "The connector wrote more than the log takes."}}));
    return true;
}

std::int64_t Services::unix_ms(const brygga_host* host) noexcept { return to_unix_ms(of(host).clock_.now()); }

brygga_status Services::sleep(const brygga_host* host, const brygga_call* raw_call, std::int64_t ms) noexcept {
    BorderCall& call = BorderCall::of(raw_call);
    try {
        const CallContext& context = call.context();
        const Clock& clock = of(host).clock_;
        if (context.cancelled()) return call.fail(cancelled());
        if (ms <= 0) return BRYGGA_OK;
        const auto wanted = std::chrono::milliseconds{std::min<std::int64_t>(ms, 86'400'000)};
        const MonoTime until = clock.mono() + wanted;
        if (until > context.deadline) {
            Error late = cancelled();
            late.code = "call.deadline";
            late.message = fmt::format("The call has less than the {} ms left that the connector wants to wait.", ms);
            return call.fail(late);
        }
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock{mutex};
        pause(wake, lock, context, clock, until, [] { return false; });
        return context.cancelled() ? call.fail(cancelled()) : BRYGGA_OK;
    } catch (...) {
        return call.fail(host_fault("clock"));
    }
}

Expected<std::string> Services::keyed_hash(const brygga_call* raw_call, brygga_str algorithm, brygga_str secret_name,
                                           brygga_str message) const {
    const std::string_view name = sdk::view(algorithm);
    if (name != "hmac-sha256" && name != "hmac-sha512")
        return Error{.error_class = ErrorClass::bug,
                     .code = "host.crypto",
                     .message = fmt::format("The crypto service has no algorithm '{}'.", plain_text(name, 40)),
                     .remedy = "Update the connector, or tell its maker."};
    const auto key = secrets_.get(BorderCall::of(raw_call).context(), sdk::view(secret_name));
    if (!key) return key.error();
    return crypto::hmac(name == "hmac-sha256" ? crypto::Hash::sha256 : crypto::Hash::sha512, key->reveal(),
                        sdk::view(message));
}

brygga_status Services::hmac(const brygga_host* host, const brygga_call* raw_call, brygga_str algorithm,
                             brygga_str secret_name, brygga_str message, brygga_sink result) noexcept {
    BorderCall& call = BorderCall::of(raw_call);
    try {
        const auto bytes = of(host).keyed_hash(raw_call, algorithm, secret_name, message);
        if (!bytes) return call.fail(bytes.error());
        return write_all(result, *bytes) ? BRYGGA_OK : call.fail(cancelled());
    } catch (...) {
        return call.fail(host_fault("crypto"));
    }
}

std::int32_t Services::verify(const brygga_host* host, const brygga_call* raw_call, brygga_str algorithm,
                              brygga_str secret_name, brygga_str message, brygga_str expected) noexcept {
    BorderCall& call = BorderCall::of(raw_call);
    try {
        const auto bytes = of(host).keyed_hash(raw_call, algorithm, secret_name, message);
        if (!bytes) return call.fail(bytes.error()), 0;
        return crypto::equal_constant_time(*bytes, sdk::view(expected)) ? 1 : 0;
    } catch (...) {
        return call.fail(host_fault("crypto")), 0;
    }
}

}  // namespace brygga::connector
