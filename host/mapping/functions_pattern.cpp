// Functions with regular expressions, and the one that takes HTML away. Patterns are constants and were compiled by
// check(), with a bound on their size; RE2 needs time that grows with the text only.
#include <re2/re2.h>

#include "mapping/functions.h"
#include "mapping/lexer.h"

namespace brygga::mapping {

namespace {

using Role = Parameter::Role;
constexpr Kinds text_kind{Kind::string}, number_kind{Kind::decimal};

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

bool read(Call& call) { return call.spend(2 + call[0].size() / 32); }

Value matches(Call& call) {
    if (!read(call)) return Call::stopped();
    return RE2::PartialMatch(piece(call.text(0)), call.pattern());
}

Value extract(Call& call) {
    const RE2& pattern = call.pattern();
    const int groups = pattern.NumberOfCapturingGroups();
    const auto group = call.given(2) ? call.whole(2, 0, groups) : std::optional{groups > 0 ? 1 : 0};
    if (!group || !read(call)) return Call::stopped();
    std::vector<re2::StringPiece> found(static_cast<std::size_t>(*group) + 1);
    const auto text = piece(call.text(0));
    if (!pattern.Match(text, 0, text.size(), RE2::UNANCHORED, found.data(), static_cast<int>(found.size())))
        return call.missing();
    const re2::StringPiece& hit = found.back();
    return hit.data() ? Call::part({hit.data(), hit.size()}) : call.missing();
}

/// What the replacement makes of one match: \0 to \9 are its groups, \\ a backslash.
void append_rewritten(std::string& out, std::string_view to, std::span<const re2::StringPiece> groups) {
    for (std::size_t i = 0; i < to.size(); ++i) {
        if (to[i] != '\\') {
            out += to[i];
        } else if (++i < to.size() && to[i] != '\\') {
            const auto group = static_cast<std::size_t>(to[i] - '0');
            if (groups[group].data()) out.append(groups[group].data(), groups[group].size());
        } else {
            out += '\\';
        }
    }
}

Value replace_re(Call& call) {
    const RE2& pattern = call.pattern();
    const std::string_view text = call.text(0), to = call.text(2);
    std::string why;
    if (!pattern.CheckRewriteString(piece(to), &why))
        return call.error_at(2, "this replacement does not fit the pattern",
                             "\\1 is the first group, \\\\ a backslash");
    std::vector<re2::StringPiece> groups(10);
    const int count = std::min(pattern.NumberOfCapturingGroups() + 1, 10);
    std::string out;
    std::size_t copied = 0, replaced_to = std::string_view::npos;
    for (std::size_t at = 0; at <= text.size();) {
        if (!call.spend(1 + (text.size() - at) / 1024)) return Call::stopped();
        if (!pattern.Match(piece(text), at, text.size(), RE2::UNANCHORED, groups.data(), count)) break;
        const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
        const std::size_t end = begin + groups[0].size();
        out += text.substr(copied, begin - copied);
        // As RE2 itself: nothing is replaced right behind a match that was replaced.
        const bool empty = begin == end;
        if (!empty || begin != replaced_to) append_rewritten(out, to, groups);
        copied = at = replaced_to = end;
        if (!call.fits(out.size())) return Call::stopped();
        if (!empty) continue;
        do {
            if (at < text.size()) out += text[at];
            ++at;
        } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u);
        copied = std::min(at, text.size());
    }
    out += text.substr(copied);
    return call.make(out);
}

/// The text of an entity like &amp; or &#8364;, or nothing when it is none. `name` is without & and ;.
std::string entity(std::string_view name) {
    struct Named {
        std::string_view name, text;
    };
    static constexpr Named named[]{{"amp", "&"},   {"lt", "<"},     {"gt", ">"},    {"quot", "\""}, {"apos", "'"},
                                   {"nbsp", " "},  {"euro", "€"},   {"copy", "©"},  {"reg", "®"},   {"hellip", "…"},
                                   {"ndash", "–"}, {"mdash", "—"},  {"lsquo", "‘"}, {"rsquo", "’"}, {"ldquo", "“"},
                                   {"rdquo", "”"}, {"eacute", "é"}, {"euml", "ë"},  {"ouml", "ö"},  {"auml", "ä"},
                                   {"aring", "å"}, {"uuml", "ü"}};
    for (const Named& n : named)
        if (n.name == name) return std::string{n.text};
    if (!name.starts_with('#')) return {};
    name.remove_prefix(1);
    const bool hex = name.starts_with('x') || name.starts_with('X');
    if (hex) name.remove_prefix(1);
    char32_t code = 0;
    if (name.empty() || name.size() > 7) return {};
    for (const char c : name) {
        const int digit = c >= '0' && c <= '9'          ? c - '0'
                          : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : hex && c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                        : -1;
        if (digit < 0) return {};
        code = code * (hex ? 16 : 10) + static_cast<char32_t>(digit);
    }
    std::string out;
    if (code >= 0x20 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF)) append_utf8(out, code);
    return out;
}

