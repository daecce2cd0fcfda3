// Lexer: the words and signs of an expression, one at a time. Used by the parser only. A text in double quotes is read
// in pieces, because any expression may stand in its braces; the parser asks for the next piece.
#pragma once

#include <string>
#include <string_view>

#include "mapping/source.h"

namespace brygga::mapping {

struct Token {
    enum class Kind : std::uint8_t {
        end,
        name,
        number,
        raw_text,    ///< '...', with its quotes
        text_begin,  ///< the quote that opens a text
        sign,
        bad,  ///< the lexer's message() says why
    };
    Kind kind = Kind::end;
    Span span;
    std::string_view text;

    bool is(std::string_view word) const noexcept { return (kind == Kind::sign || kind == Kind::name) && text == word; }
};

/// A part of a text in double quotes, up to its end or the next brace.
struct TextPiece {
    enum class End : std::uint8_t { quote, brace, bad };
    std::string text;  ///< decoded
    Span span;
    End end = End::bad;
};

class Lexer {
public:
    explicit Lexer(std::string_view source) noexcept : source_{source} {}

    Token next();
    /// From behind the opening quote, or behind a closing brace that ends at `from`.
    TextPiece piece(std::uint32_t from);

    /// Why a token or a piece is bad, and where.
    const std::string& message() const noexcept { return message_; }
    const std::string& suggestion() const noexcept { return suggestion_; }
    Span bad_span() const noexcept { return bad_span_; }

private:
    char at(std::size_t i) const noexcept { return i < source_.size() ? source_[i] : '\0'; }
    Token token(Token::Kind kind, std::size_t length);
    Token bad(std::size_t length, std::string message, std::string suggestion);
    void skip_space() noexcept;
    Token number();
    Token raw_text();
    Token sign();
    bool escape(std::string& out);
    bool code_point(std::string& out);
    bool bad_escape(std::size_t begin, std::string message, std::string suggestion);

    std::string_view source_;
    std::size_t here_ = 0;
    std::string message_, suggestion_;
    Span bad_span_;
};

bool is_keyword(std::string_view word) noexcept;
void append_utf8(std::string& out, char32_t c);

}  // namespace brygga::mapping
