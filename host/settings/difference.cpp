#include "settings/difference.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace brygga::settings {

namespace {

using Lines = std::vector<std::string_view>;

Lines split(std::string_view text) {
    Lines out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        out.push_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return out;
}

struct Edit {
    char kind;  ///< ' ' in both, '-' before only, '+' after only
    std::string_view line;
};

void all(std::vector<Edit>& out, char kind, const Lines& lines, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) out.push_back({kind, lines[i]});
}

/// By the longest common subsequence of what lies between the equal beginning and the equal end.
std::vector<Edit> edits(const Lines& a, const Lines& b) {
    const std::size_t shorter = std::min(a.size(), b.size());
    std::size_t head = 0, tail = 0;
    while (head < shorter && a[head] == b[head]) ++head;
    while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
    const std::size_t n = a.size() - tail - head, m = b.size() - tail - head;

    std::vector<Edit> out;
    all(out, ' ', a, 0, head);
    constexpr std::size_t most_cells = 4'000'000;
    if ((n + 1) * (m + 1) > most_cells) {
        all(out, '-', a, head, head + n);
        all(out, '+', b, head, head + m);
    } else {
        // common[i][j]: how long it is of a from i and b from j.
        std::vector<std::uint32_t> common((n + 1) * (m + 1));
        const auto cell = [&](std::size_t i, std::size_t j) -> std::uint32_t& { return common[i * (m + 1) + j]; };
        for (std::size_t i = n; i-- > 0;)
            for (std::size_t j = m; j-- > 0;)
                cell(i, j) =
                    a[head + i] == b[head + j] ? cell(i + 1, j + 1) + 1 : std::max(cell(i + 1, j), cell(i, j + 1));
        std::size_t i = 0, j = 0;
        while (i < n || j < m) {
            if (i < n && j < m && a[head + i] == b[head + j])
                out.push_back({' ', a[head + i++]}), ++j;
            else if (j == m || (i < n && cell(i + 1, j) >= cell(i, j + 1)))
                out.push_back({'-', a[head + i++]});
            else
                out.push_back({'+', b[head + j++]});
        }
    }
    all(out, ' ', a, a.size() - tail, a.size());
    return out;
}

/// "12,3"; an empty range is named by the line before it.
std::string range(std::size_t first, std::size_t count) {
    return count == 1 ? std::to_string(first + 1) : fmt::format("{},{}", count == 0 ? first : first + 1, count);
}

}  // namespace

std::string difference(std::string_view before, std::string_view after, std::string_view name_before,
                       std::string_view name_after) {
    if (before == after) return {};
    constexpr std::size_t around = 3;
    const auto all = edits(split(before), split(after));
    const auto changed = [](const Edit& edit) { return edit.kind != ' '; };
    std::string out = fmt::format("--- {}\n+++ {}\n", name_before, name_after);
    std::size_t at = 0, line_a = 0, line_b = 0;
    const auto pass = [&](std::size_t to) {
        for (; at < to; ++at) line_a += all[at].kind != '+', line_b += all[at].kind != '-';
    };
    for (;;) {
        const auto first = static_cast<std::size_t>(
            std::find_if(all.begin() + static_cast<std::ptrdiff_t>(at), all.end(), changed) - all.begin());
        if (first == all.size()) return out;
        const std::size_t begin = std::max(at, first - std::min(first, around));
        // Changes with no more than twice the surroundings between them are shown together.
        std::size_t end = first, quiet = 0;
        for (; end < all.size() && quiet <= 2 * around; ++end) quiet = changed(all[end]) ? 0 : quiet + 1;
        end -= quiet > around ? quiet - around : 0;
        pass(begin);
        std::size_t count_a = 0, count_b = 0;
        std::string body;
        for (std::size_t i = begin; i < end; ++i) {
            count_a += all[i].kind != '+';
            count_b += all[i].kind != '-';
            body += fmt::format("{}{}\n", all[i].kind, all[i].line);
        }
        out += fmt::format("@@ -{} +{} @@\n{}", range(line_a, count_a), range(line_b, count_b), body);
        pass(end);
    }
}

}  // namespace brygga::settings