std::string tag_name(std::string_view tag) {
    std::string name;
    for (const char c : tag.substr(tag.starts_with('/') ? 1 : 0)) {
        const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        if ((small < 'a' || small > 'z') && (small < '0' || small > '9')) break;
        name += small;
    }
    return name;
}

bool breaks_line(std::string_view name) {
    static constexpr std::string_view blocks[]{"br", "p",  "div", "li", "ul", "ol", "tr",        "table",
                                               "h1", "h2", "h3",  "h4", "h5", "h6", "blockquote"};
    return std::find(std::begin(blocks), std::end(blocks), name) != std::end(blocks);
}

/// Where the tag or comment that begins at `at` is over; npos when it has no end.
std::size_t end_of_tag(std::string_view html, std::size_t at, std::string_view close) {
    const std::size_t end = html.find(close, at);
    return end == std::string_view::npos ? end : end + close.size();
}

Value strip_html(Call& call) {
    const std::string_view html = call.text(0);
    if (!read(call) || !call.fits(html.size())) return Call::stopped();
    // Looked for once: many tags without an end would take the square of their number.
    const std::size_t last_tag = html.rfind('>') + 1, last_comment = html.rfind("-->") + 1;
    std::string out;
    bool line_wanted = false;
    std::string_view hidden;  // inside of script or style
    const auto put = [&](std::string_view text) {
        if (!hidden.empty()) return;
        if (line_wanted && !out.empty() && text != " " && text != "\n") out += '\n';
        if (text != " " && text != "\n") line_wanted = false;
        if (!line_wanted) out += text;
    };
    for (std::size_t i = 0; i < html.size();) {
        const char next = i + 1 < html.size() ? html[i + 1] : ' ';
        const bool tag = html[i] == '<' && (next == '/' || next == '!' || (next >= 'A' && next <= 'z'));
        const bool comment = html.substr(i).starts_with("<!--");
        const std::size_t end = !tag || i >= (comment ? last_comment : last_tag)
                                    ? std::string_view::npos
                                    : end_of_tag(html, i, comment ? "-->" : ">");
        if (end != std::string_view::npos) {
            const std::string name = tag_name(html.substr(i + 1, end - i - 2));
            if (next == '/' && name == hidden) hidden = {};
            if (hidden.empty() && next != '/' && name == "script") hidden = "script";
            if (hidden.empty() && next != '/' && name == "style") hidden = "style";
            line_wanted = line_wanted || breaks_line(name);
            i = end;
            continue;
        }
        const std::size_t semicolon = html[i] == '&' ? html.substr(i, 12).find(';') : std::string_view::npos;
        const std::string decoded =
            semicolon == std::string_view::npos ? "" : entity(html.substr(i + 1, semicolon - 1));
        put(decoded.empty() ? html.substr(i, 1) : std::string_view{decoded});
        i += decoded.empty() ? 1 : semicolon + 1;
    }
    return call.make(call.unicode().trim(out));
}

constexpr Parameter html_parameters[]{{"text", text_kind}};
constexpr Parameter matches_parameters[]{{"text", text_kind}, {"pattern", text_kind, {}, Role::pattern}};
constexpr Parameter extract_parameters[]{
    {"text", text_kind}, {"pattern", text_kind, {}, Role::pattern}, {"group", number_kind, "1"}};
constexpr Parameter replace_parameters[]{
    {"text", text_kind}, {"pattern", text_kind, {}, Role::pattern}, {"to", text_kind}};

constexpr Function functions[]{
    {"matches", matches_parameters, Gives::boolean, matches, "whether the pattern is found in the text"},
    {"extract", extract_parameters, Gives::string, extract,
     "the first match's group, or all of it when there is none; missing without a match"},
    {"replace_re", replace_parameters, Gives::string, replace_re,
     "every match as `to`, in which \\1 is the first group"},
    {"strip_html", html_parameters, Gives::string, strip_html, "without tags, with entities as characters"},
};

}  // namespace

std::span<const Function> families_of::pattern() noexcept { return functions; }

}  // namespace brygga::mapping
