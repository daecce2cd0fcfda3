#include "faults.hpp"

namespace brygga::sim {
namespace {

struct KindName {
    std::string_view name;
    FaultKind kind;
};
constexpr KindName kind_names[] = {
    {"429", FaultKind::too_many},
    {"500", FaultKind::error_500},
    {"502", FaultKind::error_502},
    {"503", FaultKind::error_503},
    {"reset_before", FaultKind::reset_before},
    {"reset_after", FaultKind::reset_after},
    {"slow", FaultKind::slow},
    {"truncated", FaultKind::truncated},
    {"html", FaultKind::html},
    {"expired_token", FaultKind::expired_token},
    {"garbage", FaultKind::garbage},
};

}  // namespace

std::string Faults::add(const Json& order) {
    Rule rule;
    rule.order = order;
    rule.vendor = order["vendor"].string("*");
    if (rule.vendor != "*" && rule.vendor != "ccvshop" && rule.vendor != "eaccounting" && rule.vendor != "economic" &&
        rule.vendor != "identity")
        return "vendor is ccvshop, eaccounting, economic, identity or *";
    rule.method = order["method"].string("*");
    const KindName* found = nullptr;
    for (const KindName& k : kind_names)
        if (k.name == order["fault"].text()) found = &k;
    if (!found)
        return "fault is one of 429 500 502 503 reset_before reset_after slow truncated html expired_token garbage";
    rule.fault.kind = found->kind;
    rule.fault.delay_ms = static_cast<int>(order["delay_ms"].integer(found->kind == FaultKind::slow ? 1000 : 0));
    rule.fault.status = static_cast<int>(order["status"].integer(0));
    rule.fault.applied = order["applied"].boolean();
    if (order["retry_after"].is_string() || order["retry_after"].is_number())
        rule.fault.retry_after = std::string{order["retry_after"].text()};
    const Decimal probability = order["probability"].decimal().value_or(Decimal{1});
    if (probability < Decimal{0} || probability > Decimal{1}) return "probability is a number from 0 to 1";
    rule.threshold =
        static_cast<std::uint64_t>((probability * Decimal{std::int64_t{1} << 32}).round(0).units(0).value_or(0));
    rule.times = order["times"].integer(-1);
    try {
        rule.path = std::regex{std::string{order["path"].string(".*")}, std::regex::optimize};
    } catch (const std::regex_error&) {
        return "path is not a regular expression";
    }
    const std::lock_guard lock{mutex_};
    rules_.push_back(std::move(rule));
    any_ = true;
    return {};
}

void Faults::clear() {
    const std::lock_guard lock{mutex_};
    rules_.clear();
    any_ = false;
}

Json Faults::describe() const {
    const std::lock_guard lock{mutex_};
    Json list = Json::array();
    for (const Rule& rule : rules_) {
        Json one = rule.order;
        one.set("hits", rule.hits);
        list.push(std::move(one));
    }
    return list;
}

std::optional<Fault> Faults::pick(std::string_view vendor, std::string_view method, std::string_view path) {
    if (!any_.load(std::memory_order_relaxed)) return std::nullopt;
    const std::lock_guard lock{mutex_};
    for (Rule& rule : rules_) {
        if (rule.times == 0 || (rule.vendor != "*" && rule.vendor != vendor)) continue;
        if (rule.method != "*" && rule.method != method) continue;
        if (!std::regex_search(path.begin(), path.end(), rule.path)) continue;
        if ((random_.next() >> 32) >= rule.threshold) continue;
        if (rule.times > 0) --rule.times;
        ++rule.hits;
        return rule.fault;
    }
    return std::nullopt;
}

}  // namespace brygga::sim
