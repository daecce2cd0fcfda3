// The parser behind Json::parse(); json.hpp includes it. A pure function of its text, safe on any thread: it bounds
// size, depth and the length of numbers, and never calls itself deeper than the depth allows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga {

class Json::Parser {
public:
    Parser(std::string_view text, const JsonLimits& limits) : text_{text}, limits_{limits} {}
    /// Of the outermost object this member is only checked; its text is left in `left`.
    void leave(std::string_view member, std::string_view& left) {
        left_member_ = member;
        left_ = &left;
    }

    std::optional<Json> run(JsonError* error) {
        std::optional<Json> result;
        if (text_.size() > limits_.bytes) {
            fail("the document is too large");
        } else {
            Json value;
            space();
            if (parse(&value, 0)) {
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

    // Without a place to put it in, a value is only checked.
    bool parse(Json* out, int depth) {
        if (depth > limits_.depth) return fail("nested too deeply");
        if (end()) return fail("the document ends too early");
        switch (peek()) {
            case 'n':
                return word("null");
            case 't':
                if (out) out->data_ = true;
                return word("true");
            case 'f':
                if (out) out->data_ = false;
                return word("false");
            case '"':
                return string(out ? &out->data_.emplace<std::string>() : nullptr);
            case '[':
                return list(out ? &out->data_.emplace<Array>() : nullptr, depth);
            case '{':
                return object(out ? &out->data_.emplace<Object>() : nullptr, depth);
            default:
                return number(out);
        }
    }

    bool digits() {
        const std::size_t start = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ > start || fail("a digit was expected");
    }
    bool number(Json* out) {
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
        if (out) out->data_ = Number{std::string{text_.substr(start, at_ - start)}};
        return true;
    }

    bool list(Array* out, int depth) {
        ++at_;
        space();
        if (peek() == ']') return ++at_, true;
        for (;;) {
            space();
            if (!parse(out ? &out->emplace_back() : nullptr, depth + 1)) return false;
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
    bool object(Object* out, int depth) {
        ++at_;
        space();
        if (peek() == '}') return ++at_, true;
        if (out) out->reserve(8);
        for (;;) {
            space();
            if (peek() != '"') return fail("a member name was expected");
            Member* m = out ? &out->emplace_back() : nullptr;
            if (!string(m ? &m->name : nullptr)) return false;
            space();
            if (peek() != ':') return fail("':' was expected");
            ++at_;
            space();
            if (!(left_ && depth == 0 && m->name == left_member_ ? leave_value()
                                                                 : parse(m ? &m->value : nullptr, depth + 1)))
                return false;
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

    bool leave_value() {
        const std::size_t start = at_;
        if (!parse(nullptr, 1)) return false;
        *left_ = text_.substr(start, at_ - start);
        return true;
    }

    bool string(std::string* out) {
        ++at_;
        std::size_t start = at_;
        for (;;) {
            at_ = json_plain_end(text_, at_);
            if (end()) return fail("a string does not end");
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') {
                if (out) out->append(text_, start, at_ - start);
                ++at_;
                return true;
            }
            if (c == '\\') {
                if (out) out->append(text_, start, at_ - start);
                ++at_;
                if (!escape(out)) return false;
                start = at_;
            } else if (c < 0x20) {
                return fail("a control character in a string");
            } else if (const std::size_t length = utf8_length(text_, at_)) {
                at_ += length;
            } else {
                return fail("invalid UTF-8");
            }
        }
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
    bool escape(std::string* out) {
        if (end()) return fail("a string does not end");
        const char c = peek();
        ++at_;
        switch (c) {
            case '"':
            case '\\':
            case '/':
                if (out) *out += c;
                return true;
            case 'b':
                if (out) *out += '\b';
                return true;
            case 'f':
                if (out) *out += '\f';
                return true;
            case 'n':
                if (out) *out += '\n';
                return true;
            case 'r':
                if (out) *out += '\r';
                return true;
            case 't':
                if (out) *out += '\t';
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
        if (!out) return true;
        if (code < 0x80) {
            *out += static_cast<char>(code);
        } else if (code < 0x800) {
            *out += static_cast<char>(0xC0 | (code >> 6));
            *out += static_cast<char>(0x80 | (code & 0x3F));
        } else if (code < 0x10000) {
            *out += static_cast<char>(0xE0 | (code >> 12));
            *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
            *out += static_cast<char>(0x80 | (code & 0x3F));
        } else {
            *out += static_cast<char>(0xF0 | (code >> 18));
            *out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
            *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
            *out += static_cast<char>(0x80 | (code & 0x3F));
        }
        return true;
    }

    std::string_view text_;
    const JsonLimits& limits_;
    std::size_t at_ = 0;
    const char* message_ = "";
    std::string_view left_member_;
    std::string_view* left_ = nullptr;
};

inline std::optional<Json> Json::parse(std::string_view text, JsonError* error, const JsonLimits& limits) {
    return Parser{text, limits}.run(error);
}

inline std::optional<Json> Json::parse_leaving(std::string_view text, std::string_view member, std::string_view& left,
                                               JsonError* error, const JsonLimits& limits) {
    left = {};
    Parser parser{text, limits};
    parser.leave(member, left);
    return parser.run(error);
}

}  // namespace brygga
