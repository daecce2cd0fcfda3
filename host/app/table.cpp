#include "app/table.h"

#include <algorithm>

namespace brygga::app {

namespace {

std::string cell(const Json& row, std::string_view path) {
    const Json* at = &row;
    for (std::size_t dot = 0; at && dot != std::string_view::npos;) {
        dot = path.find('.');
        at = at->find(path.substr(0, dot));
        if (dot != std::string_view::npos) path.remove_prefix(dot + 1);
    }
    if (!at || at->is_null()) return "-";
    if (at->is_string() || at->is_number()) return std::string{at->text()};
    if (!at->is_object()) return at->dump();
    std::string out;
    for (const auto& member : at->members())
        out += (out.empty() ? "" : " ") + member.name + "=" +
               (member.value.text().empty() ? member.value.dump() : std::string{member.value.text()});
    return out.empty() ? "-" : out;
}

std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

}  // namespace

std::string table(const Json& rows, const std::vector<std::string>& columns) {
    return GrowingTable{columns}.lines(rows);
}

std::string GrowingTable::lines(const Json& rows) {
    std::vector<std::vector<std::string>> lines;
    if (!begun_) lines.emplace_back();
    for (std::size_t i = 0; i < columns_.size() && !begun_; ++i) {
        const auto named = columns_[i].find('=');
        std::string head =
            named == std::string::npos ? columns_[i].substr(columns_[i].find('.') + 1) : columns_[i].substr(0, named);
        if (named != std::string::npos) columns_[i].erase(0, named + 1);
        std::ranges::transform(head, head.begin(),
                               [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
        lines[0].push_back(std::move(head));
    }
    begun_ = true;
    for (const Json& row : rows.items()) {
        auto& line = lines.emplace_back();
        for (const std::string& column : columns_) line.push_back(cell(row, column));
    }
    auto& widths = widths_;
    for (const auto& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
    std::string out;
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            out += line[i];
            if (i + 1 < line.size()) out.append(widths[i] - width(line[i]) + 2, ' ');
        }
        out += '\n';
    }
    return out;
}

}  // namespace brygga::app
