#include "mapping/value.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "mapping/calendar.h"
#include "mapping/source.h"

namespace brygga::mapping {

namespace {

template <class Values>
int deepest(const Values& values) noexcept {
    int depth = 0;
    for (const auto& v : values) depth = std::max(depth, v.depth());
    return depth;
}

Value view_text(const Json& json, Kind kind, Value unreadable) noexcept {
    const std::string_view text = json.text();
    if (kind == Kind::timestamp) {
        const auto instant = from_rfc3339(text);
        return instant && in_range(day_of(*instant)) ? Value{*instant} : unreadable;
    }
    if (kind == Kind::date) {
        const auto day = parse_iso_date(text);
        return day ? Value{*day} : unreadable;
    }
    return text;
}

/// Members by name; of a doubled name the last.
std::vector<Entry> sorted(const Value& object) {
    std::vector<Entry> entries;
    entries.reserve(object.size());
    for (std::size_t i = 0; i < object.size(); ++i) entries.push_back(object.entry(i));
    std::ranges::stable_sort(entries, {}, &Entry::name);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (i + 1 == entries.size() || entries[i + 1].name != entries[i].name) entries[kept++] = entries[i];
    entries.resize(kept);
    return entries;
}

std::strong_ordering compare_lists(const Value& a, const Value& b) noexcept {
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        if (const auto order = compare(a.item(i), b.item(i)); order != 0) return order;
    return a.size() <=> b.size();
}

std::strong_ordering compare_objects(const Value& a, const Value& b) {
    const auto x = sorted(a), y = sorted(b);
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
        if (const auto order = x[i].name <=> y[i].name; order != 0) return order;
        if (const auto order = compare(x[i].value, y[i].value); order != 0) return order;
    }
    return x.size() <=> y.size();
}

void write(std::string& out, const Value& v);

/// A doubled name of a document stands where it came first, with its last value.
void write_members(std::string& out, const Value& object) {
    std::unordered_map<std::string_view, std::size_t> last;
    for (std::size_t i = 0; i < object.size(); ++i) last[object.entry(i).name] = i;
    out += '{';
    for (std::size_t i = 0; i < object.size(); ++i) {
        const auto found = last.find(object.entry(i).name);
        if (found == last.end()) continue;
        if (out.back() != '{') out += ',';
        Json::append_quoted(out, found->first);
        out += ':';
        write(out, object.entry(found->second).value);
        last.erase(found);
    }
    out += '}';
}

void write(std::string& out, const Value& v) {
    switch (v.kind()) {
        case Kind::boolean:
        case Kind::decimal:
            out += to_text(v);
            return;
        case Kind::string:
            Json::append_quoted(out, v.text());
            return;
        case Kind::date:
        case Kind::timestamp:
            Json::append_quoted(out, to_text(v));
            return;
        case Kind::list:
            out += '[';
            for (std::size_t i = 0; i < v.size(); ++i) {
                if (i > 0) out += ',';
                write(out, v.item(i));
            }
            out += ']';
            return;
        case Kind::object:
            write_members(out, v);
            return;
        default:
            out += "null";
    }
}

}  // namespace

Value Value::list(std::span<const Value> items) noexcept {
    Value v = of(Kind::list);
    v.count_ = static_cast<std::uint32_t>(items.size());
    v.items_ = items.data();
    v.depth_ = static_cast<std::uint8_t>(std::min(deepest(items) + 1, 255));
    return v;
}

Value Value::object(std::span<const Entry> entries) noexcept {
    Value v = of(Kind::object);
    v.count_ = static_cast<std::uint32_t>(entries.size());
    v.entries_ = entries.data();
    int depth = 0;
    for (const Entry& e : entries) depth = std::max(depth, e.value.depth());
    v.depth_ = static_cast<std::uint8_t>(std::min(depth + 1, 255));
    return v;
}

Value Value::view(const Json& json, Type shape) noexcept {
    switch (json.kind()) {
        case Json::Kind::null:
            return null();
        case Json::Kind::boolean:
            return json.boolean();
        case Json::Kind::number: {
            if (shape->kind == Kind::string) return json.text();
            const auto decimal = json.decimal();
            return decimal ? Value{*decimal} : of(Kind::too_long);
        }
        case Json::Kind::string:
            return view_text(json, shape->kind, of(Kind::no_time));
        case Json::Kind::array:
        case Json::Kind::object:
            break;
    }
    Value v = of(json.is_array() ? Kind::list : Kind::object);
    v.viewed_ = true;
    v.count_ = static_cast<std::uint32_t>(json.size());
    v.shape_ = shape;
    v.json_ = &json;
    return v;
}

Value Value::item(std::size_t i) const noexcept {
    if (!viewed_) return items_[i];
    return view(json_->items()[i], shape_->item ? shape_->item : &shapes::any);
}

Entry Value::entry(std::size_t i) const noexcept {
    if (!viewed_) return entries_[i];
    const Json::Member& m = json_->members()[i];
    const Shape* shape = shape_->member(m.name);
    return {m.name, view(m.value, shape ? shape : &shapes::any)};
}

bool Value::find(std::string_view name, Value* found) const noexcept {
    if (viewed_) {
        const Json* json = json_->find(name);
        if (!json) return false;
        const Shape* shape = shape_->member(name);
        if (found) *found = view(*json, shape ? shape : &shapes::any);
        return true;
    }
    for (std::uint32_t i = 0; i < count_; ++i) {
        if (entries_[i].name != name) continue;
        if (found) *found = entries_[i].value;
        return true;
    }
    return false;
}

bool equal(const Value& a, const Value& b) noexcept { return compare(a, b) == 0; }

std::strong_ordering compare(const Value& a, const Value& b) noexcept {
    if (a.kind() != b.kind()) return a.kind() <=> b.kind();
    switch (a.kind()) {
        case Kind::boolean:
            return a.boolean() <=> b.boolean();
        case Kind::decimal:
            return a.decimal() <=> b.decimal();
        case Kind::string:
            // Bytes of UTF-8 stand in the order of their code points.
            return a.text() <=> b.text();
        case Kind::date:
            return a.day() <=> b.day();
        case Kind::timestamp:
            return a.instant() <=> b.instant();
        case Kind::list:
            return compare_lists(a, b);
        case Kind::object:
            return compare_objects(a, b);
        default:
            return std::strong_ordering::equal;
    }
}

std::string to_json_text(const Value& v) {
    std::string out;
    write(out, v);
    return out;
}

Json to_json(const Value& v) {
    switch (v.kind()) {
        case Kind::boolean:
            return v.boolean();
        case Kind::decimal:
            return v.decimal();
        case Kind::list:
        case Kind::object:
            return Json::parse(to_json_text(v), nullptr, {.depth = 2 * max_depth + 1}).value_or(Json{});
        case Kind::string:
        case Kind::date:
        case Kind::timestamp:
            return to_text(v);
        default:
            return {};
    }
}

std::string to_text(const Value& v) {
    switch (v.kind()) {
        case Kind::boolean:
            return v.boolean() ? "true" : "false";
        case Kind::decimal:
            return v.decimal().text();
        case Kind::string:
            return std::string{v.text()};
        case Kind::date:
            return iso(v.day());
        case Kind::timestamp:
            return iso(v.instant());
        default:
            return {};
    }
}

std::string iso(Day day) {
    const std::chrono::year_month_day date{day};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

std::string iso(Instant t) {
    std::string text = to_rfc3339(t);
    constexpr std::string_view whole = ".000Z";
    if (text.ends_with(whole)) text.replace(text.size() - whole.size(), whole.size(), "Z");
    return text;
}

}  // namespace brygga::mapping
