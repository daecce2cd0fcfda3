// nearest(): the known name that somebody most likely meant. Pure.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace brygga {

/// Levenshtein distance, over bytes.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
            diagonal = above;
        }
    }
    return row[b.size()];
}

/// The known name within a third of the word's length, at least 2 edits; nothing when none is that near.
template <class Names>
std::optional<std::string> nearest(std::string_view word, const Names& known) {
    std::optional<std::string> best;
    std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
    for (const auto& name : known) {
        const std::size_t distance = edit_distance(word.substr(0, 100), name);
        if (distance < best_distance) {
            best_distance = distance;
            best = std::string{name};
        }
    }
    return best;
}

}  // namespace brygga
