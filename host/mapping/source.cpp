#include "mapping/source.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"

namespace brygga::mapping {

namespace {

constexpr int shown_before = 60, shown_after = 60;

bool begins_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }

int characters(std::string_view text) { return static_cast<int>(std::ranges::count_if(text, begins_character)); }

/// The byte after `count` characters.
std::size_t byte_of(std::string_view text, int count) {
    std::size_t i = 0;
    for (; i < text.size(); ++i)
        if (begins_character(text[i]) && count-- == 0) break;
    return i;
}

std::string on_one_line(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    return out;
}

/// The line around the mark, so that a long expression still shows what is meant.
void cut_line(Diagnostic& d, std::string_view text) {
    int from = 0;
    if (d.mark_at > shown_before) {
        from = d.mark_at - shown_before;
        d.mark_at = shown_before + 1;
        d.line_text = "…";
    }
    std::string_view rest = text.substr(byte_of(text, from));
    const int longest = shown_before + shown_after;
    const bool cut = characters(rest) > longest;
    if (cut) rest = rest.substr(0, byte_of(rest, longest));
    d.line_text += on_one_line(rest);
    d.mark_length = std::clamp(d.mark_length, 1, std::max(1, characters(d.line_text) - d.mark_at));
    if (cut) d.line_text += "…";
}

}  // namespace

Diagnostic diagnose(const Source& source, Span at, std::string message, std::string suggestion) {
    const std::string_view text = source.text;
    const std::size_t begin = std::min<std::size_t>(at.begin, text.size());
    const std::size_t end = std::clamp<std::size_t>(at.end, begin, text.size());
    const std::string_view before = text.substr(0, begin);
    const std::size_t newline = before.rfind('\n');
    const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
    const std::size_t line_end = std::min(text.find('\n', begin), text.size());

    Diagnostic d;
    d.file = source.file;
    d.message = std::move(message);
    d.suggestion = std::move(suggestion);
    d.mark_at = characters(text.substr(line_begin, begin - line_begin));
    d.mark_length = characters(text.substr(begin, std::min(end, line_end) - begin));
    d.line = source.line + static_cast<int>(std::ranges::count(before, '\n'));
    d.column = d.mark_at + (line_begin == 0 ? source.column : 1);
    cut_line(d, text.substr(line_begin, line_end - line_begin));
    return d;
}

std::string to_text(const Diagnostic& d) {
    std::string out = fmt::format("{}:{}:{}: {}", d.file, d.line, d.column, d.message);
    if (!d.suggestion.empty()) out += "; " + d.suggestion;
    return out + "\n" + marked(d);
}

std::string marked(const Diagnostic& d) {
    return fmt::format("  {}\n  {:{}}{:^<{}}", d.line_text, "", d.mark_at, "", d.mark_length);
}

std::string quoted(const Source& source, Span at) {
    constexpr std::size_t longest = 60;
    const std::string_view text = std::string_view{source.text}.substr(at.begin, at.end - at.begin);
    const std::string_view shown = excerpt(text, longest);
    return on_one_line(shown) + (shown.size() < text.size() ? "…" : "");
}

}  // namespace brygga::mapping
