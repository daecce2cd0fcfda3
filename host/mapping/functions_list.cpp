// Functions on lists.
#include <algorithm>
#include <numeric>

#include "mapping/functions.h"

namespace brygga::mapping {

namespace {

using Role = Parameter::Role;
constexpr Kinds list_kind{Kind::list};
constexpr Kinds anything{Kind::null, Kind::boolean,   Kind::decimal, Kind::string,
                         Kind::date, Kind::timestamp, Kind::list,    Kind::object};
constexpr Kinds sortable{Kind::boolean, Kind::decimal, Kind::string, Kind::date, Kind::timestamp};

/// Room for so many values more, or the limit of bytes.
bool room(Call& call, std::size_t values) { return call.fits(values * sizeof(Value)); }

Value map(Call& call) {
    std::vector<Value> out;
    for (std::size_t i = 0; i < call[0].size(); ++i) {
        const Value item = call.item(call[0], i);
        if (item.is_stopped()) return item;
        const Value made = call.apply_needed(1, item);
        if (made.is_stopped()) return made;
        if (!room(call, out.size() + 1)) return Call::stopped();
        out.push_back(made);
    }
    return call.make(out);
}

Value filter(Call& call) {
    std::vector<Value> out;
    for (std::size_t i = 0; i < call[0].size(); ++i) {
        const Value item = call.item(call[0], i);
        if (item.is_stopped()) return item;
        const auto keep = call.test(1, item);
        if (!keep || !room(call, out.size() + 1)) return Call::stopped();
        if (*keep) out.push_back(item);
    }
    return call.make(out);
}

/// The first item for which the lambda gives `wanted`; the size of the list when there is none.
std::optional<std::size_t> position(Call& call, bool wanted) {
    for (std::size_t i = 0; i < call[0].size(); ++i) {
        const Value item = call.item(call[0], i);
        if (item.is_stopped()) return std::nullopt;
        const auto hit = call.test(1, item);
        if (!hit) return std::nullopt;
        if (*hit == wanted) return i;
    }
    return call[0].size();
}
Value find(Call& call) {
    const auto at = position(call, true);
    if (!at) return Call::stopped();
    return *at < call[0].size() ? call[0].item(*at) : call.missing();
}
Value any(Call& call) {
    const auto at = position(call, true);
    return at ? Value{*at < call[0].size()} : Call::stopped();
}
Value all(Call& call) {
    const auto at = position(call, false);
    return at ? Value{*at == call[0].size()} : Call::stopped();
}

Value sum(Call& call) {
    Decimal total;
    for (std::size_t i = 0; i < call[0].size(); ++i) {
        const Value item = call.item(call[0], i);
        if (item.is_stopped() || !call.spend(1)) return Call::stopped();
        if (!item.is(Kind::decimal)) return call.error_at(0, "sum() takes a list of numbers");
        try {
            total += item.decimal();
        } catch (const DecimalOverflow&) {
            return call.error("the result has more than 28 digits");
        }
    }
    return total;
}

Value count(Call& call) {
    if (!call.given(1)) return Decimal{static_cast<std::int64_t>(call[0].size())};
    std::int64_t hits = 0;
    for (std::size_t i = 0; i < call[0].size(); ++i) {
        const Value item = call.item(call[0], i);
        if (item.is_stopped()) return item;
        const auto hit = call.test(1, item);
        if (!hit) return Call::stopped();
        hits += *hit;
    }
    return Decimal{hits};
}

Value first(Call& call) { return call[0].size() == 0 ? call.missing() : call.item(call[0], 0); }
Value last(Call& call) { return call[0].size() == 0 ? call.missing() : call.item(call[0], call[0].size() - 1); }

/// The items, and for each the key that the lambda gives (without one: itself). False when stopped.
bool read_keys(Call& call, std::vector<Value>& items, std::vector<Value>& keys) {
    if (!room(call, 2 * call[0].size())) return false;
    for (std::size_t i = 0; i < call[0].size(); ++i) {
        items.push_back(call.item(call[0], i));
        if (items.back().is_stopped()) return false;
        keys.push_back(call.given(1) ? call.apply_needed(1, items.back()) : items.back());
        if (keys.back().is_stopped()) return false;
    }
    return true;
}

/// Positions in the order of their keys; of equal ones the earlier first. Empty when stopped.
std::vector<std::size_t> sorted_positions(Call& call, const std::vector<Value>& keys) {
    std::vector<std::size_t> order(keys.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    // n keys are compared about n log n times.
    std::size_t rounds = 1;
    for (std::size_t n = keys.size(); n > 8; n /= 2) ++rounds;
    for (const Value& key : keys) {
        const std::size_t before = call.steps();
        if (!call.read(key) || !call.spend((call.steps() - before) * rounds / 4)) return {};
    }
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return compare(keys[a], keys[b]) < 0; });
    return order;
}

Value sort_by(Call& call) {
    std::vector<Value> items, keys;
    if (!read_keys(call, items, keys)) return Call::stopped();
    for (const Value& key : keys)
        if (!sortable.has(key.kind()) || key.kind() != keys[0].kind())
            return call.error("sort_by() takes keys that are numbers, texts or dates, all of one type");
    const auto order = sorted_positions(call, keys);
    if (order.size() != items.size()) return Call::stopped();
    std::vector<Value> out;
    for (const std::size_t i : order) out.push_back(items[i]);
    return call.make(out);
}

/// For each position the first one with an equal key. Empty when stopped.
std::vector<std::size_t> first_equals(Call& call, const std::vector<Value>& keys) {
    const auto order = sorted_positions(call, keys);
    std::vector<std::size_t> firsts(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        const bool same = i > 0 && equal(keys[order[i]], keys[order[i - 1]]);
        firsts[order[i]] = same ? firsts[order[i - 1]] : order[i];
    }
    return firsts;
}

Value unique(Call& call) {
    std::vector<Value> items, keys;
    if (!read_keys(call, items, keys)) return Call::stopped();
    const auto firsts = first_equals(call, keys);
    if (firsts.size() != items.size()) return Call::stopped();
    std::vector<Value> out;
    for (std::size_t i = 0; i < items.size(); ++i)
        if (firsts[i] == i) out.push_back(items[i]);
    return call.make(out);
}

Value group_by(Call& call) {
    std::vector<Value> items, keys;
    if (!read_keys(call, items, keys)) return Call::stopped();
    const auto firsts = first_equals(call, keys);
    if (firsts.size() != items.size()) return Call::stopped();
    std::vector<std::vector<Value>> members(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) members[firsts[i]].push_back(items[i]);
    std::vector<Value> groups;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (members[i].empty()) continue;
        const Value list = call.make(members[i]);
        if (list.is_stopped()) return list;
        groups.push_back(call.make(std::vector<Entry>{{"key", keys[i]}, {"items", list}}));
        if (groups.back().is_stopped()) return groups.back();
    }
    return call.make(groups);
}

