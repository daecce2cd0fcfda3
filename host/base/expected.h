// Expected<T>: a value or the Error that stands in its place; the subset of C++23's std::expected that the
// host uses. A plain value without threads. Reading the wrong side is a programming error.
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

#include "base/error.h"

namespace brygga {

template <class T, class E = Error>
class [[nodiscard]] Expected {
public:
    using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

    Expected() requires std::is_default_constructible_v<Value> : data_{std::in_place_index<0>} {}
    Expected(Value value) requires(!std::is_void_v<T>) : data_{std::in_place_index<0>, std::move(value)} {}
    Expected(E error) : data_{std::in_place_index<1>, std::move(error)} {}

    bool ok() const noexcept { return data_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    Value& value() & { return std::get<0>(data_); }
    const Value& value() const& { return std::get<0>(data_); }
    Value&& value() && { return std::get<0>(std::move(data_)); }
    Value& operator*() & { return value(); }
    const Value& operator*() const& { return value(); }
    Value&& operator*() && { return std::move(*this).value(); }
    Value* operator->() { return &value(); }
    const Value* operator->() const { return &value(); }

    E& error() & { return std::get<1>(data_); }
    const E& error() const& { return std::get<1>(data_); }
    E&& error() && { return std::get<1>(std::move(data_)); }

private:
    std::variant<Value, E> data_;
};

}  // namespace brygga
