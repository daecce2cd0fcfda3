// Where the reading of orders stands: the poll cursor and the scan that it plans. Pure values and functions; the
// time comes in from outside. It never decides what is read from one order, only which orders are listed.
//
// The shop cannot list what changed, so a scan lists every order created since a day, by id, and the host tells
// known versions apart. A scan reaches back at least two days, and once an hour the whole watch window, where
// orders are still paid, sent, edited or (baskets) completed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "brygga/sdk/json.hpp"

namespace brygga::ccvshop {

/// Seconds since 1970; the text may be a date or an instant, whose zone is taken for UTC.
std::optional<std::int64_t> parse_instant(std::string_view text);
std::string to_instant(std::int64_t seconds);  ///< 2026-01-14T13:05:22Z
std::string to_date(std::int64_t seconds);     ///< 2026-01-14

/// One pass over the list. Pages overlap by the last few orders of the page before, so that a record that was
/// removed between two pages moves nothing out of sight.
struct Scan {
    std::string from;               ///< date; empty: all orders
    std::int64_t start = 0;         ///< offset of the next page
    std::vector<std::string> tail;  ///< ids at the end of the page before, in the overlap
    std::int64_t begun = 0;
    bool sweep = false;  ///< reaches over the whole watch window

    static std::optional<Scan> parse(const Json& document);
    Json to_json() const;
    /// Whether a page goes on where the page before ended.
    bool continued_by(const std::vector<std::string>& ids) const;
    void advance(const std::vector<std::string>& ids);
    void restart();
    /// The list has ended with this page; the pass goes on there when it is read again.
    void rest(const std::vector<std::string>& ids);

private:
    void keep(const std::vector<std::string>& ids, std::size_t kept);
};

struct Cursor {
    std::optional<std::int64_t> at;  ///< begin of the last complete scan
    std::int64_t swept_at = 0;       ///< begin of the last complete sweep
    std::optional<Scan> scan;        ///< under way

    /// Null is the first run. A cursor of another make starts over from its date; nothing when it has none.
    static std::optional<Cursor> parse(const Json& document);
    Json to_json() const;

    /// Begins a scan unless one is under way.
    void plan(std::int64_t now, std::string_view first_run_from, int watch_days);
    void complete();
};

}  // namespace brygga::ccvshop
