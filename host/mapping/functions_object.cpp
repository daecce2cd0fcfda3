// Functions on objects.
#include <algorithm>
#include <charconv>

#include "mapping/functions.h"

namespace brygga::mapping {

namespace {

constexpr Kinds object_kind{Kind::object}, text_kind{Kind::string};
constexpr Kinds anything{Kind::null, Kind::boolean,   Kind::decimal, Kind::string,
                         Kind::date, Kind::timestamp, Kind::list,    Kind::object};

/// Adds the members, or replaces those of the same name in their place. False when stopped.
bool put_members(Call& call, std::vector<Entry>& into, const Value& object) {
    // Positions by name, so that many members do not take their square in time.
    std::vector<std::size_t> by_name(into.size());
    for (std::size_t i = 0; i < by_name.size(); ++i) by_name[i] = i;
    const auto name_at = [&](std::size_t i) { return into[i].name; };
    std::ranges::sort(by_name, {}, name_at);
    if (!call.spend(1 + into.size() + object.size()) || !call.fits((into.size() + object.size()) * sizeof(Entry)))
        return false;
    for (std::size_t i = 0; i < object.size(); ++i) {
        const Entry entry = object.entry(i);
        if (entry.value.is_unreadable())
            return call.error(std::string{"a member of the object is "}.append(name_of(entry.value.kind()))), false;
        const auto place = std::ranges::lower_bound(by_name, entry.name, {}, name_at);
        if (place != by_name.end() && into[*place].name == entry.name) {
            into[*place].value = entry.value;
            continue;
        }
        if (!call.spend(by_name.size() / 64)) return false;
        into.push_back(entry);
        by_name.insert(place, into.size() - 1);
    }
    return true;
}

Value keys(Call& call) {
    std::vector<Entry> members;
    if (!put_members(call, members, call[0])) return Call::stopped();
    std::vector<Value> out;
    for (const Entry& e : members) out.push_back(e.name);
    return call.make(out);
}

Value values(Call& call) {
    std::vector<Entry> members;
    if (!put_members(call, members, call[0])) return Call::stopped();
    std::vector<Value> out;
    for (const Entry& e : members) out.push_back(e.value);
    return call.make(out);
}

Value merge(Call& call) {
    std::vector<Entry> members;
    for (std::size_t i = 0; i < call.count(); ++i)
        if (!put_members(call, members, call[i])) return Call::stopped();
    return call.make(members);
}

Value without(Call& call) {
    std::vector<Entry> members;
    if (!put_members(call, members, call[0]) || !call.spend(members.size() * call.count() / 8)) return Call::stopped();
    for (std::size_t i = 1; i < call.count(); ++i)
        std::erase_if(members, [&](const Entry& e) { return e.name == call.text(i); });
    return call.make(members);
}

/// One name of a dotted path, or a place in a list.
Value walk(Call& call, const Value& from, std::string_view name) {
    if (!call.spend(1 + from.size() / 64)) return Call::stopped();
    if (from.is(Kind::object)) {
        Value found;
        return from.find(name, &found) ? found : Value{};
    }
    std::size_t at = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), at);
    if (!from.is(Kind::list) || problem != std::errc{} || end != name.data() + name.size()) return {};
    return at < from.size() ? call.item(from, at) : Value{};
}

/// get(x, default), or get(object, "a.b.c", default).
Value get(Call& call) {
    const Value& standard = call[call.count() - 1];
    if (call.count() == 2) return call[0].is(Kind::missing) ? standard : call[0];
    if (!call[1].is(Kind::string)) return call.error_at(1, "get(object, path, default) takes a text as path");
    std::string_view path = call.text(1);
    Value at = call[0];
    while (!at.is_nothing() && !at.is_stopped()) {
        const std::size_t dot = path.find('.');
        at = walk(call, at, path.substr(0, dot));
        if (dot == std::string_view::npos) break;
        path.remove_prefix(dot + 1);
        if (at.is_nothing()) at = {};
    }
    return at.is(Kind::missing) ? standard : at;
}

constexpr Parameter one_object[]{{"object", object_kind}};
constexpr Parameter merge_parameters[]{{"object", object_kind}, {"other", object_kind}};
constexpr Parameter without_parameters[]{{"object", object_kind}, {"name", text_kind}};
constexpr Parameter get_parameters[]{{"x", anything}, {"path or default", anything}, {"default", anything, "none"}};

constexpr Function functions[]{
    {"keys", one_object, Gives::strings, keys, "the names of its members"},
    {"values", one_object, Gives::list, values, "the values of its members"},
    {"merge", merge_parameters, Gives::object, merge, "the members of all; later ones replace earlier ones", true},
    {"without", without_parameters, Gives::object, without, "without the members of these names", true},
    {"get", get_parameters, Gives::any, get,
     "get(x, default): x, or the default when x is missing; get(x, \"a.b\", default): the same of a path in x", false,
     true},
};

}  // namespace

std::span<const Function> families_of::object() noexcept { return functions; }

}  // namespace brygga::mapping
