// table(): JSON rows as columns of plain text. Pure.
#pragma once

#include <string>
#include <vector>

#include "brygga/sdk/json.hpp"

namespace brygga::app {

/// Columns are paths ("error.message"); the header is what follows the first dot, in capitals, or what stands before
/// a "=" ("document=target_ref.number").
std::string table(const Json& rows, const std::vector<std::string>& columns);
/// The same in parts: the header comes once, and columns only grow, so that later rows stand below earlier ones.
class GrowingTable {
public:
    explicit GrowingTable(std::vector<std::string> columns) : columns_{std::move(columns)}, widths_(columns_.size()) {}
    std::string lines(const Json& rows);

private:
    std::vector<std::string> columns_;
    std::vector<std::size_t> widths_;
    bool begun_ = false;
};

}  // namespace brygga::app
