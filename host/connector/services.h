// Services: what the host offers to the instances of one connection: http, log, clock, crypto.
// Owned by the connection; safe on any thread. No exception leaves it, no secret reaches the plugin.
#pragma once

#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "brygga/plugin.h"
#include "http/client.h"

namespace brygga::connector {

class Services {
public:
    Services(std::string connector, std::string connection, http::Client& client, const http::SecretSource& secrets,
             const Clock& clock, Log& log);
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    const brygga_host* raw() const noexcept { return &raw_; }

    /// Lines of one connection: so many at once, then so many a second; what is more is dropped and counted.
    static constexpr double log_burst = 200, log_per_s = 20;

private:
    static Services& of(const brygga_host* host) noexcept { return *static_cast<Services*>(host->host_data); }
    static const void* get_service(const brygga_host* host, const char* id) noexcept;
    static brygga_status send(const brygga_host* host, const brygga_call* call, brygga_str request, brygga_str body,
                              brygga_sink head, brygga_sink out) noexcept;
    static void write_log(const brygga_host* host, std::int32_t level, brygga_str message, brygga_str fields) noexcept;
    static std::int64_t unix_ms(const brygga_host* host) noexcept;
    static brygga_status sleep(const brygga_host* host, const brygga_call* call, std::int64_t ms) noexcept;
    static brygga_status hmac(const brygga_host* host, const brygga_call* call, brygga_str algorithm,
                              brygga_str secret_name, brygga_str message, brygga_sink result) noexcept;
    static std::int32_t verify(const brygga_host* host, const brygga_call* call, brygga_str algorithm,
                               brygga_str secret_name, brygga_str message, brygga_str expected) noexcept;

    Expected<std::string> keyed_hash(const brygga_call* call, brygga_str algorithm, brygga_str secret_name,
                                     brygga_str message) const;

    /// Whether a line more may be written now; says so once when some were not.
    bool may_log();

    std::string connector_, connection_;
    http::Client& client_;
    const http::SecretSource& secrets_;
    const Clock& clock_;
    Log& log_;
    brygga_host raw_{};

    std::mutex log_mutex_;
    double log_lines_ = log_burst;  ///< that may be written at once
    MonoTime log_at_;               ///< when that was so
    std::int64_t log_dropped_ = 0;
};

}  // namespace brygga::connector
