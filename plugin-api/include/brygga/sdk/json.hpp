// Json: one JSON document (RFC 8259) whose numbers keep their text, shared by the host and by connectors.
// A plain value; reading from several threads is safe, writing is not. The parser bounds depth and size,
// accepts only valid UTF-8 and never converts a number to binary floating point; what is written is valid UTF-8 too.
// Members keep their order; a name that occurs twice is read as its last value.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "brygga/sdk/decimal.hpp"
#include "brygga/sdk/utf8.hpp"

namespace brygga {

struct JsonLimits {
    std::size_t bytes = 64u << 20;
    int depth = 64;
    std::size_t number_length = 128;
};

struct JsonError {
    std::size_t offset = 0;  ///< byte offset into the text
    std::string message;     ///< for people, without any part of the document
};

class Json {
public:
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
    struct Member;
    struct Item;
    struct NamedItem;
    using Array = std::vector<Json>;
    using Object = std::vector<Member>;

    Json() noexcept;
    Json(std::nullptr_t) noexcept;
    Json(std::same_as<bool> auto value);
    Json(std::integral auto value) requires(!std::same_as<decltype(value), bool>);
    Json(const Decimal& value);
    Json(std::string value);
    Json(std::string_view value);
    Json(const char* value);
    Json(const Json&);
    Json(Json&&) noexcept;
    Json& operator=(const Json&);
    Json& operator=(Json&&) noexcept;
    ~Json();

    static Json array();
    static Json array(std::initializer_list<Item> items);
    static Json object();
    static Json object(std::initializer_list<NamedItem> members);

    /// Nothing when the text is not one JSON document within the limits; `error` then says where and why.
    static std::optional<Json> parse(std::string_view text, JsonError* error = nullptr, const JsonLimits& limits = {});
    /// The same of an object with one member that is checked but not read: it is null, `left` is its text; empty when
    /// there is none.
    static std::optional<Json> parse_leaving(std::string_view text, std::string_view member, std::string_view& left,
                                             JsonError* error = nullptr, const JsonLimits& limits = {});

    Kind kind() const noexcept { return static_cast<Kind>(data_.index()); }
    bool is_null() const noexcept { return kind() == Kind::null; }
    bool is_boolean() const noexcept { return kind() == Kind::boolean; }
    bool is_number() const noexcept { return kind() == Kind::number; }
    bool is_string() const noexcept { return kind() == Kind::string; }
    bool is_array() const noexcept { return kind() == Kind::array; }
    bool is_object() const noexcept { return kind() == Kind::object; }

    bool boolean(bool fallback = false) const noexcept {
        const bool* b = std::get_if<bool>(&data_);
        return b ? *b : fallback;
    }
    /// The text of a string; of anything else the fallback.
    std::string_view string(std::string_view fallback = {}) const noexcept {
        const std::string* s = std::get_if<std::string>(&data_);
        return s ? std::string_view{*s} : fallback;
    }
    /// The text of a string, or of a number as written; of anything else nothing. For ids, whose type wavers.
    std::string_view text() const noexcept {
        if (const Number* n = std::get_if<Number>(&data_)) return n->text;
        return string();
    }
    /// The exact value of a number within Decimal's range.
    std::optional<Decimal> decimal() const noexcept {
        const Number* n = std::get_if<Number>(&data_);
        return n ? Decimal::parse(n->text) : std::nullopt;
    }
    std::optional<std::int64_t> integer() const noexcept {
        const auto d = decimal();
        return d ? d->units(0) : std::nullopt;
    }
    std::int64_t integer(std::int64_t fallback) const noexcept { return integer().value_or(fallback); }

    /// Items of an array; empty for anything else.
    const Array& items() const noexcept {
        static const Array none;
        const Array* a = std::get_if<Array>(&data_);
        return a ? *a : none;
    }
    /// Members of an object in document order; empty for anything else.
    const Object& members() const noexcept;
    std::size_t size() const noexcept;

