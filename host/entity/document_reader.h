// Reader: reads the typed members of one canonical document and keeps the first thing that is wrong with it. Lives on
// the stack of a parse function; pure, bounded. What it says names the record and the member, never a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "brygga/sdk/json.hpp"

namespace brygga::entity {

inline constexpr std::size_t code_bytes = 200, text_bytes = 1000, long_bytes = 64u << 10;

class Reader {
public:
    /// record: how messages begin, "Order 1042". code: of the error, "order.invalid".
    Reader(std::string record, std::string code) : record_{std::move(record)}, code_{std::move(code)} {}

    bool ok() const noexcept { return !error_; }
    Error error() && { return std::move(*error_); }

    void fail(std::string_view at, std::string_view name, std::string_view expected);

    /// Absent, null and empty are the same.
    std::string text(const Json& from, std::string_view at, std::string_view name, std::size_t limit = code_bytes);
    /// Ids may come as numbers.
    std::string id(const Json& from, std::string_view at, std::string_view name);
    std::string required_id(const Json& from, std::string_view name);
    bool boolean(const Json& from, std::string_view name, bool required);
    std::optional<Decimal> number(const Json& from, std::string_view at, std::string_view name, std::int64_t limit);
    Decimal required_number(const Json& from, std::string_view at, std::string_view name, std::int64_t limit);
    Instant instant(const Json& from, std::string_view name, std::optional<Instant> fallback);
    const Json& object(const Json& from, std::string_view name, bool required);
    template <class Enum>
    Enum choice(const Json& from, std::string_view at, std::string_view name, Enum last) {
        const std::string_view value = from[name].string();
        for (int i = 0; i <= static_cast<int>(last); ++i)
            if (to_string(static_cast<Enum>(i)) == value) return static_cast<Enum>(i);
        std::string names;
        for (int i = 0; i <= static_cast<int>(last); ++i)
            names.append(i == 0 ? "" : ", ").append(to_string(static_cast<Enum>(i)));
        fail(at, name, "one of " + names);
        return last;
    }

private:
    std::string checked_text(const Json& value, std::string_view at, std::string_view name, std::size_t limit,
                             bool right_kind);

    std::string record_, code_;
    std::optional<Error> error_;
};

/// "Order 1042", of a document that may be hostile: it shows no more than a short number. kind: "Order". unnamed: what
/// stands for one without number and id.
std::string record_name(const Json& document, std::string_view kind, std::string unnamed);

bool all_capitals(std::string_view text, std::size_t length);

/// Sets a member unless there is nothing to set.
inline void put(Json& into, std::string_view name, const std::string& text) {
    if (!text.empty()) into.set(name, text);
}

}  // namespace brygga::entity
