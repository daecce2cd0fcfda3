// Reader: walks a JSON document with the pointer of where it is and notes what is wrong there.
// For one thread and one document; used by manifest.cpp and capabilities.cpp only. Never throws on content.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "brygga/sdk/json.hpp"

namespace brygga::schema {

/// What was found; shared by all readers of one document.
struct Findings {
    std::vector<std::string> errors, warnings;
};

class Reader {
public:
    Reader(const Json& value, std::string pointer, Findings& findings)
        : value_{&value}, pointer_{std::move(pointer)}, findings_{&findings} {}

    const Json& value() const noexcept { return *value_; }
    bool absent() const noexcept { return value_->is_null(); }
    void wrong(std::string_view reason) const;
    void warn(std::string_view reason) const;

    /// This value as an object; names other than these are a warning with the nearest one.
    bool object(std::initializer_list<std::string_view> names) const;
    bool any_object() const;
    Reader operator[](std::string_view name) const;
    Reader at(std::size_t index) const;

    std::string text(std::size_t most = 2000) const;          ///< absent: empty
    std::string required_text(std::size_t most = 200) const;  ///< absent or empty is an error
    bool boolean(bool fallback) const;
    int integer(int fallback, int least, int most) const;
    std::optional<int> optional_integer(int least, int most) const;
    std::vector<std::string> texts() const;  ///< an array of non-empty strings
    /// The index of the text among `names`; absent: fallback.
    std::size_t one_of(std::span<const std::string_view> names, std::size_t fallback) const;
    /// Calls body with a reader for every item or member.
    template <class Body>
    void each_item(Body&& body) const {
        if (absent()) return;
        if (!value_->is_array()) return wrong("must be an array");
        for (std::size_t i = 0; i < value_->size(); ++i) body(at(i));
    }
    template <class Body>
    void each_member(Body&& body) const {
        if (absent() || !any_object()) return;
        for (const Json::Member& m : value_->members()) body(std::string_view{m.name}, (*this)[m.name]);
    }

private:
    const Json* value_;
    std::string pointer_;
    Findings* findings_;
};

/// "a, b, c"
std::string join(std::span<const std::string_view> names);

}  // namespace brygga::schema
