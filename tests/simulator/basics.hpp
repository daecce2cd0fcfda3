// Small shared pieces of the simulator: its clock, money in cents, a seeded generator, digests.
// Plain values and pure functions; SimClock may be shifted from any thread.
// Nothing here converts money to binary floating point.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "brygga/sdk/decimal.hpp"

namespace brygga::sim {

using Cents = std::int64_t;

/// The vendors' clock: the given time source plus an offset that tests and people may change.
class SimClock {
public:
    using Source = std::function<std::int64_t()>;  ///< milliseconds since 1970, UTC

    explicit SimClock(Source source) : source_{std::move(source)} {}
    std::int64_t now_ms() const { return source_() + offset_ms_.load(std::memory_order_relaxed); }
    std::int64_t now() const { return now_ms() / 1000; }
    void set_offset_ms(std::int64_t offset) { offset_ms_ = offset; }
    std::int64_t offset_ms() const { return offset_ms_; }

private:
    Source source_;
    std::atomic<std::int64_t> offset_ms_{0};
};

std::string utc_text(std::int64_t seconds, std::string_view zone = "Z");  ///< 2026-01-15T09:30:00 + zone
std::string date_text(std::int64_t seconds);                              ///< 2026-01-15
std::string http_date(std::int64_t seconds);
/// Seconds since 1970 of YYYY-MM-DD, alone or followed by Thh:mm:ss[.fff] and Z, +hh:mm or +hhmm; or nothing.
struct ParsedTime {
    std::int64_t seconds = 0;
    bool has_time = false;
    bool valid = false;
};
ParsedTime parse_time(std::string_view text);
/// Offset of central European time at that instant, by the rule of the European Union.
int central_european_offset(std::int64_t seconds);
/// Start (spring, 01:00 UTC) and end (autumn) of daylight saving in that year.
std::int64_t daylight_change(int year, bool spring);
int year_of(std::int64_t seconds);

/// numerator / denominator, ties away from zero.
__extension__ typedef __int128 Wide;
std::int64_t divide_rounded(Wide numerator, Wide denominator);
/// VAT on a net sum, or contained in a gross sum; rate in hundredths of a percent.
Cents vat_on_net(Cents net, int rate);
Cents vat_in_gross(Cents gross, int rate);
/// round(quantity x price x (1 - discount), 2), all three in their exact decimals (up to 6 places each).
Cents row_amount(const Decimal& quantity, const Decimal& price, const Decimal& discount);
inline Decimal money(Cents cents) { return Decimal::scaled(cents, 2); }
inline Decimal percent(int rate) { return Decimal::scaled(rate, 2); }
inline Cents cents_of(const Decimal& value) { return value.round(2).units(2).value_or(0); }

class Random {
public:
    explicit Random(std::uint64_t seed) : state_{seed * 0x9E3779B97F4A7C15ull + 0x632BE59BD9B4E019ull} {}
    std::uint64_t next();
    /// Whole number from least to most, both included.
    int between(int least, int most);
    bool chance(int percent) { return between(1, 100) <= percent; }
    template <class Range>
    const auto& pick(const Range& range) {
        return range[static_cast<std::size_t>(between(0, static_cast<int>(std::size(range)) - 1))];
    }

private:
    std::uint64_t state_;
};

std::string hmac_sha512_hex(std::string_view key, std::string_view message);
std::string sha256_base64url(std::string_view text);
bool equal_constant_time(std::string_view a, std::string_view b);
std::string base64_decode(std::string_view text);
/// A version-4 shaped GUID of a counter: unique per space, the same in every run.
std::string guid(std::uint32_t space, std::uint64_t number);
bool is_guid(std::string_view text);

std::string lower(std::string_view text);
std::string trimmed(std::string_view text);
std::size_t utf8_length(std::string_view text);
/// Percent-decoding; plus_is_space for forms and queries. False on a broken escape.
bool percent_decode(std::string_view text, bool plus_is_space, std::string& out);

}  // namespace brygga::sim
