// The query string of a request, decoded, with the parts as they were sent.
// A plain value.
// It gives names no meaning.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace brygga::sim {

struct Query {
    std::vector<std::pair<std::string, std::string>> parameters;  ///< decoded
    std::vector<std::string> raw;                                 ///< as sent, "name=value"

    static std::optional<Query> parse(std::string_view query);
    const std::string* find(std::string_view name) const;
};

}  // namespace brygga::sim