    /// The member's value, or null pointer when this is no object or has no such member.
    const Json* find(std::string_view name) const noexcept;
    Json* find(std::string_view name) noexcept;
    bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
    /// The member's value, or JSON null when it is absent.
    const Json& operator[](std::string_view name) const noexcept {
        static const Json null;
        const Json* value = find(name);
        return value ? *value : null;
    }
    const Json& operator[](const char* name) const noexcept { return (*this)[std::string_view{name}]; }
    /// The item, or JSON null when the index is out of range.
    const Json& at(std::size_t index) const noexcept {
        static const Json null;
        return index < items().size() ? items()[index] : null;
    }

    /// Sets or replaces a member; anything but an object becomes one first.
    Json& set(std::string_view name, Json value);
    /// The member for writing, created as null when absent.
    Json& member(std::string_view name);
    bool erase(std::string_view name);
    /// Appends to an array; anything but an array becomes one first.
    Json& push(Json value);
    Array& items_for_writing();

    /// Compact text; numbers as they were read.
    std::string dump() const {
        std::string out;
        write(out, -1, 0);
        return out;
    }
    std::string pretty() const {
        std::string out;
        write(out, 2, 0);
        return out;
    }
    void append_to(std::string& out) const { write(out, -1, 0); }
    static void append_quoted(std::string& out, std::string_view text);

    /// Same kind and content; numbers by value, members in any order.
    friend bool operator==(const Json& a, const Json& b);

private:
    struct Number {
        std::string text;
    };
    class Parser;

    void write(std::string& out, int indent, int level) const;

    std::variant<std::nullptr_t, bool, Number, std::string, Array, Object> data_;
};

struct Json::Member {
    std::string name;
    Json value;
};

// Elements of an initializer list are const; mutable lets a new document take them without a copy.
struct Json::Item {
    template <std::convertible_to<Json> Value>
    // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): an Item is no Json, so copies and moves stay its own
    Item(Value&& content) : value(std::forward<Value>(content)) {}
    mutable Json value;
};
struct Json::NamedItem {
    std::string_view name;
    mutable Json value;
};

// Out of the class: only here is Member complete.
inline Json::Json() noexcept : data_{nullptr} {}
inline Json::Json(std::nullptr_t) noexcept : data_{nullptr} {}
inline Json::Json(std::same_as<bool> auto value) : data_{static_cast<bool>(value)} {}
inline Json::Json(std::integral auto value) requires(!std::same_as<decltype(value), bool>)
    : data_{Number{std::to_string(value)}} {}
inline Json::Json(const Decimal& value) : data_{Number{value.text()}} {}
inline Json::Json(std::string value) : data_{std::move(value)} {}
inline Json::Json(std::string_view value) : data_{std::string{value}} {}
inline Json::Json(const char* value) : data_{std::string{value}} {}
inline Json::Json(const Json&) = default;
inline Json::Json(Json&&) noexcept = default;
inline Json& Json::operator=(const Json&) = default;
inline Json& Json::operator=(Json&&) noexcept = default;
inline Json::~Json() = default;

inline Json Json::array() { return array({}); }
inline Json Json::array(std::initializer_list<Item> items) {
    Json j;
    Array& own = j.data_.emplace<Array>();
    own.reserve(items.size());
    for (const Item& item : items) own.push_back(std::move(item.value));
    return j;
}
inline Json Json::object() { return object({}); }
inline Json Json::object(std::initializer_list<NamedItem> members) {
    Json j;
    Object& own = j.data_.emplace<Object>();
    own.reserve(members.size());
    for (const NamedItem& member : members) own.push_back({std::string{member.name}, std::move(member.value)});
    return j;
}
inline const Json::Object& Json::members() const noexcept {
    static const Object none;
    const Object* o = std::get_if<Object>(&data_);
    return o ? *o : none;
}
inline std::size_t Json::size() const noexcept { return is_array() ? items().size() : members().size(); }

inline const Json* Json::find(std::string_view name) const noexcept {
    const Object* o = std::get_if<Object>(&data_);
    if (!o) return nullptr;
    for (std::size_t i = o->size(); i-- > 0;)
        if ((*o)[i].name == name) return &(*o)[i].value;
    return nullptr;
}
inline Json* Json::find(std::string_view name) noexcept { return const_cast<Json*>(std::as_const(*this).find(name)); }

inline Json& Json::member(std::string_view name) {
    if (!is_object()) data_ = Object{};
    if (Json* existing = find(name)) return *existing;
    return std::get<Object>(data_).emplace_back(Member{std::string{name}, Json{}}).value;
}
inline Json& Json::set(std::string_view name, Json value) {
    member(name) = std::move(value);
    return *this;
}
inline bool Json::erase(std::string_view name) {
    Object* o = std::get_if<Object>(&data_);
    return o && std::erase_if(*o, [&](const Member& m) { return m.name == name; }) > 0;
}
inline Json::Array& Json::items_for_writing() {
    if (!is_array()) data_ = Array{};
    return std::get<Array>(data_);
}
inline Json& Json::push(Json value) {
    items_for_writing().push_back(std::move(value));
    return *this;
}

inline bool operator==(const Json& a, const Json& b) {
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
        case Json::Kind::null:
            return true;
        case Json::Kind::boolean:
            return a.boolean() == b.boolean();
        case Json::Kind::number: {
            const auto x = a.decimal(), y = b.decimal();
            return x && y ? *x == *y : a.text() == b.text();
        }
        case Json::Kind::string:
            return a.string() == b.string();
        case Json::Kind::array:
            return a.items() == b.items();
        case Json::Kind::object:
            break;
    }
    if (a.size() != b.size()) return false;
    // By name and both ways: a name that stands twice counts with its last value.
    for (const Json::Member& m : a.members()) {
        const Json* other = b.find(m.name);
        if (!other || !(a[m.name] == *other)) return false;
    }
    for (const Json::Member& m : b.members())
        if (!a.has(m.name)) return false;
    return true;
}

