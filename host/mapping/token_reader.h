// TokenReader: the parser's place in its expression, and the first thing that was wrong. Base of the parser, used
// by nothing else. After an error it stands still in meaning: whoever reads on keeps that first error.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "mapping/lexer.h"
#include "mapping/source.h"

namespace brygga::mapping {

class TokenReader {
protected:
    explicit TokenReader(const Source& source) : source_{source}, lexer_{source.text} { advance(); }

    void advance();
    /// Whether the sign or word stood here; it is then read.
    bool take(std::string_view sign);

    /// Notes the first error; always null, which stands for "no node".
    std::nullptr_t fail(Span at, std::string message, std::string suggestion = {});
    std::nullptr_t fail_lexer() { return fail(lexer_.bad_span(), lexer_.message(), lexer_.suggestion()); }
    /// `expected` is empty where the expression might have ended.
    std::nullptr_t fail_expecting(std::string_view expected, std::string suggestion);

    const Source& source_;
    Lexer lexer_;
    Token token_;
    Span previous_;  ///< of the token before
    std::optional<Diagnostic> error_;
};

}  // namespace brygga::mapping
