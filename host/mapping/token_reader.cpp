#include "mapping/token_reader.h"

#include <fmt/format.h>

namespace brygga::mapping {

void TokenReader::advance() {
    previous_ = token_.span;
    token_ = lexer_.next();
    if (token_.kind == Token::Kind::bad) fail_lexer();
}

bool TokenReader::take(std::string_view sign) {
    if (!token_.is(sign)) return false;
    advance();
    return true;
}

std::nullptr_t TokenReader::fail(Span at, std::string message, std::string suggestion) {
    if (!error_) error_ = diagnose(source_, at, std::move(message), std::move(suggestion));
    return nullptr;
}

std::nullptr_t TokenReader::fail_expecting(std::string_view expected, std::string suggestion) {
    if (token_.kind == Token::Kind::end)
        return fail(token_.span, fmt::format("expected {}, but the expression ends", expected));
    const std::string sign = quoted(source_, token_.span);
    return fail(token_.span,
                expected.empty() ? fmt::format("'{}' does not continue this expression", sign)
                                 : fmt::format("expected {}, not '{}'", expected, sign),
                std::move(suggestion));
}

}  // namespace brygga::mapping
