// Clock: the only source of time. Injected everywhere; SystemClock is made in app, ManualClock in tests.
// Safe on any thread. Instants are UTC milliseconds; intervals and deadlines use the monotonic side.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace brygga {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using MonoTime = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
    virtual MonoTime mono() const = 0;
};

class SystemClock final : public Clock {
public:
    Instant now() const override;
    MonoTime mono() const override;
};

/// Both sides move together and only by advance().
class ManualClock final : public Clock {
public:
    explicit ManualClock(Instant start = Instant{std::chrono::milliseconds{1'767'225'600'000}});  // 2026-01-01
    Instant now() const override;
    MonoTime mono() const override;
    void advance(std::chrono::milliseconds by);
    /// Moves only the wall clock, as an operator or NTP would.
    void jump(std::chrono::milliseconds by);

private:
    std::atomic<std::int64_t> wall_ms_;
    std::atomic<std::int64_t> mono_ms_;
};

inline std::int64_t to_unix_ms(Instant t) noexcept { return t.time_since_epoch().count(); }
inline Instant from_unix_ms(std::int64_t ms) noexcept { return Instant{std::chrono::milliseconds{ms}}; }

/// RFC 3339 in UTC with milliseconds: "2026-01-14T13:05:22.000Z".
std::string to_rfc3339(Instant t);
/// RFC 3339 with Z or a numeric offset, fractions optional; nothing when malformed or out of range.
std::optional<Instant> from_rfc3339(std::string_view text) noexcept;
/// "2026-01-14", the UTC date.
std::string to_iso_date(Instant t);

}  // namespace brygga
