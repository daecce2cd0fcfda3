#include "meter.hpp"

#include <algorithm>

namespace brygga::sim {

int Meter::take(std::string_view scope, int limit) {
    const std::int64_t now = clock_.now();
    const std::lock_guard lock{mutex_};
    Budget& b = budgets_[std::string{scope}];
    if (now < b.last || now - b.last >= 60) {
        b.seconds.fill(0);
        b.sum = 0;
    } else {
        for (std::int64_t s = b.last + 1; s <= now; ++s) {
            int& old = b.seconds[static_cast<std::size_t>(s % 60)];
            b.sum -= old;
            old = 0;
        }
    }
    b.last = now;
    if (now < b.window_start || now - b.window_start >= 60) {
        b.window_start = now;
        b.window_count = 0;
    }
    const bool fixed = switches_.get(Switch::budget_window) == 1;
    if (enabled_ && (fixed ? b.window_count : b.sum) >= limit) {
        if (fixed) return static_cast<int>(60 - (now - b.window_start));
        for (int wait = 1; wait < 60; ++wait)
            if (b.seconds[static_cast<std::size_t>((now + wait) % 60)] > 0) return wait;
        return 60;
    }
    ++b.seconds[static_cast<std::size_t>(now % 60)];
    b.peak = std::max(b.peak, ++b.sum);
    ++b.window_count;
    return 0;
}

int Meter::used(std::string_view scope) {
    const std::lock_guard lock{mutex_};
    const auto found = budgets_.find(std::string{scope});
    return found == budgets_.end() || clock_.now() - found->second.last >= 60 ? 0 : found->second.sum;
}

void Meter::count(std::string_view vendor, std::string_view method, std::string_view path_template, int status) {
    std::string key{method};
    key.append(" ").append(path_template);
    const std::lock_guard lock{mutex_};
    ++counts_[std::string{vendor}][key][status];
}

Json Meter::calls() const {
    const std::lock_guard lock{mutex_};
    Json all =
        Json::object({{"ccvshop", Json::object()}, {"eaccounting", Json::object()}, {"identity", Json::object()}});
    for (const auto& [vendor, paths] : counts_) {
        Json& one = all.member(vendor);
        for (const auto& [path, statuses] : paths) {
            const auto add = [&one](std::string_view name, std::int64_t n) { one.set(name, one[name].integer(0) + n); };
            for (const auto& [status, n] : statuses) {
                add(path.substr(0, path.find(' ')), n);
                if (status == 429) add("429", n);
            }
        }
        if (!one.has("429")) one.set("429", 0);
    }
    return all;
}

Json Meter::requests() const {
    const std::lock_guard lock{mutex_};
    Json all = Json::object();
    for (const auto& [vendor, paths] : counts_)
        for (const auto& [path, statuses] : paths)
            for (const auto& [status, n] : statuses)
                all.member(vendor).member(path).set(status == 0 ? "reset" : std::to_string(status), n);
    Json& peaks = all.member("peak_per_minute");
    peaks = Json::object();
    for (const auto& [scope, budget] : budgets_) peaks.set(scope, budget.peak);
    return all;
}

void Meter::reset() {
    const std::lock_guard lock{mutex_};
    budgets_.clear();
    counts_.clear();
}

}  // namespace brygga::sim
