#include "scan.h"

#include <algorithm>

#include "brygga/sdk/text.hpp"

namespace brygga::ccvshop {
namespace {

constexpr std::int64_t day = 86'400;
constexpr std::int64_t sweep_every = 3'600;
constexpr std::int64_t version = 1;
constexpr std::size_t overlap = 10;
constexpr std::int64_t least_days_back = 2;
constexpr std::int64_t most_orders = 1'000'000'000;  ///< of one shop; an offset beyond is no offset

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 19 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<std::int64_t> parse_instant(std::string_view text) {
    const auto ms = instant_ms(text);
    if (!ms || *ms < 0 || (text.size() > 10 && text[10] != 'T')) return std::nullopt;
    return *ms / 1'000;
}

std::string to_date(std::int64_t seconds) { return date_text(seconds * 1'000); }
std::string to_instant(std::int64_t seconds) { return instant_text(seconds * 1'000); }

std::optional<Scan> Scan::parse(const Json& document) {
    const auto begun = parse_instant(document["begun"].string());
    const auto from = parse_instant(document["from"].string());
    const auto start = document["start"].integer();
    if (!begun || !start || *start < 0 || *start > most_orders || (!from && document.has("from"))) return std::nullopt;
    Scan scan;
    if (from) scan.from = to_date(*from);
    scan.begun = *begun;
    scan.sweep = document["sweep"].boolean();
    scan.start = *start;
    for (const Json& id : document["tail"].items())
        if (is_id(id.string()) && scan.tail.size() < overlap) scan.tail.emplace_back(id.string());
    return scan;
}

Json Scan::to_json() const {
    Json kept = Json::array();
    for (const std::string& id : tail) kept.push(id);
    Json out = Json::object({{"begun", to_instant(begun)}, {"start", start}, {"sweep", sweep}});
    if (!from.empty()) out.set("from", from);
    out.set("tail", std::move(kept));
    return out;
}

bool Scan::continued_by(const std::vector<std::string>& ids) const {
    if (tail.empty()) return true;
    return std::any_of(tail.begin(), tail.end(),
                       [&](const std::string& id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); });
}

void Scan::keep(const std::vector<std::string>& ids, std::size_t kept) {
    tail.assign(ids.end() - static_cast<std::ptrdiff_t>(kept), ids.end());
    start += static_cast<std::int64_t>(ids.size() - kept);
}

void Scan::advance(const std::vector<std::string>& ids) { keep(ids, std::min(overlap, ids.size() / 4)); }
void Scan::rest(const std::vector<std::string>& ids) { keep(ids, std::min(overlap, ids.size())); }

void Scan::restart() {
    start = 0;
    tail.clear();
}

std::optional<Cursor> Cursor::parse(const Json& document) {
    Cursor cursor;
    if (document.is_null()) return cursor;
    cursor.at = parse_instant(document["at"].string());
    if (document["v"].integer(0) == version) {
        cursor.swept_at = parse_instant(document["swept_at"].string()).value_or(0);
        cursor.scan = Scan::parse(document["scan"]);
    }
    if (!cursor.at && !cursor.scan) return std::nullopt;
    return cursor;
}

Json Cursor::to_json() const {
    Json out = Json::object({{"v", version}});
    if (at) out.set("at", to_instant(*at));
    if (swept_at > 0) out.set("swept_at", to_instant(swept_at));
    if (scan) out.set("scan", scan->to_json());
    return out;
}

void Cursor::plan(std::int64_t now, std::string_view first_run_from, int watch_days) {
    if (scan) return;
    scan.emplace();
    scan->begun = now;
    scan->sweep = !at || now - swept_at >= sweep_every || swept_at > now;
    // A day more than needed: the shop does not say whether its date filter includes the day itself, nor in which zone.
    const auto earliest = parse_instant(first_run_from);
    if (at) {
        const std::int64_t back = scan->sweep ? std::max<std::int64_t>(watch_days, least_days_back) : least_days_back;
        std::int64_t from = std::min(*at - day, now - back * day);
        if (earliest) from = std::max(from, *earliest - day);
        scan->from = to_date(std::max<std::int64_t>(from, 0));
    } else if (earliest) {
        scan->from = to_date(std::max<std::int64_t>(*earliest - day, 0));
    }
}

void Cursor::complete() {
    at = scan->begun;
    if (scan->sweep) swept_at = scan->begun;
    scan.reset();
}

}  // namespace brygga::ccvshop