inline void Json::append_quoted(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
    std::size_t start = 0;
    for (std::size_t i = 0; (i = json_plain_end(text, i)) < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (const std::size_t length = c < 0x80 ? 0 : utf8_length(text, i)) {
            i += length;
            continue;
        }
        out.append(text, start, i - start);
        start = ++i;
        if (c >= 0x80) {
            out += "\xEF\xBF\xBD";
            continue;
        }
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                out += "\\u00";
                out += hex[c >> 4];
                out += hex[c & 15];
        }
    }
    out.append(text, start);
    out += '"';
}

inline void Json::write(std::string& out, int indent, int level) const {
    const auto line = [&](int depth) {
        if (indent < 0) return;
        out += '\n';
        out.append(static_cast<std::size_t>(indent * depth), ' ');
    };
    switch (kind()) {
        case Kind::null:
            out += "null";
            return;
        case Kind::boolean:
            out += boolean() ? "true" : "false";
            return;
        case Kind::number:
            out += text();
            return;
        case Kind::string:
            append_quoted(out, string());
            return;
        case Kind::array: {
            out += '[';
            bool first = true;
            for (const Json& item : items()) {
                if (!first) out += ',';
                first = false;
                line(level + 1);
                item.write(out, indent, level + 1);
            }
            if (!first) line(level);
            out += ']';
            return;
        }
        case Kind::object: {
            out += '{';
            bool first = true;
            for (const Member& m : members()) {
                if (!first) out += ',';
                first = false;
                line(level + 1);
                append_quoted(out, m.name);
                out += indent < 0 ? ":" : ": ";
                m.value.write(out, indent, level + 1);
            }
            if (!first) line(level);
            out += '}';
        }
    }
}

}  // namespace brygga

#include "brygga/sdk/json_parser.hpp"  // IWYU pragma: export
