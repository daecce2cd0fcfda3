// Value: what an expression works with. Small and trivial to copy; texts, lists and objects are views into the input
// document, the program or Memory, which must outlive it. Read on any thread.
// A value of a typed document takes times from texts and ids from numbers; nothing else is ever converted.
#pragma once

#include <chrono>
#include <compare>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "brygga/sdk/json.hpp"
#include "mapping/memory.h"
#include "mapping/shape.h"

namespace brygga::mapping {

using Day = std::chrono::sys_days;

class Value;
struct Entry;

/// Why a value is missing, for the message of whoever needs it.
struct Absence;

class Value {
public:
    Value() noexcept : kind_{Kind::missing}, absence_{nullptr} {}
    Value(bool b) noexcept : kind_{Kind::boolean}, boolean_{b} {}
    Value(const Decimal& d) noexcept : kind_{Kind::decimal}, decimal_{d} {}
    Value(std::string_view text) noexcept : kind_{Kind::string}, count_{size32(text)}, text_{text.data()} {}
    Value(Day day) noexcept : kind_{Kind::date}, ticks_{day.time_since_epoch().count()} {}
    Value(Instant t) noexcept : kind_{Kind::timestamp}, ticks_{to_unix_ms(t)} {}
    Value(const char*) = delete;

    static Value null() noexcept { return of(Kind::null); }
    static Value stopped() noexcept { return of(Kind::stopped); }
    static Value missing(const Absence* why) noexcept {
        Value v;
        v.absence_ = why;
        return v;
    }
    static Value list(std::span<const Value> items) noexcept;
    static Value object(std::span<const Entry> entries) noexcept;
    /// A view of a document, read by its shape as far as one is known.
    static Value view(const Json& json, Type shape = &shapes::any) noexcept;

    Kind kind() const noexcept { return kind_; }
    bool is(Kind kind) const noexcept { return kind_ == kind; }
    /// What the input holds instead of a value.
    bool is_unreadable() const noexcept { return kind_ == Kind::too_long || kind_ == Kind::no_time; }
    bool is_stopped() const noexcept { return kind_ == Kind::stopped; }
    bool is_nothing() const noexcept { return kind_ == Kind::missing || kind_ == Kind::null; }

    bool boolean() const noexcept { return boolean_; }
    const Decimal& decimal() const noexcept { return decimal_; }
    std::string_view text() const noexcept { return {text_, count_}; }
    Day day() const noexcept { return Day{std::chrono::days{ticks_}}; }
    Instant instant() const noexcept { return from_unix_ms(ticks_); }
    const Absence* absence() const noexcept { return absence_; }

    /// Items of a list; members of an object, of which one name may stand twice when it is a view.
    std::size_t size() const noexcept { return count_; }
    Value item(std::size_t i) const noexcept;
    Entry entry(std::size_t i) const noexcept;
    /// Whether the object has the member, and its value; of a doubled name the last.
    bool has(std::string_view name) const noexcept { return find(name, nullptr); }
    bool find(std::string_view name, Value* found) const noexcept;

    /// Levels of lists and objects that were built around each other by expressions.
    int depth() const noexcept { return depth_; }

private:
    static std::uint32_t size32(std::string_view text) noexcept { return static_cast<std::uint32_t>(text.size()); }
    static Value of(Kind kind) noexcept {
        Value v;
        v.kind_ = kind;
        return v;
    }

    Kind kind_;
    bool viewed_ = false;  ///< list or object of the input document
    std::uint8_t depth_ = 0;
    std::uint32_t count_ = 0;
    Type shape_ = nullptr;  ///< of what is viewed
    union {
        bool boolean_;
        Decimal decimal_;
        const char* text_;
        std::int64_t ticks_;
        const Value* items_;
        const Entry* entries_;
        const Json* json_;
        const Absence* absence_;
    };
};

struct Entry {
    std::string_view name;
    Value value;
};

struct Absence {
    std::uint32_t begin = 0, end = 0;  ///< of the step in the expression that led nowhere
    Value parent{};                    ///< what was stepped into
    std::string_view name{};           ///< the member that is not there; empty when it was an index or a function
};

/// The same kind and content; numbers by value, members in any order. Values of different kinds are different.
bool equal(const Value& a, const Value& b) noexcept;
/// A total order of everything: by kind, then by content; texts by code point.
std::strong_ordering compare(const Value& a, const Value& b) noexcept;
/// JSON on one line: decimals as numbers, dates and timestamps as ISO 8601 texts. Takes what evaluate() gives, all of
/// which can be read.
std::string to_json_text(const Value& v);
Json to_json(const Value& v);
/// What stands in a text for it; only for what a text may hold.
std::string to_text(const Value& v);
std::string iso(Day day);
/// "2026-01-14T13:05:22Z", with milliseconds when there are any.
std::string iso(Instant t);

}  // namespace brygga::mapping
