#include "schema/nearest.h"

#include <algorithm>
#include <vector>

namespace brygga::schema {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string nearest(std::string_view name, std::span<const std::string_view> known) {
    constexpr std::size_t longest = 64;
    if (name.size() > longest) return {};
    std::size_t best = name.size() / 3 + 2;
    std::string_view found;
    for (const std::string_view candidate : known) {
        if (candidate.size() > longest) continue;
        const std::size_t d = distance(name, candidate);
        if (d < best) best = d, found = candidate;
    }
    return std::string{found};
}

}  // namespace brygga::schema
