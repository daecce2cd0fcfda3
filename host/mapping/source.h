// Source: the text of one expression and where it stands in its file; Diagnostic: what is wrong with it, for people.
// Plain values, pure, safe on any thread. A diagnostic shows the expression, which is configuration, and never a
// value of a record, which may be personal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace brygga::mapping {

/// Longest expression in bytes.
inline constexpr std::size_t max_source = 64u << 10;
/// How deep expressions nest: brackets, calls, texts in texts, branches.
inline constexpr int max_depth = 64;

/// Bytes [begin, end) of an expression.
struct Span {
    std::uint32_t begin = 0, end = 0;
};

struct Source {
    std::string text;
    std::string file = "expression";
    int line = 1, column = 1;  ///< of the first character in its file
};

struct Diagnostic {
    std::string file;
    int line = 0, column = 0;  ///< column in characters, from 1
    std::string message;       ///< what is wrong
    std::string suggestion;    ///< what to write instead; may be empty
    std::string line_text;     ///< the line of the expression, cut when long
    int mark_at = 0, mark_length = 1;
};
using Diagnostics = std::vector<Diagnostic>;

Diagnostic diagnose(const Source& source, Span at, std::string message, std::string suggestion = {});

/// "expression:1:7: order has no 'custmer'; did you mean 'customer'?", the line, and carets under the offending text.
std::string to_text(const Diagnostic& diagnostic);
/// The last two lines of that.
std::string marked(const Diagnostic& diagnostic);

/// The text of a span on one line, cut to what a message can quote.
std::string quoted(const Source& source, Span at);

}  // namespace brygga::mapping
