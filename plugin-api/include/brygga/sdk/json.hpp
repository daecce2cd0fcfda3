// Json: one JSON document (RFC 8259) whose numbers keep their text, shared by the host and by connectors.
// A plain value; reading from several threads is safe, writing is not. The parser bounds depth and size,
// accepts only valid UTF-8 and never converts a number to binary floating point.
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
    static Json array(std::initializer_list<Json> items);
    static Json object();
    static Json object(std::initializer_list<Member> members);

    /// Nothing when the text is not one JSON document within the limits; `error` then says where and why.
    static std::optional<Json> parse(std::string_view text, JsonError* error = nullptr, const JsonLimits& limits = {});

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

    explicit Json(Array items);
    void write(std::string& out, int indent, int level) const;

    std::variant<std::nullptr_t, bool, Number, std::string, Array, Object> data_;
};

struct Json::Member {
    std::string name;
    Json value;
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
inline Json::Json(Array items) : data_{std::move(items)} {}
inline Json::Json(const Json&) = default;
inline Json::Json(Json&&) noexcept = default;
inline Json& Json::operator=(const Json&) = default;
inline Json& Json::operator=(Json&&) noexcept = default;
inline Json::~Json() = default;

inline Json Json::array() { return Json{Array{}}; }
inline Json Json::array(std::initializer_list<Json> items) { return Json{Array{items}}; }
inline Json Json::object() {
    Json j;
    j.data_ = Object{};
    return j;
}
inline Json Json::object(std::initializer_list<Member> members) {
    Json j;
    j.data_ = Object{members};
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
    for (const Json::Member& m : a.members()) {
        const Json* other = b.find(m.name);
        if (!other || !(m.value == *other)) return false;
    }
    return true;
}

inline void Json::append_quoted(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, start, i - start);
        start = i + 1;
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

class Json::Parser {
public:
    Parser(std::string_view text, const JsonLimits& limits) : text_{text}, limits_{limits} {}

    std::optional<Json> run(JsonError* error) {
        std::optional<Json> result;
        if (text_.size() > limits_.bytes) {
            fail("the document is too large");
        } else {
            Json value;
            space();
            if (parse(value, 0)) {
                space();
                if (at_ != text_.size())
                    fail("text after the end of the document");
                else
                    result = std::move(value);
            }
        }
        if (!result && error) *error = {at_, message_};
        return result;
    }

private:
    bool fail(const char* message) {
        if (!message_[0]) message_ = message;
        return false;
    }
    bool end() const noexcept { return at_ >= text_.size(); }
    char peek() const noexcept { return end() ? '\0' : text_[at_]; }
    void space() noexcept {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
            ++at_;
    }
    bool word(std::string_view w) {
        if (text_.substr(at_, w.size()) != w) return fail("unknown word");
        at_ += w.size();
        return true;
    }

    bool parse(Json& out, int depth) {
        if (depth > limits_.depth) return fail("nested too deeply");
        if (end()) return fail("the document ends too early");
        switch (peek()) {
            case 'n':
                return word("null");
            case 't':
                out.data_ = true;
                return word("true");
            case 'f':
                out.data_ = false;
                return word("false");
            case '"':
                return string(out.data_.emplace<std::string>());
            case '[':
                return list(out.data_.emplace<Array>(), depth);
            case '{':
                return object(out.data_.emplace<Object>(), depth);
            default:
                return number(out);
        }
    }

    bool digits() {
        const std::size_t start = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ > start || fail("a digit was expected");
    }
    bool number(Json& out) {
        const std::size_t start = at_;
        if (peek() == '-') ++at_;
        if (peek() == '0')
            ++at_;
        else if (!digits())
            return fail("a value was expected");
        if (peek() == '.') {
            ++at_;
            if (!digits()) return false;
        }
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            if (!digits()) return false;
        }
        if (at_ - start > limits_.number_length) return fail("a number is too long");
        out.data_ = Number{std::string{text_.substr(start, at_ - start)}};
        return true;
    }

    bool list(Array& out, int depth) {
        ++at_;
        space();
        if (peek() == ']') return ++at_, true;
        for (;;) {
            space();
            if (!parse(out.emplace_back(), depth + 1)) return false;
            space();
            if (peek() == ',') {
                ++at_;
            } else if (peek() == ']') {
                return ++at_, true;
            } else {
                return fail("',' or ']' was expected");
            }
        }
    }
    bool object(Object& out, int depth) {
        ++at_;
        space();
        if (peek() == '}') return ++at_, true;
        for (;;) {
            space();
            if (peek() != '"') return fail("a member name was expected");
            Member& m = out.emplace_back();
            if (!string(m.name)) return false;
            space();
            if (peek() != ':') return fail("':' was expected");
            ++at_;
            space();
            if (!parse(m.value, depth + 1)) return false;
            space();
            if (peek() == ',') {
                ++at_;
            } else if (peek() == '}') {
                return ++at_, true;
            } else {
                return fail("',' or '}' was expected");
            }
        }
    }

