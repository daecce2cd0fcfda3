#include "mapping/lexer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/utf8.h"

namespace brygga::mapping {

namespace {

bool begins_name(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) noexcept { return begins_name(c) || is_digit(c); }

/// Longer signs first.
constexpr std::array<std::string_view, 25> tokens{"???", "??", "==", "!=", "<=", ">=", "=>", "<", ">",
                                                  "=",   "+",  "-",  "*",  "/",  "%",  ".",  ",", ":",
                                                  ";",   "(",  ")",  "[",  "]",  "{",  "}"};

/// Signs of other languages.
struct Foreign {
    std::string_view sign, write;
};
constexpr std::array<Foreign, 6> foreign{{
    {"&&", "write 'and'"},
    {"||", "write 'or'"},
    {"!", "write 'not'"},
    {"?", "write 'if c then a else b', or two of them for what may be missing"},
    {"$", "write '{…}' inside a text"},
    {"`", "texts stand in \"…\" or '…'"},
}};

}  // namespace

bool is_keyword(std::string_view word) noexcept {
    static constexpr std::array<std::string_view, 12> keywords{"and",   "else", "false", "if", "in",   "let",
                                                               "match", "not",  "null",  "or", "then", "true"};
    return std::ranges::binary_search(keywords, word);
}

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | c >> 6);
        put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3F));
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

Token Lexer::token(Token::Kind kind, std::size_t length) {
    const Span span{static_cast<std::uint32_t>(here_), static_cast<std::uint32_t>(here_ + length)};
    here_ += length;
    return {kind, span, source_.substr(span.begin, length)};
}

Token Lexer::bad(std::size_t length, std::string message, std::string suggestion) {
    message_ = std::move(message);
    suggestion_ = std::move(suggestion);
    const Token out = token(Token::Kind::bad, length);
    bad_span_ = out.span;
    return out;
}

void Lexer::skip_space() noexcept {
    for (; here_ < source_.size(); ++here_) {
        const char c = source_[here_];
        if (c == '#')
            here_ = std::min(source_.find('\n', here_), source_.size() - 1);
        else if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return;
    }
}

Token Lexer::next() {
    skip_space();
    if (here_ >= source_.size()) return token(Token::Kind::end, 0);
    const char c = source_[here_];
    if (begins_name(c)) {
        std::size_t length = 1;
        while (in_name(at(here_ + length))) ++length;
        return token(Token::Kind::name, length);
    }
    if (is_digit(c)) return number();
    if (c == '\'') return raw_text();
    if (c == '"') return token(Token::Kind::text_begin, 1);
    return sign();
}

Token Lexer::number() {
    std::size_t length = 0;
    while (is_digit(at(here_ + length))) ++length;
    // A digit has to follow the point, so that 2.abs() is a call.
    if (at(here_ + length) == '.' && is_digit(at(here_ + length + 1))) {
        ++length;
        while (is_digit(at(here_ + length))) ++length;
    }
    if (!in_name(at(here_ + length))) return token(Token::Kind::number, length);
    while (in_name(at(here_ + length))) ++length;
    return bad(length, "letters stand right behind a number", "numbers are written like 1250 or 12.50");
}

Token Lexer::raw_text() {
    for (std::size_t i = here_ + 1; i < source_.size(); ++i) {
        if (source_[i] != '\'') continue;
        if (at(i + 1) != '\'') return token(Token::Kind::raw_text, i + 1 - here_);
        ++i;
    }
    return bad(1, "this text has no end", "close it with '; a quote inside it is written ''");
}

Token Lexer::sign() {
    const std::string_view rest = source_.substr(here_);
    for (const std::string_view s : tokens)
        if (rest.starts_with(s)) return token(Token::Kind::sign, s.size());
    for (const Foreign& f : foreign)
        if (rest.starts_with(f.sign))
            return bad(f.sign.size(), fmt::format("'{}' is no sign of this language", f.sign), std::string{f.write});
    std::size_t length = 1;
    while ((static_cast<unsigned char>(at(here_ + length)) & 0xC0u) == 0x80u) ++length;
    const bool letter = static_cast<unsigned char>(rest[0]) >= 0x80;
    return bad(length, "this character has no meaning here",
               letter ? "names have letters a to z, digits and _; a member with another name is written [\"…\"]" : "");
}

TextPiece Lexer::piece(std::uint32_t from) {
    here_ = from;
    TextPiece out;
    out.span.begin = from;
    while (here_ < source_.size()) {
        const char c = source_[here_];
        out.span.end = static_cast<std::uint32_t>(here_);
        if (c == '"') {
            ++here_;
            out.end = TextPiece::End::quote;
            return out;
        }
        if (c == '{' && at(here_ + 1) != '{') {
            ++here_;
            out.end = TextPiece::End::brace;
            return out;
        }
        if (c == '\\') {
            if (!escape(out.text)) return out;
            continue;
        }
        here_ += c == '{' ? 2 : 1;
        out.text += c;
    }
    here_ = from > 0 ? from - 1 : 0;
    bad(1, "this text has no end", "close it with \"; a quote inside it is written \\\"");
    return out;
}

bool Lexer::bad_escape(std::size_t begin, std::string message, std::string suggestion) {
    const std::size_t end = std::min(here_, source_.size());
    here_ = begin;
    bad(std::max<std::size_t>(end - begin, 1), std::move(message), std::move(suggestion));
    return false;
}

bool Lexer::escape(std::string& out) {
    const std::size_t begin = here_;
    const char c = at(here_ + 1);
    here_ += 2;
    switch (c) {
        case '"':
        case '\\':
            out += c;
            return true;
        case 'n':
            out += '\n';
            return true;
        case 't':
            out += '\t';
            return true;
        case 'u':
            return code_point(out);
        default:
            while (here_ < source_.size() && (static_cast<unsigned char>(source_[here_]) & 0xC0u) == 0x80u) ++here_;
            return bad_escape(begin, "a backslash stands before \", \\, n, t or u{…}",
                              "write \\\\ for a backslash, or the text in '…'");
    }
}

bool Lexer::code_point(std::string& out) {
    const std::size_t begin = here_ - 2;
    char32_t code = 0;
    std::size_t digits = 0;
    bool closed = false;
    if (at(here_) == '{') {
        for (++here_; here_ < source_.size() && digits <= 6; ++here_) {
            const char c = source_[here_];
            const int digit = is_digit(c)            ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (digit < 0) {
                closed = c == '}' && digits > 0;
                break;
            }
            code = code * 16 + static_cast<char32_t>(digit);
            ++digits;
        }
    }
    if (closed) ++here_;
    if (!closed || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) || code == 0)
        return bad_escape(begin, "\\u{…} holds the code of a character", "write it like \\u{20AC}");
    append_utf8(out, code);
    return true;
}

}  // namespace brygga::mapping
