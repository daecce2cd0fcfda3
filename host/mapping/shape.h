// Shape: what is known of a value before a record is there: its kind, the members of an object, the items of a list.
// Immutable and shared; shapes of entities are constants of the program. An object without members is one of which
// nothing is known. Never decides what a value is: only how a text or number of a typed document is read.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace brygga::mapping {

enum class Kind : std::uint8_t {
    missing,  ///< a path that is not there
    null,
    boolean,
    decimal,
    string,
    date,
    timestamp,
    list,
    object,
    too_long,  ///< a number of the input with more digits than a decimal has
    no_time,   ///< a text of the input where a time should be
    stopped,   ///< an error, fail, skip, hold or limit is on its way out
    any,       ///< of a shape: nothing is known
    never,     ///< of a shape: there is no value (fail, skip, hold)
};

struct Shape;
struct Member {
    std::string_view name;
    const Shape* shape;
};

struct Shape {
    Kind kind = Kind::any;
    std::span<const Member> members{};  ///< of an object; none: open
    const Shape* item = nullptr;        ///< of a list

    const Shape* member(std::string_view name) const noexcept;
    bool known() const noexcept { return kind != Kind::any && kind != Kind::never; }
};
/// Never null.
using Type = const Shape*;

namespace shapes {
inline constexpr Shape any{Kind::any}, never{Kind::never}, null{Kind::null}, boolean{Kind::boolean},
    decimal{Kind::decimal}, string{Kind::string}, date{Kind::date}, timestamp{Kind::timestamp}, object{Kind::object};
inline constexpr Shape list{Kind::list, {}, &any}, texts{Kind::list, {}, &string}, decimals{Kind::list, {}, &decimal};

/// The canonical order, as plugin-api/schema/order.schema.json has it, with what is computed: totals, delivery (the
/// address of the delivery, that of the invoice when they are the same) and tax_country.
const Shape& order() noexcept;
/// "order" and what else has a shape; null for other names.
const Shape* entity(std::string_view type) noexcept;
std::span<const std::string_view> entities() noexcept;
}  // namespace shapes

/// What a value is that may be the one or the other.
Type join(Type a, Type b) noexcept;

/// For people: "a text", "a number", "a list".
std::string_view name_of(Kind kind) noexcept;

}  // namespace brygga::mapping