Value flatten(Call& call) {
    std::vector<Value> out;
    for (std::size_t i = 0; i < call[0].size(); ++i) {
        const Value inner = call.item(call[0], i);
        if (inner.is_stopped()) return inner;
        const std::size_t size = inner.is(Kind::list) ? inner.size() : 1;
        if (!call.spend(1 + size) || !room(call, out.size() + size)) return Call::stopped();
        if (!inner.is(Kind::list)) out.push_back(inner);
        for (std::size_t k = 0; inner.is(Kind::list) && k < size; ++k) {
            out.push_back(call.item(inner, k));
            if (out.back().is_stopped()) return out.back();
        }
    }
    return call.make(out);
}

Value index_of(Call& call) {
    for (std::size_t i = 0; i < call[0].size(); ++i) {
        const Value item = call.item(call[0], i);
        if (item.is_stopped() || !call.read(item)) return Call::stopped();
        if (equal(item, call[1])) return Decimal{static_cast<std::int64_t>(i)};
    }
    return Decimal{-1};
}

constexpr Parameter one_list[]{{"list", list_kind}};
constexpr Parameter value_parameters[]{{"list", list_kind}, {"x => value", anything, {}, Role::lambda}};
constexpr Parameter test_parameters[]{{"list", list_kind}, {"x => test", {Kind::boolean}, {}, Role::lambda}};
constexpr Parameter count_parameters[]{{"list", list_kind}, {"x => test", {Kind::boolean}, "every item", Role::lambda}};
constexpr Parameter key_parameters[]{{"list", list_kind}, {"x => key", anything, {}, Role::lambda}};
constexpr Parameter index_parameters[]{{"list", list_kind}, {"item", anything}};

constexpr Function functions[]{
    {"map", value_parameters, Gives::mapped, map, "what the function gives for each item"},
    {"filter", test_parameters, Gives::first, filter, "the items for which the test is true"},
    {"find", test_parameters, Gives::item, find, "the first of them; missing when there is none"},
    {"any", test_parameters, Gives::boolean, any, "whether the test is true for an item"},
    {"all", test_parameters, Gives::boolean, all, "whether the test is true for every item"},
    {"sum", one_list, Gives::decimal, sum, "the sum of numbers; 0 of none"},
    {"count", count_parameters, Gives::decimal, count, "how many items, or how many with a true test"},
    {"first", one_list, Gives::item, first, "the first item; missing when there is none"},
    {"last", one_list, Gives::item, last, "the last item; missing when there is none"},
    {"sort_by", key_parameters, Gives::first, sort_by, "in the order of keys; equal ones stay as they were"},
    {"group_by", key_parameters, Gives::grouped, group_by, "[{key, items}] in the order in which keys come first"},
    {"unique", one_list, Gives::first, unique, "without what came before already"},
    {"flatten", one_list, Gives::list, flatten, "the items of inner lists in place of these"},
    {"index_of", index_parameters, Gives::decimal, index_of, "where the item stands, from 0; -1 when it does not"},
};

}  // namespace

std::span<const Function> families_of::list() noexcept { return functions; }

}  // namespace brygga::mapping