    bool string(std::string& out) {
        ++at_;
        std::size_t start = at_;
        for (;;) {
            if (end()) return fail("a string does not end");
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') {
                out.append(text_, start, at_ - start);
                ++at_;
                return true;
            }
            if (c == '\\') {
                out.append(text_, start, at_ - start);
                ++at_;
                if (!escape(out)) return false;
                start = at_;
            } else if (c < 0x20) {
                return fail("a control character in a string");
            } else if (c < 0x80) {
                ++at_;
            } else if (!utf8()) {
                return fail("invalid UTF-8");
            }
        }
    }
    // RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
    bool utf8() noexcept {
        const auto byte = [&](std::size_t i) -> unsigned {
            return at_ + i < text_.size() ? static_cast<unsigned char>(text_[at_ + i]) : 0u;
        };
        const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
        const unsigned a = byte(0), b = byte(1);
        std::size_t length = 0;
        if (a >= 0xC2 && a <= 0xDF)
            length = 2;
        else if (a >= 0xE0 && a <= 0xEF && !(a == 0xE0 && b < 0xA0) && !(a == 0xED && b > 0x9F))
            length = 3;
        else if (a >= 0xF0 && a <= 0xF4 && !(a == 0xF0 && b < 0x90) && !(a == 0xF4 && b > 0x8F))
            length = 4;
        if (length == 0) return false;
        for (std::size_t i = 1; i < length; ++i)
            if (!tail(i)) return false;
        at_ += length;
        return true;
    }
    bool hex4(unsigned& code) {
        code = 0;
        for (int i = 0; i < 4; ++i, ++at_) {
            const char c = peek();
            code <<= 4;
            if (c >= '0' && c <= '9')
                code |= static_cast<unsigned>(c - '0');
            else if (c >= 'a' && c <= 'f')
                code |= static_cast<unsigned>(c - 'a' + 10);
            else if (c >= 'A' && c <= 'F')
                code |= static_cast<unsigned>(c - 'A' + 10);
            else
                return fail("four hexadecimal digits were expected");
        }
        return true;
    }
    bool escape(std::string& out) {
        if (end()) return fail("a string does not end");
        const char c = peek();
        ++at_;
        switch (c) {
            case '"':
            case '\\':
            case '/':
                out += c;
                return true;
            case 'b':
                out += '\b';
                return true;
            case 'f':
                out += '\f';
                return true;
            case 'n':
                out += '\n';
                return true;
            case 'r':
                out += '\r';
                return true;
            case 't':
                out += '\t';
                return true;
            case 'u':
                break;
            default:
                return fail("unknown escape");
        }
        unsigned code = 0;
        if (!hex4(code)) return false;
        if (code >= 0xD800 && code <= 0xDBFF && text_.substr(at_, 2) == "\\u") {
            const std::size_t back = at_;
            at_ += 2;
            unsigned low = 0;
            if (!hex4(low)) return false;
            if (low >= 0xDC00 && low <= 0xDFFF)
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            else
                at_ = back;
        }
        // A lone surrogate names no character; vendors cut strings in the middle of one.
        if (code >= 0xD800 && code <= 0xDFFF) code = 0xFFFD;
        if (code < 0x80) {
            out += static_cast<char>(code);
        } else if (code < 0x800) {
            out += static_cast<char>(0xC0 | (code >> 6));
            out += static_cast<char>(0x80 | (code & 0x3F));
        } else if (code < 0x10000) {
            out += static_cast<char>(0xE0 | (code >> 12));
            out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
            out += static_cast<char>(0x80 | (code & 0x3F));
        } else {
            out += static_cast<char>(0xF0 | (code >> 18));
            out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
            out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
            out += static_cast<char>(0x80 | (code & 0x3F));
        }
        return true;
    }

    std::string_view text_;
    const JsonLimits& limits_;
    std::size_t at_ = 0;
    const char* message_ = "";
};

inline std::optional<Json> Json::parse(std::string_view text, JsonError* error, const JsonLimits& limits) {
    return Parser{text, limits}.run(error);
}

}  // namespace brygga
