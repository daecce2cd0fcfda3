// Position: where something stands in a file of the configuration, for messages. A plain value.
#pragma once

#include <map>
#include <string>

namespace brygga::settings {

/// Where in which file something stands; line and column count from 1, 0 when unknown.
struct Position {
    std::string file;
    int line = 0, column = 0;
};

/// Where the parts of a document stand that can be judged only later, by their path: "config/base_url".
struct Places {
    Position whole;
    std::map<std::string, Position> parts;
    const Position& of(const std::string& part) const {
        const auto found = parts.find(part);
        return found == parts.end() ? whole : found->second;
    }
};

}  // namespace brygga::settings
