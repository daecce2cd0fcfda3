#include "query.hpp"

#include "basics.hpp"

namespace brygga::sim {

std::optional<Query> Query::parse(std::string_view query) {
    Query result;
    while (!query.empty()) {
        const auto amp = query.find('&');
        const std::string_view part = query.substr(0, amp);
        const auto equals = part.find('=');
        std::string name, value;
        if (!percent_decode(part.substr(0, equals), true, name) ||
            !percent_decode(equals == std::string_view::npos ? "" : part.substr(equals + 1), true, value))
            return std::nullopt;
        result.parameters.emplace_back(std::move(name), std::move(value));
        result.raw.emplace_back(part);
        if (amp == std::string_view::npos) break;
        query.remove_prefix(amp + 1);
    }
    return result;
}

const std::string* Query::find(std::string_view name) const {
    for (const auto& [key, value] : parameters)
        if (key == name) return &value;
    return nullptr;
}

}  // namespace brygga::sim
